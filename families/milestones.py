"""Milestones of a family on its way: numbers of verified achievements, each celebrated once."""

from datetime import datetime

from sqlalchemy import BigInteger, Connection, DateTime, ForeignKey, SmallInteger, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from db import Base


class FamilyMilestone(Base):
    """A number of achievements that a family has had verified."""

    __tablename__ = "family_milestones"

    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"), primary_key=True)
    achievements: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


def passed(
    connection: Connection, family_id: int, verified: int, milestones: tuple[int, ...], now: datetime
) -> int | None:
    """The highest milestone that a family passes now with so many verified achievements; None if it passes none."""
    reached = sorted(milestone for milestone in milestones if milestone <= verified)
    if not reached:
        return None
    new = connection.scalars(
        insert(FamilyMilestone)
        .values([{"family_id": family_id, "achievements": milestone, "at": now} for milestone in reached])
        .on_conflict_do_nothing()
        .returning(FamilyMilestone.achievements)
    ).all()
    return reached[-1] if reached[-1] in new else None


def forget(connection: Connection, family_id: int, at: datetime) -> None:
    """Take back the milestones that a family passed at this moment."""
    passed_then = (FamilyMilestone.family_id == family_id, FamilyMilestone.at == at)
    connection.execute(delete(FamilyMilestone).where(*passed_then))
