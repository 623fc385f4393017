"""The calendar as the staff reads it: whose sessions one may see, and what stands on which day."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, false, func, or_, select

from families import scope
from families.families import Family
from families.sessions import Attendance, FamilySession, Reply, Session, SessionFamily, State, as_session
from families.staff import Role, Staff, StaffMember

READERS = (Role.GESTOR, Role.ZONAL, Role.UT, Role.NATIONAL)
"""Who sees calendars: a gestor the own one, coordinators those of their team."""


@dataclass(frozen=True, slots=True)
class Attendee:
    """A family of a session: what it replied, and whether it was there."""

    session_id: int
    family_id: int
    folio: str
    reply: Reply | None
    replied_at: datetime | None
    wished_on: date | None
    attendance: Attendance | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A session with whose it is and who comes."""

    session: Session
    gestor: str
    attendees: Sequence[Attendee]

    @property
    def troubled(self) -> bool:
        """Whether a family said that it cannot, or needs another day, and has no other yet."""
        return any(attendee.reply in (Reply.OTHER_DAY, Reply.CANNOT) for attendee in self.attendees)

    @property
    def going(self) -> int:
        """How many families said that they go. Nothing counts those who cannot."""
        return sum(attendee.reply is Reply.GOING for attendee in self.attendees)


def visible(staff: Staff) -> ColumnElement[bool]:
    """The condition that a session is one this person may see."""
    if staff.role is Role.GESTOR:
        return FamilySession.gestor_id == staff.id
    return scope.municipalities(staff, FamilySession.municipality_code) if staff.role in READERS else false()


def between(
    connection: Connection, staff: Staff, start: datetime, end: datetime, gestor_id: int | None = None
) -> list[Entry]:
    """The sessions that begin from `start` to before `end`, cancelled ones too, moved ones not."""
    when = and_(FamilySession.starts_at >= start, FamilySession.starts_at < end)
    whose = when if gestor_id is None else and_(when, FamilySession.gestor_id == gestor_id)
    return _entries(connection, staff, and_(whose, FamilySession.state != State.MOVED))


def find(connection: Connection, staff: Staff, session_id: int) -> Entry | None:
    """One session; None if there is none, or it is not for this person."""
    found = _entries(connection, staff, FamilySession.id == session_id)
    return found[0] if found else None


def at_hand(connection: Connection, staff: Staff, start: datetime, end: datetime, now: datetime) -> list[Entry]:
    """What a gestor has to look at: the sessions from `start` to before `end`, those that have begun and of which
    nobody wrote down who was there, and those to come of which a family said that it cannot, or needs another day.
    """
    today = and_(FamilySession.starts_at >= start, FamilySession.starts_at < end, FamilySession.state != State.MOVED)
    said = exists().where(
        SessionFamily.session_id == FamilySession.id,
        SessionFamily.moved_to.is_(None),
        SessionFamily.reply.in_([Reply.OTHER_DAY, Reply.CANNOT]),
    )
    waits = and_(FamilySession.state == State.SCHEDULED, or_(FamilySession.starts_at <= now, said))
    return _entries(connection, staff, or_(today, waits))


def confirmed(connection: Connection, staff: Staff, since: datetime) -> list[tuple[Session, Attendee]]:
    """Who said lately that they go, the latest first; who took an open time too."""
    rows = connection.execute(
        select(FamilySession.__table__, *_ATTENDEE)
        .join(SessionFamily, SessionFamily.session_id == FamilySession.id)
        .join(Family, Family.id == SessionFamily.family_id)
        .where(
            visible(staff),
            scope.families(staff, Family.id, Family.municipality_code),
            SessionFamily.replied_at >= since,
            SessionFamily.reply == Reply.GOING,
        )
        .order_by(SessionFamily.replied_at.desc())
        .limit(20)
    )
    return [(as_session(row), _attendee(row)) for row in rows]


def gestores(connection: Connection, staff: Staff) -> Mapping[int, str]:
    """The gestores whose calendars a coordinator may read, by name."""
    rows = connection.execute(
        select(StaffMember.id, StaffMember.name)
        .where(
            StaffMember.role == Role.GESTOR,
            StaffMember.active,
            scope.municipalities(staff, func.coalesce(StaffMember.territories[1], "")),
        )
        .order_by(StaffMember.name)
    )
    return {row.id: row.name for row in rows}


def own_families(connection: Connection, staff: Staff, family_ids: Collection[int] | None = None) -> dict[int, str]:
    """The folios of the families with whom this gestor may plan a session: of these, or all."""
    query = select(Family.id, Family.folio).where(
        scope.families(staff, Family.id, Family.municipality_code),
        or_(Family.status == "active", Family.status == "welcomed"),
    )
    if family_ids is not None:
        query = query.where(Family.id.in_(list(family_ids)))
    return {row.id: row.folio for row in connection.execute(query.order_by(Family.id))}


_ATTENDEE = (
    SessionFamily.session_id,
    SessionFamily.family_id,
    Family.folio,
    SessionFamily.reply,
    SessionFamily.replied_at,
    SessionFamily.wished_on,
    SessionFamily.attendance,
)


def _entries(connection: Connection, staff: Staff, condition: ColumnElement[bool]) -> list[Entry]:
    rows = connection.execute(
        select(FamilySession.__table__, StaffMember.name.label("gestor"))
        .join(StaffMember, StaffMember.id == FamilySession.gestor_id)
        .where(visible(staff), condition)
        .order_by(FamilySession.starts_at, FamilySession.id)
    ).all()
    attendees: dict[int, list[Attendee]] = {row.id: [] for row in rows}
    found = connection.execute(
        select(*_ATTENDEE)
        .join(Family, Family.id == SessionFamily.family_id)
        .where(
            SessionFamily.session_id.in_(list(attendees)),
            SessionFamily.moved_to.is_(None),
            scope.families(staff, Family.id, Family.municipality_code),
        )
        .order_by(SessionFamily.session_id, Family.folio)
    )
    for row in found:
        attendees[row.session_id].append(_attendee(row))
    return [Entry(as_session(row), row.gestor, attendees[row.id]) for row in rows]


def _attendee(row: Any) -> Attendee:
    return Attendee(
        row.session_id,
        row.family_id,
        row.folio,
        Reply(row.reply) if row.reply else None,
        row.replied_at,
        row.wished_on,
        Attendance(row.attendance) if row.attendance else None,
    )
