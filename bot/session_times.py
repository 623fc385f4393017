"""When the reminders of a session are due. Pure.

At most one message about sessions goes to a family on one day: what is due on the same day goes together, and on the
day on which a session is announced nothing more is said of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from messaging.contact_hours import BOGOTA
from messaging.gate import Policy, plan
from messaging.priority import Priority

MORNING = 0
"""The lead of the reminder on the morning itself; the others are called by their days before."""
LEAST = timedelta(hours=1)
"""The morning's reminder comes at least so long before the session: for an early one, the evening before."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What the coordination set: so many days before, at the hour of the session, and on the morning itself."""

    days_before: tuple[int, ...]
    morning: time


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder: `lead` days before, due at a moment, and of no use any more after another."""

    lead: int
    due_at: datetime
    not_after: datetime


def reminders(starts_at: datetime, announced_at: datetime, habits: Habits, policy: Policy) -> list[Reminder]:
    """The reminders of a session that was announced at a moment, the first first.

    One lives until the next is due, the last until the session. None is one that could only go after its moment, or on
    the day on which the session is announced; of those that fall on one day the last is kept.
    """
    by_day: dict[date, tuple[int, datetime]] = {}
    for lead, wanted in _wanted(starts_at, habits):
        if wanted > announced_at:
            due = plan(Priority.REMINDER, wanted, policy, announced_at)
            if due <= wanted and day(due) > day(announced_at):
                by_day[day(due)] = (lead, due)
    kept = list(by_day.values())
    ends = [*(due for _, due in kept[1:]), starts_at]
    return [Reminder(lead, due, end) for (lead, due), end in zip(kept, ends, strict=False)]


def day(moment: datetime) -> date:
    """The day of a moment where the families are."""
    return moment.astimezone(BOGOTA).date()


def _wanted(starts_at: datetime, habits: Habits) -> Sequence[tuple[int, datetime]]:
    """When each reminder would go at any hour."""
    morning = datetime.combine(day(starts_at), habits.morning, BOGOTA)
    return [
        *((lead, starts_at - timedelta(days=lead)) for lead in sorted(habits.days_before, reverse=True)),
        (MORNING, min(morning, starts_at - LEAST)),
    ]
