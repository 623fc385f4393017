"""A request or complaint (*PQR*) is taken down, and its answer rated.

States, from the menu: `kind` → `telling` → `about` → `naming` → `filing` → over, with the radicado. From words that
ask for it, wherever they are written, also in the middle of a survey: `recognised` → `offered` → … Nothing is filed
without a yes; what stood below goes on where it was. In an anonymous survey this is a matter of its own: the person is
asked whether to be named here, and what they answer there stays nobody's.

Once it is answered: `rating`, or `tapped` from an earlier message.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from bot.dialogues import days, who
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
from bot.words import kind_of
from families import radicado as numbers

NAME = "complaint"
KINDS = ("complaint", "claim", "petition", "information", "consultation")
STATUS = "status"
ABOUT = ("programme", "gestor", "municipality", "other")
SERVED, UNSERVED = "served", "unserved"
WORDS_THAT_TELL = 8
"""From so many words on, a message that asks for a complaint also tells what it is about."""


@dataclass(frozen=True, slots=True)
class FileComplaint(Request):
    """File what the person told; comes back as `Filed`. Not `named`, nothing is kept that leads to the person."""

    kind: str
    about: str
    text: str
    reserved: bool
    named: bool
    family_id: int | None


@dataclass(frozen=True, slots=True)
class Filed(Answer):
    """It is filed: the radicado, and the last day of the term."""

    radicado: str
    last_day: date


@dataclass(frozen=True, slots=True)
class RateAnswer(Request):
    """Note whether an answer served; comes back as `Rated`."""

    radicado: str
    served: bool


@dataclass(frozen=True, slots=True)
class Rated(Answer):
    """Whether there was an answer of this phone's to rate, and what was noted."""

    served: bool | None


def opened_by(text: str, context: Context) -> Frame | None:
    """The dialogue that words open that ask for a complaint to be taken down."""
    kind = kind_of("complaint", text, context.language)
    return Frame(NAME, {"at": "recognised", "kind": kind, "text": text}) if kind else None


