"""How far a request is, by its radicado.

States: `opening` (a number, if one was written) → over; or `asking` → over. What it is about is said only to the phone
that filed it, or one of its family; whoever else has the number hears how far it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from bot.dialogues import days
from bot.dialogues.machine import Answer, Context, Event, Frame, Heard, Request, Say, State, Step, Understood
from families import radicado as numbers

NAME = "radicado"
NUMBER = re.compile(r"\bradicad[oa]s?\b(?:\W*(?:n[uú]mero|no|nro|n)\b)?\W*(\d[\d\s.\-–—]{4,})?", re.IGNORECASE)
DIGITS = re.compile(r"\d[\d\s.\-–—]{4,}")
MOST_WORDS = 4
"""«radicado» in a longer message without a number is no question about one."""


@dataclass(frozen=True, slots=True)
class FindComplaint(Request):
    """How far is the request of this number? Comes back as `Standing`."""

    radicado: str


@dataclass(frozen=True, slots=True)
class Standing(Answer):
    """How far a request is; `status` is empty for a number that nobody has.

    `kind`, `entity` and `answer` are empty unless this phone may read them; `entity` also where no message names
    it. `day` is the last of its term, or the day of the answer.
    """

    radicado: str
    status: str = ""
    day: date | None = None
    kind: str = ""
    entity: str = ""
    answer: str = ""


def opened_by(text: str, context: Context) -> Frame | None:
    """The dialogue that a question about a radicado opens."""
    found = NUMBER.search(text)
    if found is None or (found[1] is None and len(text.split()) > MOST_WORDS):
        return None
    return Frame(NAME, {"at": "opening", "number": found[1] or ""})


class Radicado:
    """«RADICADO 100-000-013»"""

    name = NAME
    needs_family = False
    states: ClassVar[Mapping[str, str]] = {
        "opening": "how far the request of the number written is",
        "asking": "the number of the request",
    }

    def hear(self, state: State, event: Event, context: Context) -> Step:
        match event:
            case Standing(status=""):
                return Step({"at": "asking"}, (_told(event, context),))
            case Standing():
                return Step(None, (_told(event, context),))
            case Heard() if state["at"] == "opening" and state.get("number"):
                return _look_up(state, state["number"], context)
            case Heard() if state["at"] == "opening":
                asking = {"at": "asking"}
                return Step(asking, self.resume(asking, context))
            case Heard(text=text):
                found = DIGITS.search(text)
                if found is not None:
                    return _look_up(state, found[0], context)
                if state.get("missed"):
                    # Whoever has no number at hand is not asked for it forever.
                    menu = Frame("offer", {"at": "looking", "else_menu": True})
                    return Step(None, (Understood("rejected"),), push=menu, passes=True)
                missed = {**state, "missed": True}
                return Step(missed, (Understood("rejected"), *self.resume(state, context)), passes=True)
            case _:
                return Step(state)

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        return (context.say("radicado.ask"),)

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return self.resume(state, context)


def _look_up(state: State, typed: str, context: Context) -> Step:
    number = numbers.read(typed)
    if number is None:
        return Step({"at": "asking"}, (Understood("rejected"), context.say("radicado.mistyped")))
    return Step(state, (FindComplaint(number),))


def _told(standing: Standing, context: Context) -> Say:
    shown = numbers.display(standing.radicado)
    if not standing.status:
        return context.say("radicado.unknown", radicado=shown)
    day = days.said(standing.day, context)
    if not standing.kind or (standing.status == "transferred" and not standing.entity):
        return context.say(f"radicado.{standing.status}.brief", radicado=shown, day=day)
    kind = context.text(f"radicado.kind.{standing.kind}")
    values = {"radicado": shown, "kind": kind, "day": day, "entity": standing.entity, "answer": standing.answer}
    return context.say(f"radicado.{standing.status}", **values)
