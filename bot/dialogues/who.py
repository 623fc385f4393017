"""Who is writing? One phone may serve several families: what is of one is never told to another.

States: `looking` (which families is this phone of?) → `choosing` → over, with the dialogue that wanted to know on top.
The conversation asks once and remembers it for a while.
"""

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
    SpeaksFor,
    State,
    Step,
    Understood,
)

NAME = "who"


@dataclass(frozen=True, slots=True)
class FindFamilies(Request):
    """Which families is this phone of? Comes back as `Families`."""


@dataclass(frozen=True, slots=True)
class Families(Answer):
    """The families of this phone: their ids, and a label each that tells nothing to a stranger."""

    labels: tuple[tuple[int, str], ...]


def asking(then: Frame) -> Frame:
    """Ask who is writing, then open `then` for that family."""
    return Frame(NAME, {"at": "looking", "dialogue": then.dialogue, "state": dict(then.state)})


class Who:
    """«¿De qué familia es usted?»"""

    name = NAME
    needs_family = False
    states: ClassVar[Mapping[str, str]] = {
        "looking": "which families this phone is of",
        "choosing": "which of them is writing",
    }

    def hear(self, state: State, event: Event, context: Context) -> Step:
        match event:
            case Families(labels=()) if state["state"].get("strangers"):
                return _stranger(state)
            case Families(labels=()):
                return Step(None, (context.say("who.nobody"),))
            case Families(labels=((family_id, _),)):
                return _go_on(state, family_id)
            case Families(labels):
                choosing = {**state, "at": "choosing", "families": [list(label) for label in labels]}
                return Step(choosing, self.resume(choosing, context))
            case Heard() if state["at"] == "looking":
                return Step(state, (FindFamilies(),))
            case Heard():
                return self._choose(state, event, context)
            case _:
                return Step(None)

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        return (Say(context.text("who.ask"), _options(state)),)

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return self.resume(state, context)

    def _choose(self, state: State, heard: Heard, context: Context) -> Step:
        family_id = chosen(_options(state), heard, context)
        if family_id is None:
            rejected = (Understood("rejected"), context.say("menu.not_understood"))
            return Step(state, (*rejected, *self.resume(state, context)))
        return _go_on(state, int(family_id))


def _options(state: State) -> tuple[Option, ...]:
    return tuple(Option(str(family_id), label) for family_id, label in state["families"])


def _stranger(state: State) -> Step:
    """Some dialogues are for everybody: they go on with no family."""
    return Step(None, push=Frame(state["dialogue"], {**state["state"], "family": None}))


def _go_on(state: State, family_id: int) -> Step:
    opened = Frame(state["dialogue"], {**state["state"], "family": family_id})
    return Step(None, (SpeaksFor(family_id),), push=opened)
