"""Sessions of gestores with families: what stands in the calendar, who goes, who was there.

A session is never overwritten: one that is moved ends as `moved`, and each of its families points at the session
that took its place (`moved_to`), so that a reply to what was said before is answered with what holds now.

«No puedo» is a reply like any other and never evidence of breach: it is kept so that the gestor looks for another
moment, nothing counts it, and a family that gave it cannot be recorded as absent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Select,
    SmallInteger,
    and_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from families.families import one_of

SHORTEST, LONGEST = 15, 480
"""Minutes of a session."""
LONGEST_PLACE = 60
"""Characters: the place goes into every message."""
Moment = DateTime(timezone=True)


class State(StrEnum):
    """Where a session stands. Only a scheduled one is still to come."""

    SCHEDULED = "scheduled"
    MOVED = "moved"
    CANCELLED = "cancelled"
    HELD = "held"


class Reply(StrEnum):
    """What a family said about a session."""

    GOING = "going"
    OTHER_DAY = "other_day"
    CANNOT = "cannot"


class Attendance(StrEnum):
    """Who was there, as recorded afterwards."""

    ATTENDED = "attended"
    ABSENT = "absent"
    EXCUSED = "excused"


class FamilySession(Base):
    """One session. An empty `place` is the home of the family: addresses of homes are kept nowhere here."""

    __tablename__ = "family_sessions"
    __table_args__ = (
        one_of("state", State),
        CheckConstraint(f"minutes BETWEEN {SHORTEST} AND {LONGEST}", name="minutes"),
        Index("ix_family_sessions_gestor_id_starts_at", "gestor_id", "starts_at"),
        Index("ix_family_sessions_municipality_code_starts_at", "municipality_code", "starts_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str]
    gestor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    municipality_code: Mapped[str] = mapped_column(CHAR(5), ForeignKey("municipalities.code"))
    place: Mapped[str] = mapped_column(server_default="")
    starts_at: Mapped[datetime] = mapped_column(Moment)
    minutes: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(server_default=State.SCHEDULED)
    created_at: Mapped[datetime] = mapped_column(Moment)


class SessionFamily(Base):
    """A family that a session is with; `moved_to` is the session that took its place for this family."""

    __tablename__ = "session_families"
    __table_args__ = (
        one_of("reply", Reply),
        one_of("attendance", Attendance),
        CheckConstraint(
            "attendance <> 'absent' OR reply IS NULL OR reply = 'going'", name="whoever_told_is_never_absent"
        ),
        Index("ix_session_families_family_id", "family_id"),
        Index("ix_session_families_replied_at", "replied_at"),
    )

    session_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("family_sessions.id", ondelete="CASCADE"), primary_key=True
    )
    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"), primary_key=True)
    reply: Mapped[str | None]
    replied_at: Mapped[datetime | None] = mapped_column(Moment)
    wished_on: Mapped[date | None] = mapped_column(Date)
    """The other day that the family proposed, if it named one."""
    attendance: Mapped[str | None]
    recorded_at: Mapped[datetime | None] = mapped_column(Moment)
    recorded_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    moved_to: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("family_sessions.id"))


class What(StrEnum):
    """What was done to a session."""

    SCHEDULED = "scheduled"
    MOVED = "moved"
    CANCELLED = "cancelled"
    REMINDED = "reminded"


class SessionChange(Base):
    """One thing a gestor did to a session. `batch` holds together what was done with one press of a button.

    A move stands beside the new session; `former_id` is the one it came from.
    """

    __tablename__ = "session_changes"
    __table_args__ = (one_of("what", What), Index("ix_session_changes_batch", "batch"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    batch: Mapped[UUID]
    session_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("family_sessions.id", ondelete="CASCADE"))
    former_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("family_sessions.id", ondelete="CASCADE"))
    what: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))


class SessionError(ValueError):
    """What cannot be done to a session; the message says why, in Spanish, for the gestor who asked for it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A session to be scheduled. `place` is empty for the family's home."""

    kind: str
    gestor_id: int
    municipality: str
    starts_at: datetime
    minutes: int
    place: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it stands."""

    id: int
    kind: str
    gestor_id: int
    municipality: str
    place: str
    starts_at: datetime
    minutes: int
    state: State
    created_at: datetime

    @property
    def at_home(self) -> bool:
        return not self.place


def get(connection: Connection, session_id: int) -> Session | None:
    """The session of this id."""
    row = connection.execute(_select().where(FamilySession.id == session_id)).first()
    return as_session(row) if row else None


def lock(connection: Connection, session_id: int) -> Session:
    """The scheduled session of this id, locked. Raises SessionError if it is not scheduled (any more)."""
    row = connection.execute(_select().where(FamilySession.id == session_id).with_for_update()).first()
    if row is None or row.state != State.SCHEDULED:
        raise SessionError("Esa sesión ya no está en el calendario.")
    return as_session(row)


def families_of(connection: Connection, session_id: int) -> list[int]:
    """The families still in a session, in order."""
    return list(
        connection.scalars(
            select(SessionFamily.family_id)
            .where(SessionFamily.session_id == session_id, SessionFamily.moved_to.is_(None))
            .order_by(SessionFamily.family_id)
        )
    )


def upcoming(connection: Connection, family_id: int, now: datetime) -> list[Session]:
    """The sessions that a family has before it, the next first."""
    rows = connection.execute(
        _select()
        .join(SessionFamily, SessionFamily.session_id == FamilySession.id)
        .where(SessionFamily.family_id == family_id, SessionFamily.moved_to.is_(None), to_come(now))
        .order_by(FamilySession.starts_at, FamilySession.id)
    )
    return [as_session(row) for row in rows]


def present(connection: Connection, session_id: int, family_id: int) -> Session | None:
    """What has become of a session for one of its families: itself, or the one that took its place.

    None if it never was a session of this family.
    """
    follow: int | None = session_id
    while follow is not None:
        latest = follow
        row = connection.execute(
            select(SessionFamily.moved_to).where(
                SessionFamily.session_id == latest, SessionFamily.family_id == family_id
            )
        ).first()
        if row is None:
            return None
        follow = row.moved_to
    return get(connection, latest)


def clashes(
    connection: Connection, gestor_id: int, starts_at: datetime, minutes: int, besides: Sequence[int] = ()
) -> bool:
    """Whether the gestor has another session then."""
    nearby = connection.execute(
        select(FamilySession.starts_at, FamilySession.minutes).where(
            FamilySession.gestor_id == gestor_id,
            FamilySession.state == State.SCHEDULED,
            FamilySession.id.not_in(besides),
            FamilySession.starts_at > starts_at - timedelta(minutes=LONGEST),
            FamilySession.starts_at < starts_at + timedelta(minutes=minutes),
        )
    )
    return any(row.starts_at + timedelta(minutes=row.minutes) > starts_at for row in nearby)


def as_session(row: Any) -> Session:
    """The session of a row with the columns of `FamilySession`."""
    return Session(
        row.id,
        row.kind,
        row.gestor_id,
        row.municipality_code,
        row.place,
        row.starts_at,
        row.minutes,
        State(row.state),
        row.created_at,
    )


def _select() -> Select[Any]:
    return select(FamilySession.__table__)


def to_come(now: datetime) -> ColumnElement[bool]:
    """The condition that a session is scheduled and has not begun."""
    return and_(FamilySession.state == State.SCHEDULED, FamilySession.starts_at > now)
