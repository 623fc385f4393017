"""Finding families: by folio or name, by where they live and stand, by what they have reached or reported.

Names are sealed. A name is found by keyed tokens of its words (`families.name_tokens`), and opened only for the rows
that are shown.
"""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.types import BigInteger

from encryption import Cipher
from families.assignments import GestorAssignment
from families.claims import FamilyAchievement
from families.claims import Status as Claimed
from families.families import Family, FamilySearch, Status, Zone, name_tokens
from families.progress import FamilyProgress
from families.staff import StaffMember

_FOLIO = re.compile(r"[\d\s.\-–—]+")
LEAST_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Filters:
    """What families are looked for; what is empty or None is not asked."""

    words: str = ""
    """Digits are the beginning of a folio; letters the beginnings of words of a member's name."""
    municipality: str = ""
    zone: Zone | None = None
    status: Status | None = None
    gestor_id: int | None = None
    reported: bool = False
    """Only those with something to verify."""
    ready_at: int | None = None
    """Only those that have reached this percentage of what counts for them."""


waiting = (
    select(func.count())
    .where(FamilyAchievement.family_id == Family.id, FamilyAchievement.status == Claimed.REPORTED)
    .correlate(Family)
    .scalar_subquery()
)
"""How many reports of a family nobody has looked at."""


def found(where: ColumnElement[bool], filters: Filters, cipher: Cipher) -> Select[*tuple[Any, ...]]:
    """The query of families for which `where` (a condition on `Family`) holds and that fit the filters, in no order."""
    query = (
        select(
            Family.id,
            Family.folio,
            Family.municipality_code,
            Family.zone,
            Family.status,
            FamilyProgress.verified,
            FamilyProgress.counting,
            FamilyProgress.share,
            StaffMember.name.label("gestor"),
            waiting.label("waiting"),
        )
        .outerjoin(FamilyProgress, FamilyProgress.family_id == Family.id)
        .outerjoin(GestorAssignment, (GestorAssignment.family_id == Family.id) & GestorAssignment.until.is_(None))
        .outerjoin(StaffMember, StaffMember.id == GestorAssignment.gestor_id)
        .where(where, *_conditions(filters))
    )
    return query if not filters.words.strip() else query.where(_named(filters.words, cipher))


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if filters.municipality:
        asked.append(Family.municipality_code == filters.municipality)
    if filters.zone is not None:
        asked.append(Family.zone == filters.zone)
    if filters.status is not None:
        asked.append(Family.status == filters.status)
    if filters.gestor_id is not None:
        asked.append(GestorAssignment.gestor_id == filters.gestor_id)
    if filters.reported:
        reports = exists().where(FamilyAchievement.family_id == Family.id, FamilyAchievement.status == Claimed.REPORTED)
        asked.append(reports)
    if filters.ready_at is not None:
        asked.append(FamilyProgress.share * 100 >= filters.ready_at)
    return asked


def _named(words: str, cipher: Cipher) -> ColumnElement[bool]:
    """By folio where only digits were typed, else by name. Words too short to look for find nobody."""
    if _FOLIO.fullmatch(words):
        digits = "".join(char for char in words if char.isdigit())
        return Family.folio.startswith(digits) if len(digits) >= LEAST_DIGITS else Family.id.is_(None)
    tokens = name_tokens(cipher, words)
    if not tokens:
        return Family.id.is_(None)
    named = select(FamilySearch.family_id).where(FamilySearch.tokens.contains(array(tokens, type_=BigInteger)))
    return Family.id.in_(named)
