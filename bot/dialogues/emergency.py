"""Somebody writes of violence, abuse or danger: the national lines, at once, and nothing else in that turn.

States: `opening` → `told` → over. An alert goes out discreetly with the first message. From inside an anonymous survey
it names nobody, and only a yes to «¿quiere que lo llamemos?» does. The text is neutral: somebody else may hold the
phone. Whatever stood below waits until the person writes again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from bot.dialogues.choosing import chosen
from bot.dialogues.machine import Answer, Context, Event, Frame, Heard, Option, Request, Say, State, Step
from bot.words import kind_of

NAME = "emergency"


@dataclass(frozen=True, slots=True)
class RaiseAlert(Request):
    """Tell the people whom the coordination names that somebody wrote of danger. Comes back as `Alerted`.

    `reserved` is what speaks of the gestor, as a call by name in `text` also does.
    """

    danger: str
    text: str
    reserved: bool


@dataclass(frozen=True, slots=True)
class Alerted(Answer):
    """They were told; if it is `reserved`, no gestor was."""

    reserved: bool


@dataclass(frozen=True, slots=True)
class AskForCall(Request):
    """The person wants to be called: an alert that says who; not to a gestor, if it is `reserved`."""

    danger: str
    reserved: bool


def opened_by(text: str, context: Context) -> Frame | None:
    """The dialogue that words of danger open."""
    danger = kind_of("emergency", text, context.language)
    return Frame(NAME, {"at": "opening", "danger": danger}) if danger else None


class Emergency:
    """«Líneas gratis a toda hora: 123 policía, …»"""

    name = NAME
    needs_family = False
    states: ClassVar[Mapping[str, str]] = {
        "opening": "to be told the national lines",
        "told": "whether the person wants to be called",
    }

    def hear(self, state: State, event: Event, context: Context) -> Step:
        if isinstance(event, Alerted):
            return Step({**state, "reserved": event.reserved})
        if not isinstance(event, Heard):
            return Step(state)
        if state["at"] == "opening":
            reserved = bool(kind_of("gestor", event.text, context.language))
            told = {**state, "at": "told", "reserved": reserved}
            return Step(told, (RaiseAlert(state["danger"], event.text, reserved), *self.resume(told, context)))
        if opened := opened_by(event.text, context):
            return self.hear(opened.state, event, context)
        match chosen(_options(context), event, context):
            case "yes":
                return Step(None, (AskForCall(state["danger"], state["reserved"]), context.say("emergency.called")))
            case "no":
                return Step(None, (context.say("emergency.here"),))
        return Step(None, (context.say("emergency.here"),), passes=True)

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        return (Say(context.text("emergency.lines"), _options(context)),)

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return self.resume(state, context)


def _options(context: Context) -> tuple[Option, ...]:
    return tuple(Option(id, context.text(f"emergency.option.{id}")) for id in ("yes", "no"))
