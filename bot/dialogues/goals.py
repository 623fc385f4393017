"""The goals of a family's life plan: to see them, to put one first, and once a month one is asked about.

States: `looking` → `showing` → `ordering` → `showing` …; a question of ours begins at `asked`, a tap on an older one at
`tapped`; what the family says of a goal is kept while `answering`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from bot.dialogues.choosing import chosen
from bot.dialogues.machine import (
    Answer,
    Context,
    Event,
    Frame,
    Heard,
    Option,
    Request,
    Say,
    State,
    Step,
    Understood,
)
from surveys.reading.text import fold, tokens

NAME = "goals"
OPENING = Frame(NAME, {"at": "looking"})
ANSWERS = ("done", "going", "stuck", "stop")
ENOUGH = "enough"

_ASKED = re.compile(
    r"(?:quiero |deseo )?(?:ver |mirar |cambiar |ordenar )?(?:mis |las |nuestras )?"
    r"(?:metas|(?:mi |nuestro |el )?(?:proyecto|plan) de vida)"
)


@dataclass(frozen=True, slots=True)
class LookAtGoals(Request):
    """Which goals does the family have? Comes back as `Goals`."""

    family_id: int


@dataclass(frozen=True, slots=True)
class PutFirst(Request):
    """Put a goal first. Comes back as `Goals`."""

    family_id: int
    code: str


@dataclass(frozen=True, slots=True)
class AnswerGoal(Request):
    """What the family says of a goal: one of `ANSWERS`. Comes back as `GoalAnswered`."""

    goal_id: int
    answer: str


@dataclass(frozen=True, slots=True)
class Goals(Answer):
    """The goals that may stand in a message: code and label, in the family's order."""

    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class GoalAnswered(Answer):
    """What was kept; `family_id` is None where the goal is over, or of no family of this phone."""

    family_id: int | None
    code: str
    answer: str


def question(family_id: int, goal_id: int, label: str) -> Frame:
    """The dialogue that our monthly question begins."""
    return Frame(NAME, {"at": "asked", "family": family_id, "subject": str(goal_id), "label": label})


def recognise(text: str, _context: Context) -> Frame | None:
    """Whether a message asks for the goals."""
    line = " ".join(token for token in tokens(fold(text)) if token.isalnum())
    return OPENING if _ASKED.fullmatch(line) else None


class LifePlan:
    """Shows a family its goals, and asks about one."""

    name = NAME
    needs_family = True
    states: ClassVar[Mapping[str, str]] = {
        "looking": "which goals the family has",
        "showing": "whether to put another goal first",
        "ordering": "the goals in their new order",
        "asked": "how a goal goes",
        "tapped": "which goal an older question was about",
        "answering": "what was said being kept",
    }

    def hear(self, state: State, event: Event, context: Context) -> Step:
        match event:
            case Goals(lines=()):
                return Step(None, (context.say("goals.none"),))
            case Goals(lines):
                showing = {**state, "at": "showing", "lines": [list(line) for line in lines]}
                return Step(showing, self.resume(showing, context))
            case GoalAnswered(family_id=None):
                return Step(None, (context.say("goals.over"),))
            case GoalAnswered(family_id=family_id, code=code, answer="done"):
                return Step(None, push=Frame("report", {"at": "heard", "codes": [code], "family": family_id}))
            case GoalAnswered(answer=answer):
                return Step(None, (context.say(f"goals.said.{answer}"),))
            case Heard():
                return self._hear(state, event, context)
            case _:
                return Step(state)

    def _hear(self, state: State, heard: Heard, context: Context) -> Step:
        match state["at"]:
            case "looking":
                return Step(state, (LookAtGoals(state["family"]),))
            case "tapped":
                return _answer(state, state["choice"])
            case "asked":
                said = chosen(_answers(state, context), heard, context)
                return _answer(state, said.rpartition(":")[2]) if said else self._again(state, context)
            case _:
                return self._put_first(state, heard, context)

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        match state["at"]:
            case "asked":
                asked = context.text("goals.ask", to="", label=state["label"])
                return (Say(asked, _answers(state, context)),)
            case "showing":
                return (Say(context.text("goals.show"), _options(state, context)),)
            case _:
                return ()

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return (context.say("goals.help"), *self.resume(state, context))

    def _put_first(self, state: State, heard: Heard, context: Context) -> Step:
        match chosen(_options(state, context), heard, context):
            case None:
                return self._again(state, context)
            case "enough":
                return Step(None, (context.say("progress.enough"),))
            case code:
                return Step({**state, "at": "ordering"}, (PutFirst(state["family"], code),))

    def _again(self, state: State, context: Context) -> Step:
        again = (context.say("menu.not_understood"), *self.resume(state, context))
        return Step(state, (Understood("rejected"), *again), passes=True)


def _answer(state: State, choice: str) -> Step:
    """A tap may come from anywhere: what is no answer of ours is no answer at all."""
    subject = str(state["subject"])
    if choice not in ANSWERS or not subject.isdecimal():
        return Step(None)
    return Step({**state, "at": "answering"}, (AnswerGoal(int(subject), choice),))


def _answers(state: State, context: Context) -> tuple[Option, ...]:
    return tuple(
        Option(f"{NAME}:{state['subject']}:{answer}", context.text(f"goals.option.{answer}")) for answer in ANSWERS
    )


def _options(state: State, context: Context) -> tuple[Option, ...]:
    lines = tuple(Option(code, label) for code, label in state["lines"])
    return (*lines, Option(ENOUGH, context.text("progress.option.enough")))
