"""How a family enters the programme and how it leaves, each step with its date and who recorded it.

A family that was welcomed enters by signing the co-responsibility agreement, at the latest in the second
baseline session; one that has not signed by then does not enter. It leaves with the set share of achievements
(*egreso*), of its own wish, because it moved, because its five years are over, or for breach of the
agreement.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    and_,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from families.families import Family, Status, one_of

BOGOTA = ZoneInfo("America/Bogota")


class Step(StrEnum):
    """One step of a family's way through the programme."""

    SIGNED = "signed"
    DECLINED = "declined"
    GRADUATED = "graduated"
    WITHDRAWN = "withdrawn"
    READMITTED = "readmitted"


class Reason(StrEnum):
    """Why a family was withdrawn."""

    OWN_WISH = "own_wish"
    MOVED = "moved"
    TERM = "term"
    BREACH = "breach"


class EnrolmentStep(Base):
    """What happened, never changed. `recorded_by` is empty for what the system did by itself."""

    __tablename__ = "enrolment_steps"
    __table_args__ = (one_of("step", Step), Index("ix_enrolment_steps_family_id", "family_id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"))
    step: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    recorded_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))


class AgreementDeadline(Base):
    """The last day, in Bogotá, on which a welcomed family may sign: that of its second baseline session."""

    __tablename__ = "agreement_deadlines"

    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"), primary_key=True)
    due_on: Mapped[date] = mapped_column(Date)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One step of the history of a family."""

    step: Step
    reason: Reason | None
    at: datetime
    recorded_by: int | None


def sign(connection: Connection, family_ids: Iterable[int], at: datetime, by: int | None = None) -> set[int]:
    """Record that welcomed families signed; returns those that entered.

    Left out is who is not welcomed (any more) and whose deadline has passed.
    """
    late = select(AgreementDeadline.family_id).where(AgreementDeadline.due_on < at.astimezone(BOGOTA).date())
    may = and_(Family.status == Status.WELCOMED, Family.id.not_in(late))
    entry = {"status": Status.ACTIVE, "signed_at": at}
    return _move(connection, family_ids, may, entry, Step.SIGNED, at, by)


def decline(connection: Connection, family_ids: Iterable[int], at: datetime, by: int | None = None) -> set[int]:
    """Record that welcomed families do not enter; returns those for which it holds from now on."""
    end = {"status": Status.DECLINED, "ended_at": at}
    return _move(connection, family_ids, Family.status == Status.WELCOMED, end, Step.DECLINED, at, by)


def graduate(connection: Connection, family_ids: Iterable[int], at: datetime, by: int | None = None) -> set[int]:
    """Record that active families leave with their achievements; returns those that did."""
    end = {"status": Status.GRADUATED, "ended_at": at}
    return _move(connection, family_ids, Family.status == Status.ACTIVE, end, Step.GRADUATED, at, by)


def withdraw(
    connection: Connection, family_ids: Iterable[int], reason: Reason, at: datetime, by: int | None = None
) -> set[int]:
    """Record that active families leave without; returns those that did.

    «No puedo» to a session is never a reason, and nothing here is ever asked by message.
    """
    end = {"status": Status.WITHDRAWN, "ended_at": at}
    return _move(connection, family_ids, Family.status == Status.ACTIVE, end, Step.WITHDRAWN, at, by, reason)


def readmit(connection: Connection, family_ids: Iterable[int], at: datetime, by: int | None = None) -> set[int]:
    """Take back families that graduated or were withdrawn; their signature still holds. Returns those taken
    back.
    """
    left = Family.status.in_([Status.GRADUATED, Status.WITHDRAWN])
    back = {"status": Status.ACTIVE, "ended_at": None}
    return _move(connection, family_ids, left, back, Step.READMITTED, at, by)


def set_deadline(connection: Connection, family_id: int, due_on: date) -> None:
    """Set the last day to sign, when the second baseline session is planned or moved."""
    statement = postgresql.insert(AgreementDeadline).values(family_id=family_id, due_on=due_on)
    connection.execute(statement.on_conflict_do_update(index_elements=["family_id"], set_={"due_on": due_on}))


def unsigned(connection: Connection, where: ColumnElement[bool], until: date) -> list[tuple[int, date]]:
    """Welcomed families whose deadline is `until` or before, as (family id, deadline), the earliest first.

    `where` is a condition on `Family`, such as `scope.families(staff, Family.id, Family.municipality_code)`.
    """
    rows = connection.execute(
        select(Family.id, AgreementDeadline.due_on)
        .join(AgreementDeadline, AgreementDeadline.family_id == Family.id)
        .where(where, Family.status == Status.WELCOMED, AgreementDeadline.due_on <= until)
        .order_by(AgreementDeadline.due_on, Family.id)
    )
    return [(row.id, row.due_on) for row in rows]


def history(connection: Connection, family_id: int) -> list[Recorded]:
    """What was recorded about a family, the latest first."""
    rows = connection.execute(
        select(EnrolmentStep)
        .where(EnrolmentStep.family_id == family_id)
        .order_by(EnrolmentStep.at.desc(), EnrolmentStep.id.desc())
    )
    return [
        Recorded(Step(row.step), Reason(row.reason) if row.reason else None, row.at, row.recorded_by) for row in rows
    ]


def _move(
    connection: Connection,
    family_ids: Iterable[int],
    condition: ColumnElement[bool],
    values: Mapping[str, object],
    step: Step,
    at: datetime,
    by: int | None,
    reason: Reason | None = None,
) -> set[int]:
    moved = set(
        connection.scalars(
            update(Family).where(Family.id.in_(list(family_ids)), condition).values(dict(values)).returning(Family.id)
        )
    )
    if moved:
        connection.execute(
            insert(EnrolmentStep),
            [
                {"family_id": family_id, "step": step, "reason": reason or "", "at": at, "recorded_by": by}
                for family_id in sorted(moved)
            ],
        )
    return moved
