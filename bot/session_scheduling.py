"""What a gestor does to the calendar, together with what the families are told of it.

Every message waits a minute in the outbox (`UNDO`): until then the gestor may take the whole back, and nothing
has been said.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection, select, text

from bot import session_reminders
from bot.desk import Office
from bot.dialogues.session import Visit
from bot.forbidden_words import check
from bot.register import FamilyContact
from bot.rendering import render
from bot.session_letters import PURPOSE, Notice, letter, tell, visits, word
from bot.session_reach import Reached, Unreached, reach
from bot.session_times import day
from families import session_changes, sessions, slots, staff
from families.sessions import Plan, SessionChange, SessionError, What
from messaging import policy
from messaging.address import Channel
from messaging.contact_hours import BOGOTA
from messaging.encoding import segments
from messaging.priority import Priority
from messaging.withdrawal import withdraw

KEYS = {
    What.SCHEDULED: "session.announced",
    What.MOVED: "session.moved",
    What.CANCELLED: "session.cancelled",
    What.REMINDED: "session.reminder",
}
"""What families are told of each thing a gestor does."""
UNDO = timedelta(minutes=1)
"""So long a message waits in which the gestor may take everything back."""
TOLD_TODAY = "told_today"
TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be said to whom. `segments` are parts of SMS over all recipients."""

    text: str
    recipients: tuple[int, ...]
    left_out: Mapping[int, str]
    """The families that are not told, and why: no_phone, stopped, quarantined, told_today, too_late."""
    segments: int
    leaves_at: datetime


@dataclass(frozen=True, slots=True)
class Telling:
    """Families to be told the same thing about a session."""

    key: str
    visit: Visit
    families: tuple[int, ...]


def schedule(
    connection: Connection, office: Office, plan: Plan, family_ids: Collection[int], by: int, now: datetime
) -> UUID:
    """Put a session into the calendar and tell its families. Returns the batch, for `undo`.

    Raises SessionError, and ForbiddenWordError for a place that no message names.
    """
    check(plan.place)
    session_reminders.hold(connection, family_ids)
    session_id = session_changes.schedule(connection, plan, family_ids, now)
    return _done(connection, office, What.SCHEDULED, [session_id], by, now)


def move(
    connection: Connection,
    office: Office,
    session_id: int,
    starts_at: datetime,
    place: str,
    minutes: int,
    by: int,
    now: datetime,
) -> UUID:
    """Move a session and tell its families. Returns the batch, for `undo`.

    Raises SessionError, and ForbiddenWordError for a place that no message names.
    """
    check(place)
    session_reminders.hold(connection, sessions.families_of(connection, session_id))
    new_id = session_changes.move(connection, session_id, starts_at, place, minutes, now)
    slots.release(connection, [session_id])
    session_reminders.take_back(connection, [session_id], now)
    return _done(connection, office, What.MOVED, [new_id], by, now, former_id=session_id)


def cancel(connection: Connection, office: Office, session_id: int, by: int, now: datetime) -> UUID:
    """Cancel a session and tell its families. Returns the batch, for `undo`. Raises SessionError."""
    session_reminders.hold(connection, sessions.families_of(connection, session_id))
    session_changes.cancel(connection, session_id)
    slots.release(connection, [session_id])
    session_reminders.take_back(connection, [session_id], now)
    return _done(connection, office, What.CANCELLED, [session_id], by, now)


def push(connection: Connection, office: Office, session_ids: Sequence[int], by: int, now: datetime) -> UUID:
    """Remind the families of these sessions now. Returns the batch, for `undo`."""
    return _done(connection, office, What.REMINDED, session_ids, by, now)


