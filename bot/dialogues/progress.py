"""«MI AVANCE»: how far the family is and what comes next, in a short text, on WhatsApp with a picture.

States: `looking` (into the records) → `told` → over, or the report of an achievement or the goals on top. No sensitive
achievement is counted or named.
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
)
from messaging.address import Channel
from surveys.reading.text import fold, tokens

NAME = "progress"
OPENING = Frame(NAME, {"at": "looking"})
CHOICES = ("report", "goals", "enough")

_ASKED = re.compile(
    r"(?:(?:quiero |deseo )?(?:ver |saber |mirar |mostrar |muestreme |consultar )?(?:mis? |el |los |nuestros? )?"
    r"(?:avances?|progresos?|logros)|como (?:va|vamos|voy)(?: (?:mi familia|en los logros|con los logros|de avance))?"
    r"|(?:que|cuales)(?: logros)? (?:nos |me )?faltan?(?: logros)?|cuantos logros .{0,40})"
)


@dataclass(frozen=True, slots=True)
class LookAtProgress(Request):
    """How far is the family? Comes back as `Told`."""

    family_id: int


@dataclass(frozen=True, slots=True)
class Told(Answer):
    """How far a family is, without what is sensitive.

    `reported` is how many wait for the gestor, `next_steps` what may come next, `picture` the end of an address that
    shows it all. `counting` is 0 where nobody has loaded a catalogue or the phone is not of the family.
    """

    verified: int
    counting: int
    reported: int
    next_steps: tuple[str, ...]
    picture: str
    has_goals: bool


def recognise(text: str, _context: Context) -> Frame | None:
    """Whether a message asks how far the family is."""
    line = " ".join(token for token in tokens(fold(text)) if token.isalnum())
    return OPENING if _ASKED.fullmatch(line) else None


class Progress:
    """Tells a family how far it is."""

    name = NAME
    needs_family = True
    states: ClassVar[Mapping[str, str]] = {
        "looking": "how far the family is",
        "told": "whether to report an achievement or to see the goals",
    }

    def hear(self, state: State, event: Event, context: Context) -> Step:
        match event:
            case Told(counting=0):
                return Step(None, (context.say("progress.nothing"),))
            case Told():
                return _tell(state, event, context)
            case Heard() if state["at"] == "looking":
                return Step(state, (LookAtProgress(state["family"]),))
            case Heard():
                return _choose(state, event, context)
            case _:
                return Step(state)

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        return (Say(context.text("progress.more"), _options(state, context)),)

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return (context.say("progress.help"), *self.resume(state, context))


def _tell(state: State, told: Told, context: Context) -> Step:
    lines = [context.text("progress.reached", verified=told.verified, counting=told.counting)]
    if told.reported:
        lines.append(context.text("progress.waiting", reported=told.reported))
    if told.next_steps:
        lines.append(context.text("progress.next", steps="; ".join(told.next_steps)))
    media = f"{context.public_url}/imagenes/avance/{told.picture}.png" if told.picture else None
    after = {**state, "at": "told", "goals": told.has_goals}
    return Step(after, (Say(" ".join(lines), _options(after, context), media if _sees(context) else None),))


def _sees(context: Context) -> bool:
    return context.channel is Channel.WHATSAPP and bool(context.public_url)


def _choose(state: State, heard: Heard, context: Context) -> Step:
    family = {"family": state["family"]}
    match chosen(_options(state, context), heard, context):
        case "report":
            return Step(None, push=Frame("report", {"at": "looking", **family}))
        case "goals":
            return Step(None, push=Frame("goals", {"at": "looking", **family}))
        case "enough":
            return Step(None, (context.say("progress.enough"),))
        case _:
            again = Say(context.text("progress.more"), _options(state, context))
            return Step(state, (context.say("menu.not_understood"), again), passes=True)


def _options(state: State, context: Context) -> tuple[Option, ...]:
    choices = [choice for choice in CHOICES if choice != "goals" or state.get("goals")]
    return tuple(Option(choice, context.text(f"progress.option.{choice}")) for choice in choices)
