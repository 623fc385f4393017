"""A filter as a query: the families it means, and the phone by which each would be written to."""

from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from bot.campaigns.filters import Filter
from bot.register import FamilyContact
from families import claims, sessions
from families.assignments import GestorAssignment
from families.claims import FamilyAchievement
from families.consents import FamilyConsent, Purpose
from families.families import Family, FamilyMember
from families.sessions import FamilySession, SessionFamily
from families.territory import within
from messaging.contact_hours import BOGOTA
from messaging.contacts import ContactRow
from messaging.gate import WHATSAPP_WINDOW
from messaging.stops import scope
from surveys.invitations import InvitationRow

AGES: Final = {"children_under_6": (0, 5), "children_6_to_17": (6, 17), "people_60_plus": (60, None)}
"""Completed years, both included."""

CONTACT_FACTS: Final = (
    ContactRow.language,
    ContactRow.demo,
    ContactRow.sms_ok,
    ContactRow.whatsapp_ok,
    ContactRow.last_channel,
    func.array_to_string(ContactRow.stops, " ").label("stops"),
)


def audience(filter: Filter, now: datetime) -> Select[int, str, str]:
    """The families that a filter means: `family_id`, `municipality`, `zone`."""
    columns = (Family.id.label("family_id"), Family.municipality_code.label("municipality"), Family.zone)
    return select(*columns).where(*conditions(filter, now))


def conditions(filter: Filter, now: datetime) -> list[ColumnElement[bool]]:
    """What must be true of a family."""
    today = now.astimezone(BOGOTA).date()
    found: list[ColumnElement[bool]] = [
        within(Family.municipality_code, filter.territories),
        Family.status == filter.stage,
    ]
    if filter.zone:
        found.append(Family.zone == filter.zone)
    if filter.language:
        found.append(Family.language == filter.language)
    if filter.months_from is not None:
        found.append(Family.signed_at <= months_before(now, filter.months_from))
    if filter.months_to is not None:
        found.append(Family.signed_at > months_before(now, filter.months_to + 1))
    if filter.gestor_id is not None:
        found.append(_of_gestor(filter.gestor_id))
    if filter.composition:
        found.append(_composed(filter.composition, today))
    if filter.unanswered_wave is not None:
        found.append(_unanswered(filter.unanswered_wave))
    if filter.session_within is not None:
        found.append(_meets(now, filter.session_within))
    if filter.achievement:
        found.append(_pending(filter.achievement))
    if filter.channel:
        found.append(_reached_by(filter.channel))
    return found


def recipients(families: Subquery, now: datetime) -> Select[Any]:
    """Every family of a subquery with `family_id`, with the facts by which a campaign decides how to write to it.

    Of several phones it is the one that may be written to and was heard from last; `contact_id` is None where there
    is no phone.
    """
    usable = and_(
        ContactRow.quarantined_at.is_(None),
        ~ContactRow.stops.contains([scope()]),
        or_(ContactRow.sms_ok, ContactRow.whatsapp_ok),
    )
    return (
        select(
            families.c.family_id,
            families.c.municipality,
            families.c.zone,
            ContactRow.id.label("contact_id"),
            *CONTACT_FACTS,
            ContactRow.quarantined_at.is_not(None).label("quarantined"),
            (ContactRow.whatsapp_inbound_at > now - WHATSAPP_WINDOW).label("in_session"),
            ContactRow.whatsapp_inbound_at.is_not(None).label("on_whatsapp"),
            ContactRow.whatsapp_opt_in_at.is_not(None).label("opted_in"),
            _refused(families.c.family_id).label("refused"),
        )
        .ext(distinct_on(families.c.family_id))
        .select_from(families)
        .outerjoin(FamilyContact, FamilyContact.family_id == families.c.family_id)
        .outerjoin(ContactRow, ContactRow.id == FamilyContact.contact_id)
        .order_by(families.c.family_id, usable.desc(), ContactRow.last_inbound_at.desc().nulls_last(), ContactRow.id)
    )


FACTS: Final = (
    *("language", "demo", "sms_ok", "whatsapp_ok", "last_channel", "stops"),
    *("quarantined", "in_session", "on_whatsapp", "opted_in", "refused"),
)
"""The last columns of `recipients`: what families that are reached alike have in common. All are empty, but for the
last, where there is no phone.
"""


def months_before(moment: datetime, months: int) -> datetime:
    """The same day and hour so many months earlier, or the last day of a month that is too short."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def _of_gestor(gestor_id: int) -> ColumnElement[bool]:
    return exists().where(
        GestorAssignment.family_id == Family.id,
        GestorAssignment.gestor_id == gestor_id,
        GestorAssignment.until.is_(None),
    )


def _composed(composition: str, today: date) -> ColumnElement[bool]:
    if composition == "displaced":
        return Family.displaced.is_(True)
    if composition == "rural_producers":
        return Family.farms.is_(True)
    youngest, oldest = AGES[composition]
    born = [FamilyMember.birth_date <= _years_before(today, youngest)]
    if oldest is not None:
        born.append(FamilyMember.birth_date > _years_before(today, oldest + 1))
    return exists().where(FamilyMember.family_id == Family.id, FamilyMember.left_on.is_(None), *born)


def _unanswered(wave_id: int) -> ColumnElement[bool]:
    return exists().where(
        InvitationRow.wave_id == wave_id,
        InvitationRow.subject == Family.id,
        InvitationRow.status.in_(("invited", "unreachable")),
    )


def _meets(now: datetime, days: int) -> ColumnElement[bool]:
    return exists().where(
        SessionFamily.family_id == Family.id,
        FamilySession.id == SessionFamily.session_id,
        FamilySession.state == sessions.State.SCHEDULED,
        FamilySession.starts_at.between(now, now + timedelta(days=days)),
        SessionFamily.moved_to.is_(None),
    )


def _pending(code: str) -> ColumnElement[bool]:
    """Whether nobody has said yet that the family has reached it, or that it does not count for them."""
    return ~exists().where(
        FamilyAchievement.family_id == Family.id,
        FamilyAchievement.code == code,
        FamilyAchievement.status.not_in((claims.Status.PENDING, claims.Status.SENT_BACK)),
    )


def _reached_by(channel: str) -> ColumnElement[bool]:
    works = (
        ContactRow.sms_ok
        if channel == "sms"
        else and_(
            ContactRow.whatsapp_ok,
            or_(ContactRow.whatsapp_inbound_at.is_not(None), ContactRow.whatsapp_opt_in_at.is_not(None)),
        )
    )
    return exists().where(
        FamilyContact.family_id == Family.id,
        ContactRow.id == FamilyContact.contact_id,
        ContactRow.quarantined_at.is_(None),
        works,
    )


def _refused(family_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the family was told what its data are for and said no (Ley 1581 of 2012): what it said last holds."""
    said, later = aliased(FamilyConsent), aliased(FamilyConsent)
    changed = exists().where(
        later.family_id == said.family_id,
        later.purpose == said.purpose,
        tuple_(later.at, later.id) > tuple_(said.at, said.id),
    )
    return exists().where(said.family_id == family_id, said.purpose == Purpose.INFORMED, ~said.given, ~changed)


def _years_before(day: date, years: int) -> date:
    return months_before(datetime(day.year, day.month, day.day), 12 * years).date()  # noqa: DTZ001
