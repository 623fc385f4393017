"""The sessions of the staff: each is a row, so that it can be seen and ended from elsewhere.

Of the token that a browser holds only a hash is kept: whoever reads the table cannot be anybody.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from families.staff import Staff, StaffMember, as_staff
from families.staff_second_step import SecondStep

IDLE = timedelta(hours=2)
"""A session ends after this long without a page asked for."""

LONGEST = timedelta(hours=12)
"""Whoever works on must log in again after a working day."""

NOTED = timedelta(minutes=1)
"""A page asked for so soon after another writes nothing."""

KEPT = timedelta(days=30)
"""Sessions that ended are shown to their owner for so long."""

LONGEST_AGENT = 200
"""Characters of what a browser says it is."""


class StaffSession(Base):
    """A browser in which somebody logged in. `agent` is what it says it is."""

    __tablename__ = "staff_sessions"
    __table_args__ = (Index("ix_staff_sessions_staff_id", "staff_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id", ondelete="CASCADE"))
    agent: Mapped[str] = mapped_column(server_default="")
    began_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Session:
    """A session that goes on, and whose it is."""

    id: int
    staff: Staff
    has_second_step: bool

    @property
    def complete(self) -> bool:
        """Whether its owner has set up all that their role asks for."""
        return self.has_second_step or not self.staff.needs_second_step


@dataclass(frozen=True, slots=True)
class Seen:
    """A session as its owner sees it in the list."""

    id: int
    agent: str
    began_at: datetime
    seen_at: datetime


def begin(connection: Connection, staff_id: int, agent: str, now: datetime) -> str:
    """Begin a session and return its token; those of the person that ended long ago are forgotten."""
    token = secrets.token_urlsafe(32)
    connection.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.seen_at < now - KEPT))
    connection.execute(
        insert(StaffSession).values(
            token_hash=_hash(token), staff_id=staff_id, agent=agent[:LONGEST_AGENT], began_at=now, seen_at=now
        )
    )
    return token


def resume(connection: Connection, token: str, now: datetime) -> Session | None:
    """The session of a token, if it goes on: not ended, not idle, not too old, its owner's account open."""
    row = connection.execute(
        select(StaffMember, StaffSession.id.label("session_id"), StaffSession.seen_at, SecondStep.since)
        .join(StaffSession, StaffSession.staff_id == StaffMember.id)
        .outerjoin(SecondStep, SecondStep.staff_id == StaffMember.id)
        .where(StaffSession.token_hash == _hash(token), StaffMember.active, *_going_on(now))
    ).first()
    if row is None:
        return None
    if now - row.seen_at >= NOTED:
        connection.execute(update(StaffSession).where(StaffSession.id == row.session_id).values(seen_at=now))
    return Session(row.session_id, as_staff(row), row.since is not None)


def owner(connection: Connection, token: str) -> int | None:
    """Whose session a token began, even if it has ended."""
    return connection.scalar(select(StaffSession.staff_id).where(StaffSession.token_hash == _hash(token)))


def going_on(connection: Connection, staff_id: int, now: datetime) -> list[Seen]:
    """The sessions of a person that have not ended, the one used last first."""
    rows = connection.execute(
        select(StaffSession.id, StaffSession.agent, StaffSession.began_at, StaffSession.seen_at)
        .where(StaffSession.staff_id == staff_id, *_going_on(now))
        .order_by(StaffSession.seen_at.desc(), StaffSession.id.desc())
    )
    return [Seen(*row) for row in rows]


def end(connection: Connection, staff_id: int, session_id: int, now: datetime) -> None:
    """End one session of a person; that of another person stays."""
    _end(connection, now, StaffSession.staff_id == staff_id, StaffSession.id == session_id)


def end_others(connection: Connection, staff_id: int, kept: int | None, now: datetime) -> None:
    """End all sessions of a person but one: after a new password, or when a telephone was lost."""
    _end(connection, now, StaffSession.staff_id == staff_id, StaffSession.id.is_distinct_from(kept))


def _end(connection: Connection, now: datetime, *which: ColumnElement[bool]) -> None:
    ended = update(StaffSession).where(StaffSession.ended_at.is_(None), *which)
    connection.execute(ended.values(ended_at=now))


def _going_on(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (StaffSession.ended_at.is_(None), StaffSession.seen_at > now - IDLE, StaffSession.began_at > now - LONGEST)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
