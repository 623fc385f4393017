"""A future thing is a row: reminder, nudge, expiry, deadline.

A timer is unique by what it is for (`kind`, `key`). Setting it again moves it and gives it a new token, so that
whoever holds the old token finds that it does nothing any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Connection, DateTime, Identity, Index, UniqueConstraint, delete, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from db import Base


class Timer(Base):
    """One thing that will happen at `due_at`, unless it is moved or cancelled before."""

    __tablename__ = "timers"
    __table_args__ = (UniqueConstraint("kind", "key"), Index("ix_timers_due_at", "due_at"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str]
    key: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    token: Mapped[UUID]


@dataclass(frozen=True, slots=True)
class Due:
    """A timer whose time has come."""

    kind: str
    key: str
    payload: Mapping[str, Any]
    token: UUID


def arm(
    connection: Connection, kind: str, key: str, due_at: datetime, payload: Mapping[str, Any] | None = None
) -> UUID:
    """Set the timer (`kind`, `key`) to go off at `due_at`, moving it if it exists. Returns its new token."""
    token = uuid4()
    values = {"due_at": due_at, "payload": dict(payload or {}), "token": token}
    statement = insert(Timer).values(kind=kind, key=key, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=[Timer.kind, Timer.key], set_=values))
    return token


def disarm(connection: Connection, kind: str, key: str) -> None:
    """Cancel the timer; nothing happens if there is none."""
    connection.execute(delete(Timer).where(Timer.kind == kind, Timer.key == key))


def put_off(connection: Connection, due: Due, until: datetime) -> None:
    """Let a timer that could not be carried out go off later, unless it has been set again or cancelled since."""
    same = (Timer.kind == due.kind, Timer.key == due.key, Timer.token == due.token)
    connection.execute(update(Timer).where(*same).values(due_at=until))


def take_due(connection: Connection, now: datetime, limit: int = 1) -> list[Due]:
    """Take up to `limit` timers that are due, oldest first, out of the table.

    They are gone only if the caller's transaction commits: whoever takes a timer carries out what it is for in the
    same transaction. Timers that another process is taking are passed over.
    """
    due = (
        select(Timer.id)
        .where(Timer.due_at <= now)
        .order_by(Timer.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    rows = connection.execute(
        delete(Timer).where(Timer.id.in_(select(due.c.id))).returning(Timer.kind, Timer.key, Timer.payload, Timer.token)
    )
    return [Due(row.kind, row.key, row.payload, row.token) for row in rows]
