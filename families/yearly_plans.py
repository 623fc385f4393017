"""Yearly plans: what a gestor sets out to do in a year, quarter by quarter, and what the coordination says to it.

A plan is written and sent by its gestor, then approved, or returned with a reason and written anew. It speaks of work,
not of families: no names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Select,
    SmallInteger,
    Text,
    UniqueConstraint,
    false,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from families import scope
from families.families import one_of
from families.staff import Role, Staff, StaffMember

LONGEST = 2_000
"""Characters of the goals, and of what is to be done in a quarter."""
LONGEST_NOTE = 1_000
QUARTERS = 4
READERS = frozenset({Role.GESTOR, Role.ZONAL, Role.UT, Role.NATIONAL})
DECIDERS = frozenset({Role.ZONAL, Role.UT})


class Status(StrEnum):
    """How far a plan is."""

    DRAFT = "draft"
    SENT = "sent"
    RETURNED = "returned"
    APPROVED = "approved"


OPEN = frozenset({Status.DRAFT, Status.RETURNED})
"""In which its gestor may write."""


class YearlyPlanRow(Base):
    """The plan of a gestor for a year. `quarters` are four texts."""

    __tablename__ = "yearly_plans"
    __table_args__ = (UniqueConstraint("gestor_id", "year"), one_of("status", Status))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    gestor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    year: Mapped[int] = mapped_column(SmallInteger)
    goals: Mapped[str]
    quarters: Mapped[list[str]] = mapped_column(ARRAY(Text))
    status: Mapped[str]


class YearlyPlanStep(Base):
    """One thing that happened to a plan: the status it got, by whom, and why."""

    __tablename__ = "yearly_plan_steps"
    __table_args__ = (one_of("status", Status), Index("ix_yearly_plan_steps_plan_id", "plan_id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    plan_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("yearly_plans.id", ondelete="CASCADE"))
    status: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))


class YearlyPlanError(Exception):
    """The plan is not in the state that the step needs."""


@dataclass(frozen=True, slots=True)
class YearlyPlan:
    """A plan as pages show it."""

    id: int
    gestor_id: int
    gestor: str
    year: int
    goals: str
    quarters: tuple[str, ...]
    status: Status


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of its history."""

    status: Status
    note: str
    at: datetime
    staff_name: str


def visible(staff: Staff) -> ColumnElement[bool]:
    """The condition that a plan is one this person may read: the own one, or a team's once it was sent."""
    if staff.role is Role.GESTOR:
        return YearlyPlanRow.gestor_id == staff.id
    if staff.role not in READERS:
        return false()
    team = scope.municipalities(staff, func.coalesce(StaffMember.territories[1], ""))
    return team & (YearlyPlanRow.status != Status.DRAFT)


def query(staff: Staff) -> Select[Any]:
    """The plans that this person may read, in no order."""
    columns = [getattr(YearlyPlanRow, name) for name in ("id", "gestor_id", "year", "goals", "quarters", "status")]
    joined = select(*columns, StaffMember.name.label("gestor")).join(
        StaffMember, StaffMember.id == YearlyPlanRow.gestor_id
    )
    return joined.where(visible(staff))


def find(connection: Connection, staff: Staff, plan_id: int) -> YearlyPlan | None:
    """A plan that this person may read, or None."""
    row = connection.execute(query(staff).where(YearlyPlanRow.id == plan_id)).one_or_none()
    if row is None:
        return None
    return YearlyPlan(row.id, row.gestor_id, row.gestor, row.year, row.goals, tuple(row.quarters), Status(row.status))


def write(
    connection: Connection, gestor: Staff, year: int, goals: str, quarters: Sequence[str], now: datetime, *, send: bool
) -> int:
    """Write the own plan of a year, and send it to the coordination if wanted; returns its id.

    Raises YearlyPlanError where the one there is was sent or approved.
    """
    status = Status.SENT if send else Status.DRAFT
    written = {"goals": goals, "quarters": list(quarters), "status": status}
    statement = postgresql.insert(YearlyPlanRow).values(gestor_id=gestor.id, year=year, **written)
    plan_id: int | None = connection.scalar(
        statement.on_conflict_do_update(
            index_elements=["gestor_id", "year"], set_=written, where=YearlyPlanRow.status.in_(OPEN)
        ).returning(YearlyPlanRow.id)
    )
    if plan_id is None:
        raise YearlyPlanError(f"the plan of {gestor.id} for {year} is with the coordination")
    _note(connection, plan_id, status, "", now, gestor.id)
    return plan_id


def decide(connection: Connection, plan_id: int, status: Status, note: str, now: datetime, staff_id: int) -> None:
    """Approve a plan that was sent, or return it with a reason. Raises YearlyPlanError for any other."""
    sent = (YearlyPlanRow.id == plan_id) & (YearlyPlanRow.status == Status.SENT)
    if connection.execute(update(YearlyPlanRow).where(sent).values(status=status)).rowcount == 0:
        raise YearlyPlanError(f"plan {plan_id} waits for no answer")
    _note(connection, plan_id, status, note, now, staff_id)


def take_back(connection: Connection, plan_id: int, now: datetime, staff_id: int) -> bool:
    """Let a plan wait for an answer again, if this person gave the last one and nothing happened since."""
    last = connection.execute(
        select(YearlyPlanStep.staff_id, YearlyPlanStep.status)
        .where(YearlyPlanStep.plan_id == plan_id)
        .order_by(YearlyPlanStep.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.staff_id != staff_id or last.status not in (Status.APPROVED, Status.RETURNED):
        return False
    answered = (YearlyPlanRow.id == plan_id) & (YearlyPlanRow.status == last.status)
    if connection.execute(update(YearlyPlanRow).where(answered).values(status=Status.SENT)).rowcount == 0:
        return False
    _note(connection, plan_id, Status.SENT, "", now, staff_id)
    return True


def history(connection: Connection, plan_id: int) -> list[Happened]:
    """What happened to a plan, in order."""
    rows = connection.execute(
        select(YearlyPlanStep.status, YearlyPlanStep.note, YearlyPlanStep.at, StaffMember.name)
        .join(StaffMember, StaffMember.id == YearlyPlanStep.staff_id)
        .where(YearlyPlanStep.plan_id == plan_id)
        .order_by(YearlyPlanStep.id)
    )
    return [Happened(Status(row.status), row.note, row.at, row.name) for row in rows]


def _note(connection: Connection, plan_id: int, status: Status, note: str, now: datetime, staff_id: int) -> None:
    row = {"plan_id": plan_id, "status": status, "note": note, "at": now, "staff_id": staff_id}
    connection.execute(insert(YearlyPlanStep).values(row))
