"""Commitments: what was promised in public about what the families said, by whom, for when, and what became of it.

«Usted dijo, nosotros hicimos.» A report card that never comes back to the families is the commonest reason that
people stop answering (World Bank note on citizen report cards, 2004). Commitments are public from the moment they are
made; what changes in them is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Connection,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Row,
    Select,
    case,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from db import Base


class State(StrEnum):
    """How far a commitment is. That it is overdue follows from its day."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class Commitment(Base):
    """A promise made to the families of a territory about one who was graded (`actor`; empty for nobody in particular).

    `said` is what the families said, `promise` what will be done, `owner` the institution that answers for it,
    `outcome` what became of it.
    """

    __tablename__ = "commitments"
    __table_args__ = (
        CheckConstraint("state IN ({})".format(", ".join(f"'{state}'" for state in State)), name="state"),
        Index("ix_commitments_territory", "territory"),
        Index("ix_commitments_wave_id", "wave_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    wave_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("waves.id"))
    territory: Mapped[str]
    actor: Mapped[str] = mapped_column(server_default="")
    said: Mapped[str]
    promise: Mapped[str]
    owner: Mapped[str]
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str]
    outcome: Mapped[str] = mapped_column(server_default="")
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class CommitmentChange(Base):
    """What a commitment said from `at` on; the last one is what it says now."""

    __tablename__ = "commitment_changes"
    __table_args__ = (Index("ix_commitment_changes_commitment_id", "commitment_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    commitment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("commitments.id"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    staff_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    state: Mapped[str]
    due_on: Mapped[date] = mapped_column(Date)
    promise: Mapped[str]
    outcome: Mapped[str]


@dataclass(frozen=True, slots=True)
class Promise:
    """A commitment as it is made."""

    wave_id: int
    territory: str
    actor: str
    said: str
    promise: str
    owner: str
    due_on: date


def make(connection: Connection, promise: Promise, staff_id: int | None, now: datetime) -> int:
    """Record a commitment; returns its id."""
    values = {name: getattr(promise, name) for name in Promise.__slots__}
    commitment_id = connection.execute(
        insert(Commitment).values(**values, state=State.OPEN, made_at=now, changed_at=now).returning(Commitment.id)
    ).scalar_one()
    _note(connection, commitment_id, staff_id)
    return commitment_id


def change(
    connection: Connection,
    commitment_id: int,
    staff_id: int | None,
    now: datetime,
    *,
    state: State,
    due_on: date,
    promise: str,
    outcome: str,
) -> bool:
    """Change what a commitment says; what it said before stays in its history. Returns whether anything changed.

    Raises ValueError if it is said to be done or dropped without a word about what happened.
    """
    if state is not State.OPEN and not outcome.strip():
        raise ValueError("a commitment that ends needs its outcome")
    values = {"state": state, "due_on": due_on, "promise": promise, "outcome": outcome}
    differs = or_(*(getattr(Commitment, name) != value for name, value in values.items()))
    changed = connection.execute(
        update(Commitment).where(Commitment.id == commitment_id, differs).values(**values, changed_at=now)
    ).rowcount
    if changed:
        _note(connection, commitment_id, staff_id)
    return bool(changed)


def get(connection: Connection, commitment_id: int) -> Row[Any] | None:
    """One commitment, or None."""
    return connection.execute(select(Commitment.__table__).where(Commitment.id == commitment_id)).one_or_none()


def history(connection: Connection, commitment_id: int) -> Sequence[Row[Any]]:
    """What a commitment said, the first first."""
    return connection.execute(
        select(CommitmentChange.__table__)
        .where(CommitmentChange.commitment_id == commitment_id)
        .order_by(CommitmentChange.id)
    ).all()


def concerning(territory: str, today: date) -> Select[Any]:
    """The query of the commitments that a reader in this territory is told of: its own and those of what it lies in.

    For the country, all. Each row also says whether it is `late`.
    """
    late = case((Commitment.state == State.OPEN, Commitment.due_on < today), else_=False).label("late")
    query = select(Commitment.__table__, late)
    if territory:
        query = query.where(Commitment.territory.in_({"", territory[:2], territory}))
    return query


def listed(
    connection: Connection,
    territory: str,
    today: date,
    *,
    wave_id: int | None = None,
    actor: str = "",
    limit: int | None = None,
) -> Sequence[Row[Any]]:
    """`concerning`, of one wave or of all, about one who was graded or about all: those still open first, by their day;
    of what is over the latest.
    """
    over = Commitment.state != State.OPEN
    since = case((over, Commitment.changed_at)).desc().nulls_first()
    query = concerning(territory, today).order_by(over, since, Commitment.due_on, Commitment.id)
    if wave_id is not None:
        query = query.where(Commitment.wave_id == wave_id)
    if actor:
        query = query.where(Commitment.actor == actor)
    return connection.execute(query.limit(limit)).all()


def places(connection: Connection) -> frozenset[str]:
    """The territories for which something was promised."""
    return frozenset(connection.scalars(select(Commitment.territory).distinct()))


_NOTE = text(
    """
    INSERT INTO commitment_changes (commitment_id, at, staff_id, state, due_on, promise, outcome)
    SELECT id, changed_at, :staff_id, state, due_on, promise, outcome FROM commitments WHERE id = :id
    """
)


def _note(connection: Connection, commitment_id: int, staff_id: int | None) -> None:
    connection.execute(_NOTE, {"id": commitment_id, "staff_id": staff_id})
