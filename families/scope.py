"""What a member of the staff may see: the one place that decides it.

A gestor sees the families assigned to them; a zonal coordinator those of their municipalities; a UT
coordinator those of their department; the national coordination and the auditor all. An entity's delegate and
the administrator of the system see no family at all.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, false, select

from families.assignments import GestorAssignment
from families.staff import Role, Staff
from families.territory import contains, within

_WITHOUT_FAMILIES = frozenset({Role.ENTITY, Role.ADMIN})


def municipalities(staff: Staff, column: ColumnElement[str] | Any) -> ColumnElement[bool]:
    """The condition that a column of municipality codes lies where this person works."""
    return within(column, staff.territories)


def families(staff: Staff, family_id: Any, municipality: Any) -> ColumnElement[bool]:
    """The condition that a family, given by its columns of id and municipality code, is one this person may
    see.
    """
    if staff.role in _WITHOUT_FAMILIES:
        return false()
    here = municipalities(staff, municipality)
    if staff.role is not Role.GESTOR:
        return here
    assigned = select(GestorAssignment.family_id).where(
        GestorAssignment.gestor_id == staff.id, GestorAssignment.until.is_(None)
    )
    return and_(here, family_id.in_(assigned))


def covers(staff: Staff, territory: str) -> bool:
    """Whether a whole territory (a territory code) lies where this person works."""
    return any(contains(own, territory) for own in staff.territories)


def meets(staff: Staff, territory: str) -> bool:
    """Whether a territory and the places where this person works have anything in common."""
    return any(contains(territory, own) or contains(own, territory) for own in staff.territories)
