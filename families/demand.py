"""What families ask for and no programme offers them: counted by achievement and municipality, never by family.

A family needs an achievement that it goes for in its life plan, or has asked for help with, until it is verified. The
need is met while the family is on its way through a programme that serves it, and it is covered where a programme that
takes families still has places.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    ForeignKey,
    Subquery,
    any_,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from families import programmes
from families.achievements import Current
from families.catalogue import Achievement
from families.claims import FamilyAchievement, Status
from families.families import Family
from families.families import Status as FamilyStatus
from families.life_plan import LifePlanGoal
from families.programmes import ProgrammeRow
from families.referrals import HOLDING, OPEN, ReferralRow, State

UNTOLD = frozenset({"displaced"})
"""For whom an achievement may be that no table of small figures shows."""


class FamilyNeed(Base):
    """A family asked for help with an achievement. `by` is None where it asked by message."""

    __tablename__ = "family_needs"

    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"), primary_key=True)
    achievement: Mapped[str] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))


@dataclass(frozen=True, slots=True)
class Unmet:
    """So many families of a municipality need an achievement that no programme offers them now."""

    municipality: str
    achievement: str
    families: int


def ask(connection: Connection, family_id: int, codes: Collection[str], now: datetime, by: int | None = None) -> int:
    """Note what a family asks help with; returns how much of it is new."""
    if not codes:
        return 0
    rows = [{"family_id": family_id, "achievement": code, "asked_at": now, "by": by} for code in sorted(codes)]
    statement = insert(FamilyNeed).values(rows).on_conflict_do_nothing().returning(FamilyNeed.achievement)
    return len(connection.scalars(statement).all())


def asked(connection: Connection, family_id: int) -> list[str]:
    """The codes of what a family has asked help with, the latest first."""
    query = select(FamilyNeed.achievement).where(FamilyNeed.family_id == family_id)
    return list(connection.scalars(query.order_by(FamilyNeed.asked_at.desc(), FamilyNeed.achievement)))


def tellable(catalogue: Sequence[Achievement]) -> list[Achievement]:
    """The achievements whose figures may be shown: none that is sensitive or only about displaced families."""
    return [one for one in catalogue if not one.sensitive and one.applies_to not in UNTOLD]


def unmet(connection: Connection, here: ColumnElement[bool], catalogue: Current, today: date) -> list[Unmet]:
    """Needs that no offer covers, by municipality and achievement; only what `tellable` lets be shown.

    `here` is the condition on `Family.municipality_code` that limits them to where somebody works.
    """
    need = _needs(catalogue.id)
    serves = need.c.code == any_(ProgrammeRow.achievements)
    offered = select(ProgrammeRow.id).where(
        serves,
        programmes.serving(Family.municipality_code),
        ProgrammeRow.status == programmes.Status.OPEN,
        ProgrammeRow.taken < ProgrammeRow.places,
        or_(ProgrammeRow.closes_on.is_(None), ProgrammeRow.closes_on >= today),
    )
    on_the_way = (
        select(ReferralRow.id)
        .join(ProgrammeRow, ProgrammeRow.id == ReferralRow.programme_id)
        .where(ReferralRow.family_id == need.c.family_id, ReferralRow.state.in_(_UNDER_WAY), serves)
    )
    settled = select(FamilyAchievement.code).where(
        FamilyAchievement.family_id == need.c.family_id,
        FamilyAchievement.catalogue_id == catalogue.id,
        FamilyAchievement.code == need.c.code,
        FamilyAchievement.status.in_([Status.VERIFIED, Status.NOT_APPLICABLE]),
    )
    rows = connection.execute(
        select(Family.municipality_code, need.c.code, func.count())
        .join(Family, Family.id == need.c.family_id)
        .where(
            here,
            Family.status == FamilyStatus.ACTIVE,
            need.c.code.in_([one.code for one in tellable(catalogue.achievements)]),
            ~offered.exists(),
            ~on_the_way.exists(),
            ~settled.exists(),
        )
        .group_by(Family.municipality_code, need.c.code)
        .order_by(Family.municipality_code, need.c.code)
    )
    return [Unmet(*row) for row in rows]


def _needs(catalogue_id: int) -> Subquery:
    """What families go for or have asked for: (family_id, code), each once."""
    plans = select(LifePlanGoal.family_id, LifePlanGoal.code).where(
        LifePlanGoal.ended_at.is_(None), LifePlanGoal.catalogue_id == catalogue_id
    )
    return plans.union(select(FamilyNeed.family_id, FamilyNeed.achievement)).subquery()


_UNDER_WAY = (OPEN | HOLDING) - {State.WAITING, State.NOT_SERVED, State.UNKNOWN}
"""Waiting for a place, or having been turned away, a family still needs what it needs."""
