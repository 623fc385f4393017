"""How far a family is: which achievements count for it, which are verified, and whether it is near its egress.

The gestor's figures count everything; those that may stand in a message leave sensitive achievements out altogether,
so that no number tells of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import BigInteger, Computed, Connection, Date, ForeignKey, Index, Numeric, SmallInteger
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

import options
from db import Base
from encryption import Cipher
from families import achievements, claims, families
from families.achievements import Current
from families.applicability import Household, rule
from families.catalogue import DIMENSIONS, Achievement
from families.claims import Standing, Status


class FamilyProgress(Base):
    """How far a family was when it was last worked out: for lists of many. What counts changes with people's ages."""

    __tablename__ = "family_progress"
    __table_args__ = (Index("ix_family_progress_share", "share"),)

    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"), primary_key=True)
    verified: Mapped[int] = mapped_column(SmallInteger)
    counting: Mapped[int] = mapped_column(SmallInteger)
    share: Mapped[float] = mapped_column(
        Numeric(4, 3, asdecimal=False),
        Computed("round(verified::numeric / greatest(counting, 1), 3)", persisted=True),
    )
    worked_out_on: Mapped[date] = mapped_column(Date)


@dataclass(frozen=True, slots=True)
class Line:
    """One achievement of a family: what is claimed of it, and whether it counts for this family today."""

    achievement: Achievement
    standing: Standing
    counts: bool

    @property
    def status(self) -> Status:
        """What is shown; one that the family's members make inapplicable is that, unless somebody claims it."""
        if not self.counts and self.standing.status is Status.PENDING:
            return Status.NOT_APPLICABLE
        return self.standing.status


@dataclass(frozen=True, slots=True)
class Dimension:
    """How far a family is in one dimension."""

    code: str
    name: str
    verified: int
    counting: int


@dataclass(frozen=True, slots=True)
class Progress:
    """All achievements of a family, in the order of the catalogue."""

    lines: tuple[Line, ...]
    egress_share: int
    """Percent of what counts with which the family may leave."""

    @property
    def counting(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.status is not Status.NOT_APPLICABLE)

    @property
    def verified(self) -> int:
        return sum(line.status is Status.VERIFIED for line in self.lines)

    @property
    def share(self) -> float:
        """Verified of what counts, from 0 to 1."""
        return self.verified / max(1, len(self.counting))

    @property
    def ready(self) -> bool:
        """Whether the family has reached the share at which it may leave with its achievements."""
        return bool(self.counting) and self.missing == 0

    @property
    def missing(self) -> int:
        """Achievements still to be verified until it is ready."""
        wanted = -(-len(self.counting) * self.egress_share // 100)
        return max(0, wanted - self.verified)

    def tellable(self) -> "Progress":
        """What may stand in a message: as if there were no sensitive achievements."""
        return replace(self, lines=tuple(line for line in self.lines if not line.achievement.sensitive))

    def with_status(self, *wanted: Status) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.status in wanted)

    def dimensions(self) -> tuple[Dimension, ...]:
        """How far the family is in each dimension in which something counts."""
        found = []
        for code, name in DIMENSIONS.items():
            counting = [line for line in self.counting if line.achievement.dimension == code]
            if counting:
                verified = sum(line.status is Status.VERIFIED for line in counting)
                found.append(Dimension(code, name, verified, len(counting)))
        return tuple(found)


def of_family(connection: Connection, cipher: Cipher, current: Current, family_id: int, today: date) -> Progress:
    """How far a family is. Raises sqlalchemy.exc.NoResultFound if there is no such family."""
    household = families.household(connection, family_id)
    known = {standing.code: standing for standing in claims.standings(connection, cipher, family_id, current.id)}
    return Progress(
        tuple(
            Line(each, known.get(each.code, Standing(each.code)), rule(each.applies_to)(household, today))
            for each in current.achievements
        ),
        options.value(connection, options.EGRESS_SHARE),
    )


def work_out(connection: Connection, family_ids: Iterable[int], today: date) -> None:
    """Work out anew how far these families are, for the lists."""
    current = achievements.current(connection)
    ids = sorted(set(family_ids))
    if current is None or not ids:
        return
    settled = claims.settled(connection, ids, current.id)
    rows = [
        {
            "family_id": family_id,
            "worked_out_on": today,
            **_counted(current, household, settled.get(family_id, {}), today),
        }
        for family_id, household in families.households(connection, ids).items()
    ]
    statement = insert(FamilyProgress)
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["family_id"],
            set_={"verified": new.verified, "counting": new.counting, "worked_out_on": new.worked_out_on},
        ),
        rows,
    )


def next_steps(connection: Connection, municipality: str, progress: Progress, plan: Sequence[str]) -> list[Achievement]:
    """What the family may go for next: the goals of its life plan first, then as its municipality weighs them."""
    open_lines = progress.with_status(Status.PENDING, Status.SENT_BACK)
    proposed = achievements.proposed(connection, municipality, [line.achievement for line in open_lines])
    wanted = {code: place for place, code in enumerate(plan)}
    return sorted(proposed, key=lambda achievement: wanted.get(achievement.code, len(wanted)))


def _counted(current: Current, household: Household, settled: dict[str, Status], today: date) -> dict[str, int]:
    """Verified achievements and those that count; what somebody verified counts whatever the rule says."""
    verified = sum(status is Status.VERIFIED for status in settled.values())
    counting = sum(
        each.code not in settled and rule(each.applies_to)(household, today) for each in current.achievements
    )
    claimed = sum(status is not Status.NOT_APPLICABLE for status in settled.values())
    return {"verified": verified, "counting": counting + claimed}
