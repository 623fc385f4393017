"""The catalogues of achievements in force, and which achievements count for a family.

A catalogue is loaded as a whole and never changed; a new one takes the place of the old one, and what was
claimed under the old one keeps its meaning. Municipalities weigh the achievements for themselves.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Connection,
    DateTime,
    ForeignKey,
    Identity,
    SmallInteger,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from families import claims, families, life_plan
from families.applicability import rule
from families.catalogue import Achievement, read


class AchievementCatalogue(Base):
    """A loaded catalogue; the one loaded last is in force."""

    __tablename__ = "achievement_catalogues"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    digest: Mapped[bytes] = mapped_column(unique=True)
    vocabulary: Mapped[str] = mapped_column(server_default="")
    """How families speak of its achievements; see `bot.matching.vocabulary`."""
    loaded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class AchievementRow(Base):
    """One achievement of a catalogue."""

    __tablename__ = "achievements"

    catalogue_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("achievement_catalogues.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    manual_no: Mapped[str]
    dimension: Mapped[str]
    applies_to: Mapped[str]
    sensitive: Mapped[bool]
    label: Mapped[str]
    question: Mapped[str]


@dataclass(frozen=True, slots=True)
class Current:
    """The catalogue in force, with all its achievements and how families speak of them."""

    id: int
    achievements: tuple[Achievement, ...]
    vocabulary: str

    def get(self, code: str) -> Achievement | None:
        """The achievement of a code."""
        return next((each for each in self.achievements if each.code == code), None)


_LATEST = select(AchievementCatalogue.id).order_by(AchievementCatalogue.id.desc()).limit(1)
_kept: dict[bytes, tuple[Achievement, ...]] = {}
"""The achievements of catalogues by their digest: a catalogue never changes."""


class AchievementWeight(Base):
    """How a municipality's council weighs an achievement, each from 1 (little) to 5 (much)."""

    __tablename__ = "achievement_weights"
    __table_args__ = (CheckConstraint("importance BETWEEN 1 AND 5 AND difficulty BETWEEN 1 AND 5", name="range"),)

    municipality_code: Mapped[str] = mapped_column(CHAR(5), ForeignKey("municipalities.code"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    importance: Mapped[int] = mapped_column(SmallInteger)
    difficulty: Mapped[int] = mapped_column(SmallInteger)


def load(connection: Connection, name: str, content: str, now: datetime, vocabulary: str = "") -> int:
    """Put the catalogue of a CSV text in force, once: the same text again changes its vocabulary only. Returns its id.

    What families have of the catalogue before is carried over where code and label are the same. Raises
    CatalogueError with every problem of the text.
    """
    achievements = read(content)
    digest = hashlib.sha256(content.encode()).digest()
    known = connection.scalar(select(AchievementCatalogue.id).where(AchievementCatalogue.digest == digest))
    if known is not None:
        if vocabulary:
            connection.execute(
                update(AchievementCatalogue).where(AchievementCatalogue.id == known).values(vocabulary=vocabulary)
            )
        return known
    before = connection.scalar(_LATEST)
    catalogue_id = connection.execute(
        insert(AchievementCatalogue)
        .values(name=name, digest=digest, loaded_at=now, vocabulary=vocabulary)
        .returning(AchievementCatalogue.id)
    ).scalar_one()
    connection.execute(
        insert(AchievementRow),
        [
            {
                "catalogue_id": catalogue_id,
                "code": achievement.code,
                "position": position,
                "manual_no": achievement.manual_no,
                "dimension": achievement.dimension,
                "applies_to": achievement.applies_to,
                "sensitive": achievement.sensitive,
                "label": achievement.label,
                "question": achievement.question,
            }
            for position, achievement in enumerate(achievements)
        ],
    )
    if before is not None:
        claims.carry_over(connection, before, catalogue_id)
        life_plan.carry_over(connection, before, catalogue_id)
    return catalogue_id


def current(connection: Connection) -> Current | None:
    """The catalogue in force; None if none is loaded."""
    row = connection.execute(
        select(AchievementCatalogue.id, AchievementCatalogue.digest, AchievementCatalogue.vocabulary).where(
            AchievementCatalogue.id == _LATEST.scalar_subquery()
        )
    ).first()
    if row is None:
        return None
    digest = bytes(row.digest)
    if digest not in _kept:
        _kept[digest] = tuple(in_force(connection))
    return Current(row.id, _kept[digest], row.vocabulary)


def in_force(connection: Connection) -> list[Achievement]:
    """All achievements of the catalogue in force, in its order; empty if none is loaded. For staff only."""
    rows = connection.execute(
        select(AchievementRow)
        .where(AchievementRow.catalogue_id == _LATEST.scalar_subquery())
        .order_by(AchievementRow.position)
    )
    return [
        Achievement(row.code, row.manual_no, row.dimension, row.applies_to, row.sensitive, row.label, row.question)
        for row in rows
    ]


def applying(connection: Connection, family_id: int, today: date) -> list[Achievement]:
    """The achievements that count for this family today, sensitive ones included. For its gestor only.

    Raises sqlalchemy.exc.NoResultFound if there is no such family.
    """
    household = families.household(connection, family_id)
    return [achievement for achievement in in_force(connection) if rule(achievement.applies_to)(household, today)]


def tellable(achievements: Sequence[Achievement]) -> list[Achievement]:
    """Those that may stand in a message to the family: none that is sensitive, whoever may hold the phone."""
    return [achievement for achievement in achievements if not achievement.sensitive]


def weigh(connection: Connection, municipality: str, weights: Mapping[str, tuple[int, int]]) -> None:
    """Record a municipality's weights: (importance, difficulty), each 1–5, by code of achievement."""
    if not weights:
        return
    statement = postgresql.insert(AchievementWeight)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["municipality_code", "code"],
            set_={"importance": statement.excluded.importance, "difficulty": statement.excluded.difficulty},
        ),
        [
            {
                "municipality_code": municipality,
                "code": code,
                "importance": importance,
                "difficulty": difficulty,
            }
            for code, (importance, difficulty) in sorted(weights.items())
        ],
    )


def proposed(connection: Connection, municipality: str, achievements: Sequence[Achievement]) -> list[Achievement]:
    """The achievements in the order in which they are proposed: what matters most and is easiest first.

    What the municipality has not weighed comes after what it has, in the catalogue's order.
    """
    weights = {
        row.code: (-row.importance, row.difficulty)
        for row in connection.execute(
            select(AchievementWeight.code, AchievementWeight.importance, AchievementWeight.difficulty).where(
                AchievementWeight.municipality_code == municipality
            )
        )
    }
    return sorted(achievements, key=lambda achievement: weights.get(achievement.code, (0, 0)))
