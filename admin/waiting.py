"""What waits for a person in the parts of the service, and where: a line of it on the page where their day begins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import current_app
from sqlalchemy import Connection, func, select

from admin.language import gettext, mark
from admin.permission import rule
from bot import correspondence, emergency_alerts
from families import achievements, claims, complaints_board, referrals, scope, team, yearly_plans
from families.families import Family
from families.referrals import ReferralRow
from families.staff import Role, Staff
from families.yearly_plans import Status, YearlyPlanRow

MOST_COUNTED: Final = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something of a part of the service that waits for these roles: how many, and on which page."""

    label: str
    endpoint: str
    count: Callable[[Connection, Staff, datetime], int]
    roles: frozenset[Role] = frozenset(Role)


def _messages(connection: Connection, person: Staff, _now: datetime) -> int:
    return correspondence.waiting(connection, person)


def _achievements(connection: Connection, person: Staff, _now: datetime) -> int:
    current = achievements.current(connection)
    where = scope.families(person, Family.id, Family.municipality_code)
    return len(claims.reported(connection, where, current.id, MOST_COUNTED)) if current else 0


def _referrals(connection: Connection, person: Staff, now: datetime) -> int:
    where = scope.families(person, Family.id, Family.municipality_code)
    overdue = select(func.count()).select_from(ReferralRow).join(Family, Family.id == ReferralRow.family_id)
    return connection.scalar(overdue.where(where, referrals.overdue(now))) or 0


def _complaints(connection: Connection, person: Staff, now: datetime) -> int:
    return complaints_board.counts(connection, person, now).open


def _alerts(connection: Connection, person: Staff, _now: datetime) -> int:
    return len(emergency_alerts.listing(connection, person, limit=MOST_COUNTED))


def _plans(connection: Connection, person: Staff, _now: datetime) -> int:
    sent = yearly_plans.query(person).where(YearlyPlanRow.status == Status.SENT).subquery()
    return connection.scalar(select(func.count()).select_from(sent)) or 0


def _alone(connection: Connection, person: Staff, _now: datetime) -> int:
    return team.alone(connection, person)


ALL: Final[Sequence[Waiting]] = (
    Waiting(mark("Avisos de peligro"), "alerts.listing", _alerts),
    Waiting(mark("Mensajes por contestar"), "inbox.listing", _messages),
    Waiting(mark("Logros por verificar"), "achievements.queue", _achievements, frozenset({Role.GESTOR})),
    Waiting(mark("Remisiones sin resultado"), "referrals.listing", _referrals, frozenset({Role.GESTOR})),
    Waiting(mark("PQR abiertas"), "complaints.listing", _complaints),
    Waiting(mark("Planes por aprobar"), "yearly_plans.listing", _plans, frozenset(yearly_plans.DECIDERS)),
    Waiting(mark("Familias sin gestor"), "team.without", _alone, frozenset(team.ASSIGNERS)),
)


def of(connection: Connection, person: Staff, now: datetime) -> list[tuple[str, str, int]]:
    """What waits for a person: the words, the page, and how many; nothing of pages that do not open to them."""
    found = [
        (gettext(one.label), one.endpoint, one.count(connection, person, now))
        for one in ALL
        if person.role in one.roles and person.role in rule(current_app, one.endpoint)
    ]
    return [each for each in found if each[2]]
