"""Talking with a person: what is written goes to the gestor or the coordination, who answer under their name.

States: `opening` → `talking` → over. While it is `talking` everything that is no command goes to the person at the
other end, and the service only says that it arrived: once, then not again until an hour has passed, for who writes five
messages wants five answers from the gestor and none from us. In the middle of a survey one letter is passed on, and
the survey goes on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from bot.dialogues.machine import (
    Answer,
    Context,
    Event,
    Frame,
    Heard,
    Request,
    Say,
    Silence,
    State,
    Step,
    Understood,
)
from bot.words import kind_of

NAME = "person"
RECEIVED_AGAIN = timedelta(hours=1)
"""So long after «Recibido» it is said again."""
QUIET = timedelta(days=3)
"""After so long without a word from either side a message is the service's again."""
WANTS_TO_TALK = re.compile(
    r"^\W*(?:(?:buen[oa]s?|d[ií]as|tardes|hola|por favor|se[ñn]or[ea]?s?)\W+)*"
    r"(?:(?:quiero|quisiera|necesito|deseo|puedo|me gustar[ií]a|c[oó]mo hago para) )?"
    r"(?:hablar|comunicarme|contactarme) con (?:mi|la|el|una?) (?:co)?gestor[ea]?s?\b",
    re.IGNORECASE,
)
ENDS = re.compile(r"^\W*fin\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WriteLetter(Request):
    """Pass on what the person wrote, in thread `subject` or (None) in that of the family. Comes back as `Written`.

    `reserved` is what no gestor may read; what is `unread`, written to nobody, is so too if it calls the gestor by
    name.
    """

    text: str
    family_id: int | None
    reserved: bool
    subject: int | None = None
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Written(Answer):
    """It was passed on in thread `subject` to `name` (empty: the coordination); None if that thread is closed.

    `surveying` says that a survey waits below.
    """

    subject: int | None
    name: str = ""
    surveying: bool = False


@dataclass(frozen=True, slots=True)
class EndTalk(Request):
    """The person has said what there was to say."""

    subject: int


def opening(text: str = "", *, reserved: bool = False, unread: bool = False) -> Frame:
    """The dialogue that passes `text` on; `unread` if nobody asked for it, but the service could not make it out."""
    return Frame(NAME, {"at": "opening", "text": text, "reserved": reserved, "unread": unread, "strangers": True})


def misunderstood(text: str, context: Context, *, once: bool = False) -> Frame:
    """What the service could not make out is for a person; not for the gestor, if it may be about the gestor.

    Passed on `once`, what was asked is asked again; otherwise the talk goes on.
    """
    frame = opening(text, reserved=_about_gestor(text, context), unread=True)
    return replace(frame, state={**frame.state, "once": True}) if once else frame


def opened_by(text: str, context: Context) -> Frame | None:
    """The dialogue of somebody who asks for their gestor."""
    return opening(text, reserved=_grieves(text, context)) if WANTS_TO_TALK.match(text) else None


def asked_for(text: str, context: Context) -> Frame:
    """The dialogue of somebody who asks for a person: the coordination, if it is about the gestor."""
    return opening(text, reserved=_about_gestor(text, context))


def _about_gestor(text: str, context: Context) -> bool:
    return bool(kind_of("gestor", text, context.language)) or _grieves(text, context)


def _grieves(text: str, context: Context) -> bool:
    """Whether a message tells what one complains of."""
    return bool(kind_of("grievance", text, context.language))


class Person:
    """«Le pasamos su mensaje a Marta Díaz.»"""

    name = NAME
    needs_family = True
    states: ClassVar[Mapping[str, str]] = {
        "opening": "that what was written is passed on",
        "talking": "anything for the person at the other end",
    }

    def hear(self, state: State, event: Event, context: Context) -> Step:
        match event:
            case Written(subject=None):
                return Step(None, push=Frame("offer", {"at": "looking", "else_menu": True}))
            case Written():
                return _written(state, event, context)
            case Heard() if state["at"] == "opening":
                text = state["text"] or context.text("person.wants_to_talk")
                letter = WriteLetter(text, state["family"], state["reserved"], unread=state["unread"])
                return Step(state, (letter,))
            case Heard():
                return _heard(state, event, context)
            case _:
                return Step(state)

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        return (context.say("person.open_still", name=_name(state.get("name", ""), context)),)

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return (context.say("person.help", name=_name(state.get("name", ""), context)),)


def _heard(state: State, heard: Heard, context: Context) -> Step:
    if ENDS.match(heard.text):
        return Step(None, (EndTalk(state["subject"]), context.say("person.ended")))
    if context.now - datetime.fromisoformat(state["last"]) > QUIET:
        return Step(None, push=Frame("offer", {"at": "looking", "else_menu": True}))
    if not heard.text.strip():
        return Step(state, (Understood("rejected"), context.say("person.only_text")))
    if state.get("name") and not state.get("warned") and _grieves(heard.text, context):
        # What one complains of may be the gestor, who would read it: whether it is to be a complaint is asked once.
        complaint = {"at": "recognised", "kind": "complaint", "text": heard.text}
        return Step({**state, "warned": True}, push=Frame("complaint", complaint))
    return Step(state, (WriteLetter(heard.text, state["family"], False, state["subject"]),))


def _written(state: State, written: Written, context: Context) -> Step:
    if state["at"] == "talking":
        now, told = context.now.isoformat(), state.get("told")
        if told is not None and context.now - datetime.fromisoformat(told) < RECEIVED_AGAIN:
            return Step({**state, "last": now}, (Silence(),))
        return Step({**state, "last": now, "told": now}, (context.say("person.received"),))
    told = "person.passed_on.briefly" if written.surveying else "person.passed_on"
    said = context.say("person.unread" if state.get("unread") else told, name=_name(written.name, context))
    if written.surveying or state.get("once"):
        return Step(None, (said,))
    talking = {
        "at": "talking",
        "subject": written.subject,
        "family": state["family"],
        "name": written.name,
        "last": context.now.isoformat(),
    }
    return Step(talking, (said,))


def _name(name: str, context: Context) -> str:
    return name or context.text("person.coordination")
