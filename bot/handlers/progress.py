"""What families see and say of their progress and their goals, carried out.

A phone that is not of the family learns nothing, and changes nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from bot import progress_pictures, progress_steps, register
from bot.desk import Desk
from bot.dialogues.goals import AnswerGoal, GoalAnswered, Goals, LookAtGoals, PutFirst
from bot.dialogues.machine import Answer, Request
from bot.dialogues.progress import LookAtProgress, Told
from bot.dialogues.report import FindReportable, Line, Recorded, RecordReport, Reportable
from families import achievements, families, life_plan, news, progress
from families.claims import Status
from families.life_plan import LifePlanGoal
from families.progress import Progress
from messaging.contact_hours import BOGOTA

SHOWN_NEXT = 2
"""What may come next, so that the text stays within two SMS."""
SHOWN_GOALS = 5

NOTHING = Told(0, 0, 0, (), "", has_goals=False)


def look(request: LookAtProgress, desk: Desk) -> Told:
    """How far the family is, without what is sensitive."""
    known = _known(desk, request.family_id)
    if known is None:
        return NOTHING
    current, seen = known
    steps = _next_steps(desk, current, request.family_id, seen)
    return Told(
        verified=seen.verified,
        counting=len(seen.counting),
        reported=len(seen.with_status(Status.REPORTED)),
        next_steps=tuple(line.label for line in steps[:SHOWN_NEXT]),
        picture=progress_pictures.address(desk.office.cipher, request.family_id, desk.now),
        has_goals=bool(_goals(desk, current, request.family_id)),
    )


def find(request: FindReportable, desk: Desk) -> Reportable:
    """The achievements of these codes as they stand, or what may come next."""
    known = _known(desk, request.family_id)
    if known is None:
        return Reportable(())
    current, seen = known
    if not request.codes:
        return Reportable(tuple(_next_steps(desk, current, request.family_id, seen)))
    lines = {line.achievement.code: line for line in seen.lines}
    found = [lines[code] for code in request.codes if code in lines]
    return Reportable(
        tuple(Line(line.achievement.code, line.achievement.label, line.standing.status) for line in found)
    )


def record(request: RecordReport, desk: Desk) -> Recorded:
    """Take a report down."""
    if not register.serves(desk.connection, desk.contact_id, request.family_id):
        return Recorded("")
    status = progress_steps.report(desk.connection, desk.office.cipher, request.family_id, request.code, desk.now)
    return Recorded(status or "")


def look_at_goals(request: LookAtGoals, desk: Desk) -> Goals:
    """The goals of the family that may stand in a message."""
    current = achievements.current(desk.connection)
    if current is None or not register.serves(desk.connection, desk.contact_id, request.family_id):
        return Goals(())
    return Goals(_goals(desk, current, request.family_id)[:SHOWN_GOALS])


def put_first(request: PutFirst, desk: Desk) -> Goals:
    """Put a goal first."""
    current = achievements.current(desk.connection)
    if current is not None and register.serves(desk.connection, desk.contact_id, request.family_id):
        life_plan.order(desk.connection, request.family_id, current.id, [request.code])
    return look_at_goals(LookAtGoals(request.family_id), desk)


def answer_goal(request: AnswerGoal, desk: Desk) -> GoalAnswered:
    """Keep what a family says of a goal; what is stuck, and that it wants no more questions, its gestor hears."""
    family_id = desk.connection.scalar(
        select(LifePlanGoal.family_id).where(LifePlanGoal.id == request.goal_id, LifePlanGoal.ended_at.is_(None))
    )
    if family_id is None or not register.serves(desk.connection, desk.contact_id, family_id):
        return GoalAnswered(None, "", request.answer)
    if request.answer == "stop":
        life_plan.fall_silent(desk.connection, family_id, desk.now)
        news.tell(desk.connection, family_id, news.Kind.QUESTIONS_STOPPED, desk.now)
        return GoalAnswered(family_id, "", request.answer)
    said = life_plan.Answer(request.answer)
    code = life_plan.answer(desk.connection, family_id, request.goal_id, said, desk.now) or ""
    if said is life_plan.Answer.STUCK:
        news.tell(desk.connection, family_id, news.Kind.GOAL_STUCK, desk.now, code)
    return GoalAnswered(family_id, code, request.answer)


HANDLERS: Mapping[type[Request], Callable[[Any, Desk], Answer | None]] = {
    LookAtProgress: look,
    FindReportable: find,
    RecordReport: record,
    LookAtGoals: look_at_goals,
    PutFirst: put_first,
    AnswerGoal: answer_goal,
}


def _known(desk: Desk, family_id: int) -> tuple[achievements.Current, Progress] | None:
    """The catalogue in force, and how far the family is as it may be told."""
    current = achievements.current(desk.connection)
    if current is None or not register.serves(desk.connection, desk.contact_id, family_id):
        return None
    today = desk.now.astimezone(BOGOTA).date()
    return current, progress.of_family(desk.connection, desk.office.cipher, current, family_id, today).tellable()


def _next_steps(desk: Desk, current: achievements.Current, family_id: int, seen: Progress) -> list[Line]:
    family = families.get(desk.connection, family_id)
    assert family is not None
    plan = [goal.code for goal in life_plan.goals(desk.connection, family_id, current.id)]
    steps = progress.next_steps(desk.connection, family.municipality, seen, plan)
    return [Line(step.code, step.label) for step in steps]


def _goals(desk: Desk, current: achievements.Current, family_id: int) -> tuple[tuple[str, str], ...]:
    found = []
    for goal in life_plan.goals(desk.connection, family_id, current.id):
        achievement = current.get(goal.code)
        if achievement is not None and not achievement.sensitive:
            found.append((goal.code, achievement.label))
    return tuple(found)
