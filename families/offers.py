"""Whom to offer a programme: families that lack what it serves, in the order that their municipality has agreed.

A family lacks an achievement that counts for it and that its gestor has not verified. What the municipality weighs
first comes first; among equals those who go for it in their life plan, then those who signed first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from families import achievements, claims, families, scope
from families.applicability import rule
from families.catalogue import Achievement
from families.claims import Status
from families.families import Family
from families.families import Status as FamilyStatus
from families.life_plan import LifePlanGoal
from families.programmes import Programme
from families.referrals import OPEN, ReferralRow
from families.staff import Staff
from families.territory import within

MOST = 200
"""Families among which one page lets choose."""
SETTLED = frozenset({Status.VERIFIED, Status.NOT_APPLICABLE})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A family that a programme may be offered to, what it lacks, and whether it goes for that in its life plan."""

    family_id: int
    folio: str
    achievement: Achievement
    planned: bool
    since: datetime | None


def candidates(connection: Connection, staff: Staff, programme: Programme, today: date) -> list[Candidate]:
    """The families in scope that lack what the programme serves and are not on their way there, the first first."""
    catalogue = achievements.current(connection)
    if catalogue is None:
        return []
    on_the_way = select(ReferralRow.id).where(
        ReferralRow.family_id == Family.id, ReferralRow.programme_id == programme.id, ReferralRow.state.in_(OPEN)
    )
    rows = connection.execute(
        select(Family.id, Family.folio, Family.municipality_code, Family.signed_at)
        .where(
            scope.families(staff, Family.id, Family.municipality_code),
            within(Family.municipality_code, [programme.details.territory]),
            Family.status == FamilyStatus.ACTIVE,
            ~on_the_way.exists(),
        )
        .order_by(Family.signed_at, Family.id)
        .limit(MOST)
    ).all()
    ids = [row.id for row in rows]
    households = families.households(connection, ids)
    settled = claims.settled(connection, ids, catalogue.id)
    plans = _plans(connection, ids, catalogue.id)
    served = [one for one in catalogue.achievements if one.code in programme.details.achievements]
    orders = {code: achievements.proposed(connection, code, served) for code in {row.municipality_code for row in rows}}
    found = []
    for row in rows:
        lacking = [
            one
            for one in orders[row.municipality_code]
            if rule(one.applies_to)(households[row.id], today) and settled.get(row.id, {}).get(one.code) not in SETTLED
        ]
        if lacking:
            planned = plans.get(row.id, frozenset())
            first = next((one for one in lacking if one.code in planned), lacking[0])
            place = orders[row.municipality_code].index(first)
            candidate = Candidate(row.id, row.folio, first, first.code in planned, row.signed_at)
            found.append((place, not candidate.planned, candidate))
    return [candidate for _, _, candidate in sorted(found, key=lambda each: each[:2])]


def _plans(connection: Connection, family_ids: list[int], catalogue_id: int) -> Mapping[int, frozenset[str]]:
    """The codes that these families go for in their life plans."""
    rows = connection.execute(
        select(LifePlanGoal.family_id, LifePlanGoal.code).where(
            LifePlanGoal.family_id.in_(family_ids),
            LifePlanGoal.catalogue_id == catalogue_id,
            LifePlanGoal.ended_at.is_(None),
        )
    )
    found: dict[int, set[str]] = {}
    for row in rows:
        found.setdefault(row.family_id, set()).add(row.code)
    return {family_id: frozenset(codes) for family_id, codes in found.items()}
