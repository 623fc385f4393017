"""Times that a gestor opens, for families that ask for another day.

A slot is taken once, whoever comes first: the row is locked while it is taken, and points at the session in it. It
is free again when that session is moved or cancelled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Connection,
    DateTime,
    ForeignKey,
    Identity,
    Select,
    SmallInteger,
    UniqueConstraint,
    and_,
    delete,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from families import session_changes, sessions
from families.sessions import LONGEST, LONGEST_PLACE, SHORTEST, FamilySession, Plan, SessionError, State

MOST_WEEKS = 12
"""How far ahead a repeated slot may be opened."""
Moment = DateTime(timezone=True)


class SessionSlot(Base):
    """A time that a gestor has open. An empty `place` is the home of the family that takes it."""

    __tablename__ = "session_slots"
    __table_args__ = (
        UniqueConstraint("gestor_id", "starts_at"),
        CheckConstraint(f"minutes BETWEEN {SHORTEST} AND {LONGEST}", name="minutes"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    gestor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    municipality_code: Mapped[str] = mapped_column(CHAR(5), ForeignKey("municipalities.code"))
    place: Mapped[str] = mapped_column(server_default="")
    starts_at: Mapped[datetime] = mapped_column(Moment)
    minutes: Mapped[int] = mapped_column(SmallInteger)
    series: Mapped[UUID]
    """Slots opened together, week after week."""
    session_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("family_sessions.id", ondelete="SET NULL"), unique=True
    )


@dataclass(frozen=True, slots=True)
class Slot:
    """An open time."""

    id: int
    gestor_id: int
    municipality: str
    place: str
    starts_at: datetime
    minutes: int
    series: UUID
    session_id: int | None


class SlotTakenError(Exception):
    """Somebody was quicker, or the gestor has closed the slot, or is busy then."""


def open_slots(connection: Connection, first: Slot, weeks: int, now: datetime) -> int:
    """Open a slot, and the same hour in the following `weeks` - 1 weeks; returns how many are new.

    `first.id` and `first.series` do not matter. Raises SessionError for times that have passed, or out of bounds.
    """
    if first.starts_at <= now:
        raise SessionError("Esa hora ya pasó. Escoja una que esté por venir.")
    if not 1 <= weeks <= MOST_WEEKS:
        raise SessionError(f"Se puede repetir hasta {MOST_WEEKS} semanas.")
    if not SHORTEST <= first.minutes <= LONGEST:
        raise SessionError(f"Una sesión dura entre {SHORTEST} y {LONGEST} minutos.")
    if len(first.place) > LONGEST_PLACE:
        raise SessionError(f"El lugar lleva hasta {LONGEST_PLACE} letras, porque va en el mensaje.")
    series = uuid4()
    rows = [
        {
            "gestor_id": first.gestor_id,
            "municipality_code": first.municipality,
            "place": first.place,
            "starts_at": first.starts_at + timedelta(weeks=week),
            "minutes": first.minutes,
            "series": series,
        }
        for week in range(weeks)
    ]
    opened = insert(SessionSlot).values(rows).on_conflict_do_nothing().returning(SessionSlot.id)
    return len(connection.scalars(opened).all())


def close_slot(connection: Connection, slot_id: int, gestor_id: int) -> bool:
    """Close a slot that nobody has taken; False if there is none."""
    closed = connection.execute(
        delete(SessionSlot).where(
            SessionSlot.id == slot_id, SessionSlot.gestor_id == gestor_id, SessionSlot.session_id.is_(None)
        )
    )
    return closed.rowcount == 1


def free(connection: Connection, gestor_id: int, after: datetime, limit: int) -> list[Slot]:
    """The gestor's slots that can be taken: nobody has, and the gestor has no session at that time."""
    rows = connection.execute(
        _select()
        .where(
            SessionSlot.gestor_id == gestor_id,
            SessionSlot.session_id.is_(None),
            SessionSlot.starts_at > after,
            ~_busy(),
        )
        .order_by(SessionSlot.starts_at)
        .limit(limit)
    )
    return [_slot(row) for row in rows]


def take(connection: Connection, slot_id: int, session_id: int, family_id: int, now: datetime) -> int:
    """Change a family's scheduled session to a slot of its gestor; returns the id of the session in the slot.

    Raises SlotTakenError if the slot is not to be had (any more), SessionError if the session is not.
    """
    session = sessions.lock(connection, session_id)
    row = connection.execute(
        _select()
        .where(SessionSlot.id == slot_id, SessionSlot.gestor_id == session.gestor_id, SessionSlot.starts_at > now)
        .with_for_update()
    ).first()
    if row is None or row.session_id is not None:
        raise SlotTakenError
    if sessions.clashes(connection, row.gestor_id, row.starts_at, row.minutes, besides=[session_id]):
        raise SlotTakenError
    plan = Plan(session.kind, session.gestor_id, session.municipality, row.starts_at, row.minutes, row.place)
    release(connection, [session_id])
    taken = session_changes.leave_for(connection, session_id, family_id, plan, now)
    connection.execute(update(SessionSlot).where(SessionSlot.id == slot_id).values(session_id=taken))
    return taken


def release(connection: Connection, session_ids: Sequence[int]) -> None:
    """Free the slots of sessions that were moved or cancelled."""
    connection.execute(update(SessionSlot).where(SessionSlot.session_id.in_(session_ids)).values(session_id=None))


def listing(connection: Connection, gestor_id: int, start: datetime, end: datetime) -> list[Slot]:
    """All slots of a gestor that begin from `start` to before `end`."""
    rows = connection.execute(
        _select()
        .where(SessionSlot.gestor_id == gestor_id, SessionSlot.starts_at >= start, SessionSlot.starts_at < end)
        .order_by(SessionSlot.starts_at)
    )
    return [_slot(row) for row in rows]


def _select() -> Select[Any]:
    return select(SessionSlot.__table__)


def _busy() -> Any:
    """The condition that the gestor has a session that overlaps a slot."""
    return exists().where(
        and_(
            FamilySession.gestor_id == SessionSlot.gestor_id,
            FamilySession.state == State.SCHEDULED,
            FamilySession.starts_at < SessionSlot.starts_at + _lasting(SessionSlot.minutes),
            FamilySession.starts_at + _lasting(FamilySession.minutes) > SessionSlot.starts_at,
        )
    )


def _lasting(minutes: Any) -> Any:
    return func.make_interval(0, 0, 0, 0, 0, minutes)


def _slot(row: Any) -> Slot:
    return Slot(
        row.id,
        row.gestor_id,
        row.municipality_code,
        row.place,
        row.starts_at,
        row.minutes,
        row.series,
        row.session_id,
    )
