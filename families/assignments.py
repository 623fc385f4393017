"""Which gestor accompanies which family, now and before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from families.staff import StaffMember


class GestorAssignment(Base):
    """A gestor accompanied a family from `since` to `until`; the one without `until` does so now."""

    __tablename__ = "gestor_assignments"
    __table_args__ = (
        Index("uq_gestor_assignments_current", "family_id", unique=True, postgresql_where=text("until IS NULL")),
        Index("ix_gestor_assignments_family_id", "family_id"),
        Index("ix_gestor_assignments_gestor_id", "gestor_id", postgresql_where=text("until IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"))
    gestor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    assigned_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))


@dataclass(frozen=True, slots=True)
class Assignment:
    """One stretch of the history of a family; `until` is None for the present one."""

    gestor_id: int
    since: datetime
    until: datetime | None
    gestor: str
    """The name."""


def assign(
    connection: Connection, family_ids: Iterable[int], gestor_id: int, now: datetime, by: int | None = None
) -> int:
    """Give families to a gestor, ending what was before; returns how many changed hands."""
    wanted = sorted(set(family_ids))
    current = (
        select(GestorAssignment.family_id)
        .where(GestorAssignment.family_id.in_(wanted), GestorAssignment.until.is_(None))
        .order_by(GestorAssignment.family_id)
        .with_for_update()
    )
    connection.execute(current)
    kept = set(connection.scalars(current.where(GestorAssignment.gestor_id == gestor_id)))
    moved = [family_id for family_id in wanted if family_id not in kept]
    if not moved:
        return 0
    connection.execute(
        update(GestorAssignment)
        .where(GestorAssignment.family_id.in_(moved), GestorAssignment.until.is_(None))
        .values(until=now)
    )
    connection.execute(
        insert(GestorAssignment),
        [{"family_id": family_id, "gestor_id": gestor_id, "since": now, "assigned_by": by} for family_id in moved],
    )
    return len(moved)


def release(connection: Connection, family_ids: Iterable[int], now: datetime) -> int:
    """Leave families without a gestor; returns how many had one."""
    theirs = (GestorAssignment.family_id.in_(sorted(set(family_ids))), GestorAssignment.until.is_(None))
    return connection.execute(update(GestorAssignment).where(*theirs).values(until=now)).rowcount


def current_gestors(connection: Connection, family_ids: Iterable[int]) -> Mapping[int, int]:
    """The gestor's id of each of these families that has one now."""
    rows = connection.execute(
        select(GestorAssignment.family_id, GestorAssignment.gestor_id).where(
            GestorAssignment.family_id.in_(list(family_ids)), GestorAssignment.until.is_(None)
        )
    )
    return {row.family_id: row.gestor_id for row in rows}


def accompanied(connection: Connection, gestor_id: int) -> int:
    """How many families a gestor accompanies now."""
    mine = (GestorAssignment.gestor_id == gestor_id, GestorAssignment.until.is_(None))
    return connection.scalar(select(func.count()).select_from(GestorAssignment).where(*mine)) or 0


def history(connection: Connection, family_id: int) -> list[Assignment]:
    """Who accompanied the family, the latest first."""
    rows = connection.execute(
        select(GestorAssignment.gestor_id, GestorAssignment.since, GestorAssignment.until, StaffMember.name)
        .join(StaffMember, StaffMember.id == GestorAssignment.gestor_id)
        .where(GestorAssignment.family_id == family_id)
        .order_by(GestorAssignment.since.desc(), GestorAssignment.id.desc())
    )
    return [Assignment(row.gestor_id, row.since, row.until, row.name) for row in rows]
