"""What is done to sessions: scheduled, moved, cancelled, answered, held, and taken back.

Whoever changes a session of a family says so to that family; `bot/session_scheduling.py` composes the two.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, delete, exists, insert, select, update

from families.session_kinds import kinds
from families.session_limits import refresh_agreements
from families.sessions import (
    LONGEST,
    LONGEST_PLACE,
    SHORTEST,
    Attendance,
    FamilySession,
    Plan,
    Reply,
    SessionChange,
    SessionError,
    SessionFamily,
    State,
    What,
    families_of,
    get,
    lock,
    to_come,
)


def schedule(connection: Connection, plan: Plan, family_ids: Collection[int], now: datetime) -> int:
    """Put a session into the calendar; returns its id.

    Raises SessionError for a time that has passed, an unknown kind, no family, a duration or a place out of
    bounds.
    """
    check(plan, family_ids, now)
    return _insert(connection, plan, family_ids, now)


def check(plan: Plan, family_ids: Collection[int], now: datetime) -> None:
    """Raise SessionError for a plan that cannot be scheduled."""
    kind = kinds().get(plan.kind)
    if kind is None:
        raise SessionError("Escoja el tipo de sesión.")
    if not family_ids:
        raise SessionError("Escoja al menos una familia.")
    if plan.starts_at <= now:
        raise SessionError("Esa hora ya pasó. Escoja una que esté por venir.")
    if not SHORTEST <= plan.minutes <= LONGEST:
        raise SessionError(f"Una sesión dura entre {SHORTEST} y {LONGEST} minutos.")
    if len(plan.place) > LONGEST_PLACE:
        raise SessionError(f"El lugar lleva hasta {LONGEST_PLACE} letras, porque va en el mensaje.")
    if not plan.place and (kind.community or len(family_ids) > 1):
        raise SessionError("Escriba el lugar: varias familias no se reúnen en casa de cada una.")


def move(connection: Connection, session_id: int, starts_at: datetime, place: str, minutes: int, now: datetime) -> int:
    """Give a scheduled session, with all who are still in it, another time; returns the id of the new one.

    Raises SessionError if it is not scheduled (any more), or the new time or place will not do.
    """
    old = lock(connection, session_id)
    plan = Plan(old.kind, old.gestor_id, old.municipality, starts_at, minutes, place)
    staying = families_of(connection, session_id)
    check(plan, staying, now)
    new_id = _insert(connection, plan, staying, now)
    _close(connection, session_id, State.MOVED)
    _point(connection, session_id, staying, new_id)
    refresh_agreements(connection, staying)
    return new_id


def cancel(connection: Connection, session_id: int) -> None:
    """Take a scheduled session out of the calendar. Raises SessionError if it is not scheduled (any more)."""
    lock(connection, session_id)
    _close(connection, session_id, State.CANCELLED)
    refresh_agreements(connection, families_of(connection, session_id))


def take_back_schedule(connection: Connection, session_id: int) -> None:
    """Undo `schedule`, as if the session had never been. Raises SessionError if a family has replied."""
    lock(connection, session_id)
    replied = exists().where(SessionFamily.session_id == session_id, SessionFamily.replied_at.is_not(None))
    if connection.scalar(select(replied)):
        raise SessionError("Una familia ya respondió: cancele la sesión en vez de deshacerla.")
    affected = families_of(connection, session_id)
    connection.execute(delete(FamilySession).where(FamilySession.id == session_id))
    refresh_agreements(connection, affected)


def take_back_move(connection: Connection, session_id: int, former_id: int) -> None:
    """Undo `move`: the former session stands again, the new one is gone."""
    moved = SessionFamily.moved_to == session_id
    connection.execute(update(SessionFamily).where(SessionFamily.session_id == former_id, moved).values(moved_to=None))
    connection.execute(update(FamilySession).where(FamilySession.id == former_id).values(state=State.SCHEDULED))
    take_back_schedule(connection, session_id)


def take_back_cancel(connection: Connection, session_id: int) -> None:
    """Undo `cancel`."""
    connection.execute(update(FamilySession).where(FamilySession.id == session_id).values(state=State.SCHEDULED))
    refresh_agreements(connection, families_of(connection, session_id))


def reply(
    connection: Connection, session_id: int, family_id: int, said: Reply, now: datetime, wished_on: date | None = None
) -> bool:
    """Note what a family says of a session, and the other day it proposes; False if it is not theirs, or no longer to
    come.
    """
    open_still = select(FamilySession.id).where(FamilySession.id == session_id, to_come(now))
    changed = connection.execute(
        update(SessionFamily)
        .where(
            SessionFamily.session_id.in_(open_still),
            SessionFamily.family_id == family_id,
            SessionFamily.moved_to.is_(None),
        )
        .values(reply=said, replied_at=now, wished_on=wished_on)
    )
    return changed.rowcount == 1


def leave_for(connection: Connection, session_id: int, family_id: int, plan: Plan, now: datetime) -> int:
    """Let one family change to a session of its own, which it says it goes to; returns its id.

    The former session ends when its last family leaves it.
    """
    new_id = _insert(connection, plan, [family_id], now)
    said = {"reply": Reply.GOING, "replied_at": now}
    connection.execute(update(SessionFamily).where(SessionFamily.session_id == new_id).values(said))
    _point(connection, session_id, [family_id], new_id)
    if not families_of(connection, session_id):
        _close(connection, session_id, State.MOVED)
    refresh_agreements(connection, [family_id])
    return new_id


def record(
    connection: Connection, session_id: int, attendance: Mapping[int, Attendance], by: int, now: datetime
) -> None:
    """Write down who was there; the session is then held. May be corrected by recording again.

    A family that said it could not come, or asked for another day, is excused where it would be absent. Raises
    SessionError before the session begins, and for one that was moved or cancelled.
    """
    session = get(connection, session_id)
    if session is None or session.state not in (State.SCHEDULED, State.HELD):
        raise SessionError("Esa sesión se movió o se canceló: no tiene asistencia.")
    if session.starts_at > now:
        raise SessionError("La asistencia se anota cuando la sesión haya empezado.")
    told = set(
        connection.scalars(
            select(SessionFamily.family_id).where(
                SessionFamily.session_id == session_id, SessionFamily.reply.in_([Reply.OTHER_DAY, Reply.CANNOT])
            )
        )
    )
    for family_id, seen in attendance.items():
        fair = Attendance.EXCUSED if seen is Attendance.ABSENT and family_id in told else seen
        connection.execute(
            update(SessionFamily)
            .where(SessionFamily.session_id == session_id, SessionFamily.family_id == family_id)
            .values(attendance=fair, recorded_at=now, recorded_by=by)
        )
    connection.execute(update(FamilySession).where(FamilySession.id == session_id).values(state=State.HELD))


def note(
    connection: Connection,
    batch: UUID,
    what: What,
    session_ids: Iterable[int],
    by: int,
    now: datetime,
    former_id: int | None = None,
) -> None:
    """Write down what a gestor did, so that it can be undone and is not forgotten."""
    rows = [
        {"batch": batch, "session_id": one, "former_id": former_id, "what": what, "at": now, "by": by}
        for one in session_ids
    ]
    if rows:
        connection.execute(insert(SessionChange), rows)


def forget(connection: Connection, batch: UUID) -> None:
    """Drop what was written down of a batch that was taken back: it never happened."""
    connection.execute(delete(SessionChange).where(SessionChange.batch == batch))


def _insert(connection: Connection, plan: Plan, family_ids: Collection[int], now: datetime) -> int:
    session_id: int = connection.execute(
        insert(FamilySession)
        .values(
            kind=plan.kind,
            gestor_id=plan.gestor_id,
            municipality_code=plan.municipality,
            place=plan.place,
            starts_at=plan.starts_at,
            minutes=plan.minutes,
            created_at=now,
        )
        .returning(FamilySession.id)
    ).scalar_one()
    rows = [{"session_id": session_id, "family_id": family_id} for family_id in sorted(set(family_ids))]
    connection.execute(insert(SessionFamily), rows)
    refresh_agreements(connection, family_ids)
    return session_id


def _close(connection: Connection, session_id: int, state: State) -> None:
    connection.execute(update(FamilySession).where(FamilySession.id == session_id).values(state=state))


def _point(connection: Connection, session_id: int, family_ids: Collection[int], new_id: int) -> None:
    connection.execute(
        update(SessionFamily)
        .where(SessionFamily.session_id == session_id, SessionFamily.family_id.in_(list(family_ids)))
        .values(moved_to=new_id)
    )
