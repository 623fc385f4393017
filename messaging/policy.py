"""When the coordination lets people be written to who have not just written: what is set now, for the gate."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, text

import options
from messaging.contact_hours import ContactHours
from messaging.gate import Policy, Reason
from messaging.priority import Priority
from options import Hours, Option

SET: Final[dict[Priority, tuple[Option[Hours], Option[Hours]]]] = {
    Priority.REMINDER: (options.REMINDER_WEEKDAY_HOURS, options.REMINDER_SATURDAY_HOURS),
    Priority.BULK: (options.BULK_WEEKDAY_HOURS, options.BULK_SATURDAY_HOURS),
}
SATURDAY: Final = 5
KNOWN_EVERYWHERE: Final = timedelta(seconds=2 * options.FRESH)
"""By then no process goes by the hours of before."""


def current(connection: Connection) -> Policy:
    """What holds now, as this process knew it some seconds ago at most."""
    return Policy(hours={priority: hours(connection, priority) for priority in SET})


def hours(connection: Connection, priority: Priority) -> ContactHours:
    """The hours of a kind of message that has some. Sundays and holidays stay closed."""
    weekday, saturday = (options.value(connection, option) for option in SET[priority])
    week = {**dict.fromkeys(range(SATURDAY), weekday), SATURDAY: saturday}
    return ContactHours({day: (open_[0], open_[1]) for day, open_ in week.items() if open_})


BRING_FORWARD = text("""
    UPDATE outbox_queue SET due_at = :opens
    WHERE priority = :priority AND reason = :reason AND lease_until IS NULL AND due_at > :opens
""")


def bring_forward(connection: Connection, now: datetime) -> int:
    """After the hours were changed: let what was put off until they open leave when they open now, if that is sooner.

    Returns how many messages leave sooner. What would leave too soon needs nothing: the gate is asked again before
    each leaves.
    """
    forward = 0
    for priority in SET:
        opens = hours(connection, priority).next_open(now + KNOWN_EVERYWHERE)
        which = {"priority": int(priority), "reason": Reason.HOURS.value, "opens": opens}
        forward += connection.execute(BRING_FORWARD, which).rowcount
    return forward