class Complaint:
    """«¿Quiere que radiquemos esto como queja?»"""

    name = NAME
    needs_family = False
    states: ClassVar[Mapping[str, str]] = {
        "opening": "to be asked what kind of request it is",
        "recognised": "to be asked whether it is to be filed",
        "offered": "whether what was said is to be filed",
        "kind": "what kind of request it is",
        "telling": "what happened, in the person's words",
        "about": "whom it is about",
        "naming": "whether to file it with a name or without",
        "filing": "the number under which it is filed",
        "rating": "whether the answer served",
        "tapped": "a choice below an earlier message",
    }

    def hear(self, state: State, event: Event, context: Context) -> Step:
        match event:
            case Filed(radicado, last_day):
                return Step(None, (_filed(state, radicado, last_day, context),))
            case Rated(served):
                return Step(None, (context.say(_RATED[served]),))
            case Heard():
                return self._hear(state, event, context)
            case _:
                return Step(state)

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        match state["at"]:
            case "offered":
                return (Say(context.text("complaint.offer"), _options(("yes", "no"), context)),)
            case "kind":
                return (Say(context.text("complaint.kind"), _options((*KINDS, STATUS), context)),)
            case "about":
                return (Say(context.text("complaint.about"), _options(ABOUT, context)),)
            case "naming":
                return (Say(context.text("complaint.naming"), _options(("named", "unnamed"), context)),)
            case "rating":
                return (Say(context.text("complaint.rate"), _rating(state, context)),)
        return (context.say("complaint.tell"),)

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return (context.say("complaint.help"), *self.resume(state, context))

    def _hear(self, state: State, heard: Heard, context: Context) -> Step:
        match state["at"]:
            case "opening":
                return self._at("kind", state, context)
            case "recognised":
                return self._at("offered", state, context)
            case "offered":
                return self._offered(state, heard, context)
            case "kind":
                return self._kind(state, heard, context)
            case "telling":
                return self._told(state, heard, context)
            case "about":
                about = chosen(_options(ABOUT, context), heard, context)
                return self._at("naming", {**state, "about": about}, context) if about else self._again(state, context)
            case "naming":
                return self._naming(state, heard, context)
            case "filing":
                return _file(state)
            case "tapped":
                return Step(state, (RateAnswer(state["subject"], state["choice"] == SERVED),))
        return self._rate(state, heard, context)

    def _offered(self, state: State, heard: Heard, context: Context) -> Step:
        match chosen(_options(("yes", "no"), context), heard, context):
            case "yes" if len(state["text"].split()) >= WORDS_THAT_TELL:
                return self._about(state, context)
            case "yes":
                return self._at("telling", state, context)
            case "no":
                return Step(None, (context.say("complaint.not_filed"),), returns=state["text"])
        return self._again(state, context)

    def _kind(self, state: State, heard: Heard, context: Context) -> Step:
        match chosen(_options((*KINDS, STATUS), context), heard, context):
            case None if gives_up(heard.text):
                return Step(None, (context.say("complaint.not_filed"),))
            case None:
                return self._again(state, context)
            case "status":
                return Step(None, push=Frame("radicado", {"at": "opening"}))
            case kind:
                return self._at("telling", {**state, "kind": kind}, context)

    def _told(self, state: State, heard: Heard, context: Context) -> Step:
        text = heard.text.strip()
        if not text:
            return Step(state, (Understood("rejected"), context.say("complaint.words_please")))
        if gives_up(text):
            return Step(None, (context.say("complaint.not_filed"),))
        earlier = state.get("text", "")
        return self._about({**state, "text": f"{earlier}\n{text}" if earlier else text}, context)

    def _about(self, state: State, context: Context) -> Step:
        """Whom it is about, unless the words say so: then it must pass the gestor by, whatever is chosen later."""
        if kind_of("gestor", state["text"], context.language):
            return self._at("naming", {**state, "about": "gestor", "reserved": True}, context)
        return self._at("about", state, context)

    def _naming(self, state: State, heard: Heard, context: Context) -> Step:
        filing = {**state, "at": "filing", "strangers": True}
        answers = ("named", "unnamed"), ("yes", "no")
        match next(filter(None, (chosen(_options(each, context), heard, context) for each in answers)), None):
            case "named" | "yes":
                return Step(None, push=who.asking(Frame(NAME, {**filing, "named": True})))
            case "unnamed" | "no":
                return _file({**filing, "named": False})
        return self._again(state, context)

    def _rate(self, state: State, heard: Heard, context: Context) -> Step:
        choice = chosen(_rating(state, context), heard, context)
        if choice is None:
            return Step(state, (Understood("rejected"), *self.resume(state, context)), passes=True)
        return Step(state, (RateAnswer(state["subject"], choice.endswith(f":{SERVED}")),))

    def _at(self, at: str, state: State, context: Context) -> Step:
        moved = {**state, "at": at}
        return Step(moved, self.resume(moved, context))

    def _again(self, state: State, context: Context) -> Step:
        rejected = (Understood("rejected"), context.say("menu.not_understood"))
        return Step(state, (*rejected, *self.resume(state, context)))


_RATED = {True: "complaint.rated.served", False: "complaint.rated.unserved", None: "complaint.unknown"}


def _file(state: State) -> Step:
    reserved = bool(state.get("reserved")) or state["about"] == "gestor"
    request = FileComplaint(state["kind"], state["about"], state["text"], reserved, state["named"], state.get("family"))
    return Step(state, (request,))


def _filed(state: State, radicado: str, last_day: date, context: Context) -> Say:
    key = "complaint.filed" if state["named"] else "complaint.filed.unnamed"
    return context.say(key, radicado=numbers.display(radicado), day=days.said(last_day, context))


def _options(ids: tuple[str, ...], context: Context) -> tuple[Option, ...]:
    return tuple(Option(id, context.text(f"complaint.option.{id}")) for id in ids)


def _rating(state: Mapping[str, Any], context: Context) -> tuple[Option, ...]:
    """With the ids that the letter with the answer gave them."""
    return tuple(
        Option(f"{NAME}:{state['subject']}:{choice}", context.text(f"complaint.option.{choice}"))
        for choice in (SERVED, UNSERVED)
    )
