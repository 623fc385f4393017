"""Obstacles (*nudos críticos*): what a team cannot untie by itself and takes up a level.

An obstacle is written without names: it is about an office, a road, a rule. It starts in its municipality, may be
taken up to the department and to the nation, and is closed at the level that untied it, with what was done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CHAR, BigInteger, Connection, DateTime, ForeignKey, Identity, Index, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from families import scope
from families.families import one_of
from families.staff import Role, Staff, StaffMember

LONGEST_TITLE, LONGEST_NOTE = 120, 1_000


class Level(StrEnum):
    """Who has to untie it."""

    MUNICIPAL = "municipal"
    DEPARTMENTAL = "departmental"
    NATIONAL = "national"


ABOVE = {Level.MUNICIPAL: Level.DEPARTMENTAL, Level.DEPARTMENTAL: Level.NATIONAL}
RESPONSIBLE = {Level.MUNICIPAL: Role.ZONAL, Level.DEPARTMENTAL: Role.UT, Level.NATIONAL: Role.NATIONAL}


class Step(StrEnum):
    """What was done with it."""

    RAISED = "raised"
    NOTED = "noted"
    TAKEN_UP = "taken_up"
    SOLVED = "solved"


class ObstacleRow(Base):
    """One obstacle of a municipality."""

    __tablename__ = "obstacles"
    __table_args__ = (
        one_of("level", Level),
        Index("ix_obstacles_municipality_code", "municipality_code"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    title: Mapped[str]
    municipality_code: Mapped[str] = mapped_column(CHAR(5), ForeignKey("municipalities.code"))
    entity: Mapped[str] = mapped_column(server_default="")
    level: Mapped[str]
    raised_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    solved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ObstacleStep(Base):
    """One line of the history of an obstacle."""

    __tablename__ = "obstacle_steps"
    __table_args__ = (one_of("step", Step), Index("ix_obstacle_steps_obstacle_id", "obstacle_id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    obstacle_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("obstacles.id", ondelete="CASCADE"))
    step: Mapped[str]
    level: Mapped[str]
    note: Mapped[str]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))


class ObstacleError(Exception):
    """What was wanted is not for this person, or not for this obstacle any more."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One obstacle as lists show it."""

    id: int
    title: str
    municipality: str
    entity: str
    level: Level
    raised_at: datetime
    solved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of its history."""

    step: Step
    level: Level
    note: str
    at: datetime
    staff_name: str


_COLUMNS = (
    ObstacleRow.id,
    ObstacleRow.title,
    ObstacleRow.municipality_code,
    ObstacleRow.entity,
    ObstacleRow.level,
    ObstacleRow.raised_at,
    ObstacleRow.solved_at,
)


def raise_one(
    connection: Connection, staff: Staff, title: str, municipality: str, entity: str, note: str, now: datetime
) -> int:
    """Write down an obstacle of a municipality where one works. Raises ObstacleError elsewhere or without a title."""
    if not title.strip() or not scope.covers(staff, municipality):
        raise ObstacleError("an obstacle has a title, and a municipality of one's own")
    obstacle_id = connection.execute(
        insert(ObstacleRow)
        .values(
            title=title.strip()[:LONGEST_TITLE],
            municipality_code=municipality,
            entity=entity.strip(),
            level=Level.MUNICIPAL,
            raised_at=now,
        )
        .returning(ObstacleRow.id)
    ).scalar_one()
    _note(connection, obstacle_id, Step.RAISED, Level.MUNICIPAL, note, staff, now)
    return obstacle_id


def find(connection: Connection, staff: Staff, obstacle_id: int, *, lock: bool = False) -> Obstacle | None:
    """An obstacle of where this person works, or None."""
    query = select(*_COLUMNS).where(
        ObstacleRow.id == obstacle_id, scope.municipalities(staff, ObstacleRow.municipality_code)
    )
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else Obstacle(*row[:4], Level(row.level), *row[5:])


def listing(connection: Connection, staff: Staff, *, solved: bool = False, limit: int = 200) -> Sequence[Obstacle]:
    """The obstacles of where this person works: the open ones, those at the highest level and the oldest first."""
    at_level = func.array_position([level.value for level in Level], ObstacleRow.level)
    rows = connection.execute(
        select(*_COLUMNS)
        .where(
            scope.municipalities(staff, ObstacleRow.municipality_code),
            ObstacleRow.solved_at.is_not(None) if solved else ObstacleRow.solved_at.is_(None),
        )
        .order_by(at_level.desc(), ObstacleRow.raised_at, ObstacleRow.id)
        .limit(limit)
    )
    return [Obstacle(*row[:4], Level(row.level), *row[5:]) for row in rows]


def history(connection: Connection, obstacle_id: int) -> Sequence[Happened]:
    """What was done with an obstacle, in order."""
    rows = connection.execute(
        select(ObstacleStep.step, ObstacleStep.level, ObstacleStep.note, ObstacleStep.at, StaffMember.name)
        .join(StaffMember, StaffMember.id == ObstacleStep.staff_id)
        .where(ObstacleStep.obstacle_id == obstacle_id)
        .order_by(ObstacleStep.id)
    )
    return [Happened(Step(row.step), Level(row.level), row.note, row.at, row.name) for row in rows]


def note(connection: Connection, staff: Staff, obstacle_id: int, words: str, now: datetime) -> None:
    """Add what was done meanwhile. Raises ObstacleError for one that is solved or of elsewhere."""
    obstacle = _open(connection, staff, obstacle_id)
    _note(connection, obstacle_id, Step.NOTED, obstacle.level, words, staff, now)


def take_up(connection: Connection, staff: Staff, obstacle_id: int, words: str, now: datetime) -> Level:
    """Take an obstacle up a level; returns which. Raises ObstacleError unless it is this person's to take up."""
    obstacle = _open(connection, staff, obstacle_id)
    if not may_decide(staff, obstacle) or obstacle.level not in ABOVE:
        raise ObstacleError(f"obstacle {obstacle_id} is not for {staff.login} to take up")
    level = ABOVE[obstacle.level]
    connection.execute(update(ObstacleRow).where(ObstacleRow.id == obstacle_id).values(level=level))
    _note(connection, obstacle_id, Step.TAKEN_UP, level, words, staff, now)
    return level


