"""The life plan of a family (*proyecto de vida*): the achievements it has chosen to go for, in its own order.

The family and its gestor choose and order them together; once a month one goal is asked about, in turn, for as long as
the family wants to be asked.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    SmallInteger,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from families.families import Family, one_of

MOST = 12
"""Goals at a time: a plan with everything in it is none."""


class Outcome(StrEnum):
    """How a goal ended."""

    REACHED = "reached"
    DROPPED = "dropped"


class Answer(StrEnum):
    """What a family says of how a goal goes."""

    DONE = "done"
    GOING = "going"
    STUCK = "stuck"


class LifePlanGoal(Base):
    """An achievement that a family goes for; `chosen_by` is the gestor it chose it with, or nobody."""

    __tablename__ = "life_plan_goals"
    __table_args__ = (
        one_of("outcome", Outcome),
        ForeignKeyConstraint(["catalogue_id", "code"], ["achievements.catalogue_id", "achievements.code"]),
        Index(
            "uq_life_plan_goals_open",
            "family_id",
            "catalogue_id",
            "code",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_life_plan_goals_family_id", "family_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"))
    catalogue_id: Mapped[int] = mapped_column(BigInteger)
    code: Mapped[str]
    position: Mapped[int] = mapped_column(SmallInteger)
    wanted_by: Mapped[date | None] = mapped_column(Date)
    chosen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    chosen_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    asked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    outcome: Mapped[str | None]


class GoalAnswer(Base):
    """What a family said of a goal when it was asked."""

    __tablename__ = "goal_answers"
    __table_args__ = (one_of("answer", Answer), Index("ix_goal_answers_goal_id", "goal_id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    goal_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("life_plan_goals.id", ondelete="CASCADE"))
    answer: Mapped[str]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class GoalSilence(Base):
    """A family that does not want to be asked about its goals any more."""

    __tablename__ = "goal_silences"

    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal as it stands; `answer` is what the family said of it last, and when."""

    id: int
    code: str
    wanted_by: date | None
    chosen_at: datetime
    asked_at: datetime | None
    answer: Answer | None = None
    answered_at: datetime | None = None


class PlanError(ValueError):
    """A goal that cannot be chosen; the message says why, in Spanish, for whoever chose it."""


def goals(connection: Connection, family_id: int, catalogue_id: int) -> list[Goal]:
    """The open goals of a family, in its order."""
    last = (
        select(GoalAnswer.answer, GoalAnswer.at)
        .where(GoalAnswer.goal_id == LifePlanGoal.id)
        .order_by(GoalAnswer.id.desc())
        .limit(1)
        .lateral("last_answer")
    )
    rows = connection.execute(
        select(
            LifePlanGoal.id,
            LifePlanGoal.code,
            LifePlanGoal.wanted_by,
            LifePlanGoal.chosen_at,
            LifePlanGoal.asked_at,
            last.c.answer,
            last.c.at,
        )
        .join(last, text("true"), isouter=True)
        .where(*_open(family_id, catalogue_id))
        .order_by(LifePlanGoal.position, LifePlanGoal.id)
    )
    return [
        Goal(row.id, row.code, row.wanted_by, row.chosen_at, row.asked_at, row.answer and Answer(row.answer), row.at)
        for row in rows
    ]


def choose(
    connection: Connection,
    family_id: int,
    catalogue_id: int,
    code: str,
    now: datetime,
    *,
    by: int | None = None,
    wanted_by: date | None = None,
) -> None:
    """Add a goal at the end of the plan; one that is in it already only gets its date.

    Raises PlanError where the plan is full.
    """
    _lock(connection, family_id)
    known = [goal.code for goal in goals(connection, family_id, catalogue_id)]
    if code not in known and len(known) >= MOST:
        raise PlanError(f"El plan tiene ya {MOST} metas: primero hay que cumplir o quitar una.")
    statement = postgresql.insert(LifePlanGoal).values(
        family_id=family_id,
        catalogue_id=catalogue_id,
        code=code,
        position=len(known) + 1,
        wanted_by=wanted_by,
        chosen_at=now,
        chosen_by=by,
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["family_id", "catalogue_id", "code"],
            index_where=text("ended_at IS NULL"),
            set_={"wanted_by": wanted_by},
        )
    )


