"""«NOTAS»: what the families of one's municipality said of the programmes, as it was published.

States: `looking` → over.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from bot.dialogues.machine import Answer, Context, Event, Frame, Heard, Request, Say, State, Step
from messaging.address import Channel
from messaging.encoding import fold_for_sms, segments

NAME = "grades"
OPENING = Frame(NAME, {"at": "looking"})
MOST_SEGMENTS = 2
_ASKED = re.compile(r"^\W*(?:(?:las|ver(?: las)?|mis) )?(?:notas|calificaciones|resultados)\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FindGrades(Request):
    """What was published of the municipality of a family, in a language? Comes back as `Published`."""

    family_id: int
    language: str


@dataclass(frozen=True, slots=True)
class Published(Answer):
    """The grades of a place, best first: each name and its mean as it may be shown; nothing is published if empty.

    `picture` is the path of the same figures drawn, empty where there is no mean to draw.
    """

    place: str = ""
    grades: tuple[tuple[str, str], ...] = ()
    picture: str = ""


def recognise(text: str, _context: Context) -> Frame | None:
    """Whether a message asks for the grades."""
    return OPENING if _ASKED.match(text) else None


class Grades:
    """«Así calificaron las familias de Sincelejo: …»"""

    name = NAME
    needs_family = True
    states: ClassVar[Mapping[str, str]] = {"looking": "what was published of the family's municipality"}

    def hear(self, state: State, event: Event, context: Context) -> Step:
        match event:
            case Published(grades=()):
                return Step(None, (context.say("grades.none"),))
            case Published():
                return Step(None, (_told(event, context),))
            case Heard():
                return Step(state, (FindGrades(state["family"], context.language),))
            case _:
                return Step(None)

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        return ()

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return (context.say("help.general"),)


def _told(published: Published, context: Context) -> Say:
    """As many grades as two SMS hold; on WhatsApp all of them, with their picture."""
    lines = [f"{name} {mean}" for name, mean in published.grades]
    if context.channel is Channel.WHATSAPP:
        drawn = context.public_url and published.picture
        picture = f"{context.public_url}{published.picture}" if drawn else None
        return Say(_text(published.place, lines, context), media=picture)
    while len(lines) > 1 and segments(fold_for_sms(_text(published.place, lines, context))).count > MOST_SEGMENTS:
        lines.pop(len(lines) // 2)  # the best and the worst stay
    return Say(_text(published.place, lines, context))


def _text(place: str, lines: list[str], context: Context) -> str:
    return context.text("grades.told", place=place, grades="; ".join(lines))
