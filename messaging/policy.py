"""When the coordination lets people be written to who have not just written: what is set now, for the gate."""

from typing import Final

from sqlalchemy import Connection

import options
from messaging.contact_hours import ContactHours
from messaging.gate import Policy
from messaging.priority import Priority
from options import Hours, Option

SET: Final[dict[Priority, tuple[Option[Hours], Option[Hours]]]] = {
    Priority.REMINDER: (options.REMINDER_WEEKDAY_HOURS, options.REMINDER_SATURDAY_HOURS),
    Priority.BULK: (options.BULK_WEEKDAY_HOURS, options.BULK_SATURDAY_HOURS),
}
SATURDAY: Final = 5


def current(connection: Connection) -> Policy:
    """What holds now, as this process knew it some seconds ago at most."""
    return Policy(hours={priority: hours(connection, priority) for priority in SET})


def hours(connection: Connection, priority: Priority) -> ContactHours:
    """The hours of a kind of message that has some. Sundays and holidays stay closed."""
    weekday, saturday = (options.value(connection, option) for option in SET[priority])
    return ContactHours({**dict.fromkeys(range(SATURDAY), weekday), SATURDAY: saturday})