def undo(connection: Connection, batch: UUID, by: int, now: datetime) -> None:
    """Take back what this person did in one batch, and what the families would have been told.

    Raises SessionError where there is nothing to take back, or it is too late.
    """
    changes = connection.execute(
        select(SessionChange.__table__).where(SessionChange.batch == batch, SessionChange.by == by).with_for_update()
    ).all()
    if not changes or any(now >= change.at + UNDO for change in changes):
        raise SessionError("Ya no se puede deshacer: el mensaje salió.")
    about = [change.session_id for change in changes]
    families = sorted({family for one in about for family in sessions.families_of(connection, one)})
    session_reminders.hold(connection, families)
    contacts = connection.scalars(select(FamilyContact.contact_id).where(FamilyContact.family_id.in_(families))).all()
    keys = [_key(batch, one, family) for one in about for family in families]
    withdraw(connection, contacts, keys)
    for change in changes:
        match What(change.what):
            case What.SCHEDULED:
                session_changes.take_back_schedule(connection, change.session_id)
            case What.MOVED:
                session_changes.take_back_move(connection, change.session_id, change.former_id)
            case What.CANCELLED:
                session_changes.take_back_cancel(connection, change.session_id)
            case What.REMINDED:
                pass
    session_changes.forget(connection, batch)
    session_reminders.plan(connection, families, now)


def preview(
    connection: Connection, office: Office, tellings: Sequence[Telling], now: datetime, *, again: bool = False
) -> Preview:
    """What would be said. `again`: families that were told something about a session today are left out."""
    written: list[str] = []
    recipients: list[int] = []
    left_out: dict[int, str] = {}
    leaves_at = policy.hours(connection, Priority.REMINDER).next_open(now)
    for telling in tellings:
        told = _told_today(connection, telling.families, now) if again else frozenset()
        for family_id, to in reach(connection, office.cipher, telling.families).items():
            if isinstance(to, Unreached):
                left_out[family_id] = to.value
            elif family_id in told:
                left_out[family_id] = TOLD_TODAY
            elif leaves_at >= telling.visit.starts_at:
                left_out[family_id] = TOO_LATE
            else:
                said = letter(Notice(telling.key, family_id, to, [telling.visit], ""), office.texts)
                written.append(render([said.say(office.texts, to.language)], Channel.SMS).text)
                recipients.append(family_id)
    parts = sum(segments(one).count for one in written)
    return Preview(written[0] if written else "", tuple(recipients), left_out, parts, leaves_at)


def planned_visit(connection: Connection, plan: Plan, session_id: int = 0) -> Visit:
    """A session that is being planned, as its families would be told of it."""
    gestor = staff.get(connection, plan.gestor_id)
    assert gestor is not None
    return Visit(session_id, plan.starts_at, plan.place, word(plan.kind, plan.place), gestor.name)


def about(connection: Connection, what: What, session_ids: Iterable[int]) -> list[Telling]:
    """Whom `what` is told to: the families still in each of these sessions."""
    return [
        Telling(KEYS[what], visit, tuple(sessions.families_of(connection, visit.id)))
        for visit in visits(connection, session_ids)
    ]


def _done(
    connection: Connection,
    office: Office,
    what: What,
    session_ids: Sequence[int],
    by: int,
    now: datetime,
    former_id: int | None = None,
) -> UUID:
    """Write down what was done, tell the families, and set their next reminders."""
    batch = uuid4()
    session_changes.note(connection, batch, what, session_ids, by, now, former_id)
    affected: list[int] = []
    for telling in about(connection, what, session_ids):
        affected += telling.families
        told = _told_today(connection, telling.families, now) if what is What.REMINDED else frozenset()
        notices = [
            Notice(telling.key, family_id, to, [telling.visit], _key(batch, telling.visit.id, family_id))
            for family_id, to in reach(connection, office.cipher, telling.families).items()
            if isinstance(to, Reached) and family_id not in told
        ]
        tell(connection, office.texts, notices, now, telling.visit.starts_at, wait=UNDO)
    session_reminders.plan(connection, affected, now)
    return batch


def _key(batch: UUID, session_id: int, family_id: int) -> str:
    return f"{PURPOSE}:{batch}:{session_id}:{family_id}"


_TOLD = text(
    """
    SELECT DISTINCT family_id FROM family_contacts JOIN messages USING (contact_id)
    WHERE family_id = ANY(CAST(:families AS bigint[])) AND purpose = :purpose AND created_at >= :since
      AND status NOT IN ('canceled', 'refused')
    """
)


def _told_today(connection: Connection, family_ids: Collection[int], now: datetime) -> frozenset[int]:
    """The families to whom something about a session was written today."""
    midnight = datetime.combine(day(now), datetime.min.time(), BOGOTA)
    parameters = {"families": list(family_ids), "purpose": PURPOSE, "since": midnight}
    return frozenset(connection.scalars(_TOLD, parameters))