def end(connection: Connection, family_id: int, catalogue_id: int, code: str, outcome: Outcome, now: datetime) -> bool:
    """End a goal, reached or dropped. Returns whether it was in the plan."""
    ended = update(LifePlanGoal).where(*_open(family_id, catalogue_id), LifePlanGoal.code == code)
    return connection.execute(ended.values(ended_at=now, outcome=outcome)).rowcount > 0


def reopen(connection: Connection, family_id: int, catalogue_id: int, code: str, at: datetime) -> None:
    """Take a goal up again that ended at this moment."""
    ended = (LifePlanGoal.family_id == family_id, LifePlanGoal.catalogue_id == catalogue_id, LifePlanGoal.code == code)
    connection.execute(
        update(LifePlanGoal).where(*ended, LifePlanGoal.ended_at == at).values(ended_at=None, outcome=None)
    )


def order(connection: Connection, family_id: int, catalogue_id: int, codes: Sequence[str]) -> None:
    """Put the goals of these codes first, in this order; the others follow as they stood."""
    _lock(connection, family_id)
    wanted = {code: place for place, code in enumerate(codes)}
    known = goals(connection, family_id, catalogue_id)
    ordered = sorted(known, key=lambda goal: wanted.get(goal.code, len(wanted)))
    for place, goal in enumerate(ordered, start=1):
        connection.execute(update(LifePlanGoal).where(LifePlanGoal.id == goal.id).values(position=place))


def next_to_ask(connection: Connection, family_id: int, catalogue_id: int, unspoken: Collection[str]) -> Goal | None:
    """The goal whose turn it is, the one not asked about for longest; None if the family is not asked.

    `unspoken` are the codes of which no message speaks.
    """
    if silent(connection, family_id):
        return None
    open_goals = [goal for goal in goals(connection, family_id, catalogue_id) if goal.code not in unspoken]
    return min(open_goals, key=lambda goal: goal.asked_at.timestamp() if goal.asked_at else 0.0, default=None)


def asked(connection: Connection, goal_id: int, now: datetime) -> None:
    """Note that a goal was asked about, so that the next time it is another's turn."""
    connection.execute(update(LifePlanGoal).where(LifePlanGoal.id == goal_id).values(asked_at=now))


def answer(connection: Connection, family_id: int, goal_id: int, said: Answer, now: datetime) -> str | None:
    """Keep what a family says of a goal of its own. Returns its code, or None where it has no such open goal."""
    code: str | None = connection.scalar(
        select(LifePlanGoal.code).where(
            LifePlanGoal.id == goal_id, LifePlanGoal.family_id == family_id, LifePlanGoal.ended_at.is_(None)
        )
    )
    if code is not None:
        connection.execute(insert(GoalAnswer).values(goal_id=goal_id, answer=said, at=now))
    return code


def fall_silent(connection: Connection, family_id: int, now: datetime) -> None:
    """Ask this family about its goals no more."""
    connection.execute(postgresql.insert(GoalSilence).values(family_id=family_id, since=now).on_conflict_do_nothing())


def silent(connection: Connection, family_id: int) -> bool:
    """Whether the family does not want to be asked."""
    return connection.scalar(select(GoalSilence.family_id).where(GoalSilence.family_id == family_id)) is not None


def carry_over(connection: Connection, old: int, new: int) -> None:
    """Keep open goals under the catalogue that follows, where code and label are the same; the others end, dropped."""
    connection.execute(_CARRY_OVER, {"old": old, "new": new})
    connection.execute(_DROP, {"old": old})


_CARRY_OVER = text(
    """
    UPDATE life_plan_goals SET catalogue_id = :new
    WHERE catalogue_id = :old AND ended_at IS NULL AND code IN (
        SELECT code FROM achievements AS was JOIN achievements AS now USING (code, label)
        WHERE was.catalogue_id = :old AND now.catalogue_id = :new)
    """
)
_DROP = text(
    "UPDATE life_plan_goals SET ended_at = now(), outcome = 'dropped' WHERE catalogue_id = :old AND ended_at IS NULL"
)


def _open(family_id: int, catalogue_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        LifePlanGoal.family_id == family_id,
        LifePlanGoal.catalogue_id == catalogue_id,
        LifePlanGoal.ended_at.is_(None),
    )


def _lock(connection: Connection, family_id: int) -> None:
    """One change of a plan at a time: the family by message and its gestor on the page may meet."""
    connection.execute(select(Family.id).where(Family.id == family_id).with_for_update())
