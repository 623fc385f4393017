"""Which requests a member of the staff may see, and the lists they work from.

A gestor sees those of their own families, but none that is reserved or about data; coordinators those of their
territory; an entity's delegate those sent on to it. What names no municipality is the national coordination's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, false, func, select, true

from families import scope
from families.complaints import ABOUT_DATA, COLUMNS, Category, Complaint, ComplaintRow, Kind, Status, as_complaint
from families.staff import Role, Staff

PAGE = 50
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


def visible(staff: Staff, *, about_data: bool = False) -> ColumnElement[bool]:
    """The condition that a request is one this person may see: those about data, or all others."""
    data = ComplaintRow.kind.in_(ABOUT_DATA)
    kind = data if about_data else ~data
    match staff.role:
        case Role.ENTITY:
            here = and_(
                ComplaintRow.entity == staff.entity, scope.municipalities(staff, ComplaintRow.municipality_code)
            )
            return and_(here, ComplaintRow.transferred_at.is_not(None), ~data, kind)
        case Role.GESTOR:
            own = scope.families(staff, ComplaintRow.family_id, ComplaintRow.municipality_code)
            return and_(own, ~ComplaintRow.reserved, ~data, kind)
        case Role.NATIONAL | Role.AUDITOR:
            return and_(true(), kind)
        case Role.ADMIN:
            return false()
    return and_(scope.municipalities(staff, ComplaintRow.municipality_code), kind)


def find(connection: Connection, staff: Staff, complaint_id: int, *, about_data: bool = False) -> Complaint | None:
    """A request that this person may see, or None."""
    query = select(*COLUMNS).where(ComplaintRow.id == complaint_id, visible(staff, about_data=about_data))
    row = connection.execute(query).one_or_none()
    return None if row is None else as_complaint(row)


def may_answer(staff: Staff, complaint: Complaint) -> bool:
    """Whether this person, who may see it, may answer it."""
    return staff.role in HANDLERS or (staff.role is Role.ENTITY and complaint.status is Status.TRANSFERRED)


def listing(
    connection: Connection,
    staff: Staff,
    narrowed: Filter,
    now: datetime,
    *,
    about_data: bool = False,
    page: int = 1,
) -> tuple[Sequence[Complaint], int]:
    """A page of requests, the most urgent first and answered ones last, and how many there are."""
    wanted = and_(visible(staff, about_data=about_data), _asked(narrowed, now))
    total = connection.scalar(select(func.count()).select_from(ComplaintRow).where(wanted)) or 0
    rows = connection.execute(
        select(*COLUMNS)
        .where(wanted)
        .order_by(ComplaintRow.status == Status.ANSWERED, ComplaintRow.due_at, ComplaintRow.id)
        .limit(PAGE)
        .offset(PAGE * (page - 1))
    )
    return [as_complaint(row) for row in rows], total


def counts(connection: Connection, staff: Staff, now: datetime, *, about_data: bool = False) -> Counts:
    """How the requests that this person may see stand."""
    unanswered = ComplaintRow.status != Status.ANSWERED
    soon = and_(unanswered, ComplaintRow.due_at > now, ComplaintRow.due_at <= now + timedelta(days=5))
    row = connection.execute(
        select(
            func.count().filter(unanswered),
            func.count().filter(and_(unanswered, ComplaintRow.due_at <= now)),
            func.count().filter(soon),
            func.count().filter(ComplaintRow.satisfied.is_(False)),
        ).where(visible(staff, about_data=about_data))
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


def _asked(narrowed: Filter, now: datetime) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [true()]
    for column, value in (
        (ComplaintRow.status, narrowed.status),
        (ComplaintRow.kind, narrowed.kind),
        (ComplaintRow.category, narrowed.category),
    ):
        if value is not None:
            conditions.append(column == value)
    if narrowed.overdue:
        conditions.append(and_(ComplaintRow.status != Status.ANSWERED, ComplaintRow.due_at <= now))
    if narrowed.unhappy:
        conditions.append(ComplaintRow.satisfied.is_(False))
    return and_(*conditions)
