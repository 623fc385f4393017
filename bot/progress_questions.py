"""Once a month one goal of a family's life plan is asked about: a timer per family that has a plan."""

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

import options
import timers
from bot import progress_letters
from bot.desk import Office
from families import achievements, families, life_plan
from families.families import Status
from families.life_plan import Goal

KIND = "goal_question"


def choose(
    connection: Connection,
    family_id: int,
    catalogue_id: int,
    code: str,
    now: datetime,
    by: int | None,
    wanted_by: date | None = None,
) -> None:
    """Add a goal to a family's plan, to be reached by a day if it knows one; with its first goal the questions begin.

    Raises life_plan.PlanError.
    """
    begins = not life_plan.goals(connection, family_id, catalogue_id)
    life_plan.choose(connection, family_id, catalogue_id, code, now, by=by, wanted_by=wanted_by)
    if begins:
        timers.arm(connection, KIND, str(family_id), now + _every(connection))


def went_off(connection: Connection, timer: timers.Due, office: Office, now: datetime) -> None:
    """Ask about the goal whose turn it is, and set the timer again; without a plan, or unwanted, the questions end."""
    family_id = int(timer.key)
    current = achievements.current(connection)
    family = families.get(connection, family_id)
    if current is None or family is None or family.status is not Status.ACTIVE:
        return
    unspoken = {each.code for each in current.achievements if each.sensitive}
    goal = life_plan.next_to_ask(connection, family_id, current.id, unspoken)
    if goal is not None:
        _ask(connection, office, family_id, goal, current, now)
    if not life_plan.silent(connection, family_id) and life_plan.goals(connection, family_id, current.id):
        timers.arm(connection, KIND, timer.key, now + _every(connection))


def _ask(
    connection: Connection, office: Office, family_id: int, goal: Goal, current: achievements.Current, now: datetime
) -> None:
    achievement = current.get(goal.code)
    assert achievement is not None
    progress_letters.ask(connection, office, family_id, goal.id, achievement.label, now)
    life_plan.asked(connection, goal.id, now)


def _every(connection: Connection) -> timedelta:
    return timedelta(days=options.value(connection, options.GOAL_QUESTION_DAYS))