def solve(connection: Connection, staff: Staff, obstacle_id: int, words: str, now: datetime) -> None:
    """Close an obstacle with what was done. Raises ObstacleError unless it is this person's to close."""
    obstacle = _open(connection, staff, obstacle_id)
    if not may_decide(staff, obstacle):
        raise ObstacleError(f"obstacle {obstacle_id} is not for {staff.login} to close")
    connection.execute(update(ObstacleRow).where(ObstacleRow.id == obstacle_id).values(solved_at=now))
    _note(connection, obstacle_id, Step.SOLVED, obstacle.level, words, staff, now)


def may_decide(staff: Staff, obstacle: Obstacle) -> bool:
    """Whether an open obstacle stands at this person's level, or below it."""
    order = list(Level)
    own = next((level for level, role in RESPONSIBLE.items() if role is staff.role), None)
    return obstacle.solved_at is None and own is not None and order.index(own) >= order.index(obstacle.level)


def _open(connection: Connection, staff: Staff, obstacle_id: int) -> Obstacle:
    obstacle = find(connection, staff, obstacle_id, lock=True)
    if obstacle is None or obstacle.solved_at is not None:
        raise ObstacleError(f"there is no open obstacle {obstacle_id} for {staff.login}")
    return obstacle


def _note(
    connection: Connection, obstacle_id: int, step: Step, level: Level, words: str, staff: Staff, now: datetime
) -> None:
    row = {
        "obstacle_id": obstacle_id,
        "step": step,
        "level": level,
        "note": words.strip()[:LONGEST_NOTE],
        "at": now,
        "staff_id": staff.id,
    }
    connection.execute(insert(ObstacleStep).values(row))
