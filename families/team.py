"""A coordinator's team: who accompanies how many families, and families given from one to another."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, false, func, or_, select, update
from sqlalchemy.orm import aliased

from families import assignments, scope
from families.assignments import GestorAssignment
from families.families import Family
from families.sessions import FamilySession, SessionFamily, State
from families.staff import Role, Staff, StaffMember

READERS: Final = (Role.ZONAL, Role.UT, Role.NATIONAL)
ASSIGNERS: Final = (Role.ZONAL, Role.UT)
AHEAD, BEHIND = timedelta(days=7), timedelta(days=30)
"""Over which sessions to come and sessions held are counted."""


@dataclass(frozen=True, slots=True)
class Gestor:
    """One of a team, with the codes of the municipalities where they work."""

    id: int
    name: str
    municipalities: tuple[str, ...]
    working: bool
    """Whether they may be given families: who has left may still have some."""

    def works_with(self, other: "Gestor") -> bool:
        """Whether there is a municipality where both work."""
        return not set(self.municipalities).isdisjoint(other.municipalities)


families: Final = (
    select(func.count())
    .where(GestorAssignment.gestor_id == StaffMember.id, GestorAssignment.until.is_(None))
    .correlate(StaffMember)
    .scalar_subquery()
)
"""How many families somebody accompanies now."""


def sessions(state: State, start: datetime, end: datetime) -> Any:
    """How many sessions of somebody stand so between two moments."""
    return (
        select(func.count())
        .where(
            FamilySession.gestor_id == StaffMember.id,
            FamilySession.starts_at.between(start, end),
            FamilySession.state == state,
        )
        .correlate(StaffMember)
        .scalar_subquery()
    )


def query(staff: Staff) -> Select[*tuple[Any, ...]]:
    """The gestores whose municipality lies where this person coordinates, with their families: those at work, and those
    who have left or do other work and still have some.
    """
    here = scope.municipalities(staff, func.coalesce(StaffMember.territories[1], ""))
    working = and_(StaffMember.role == Role.GESTOR, StaffMember.active)
    columns = (StaffMember.id, StaffMember.name, StaffMember.territories)
    listed = select(*columns, working.label("working"), families.label("families"))
    return listed.where(or_(working, families > 0), here if staff.role in READERS else false())


def members(connection: Connection, staff: Staff) -> dict[int, Gestor]:
    """The whole team by id, in the order of their names."""
    rows = connection.execute(query(staff).order_by(StaffMember.name, StaffMember.id))
    return {row.id: Gestor(row.id, row.name, tuple(row.territories), row.working) for row in rows}


def accompanied_by(staff: Staff, gestor_id: int | None) -> ColumnElement[bool]:
    """The condition that a family of where this person coordinates is accompanied by this gestor, or by nobody."""
    here = scope.families(staff, Family.id, Family.municipality_code)
    now = aliased(GestorAssignment)
    somebody = exists().where(now.family_id == Family.id, now.until.is_(None))
    return and_(here, ~somebody if gestor_id is None else somebody.where(now.gestor_id == gestor_id))


def given(staff: Staff, at: datetime) -> ColumnElement[bool]:
    """The condition that this person gave a family, at this moment, to whoever accompanies it now."""
    now = aliased(GestorAssignment)
    return exists().where(now.family_id == Family.id, now.until.is_(None), now.assigned_by == staff.id, now.since == at)


def alone(connection: Connection, staff: Staff) -> int:
    """How many families nobody accompanies."""
    condition = accompanied_by(staff, None)
    return connection.scalar(select(func.count()).select_from(Family).where(condition)) or 0


def hand_over(
    connection: Connection, family_ids: Collection[int], gestor_id: int, now: datetime, by: int
) -> tuple[int, int]:
    """Give families to a gestor, and with them the sessions to come that are theirs alone.

    Returns how many families and how many sessions changed hands. A session with other families stays with who planned
    it.
    """
    moved = assignments.assign(connection, family_ids, gestor_id, now, by=by)
    invited = SessionFamily.session_id == FamilySession.id
    still = and_(invited, SessionFamily.moved_to.is_(None))
    theirs = exists().where(still, SessionFamily.family_id.in_(family_ids))
    others = exists().where(still, SessionFamily.family_id.not_in(family_ids))
    to_come = and_(
        FamilySession.state == State.SCHEDULED, FamilySession.starts_at > now, FamilySession.gestor_id != gestor_id
    )
    given = connection.execute(
        update(FamilySession).where(to_come, theirs, ~others).values(gestor_id=gestor_id).returning(FamilySession.id)
    )
    return moved, len(given.all())
