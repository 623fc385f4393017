"""«MIS DATOS»: what is held, and the rights to have it corrected, to leave, to have it erased (Ley 1581 of 2012).

States: `opening` (what is held?) → `choosing` → `correcting` or `confirming` → `filing` → over, with a radicado. Each
of these is a request with its own clock, which a person carries out: nothing is erased because somebody holds a phone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from bot.dialogues import days
from bot.dialogues.choosing import chosen, gives_up
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
from families import radicado as numbers
from surveys.reading.text import fold, tokens

NAME = "rights"
ASKED = re.compile(
    r"^\W*(?:(?:quiero|puedo|ver|saber|muestreme|cu[aá]les son|borrar|borren|eliminar|corregir)\W+)*"
    r"(?:todos\W+)?mis datos(?:\W+personales)?\W*$"
    r"|^\W*(?:(?:yo|ya|nosotros|por favor|quiero|queremos|deseo|necesito|c[oó]mo hago para)\W+)*"
    r"(?:salir|retirar|borrar)(?:me|nos)? del programa\W*$"
    r"|\bhabeas data\b|\bqu[eé] (?:datos )?(?:tienen|saben|guardan) de m[ií]\b",
    re.IGNORECASE,
)
_VERBS = re.compile(
    r"(?:quiero |por favor |que )*(?:(?P<correct>corregir|corrijan|cambiar|arreglar|actualizar)"
    r"|(?P<delete>borr(?:ar|en|enlos|arlos)|elimin(?:ar|en|enlos|arlos))|(?P<copy>(?:pedir )?(?:una )?copia))"
    r"(?: (?:un|los|mis|el|datos?|nombre|todos?|por favor|de))*"
)
CORRECTION, WITHDRAWAL, DELETION, COPY, NOTHING = "correct", "leave", "delete", "copy", "nothing"
CHOICES = (CORRECTION, WITHDRAWAL, DELETION, COPY, NOTHING)


@dataclass(frozen=True, slots=True)
class FindHeld(Request):
    """What is held of this family (None: only of this phone)? Comes back as `Held`."""

    family_id: int | None


@dataclass(frozen=True, slots=True)
class Held(Answer):
    """What is held, as counts: no data of anybody is said to whoever holds the phone."""

    people: int = 0
    requests: int = 0
    letters: int = 0
    since: date | None = None


@dataclass(frozen=True, slots=True)
class FileRight(Request):
    """File a request about one's data: `right` is one of CHOICES. Comes back as `RightFiled`."""

    right: str
    text: str
    family_id: int | None


@dataclass(frozen=True, slots=True)
class RightFiled(Answer):
    """It is filed: the radicado, and the last day of the term."""

    radicado: str
    last_day: date


def opened_by(text: str, context: Context) -> Frame | None:
    """The dialogue of somebody who asks about their data."""
    return opening() if ASKED.search(text) else None


def opening() -> Frame:
    """The dialogue from its beginning; who we do not know may ask too."""
    return Frame(NAME, {"at": "opening", "strangers": True})


class Rights:
    """«Guardamos de su familia: …»"""

    name = NAME
    needs_family = True
    states: ClassVar[Mapping[str, str]] = {
        "opening": "what is held",
        "choosing": "which right the person uses",
        "correcting": "what is wrong and how it should be",
        "confirming": "whether the person is sure",
        "filing": "the number under which it is filed",
    }

    def hear(self, state: State, event: Event, context: Context) -> Step:
        match event:
            case Held():
                choosing = {**state, "at": "choosing"}
                return Step(choosing, (_held(state, event, context), *self.resume(choosing, context)))
            case RightFiled(radicado, last_day):
                return Step(None, (_filed(state, radicado, last_day, context),))
            case Heard():
                return self._hear(state, event, context)
            case _:
                return Step(state)

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        match state["at"]:
            case "correcting":
                return (context.say("rights.correct"),)
            case "confirming":
                options = tuple(Option(id, context.text(f"rights.option.{id}")) for id in ("yes", "no"))
                return (Say(context.text(f"rights.{state['right']}.sure"), options),)
        return (Say(context.text("rights.ask"), _choices(context)),)

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return (context.say("rights.help"), *self.resume(state, context))

    def _hear(self, state: State, heard: Heard, context: Context) -> Step:
        match state["at"]:
            case "opening":
                return Step(state, (FindHeld(state["family"]),))
            case "choosing" | "correcting" if gives_up(heard.text):
                return Step(None, (context.say("rights.nothing"),))
            case "choosing":
                return self._choose(state, heard, context)
            case "correcting" if heard.text.strip():
                return _file({**state, "right": CORRECTION, "text": heard.text})
            case "confirming":
                return self._confirm(state, heard, context)
            case "filing":
                return _file(state)
        return self._again(state, context)

    def _choose(self, state: State, heard: Heard, context: Context) -> Step:
        match chosen(_choices(context), heard, context) or _named(heard.text):
            case None:
                return self._again(state, context)
            case "nothing":
                return Step(None, (context.say("rights.nothing"),))
            case "correct":
                correcting = {**state, "at": "correcting"}
                return Step(correcting, self.resume(correcting, context))
            case "copy":
                return _file({**state, "right": COPY, "text": ""})
            case right:
                confirming = {**state, "at": "confirming", "right": right, "text": ""}
                return Step(confirming, self.resume(confirming, context))

    def _confirm(self, state: State, heard: Heard, context: Context) -> Step:
        (prompt,) = self.resume(state, context)
        match chosen(prompt.options, heard, context):
            case "yes":
                return _file(state)
            case "no":
                return Step(None, (context.say("rights.nothing"),))
        return self._again(state, context)

    def _again(self, state: State, context: Context) -> Step:
        rejected = (Understood("rejected"), context.say("menu.not_understood"))
        return Step(state, (*rejected, *self.resume(state, context)))


def _named(text: str) -> str | None:
    """The right that a word or two name: «corregir», «borren todo»."""
    found = _VERBS.fullmatch(" ".join(token for token in tokens(fold(text)) if token.isalnum()))
    return found.lastgroup if found else None


def _file(state: State) -> Step:
    return Step({**state, "at": "filing"}, (FileRight(state["right"], state["text"], state["family"]),))


def _held(state: State, held: Held, context: Context) -> Say:
    values = {"people": held.people, "requests": held.requests, "letters": held.letters}
    since = f"{held.since:%m/%Y}" if held.since else "–"
    return context.say("rights.held" if state["family"] else "rights.held.phone", since=since, **values)


def _filed(state: State, radicado: str, last_day: date, context: Context) -> Say:
    return context.say("rights.filed", radicado=numbers.display(radicado), day=days.said(last_day, context))


def _choices(context: Context) -> tuple[Option, ...]:
    return tuple(Option(id, context.text(f"rights.option.{id}")) for id in CHOICES)
