"""Reminding families of their sessions: one timer per family, set to its next reminder.

When it goes off, what stands in the calendar then is looked at: a session that was moved, cancelled or is over is not
found, and all that is due on the same day goes as one message. Every reminder is written down once
(`session_reminders`), with the message that carries it or the reason why none does. One that was withdrawn before it
left is due again for as long as its session stands.

The timer is also the lock of a family's reminders: whoever changes its sessions takes it away first (`hold`) and
sets it anew at the end (`plan`), so that a reminder is never written from a calendar that is being changed.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, Connection, DateTime, ForeignKey, Index, SmallInteger, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

import options
import timers
from bot.desk import Office
from bot.session_letters import Notice, tell, visits
from bot.session_reach import Reached, reach
from bot.session_times import Habits, Reminder, day, reminders
from db import Base
from messaging import policy
from messaging.withdrawal import withdraw

KIND = "session_reminder"
TOO_LATE = "too_late"
WITHDRAWN = "withdrawn"
LOOK_BACK = timedelta(days=30)
"""So long after a session its reminders are still counted that could not be sent in time."""


class SessionReminder(Base):
    """A reminder that was due: `letter` is the key of the message that carries it, or `reason` why none does."""

    __tablename__ = "session_reminders"
    __table_args__ = (Index("ix_session_reminders_letter", "letter"),)

    session_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("family_sessions.id", ondelete="CASCADE"), primary_key=True
    )
    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"), primary_key=True)
    lead: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    decided_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    letter: Mapped[str | None]
    reason: Mapped[str | None]


@dataclass(frozen=True, slots=True)
class Pending:
    """A reminder of a session of a family that has not been decided."""

    session_id: int
    family_id: int
    reminder: Reminder


_PENDING = text(
    """
    SELECT session.id AS session_id, family_id, starts_at, created_at,
           ARRAY(SELECT lead FROM session_reminders AS decided
                 WHERE decided.session_id = session.id AND decided.family_id = attending.family_id
                   AND decided.reason IS DISTINCT FROM :withdrawn) AS decided
    FROM session_families AS attending JOIN family_sessions AS session ON session.id = attending.session_id
    WHERE family_id = ANY(CAST(:families AS bigint[])) AND moved_to IS NULL
      AND state IN ('scheduled', 'held') AND starts_at > :since AND (reply IS NULL OR reply = 'going')
    ORDER BY starts_at, session.id
    """
)


def hold(connection: Connection, family_ids: Iterable[int]) -> None:
    """Take the families' timers away before their sessions are changed; waits for one that is going off."""
    for family_id in sorted(set(family_ids)):
        timers.disarm(connection, KIND, str(family_id))


def plan(connection: Connection, family_ids: Collection[int], now: datetime) -> None:
    """Set the timer of each family to its next reminder."""
    due: dict[int, datetime] = {}
    for one in _pending(connection, family_ids, now):
        due[one.family_id] = min(one.reminder.due_at, due.get(one.family_id, one.reminder.due_at))
    for family_id in sorted(due):
        timers.arm(connection, KIND, str(family_id), due[family_id])


def go_off(connection: Connection, timer: timers.Due, office: Office, now: datetime) -> None:
    """The timer of a family went off: remind it of all that is due today, and set the timer to the next."""
    family_id = int(timer.key)
    pending = _pending(connection, [family_id], now)
    late = [one for one in pending if one.reminder.not_after <= now]
    today = [one for one in pending if one not in late and day(one.reminder.due_at) <= day(now)]
    _decide(connection, late, now, reason=TOO_LATE)
    if today:
        _remind(connection, family_id, today, timer.token, office, now)
    later = [one.reminder.due_at for one in pending if one not in late and one not in today]
    if later:
        timers.arm(connection, KIND, timer.key, min(later))


def take_back(connection: Connection, session_ids: Collection[int], now: datetime) -> None:
    """Take the reminders of these sessions out of the outbox that have not left; the caller holds their families.

    What such a message said of other sessions is to be said again; what it said of these is counted as withdrawn.
    """
    rows = connection.execute(_WAITING, {"sessions": list(session_ids), "since": now - LOOK_BACK}).all()
    gone = withdraw(connection, {row.contact_id for row in rows}, {row.letter for row in rows})
    taken_back = update(SessionReminder).where(SessionReminder.letter.in_(gone))
    connection.execute(taken_back.values(letter=None, reason=WITHDRAWN))


_WAITING = text(
    """
    SELECT DISTINCT letter, contact_id
    FROM session_reminders JOIN family_contacts USING (family_id)
    WHERE session_id = ANY(CAST(:sessions AS bigint[])) AND letter IS NOT NULL AND decided_at > :since
    """
)


def _pending(connection: Connection, family_ids: Collection[int], now: datetime) -> list[Pending]:
    habits = Habits(
        options.value(connection, options.REMINDER_DAYS), options.value(connection, options.REMINDER_MORNING)
    )
    hours = policy.current(connection)
    parameters = {"families": sorted(family_ids), "since": now - LOOK_BACK, "withdrawn": WITHDRAWN}
    return [
        Pending(row.session_id, row.family_id, reminder)
        for row in connection.execute(_PENDING, parameters)
        for reminder in reminders(row.starts_at, row.created_at, habits, hours)
        if reminder.lead not in row.decided
    ]


def _remind(
    connection: Connection, family_id: int, due: Collection[Pending], token: UUID, office: Office, now: datetime
) -> None:
    match reach(connection, office.cipher, [family_id])[family_id]:
        case Reached() as to:
            key = f"{KIND}:{token}"
            named = visits(connection, [one.session_id for one in due])
            notice = Notice("session.reminder", family_id, to, named, key)
            tell(connection, office.texts, [notice], now, min(one.reminder.not_after for one in due))
            _decide(connection, due, now, letter=key)
        case reason:
            _decide(connection, due, now, reason=reason)


def _decide(
    connection: Connection,
    due: Collection[Pending],
    now: datetime,
    *,
    letter: str | None = None,
    reason: str | None = None,
) -> None:
    rows = [
        {
            "session_id": one.session_id,
            "family_id": one.family_id,
            "lead": one.reminder.lead,
            "decided_at": now,
            "letter": letter,
            "reason": reason,
        }
        for one in due
    ]
    if rows:
        statement = insert(SessionReminder)
        new = {column: statement.excluded[column] for column in ("decided_at", "letter", "reason")}
        primary_key = [SessionReminder.session_id, SessionReminder.family_id, SessionReminder.lead]
        connection.execute(statement.on_conflict_do_update(index_elements=primary_key, set_=new), rows)
