"""Which requests a member of the staff may see, and the lists they work from.

A gestor sees those of their own families, but none that is reserved or about data; coordinators those of their
territory; an entity's delegate those sent on to it. What names no municipality is the national coordination's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, false, func, select, true

from families import scope
from families.complaints import ABOUT_DATA, COLUMNS, Category, Complaint, ComplaintRow, Kind, Status, as_complaint
from families.staff import Role, Staff

HANDLERS = frozenset({Role.ZONAL, Role.UT, Role.NATIONAL})
"""Who classifies, sends on, extends and answers; an entity's delegate answers what was sent on to it."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; what is None is not asked. `overdue` are those past their term."""

    status: Status | None = None
    kind: Kind | None = None
    category: Category | None = None
    overdue: bool = False
    unhappy: bool = False
    """Those whose answer did not serve."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The board at a glance: requests open, of them past their term, of them within five days of
    its end, and answers that did not serve."""

    open: int
    overdue: int
    soon: int
    unhappy: int


def visible(staff: Staff) -> ColumnElement[bool]:
    """The condition that a request is one this person may see."""
    matter = ~ComplaintRow.kind.in_(ABOUT_DATA)
    match staff.role:
        case Role.ENTITY:
            here = scope.municipalities(staff, ComplaintRow.municipality_code)
            return and_(here, matter, ComplaintRow.entity == staff.entity, ComplaintRow.transferred_at.is_not(None))
        case Role.GESTOR:
            own = scope.families(staff, ComplaintRow.family_id, ComplaintRow.municipality_code)
            return and_(own, matter, ~ComplaintRow.reserved)
        case Role.ZONAL | Role.UT:
            return scope.municipalities(staff, ComplaintRow.municipality_code)
        case Role.NATIONAL | Role.AUDITOR:
            return true()
    return false()


def find(connection: Connection, staff: Staff, complaint_id: int) -> Complaint | None:
    """A request that this person may see, or None."""
    row = connection.execute(select(*COLUMNS).where(ComplaintRow.id == complaint_id, visible(staff))).one_or_none()
    return None if row is None else as_complaint(row)


def may_answer(staff: Staff, complaint: Complaint) -> bool:
    """Whether this person, who may see it, may answer it."""
    return staff.role in HANDLERS or (staff.role is Role.ENTITY and complaint.status is Status.TRANSFERRED)


def query(staff: Staff, narrowed: Filter, now: datetime, *, about_data: bool = False) -> Select[Any]:
    """The requests that this person may see: those about data, or all others. In no order."""
    data = ComplaintRow.kind.in_(ABOUT_DATA)
    return select(*COLUMNS).where(visible(staff), data if about_data else ~data, *_asked(narrowed, now))


def counts(connection: Connection, staff: Staff, now: datetime) -> Counts:
    """How the requests that this person may see stand, those about data among them."""
    unanswered = ComplaintRow.status != Status.ANSWERED
    soon = and_(unanswered, ComplaintRow.due_at > now, ComplaintRow.due_at <= now + timedelta(days=5))
    row = connection.execute(
        select(
            func.count().filter(unanswered),
            func.count().filter(and_(unanswered, ComplaintRow.due_at <= now)),
            func.count().filter(soon),
            func.count().filter(ComplaintRow.satisfied.is_(False)),
        ).where(visible(staff))
    ).one()
    return Counts(*row)


def overdue_by_municipality(connection: Connection, staff: Staff, now: datetime) -> Mapping[str, int]:
    """How many requests are past their term, by municipality code: what coordinators are alerted to."""
    rows = connection.execute(
        select(ComplaintRow.municipality_code, func.count())
        .where(
            visible(staff),
            ComplaintRow.municipality_code.is_not(None),
            ComplaintRow.status != Status.ANSWERED,
            ComplaintRow.due_at <= now,
        )
        .group_by(ComplaintRow.municipality_code)
    )
    return {str(code): number for code, number in rows}


def _asked(narrowed: Filter, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column, value in (
        (ComplaintRow.status, narrowed.status),
        (ComplaintRow.kind, narrowed.kind),
        (ComplaintRow.category, narrowed.category),
    ):
        if value is not None:
            conditions.append(column == value)
    if narrowed.overdue:
        conditions += [ComplaintRow.status != Status.ANSWERED, ComplaintRow.due_at <= now]
    if narrowed.unhappy:
        conditions.append(ComplaintRow.satisfied.is_(False))
    return conditions
