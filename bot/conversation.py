"""One person's conversation: a stack of dialogues, so that a side question never kills a running survey.

Pure. The dialogue on top hears what comes; when it ends, the one below says again where it stood. Words that always
mean the same (stop, come back, menu, help, a one-time code) are heard here, before any dialogue.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from bot.dialogues import language, menu, offer, survey
from bot.dialogues.machine import (
    Context,
    Dialogue,
    Effect,
    Event,
    Frame,
    Heard,
    NoticeGiven,
    OptIn,
    OptOut,
    Say,
    SpeakIn,
    Step,
    Understood,
)
from surveys import codes
from surveys.reading import Command, read_command

DIALOGUES: Mapping[str, Dialogue] = {
    dialogue.name: dialogue for dialogue in (menu.Menu(), offer.Offer(), language.Language(), survey.Survey())
}

NAMED_CODE = re.compile(r"\blibreta\W+(\d[\d\s.\-–—]{4,})", re.IGNORECASE)
BARE_CODE = re.compile(r"\W*(\d{4}\s?[-–—]\s?(?:\d{4}\s?[-–—]\s?)*(?:\d{2}|\d{4}))\W*")
LIBRETA = re.compile(r"^\W*(?:la\s+)?libreta\W*$", re.IGNORECASE)

DEEPEST = 4
"""Dialogues on top of each other, at most: the menu is never put on a menu, so more would be a loop."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """The dialogues under way, the one that speaks last."""

    stack: tuple[Frame, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Conversation":
        return cls(tuple(Frame(frame["dialogue"], frame["state"]) for frame in data.get("stack", ())))

    def to_json(self) -> dict[str, Any]:
        return {"stack": [{"dialogue": frame.dialogue, "state": dict(frame.state)} for frame in self.stack]}

    @property
    def response_id(self) -> UUID | None:
        """The response being written, if one is: what is said meanwhile is blanked with it."""
        frames = (frame for frame in reversed(self.stack) if frame.dialogue == survey.NAME)
        return next((UUID(frame.state["response"]) for frame in frames), None)

    @property
    def top(self) -> Frame | None:
        return self.stack[-1] if self.stack else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows from one event: the conversation as it is now, and the effects in their order."""

    conversation: Conversation
    effects: tuple[Effect, ...]


def step(conversation: Conversation, event: Event, context: Context) -> Outcome:
    """Take in one event: a message of the person, or the answer to an effect asked for before."""
    if isinstance(event, Heard):
        turn = _hear(conversation, event, context)
        return turn if context.notice_given else _with_notice(turn, context)
    return _answer(conversation, event, context)


def _hear(conversation: Conversation, heard: Heard, context: Context) -> Outcome:
    top = conversation.top
    if typed := _code(heard.text, answering=conversation.response_id is not None):
        return _push(conversation, Frame(offer.NAME, {"at": "redeeming", "code": typed}), heard, context)
    asked_for_libreta = bool(LIBRETA.match(heard.text))
    if asked_for_libreta and conversation.response_id is not None:
        return _resume_survey(conversation, context)
    if top is not None and top.dialogue == survey.NAME and not context.stopped:
        # The open question has a say in what is a command: «alto» may be one of its choices.
        heeded = _dialogue(top).hear(top.state, heard, context)
        command = heeded.command
        if command is None:
            return _settle(conversation, heeded, context)
    else:
        command = read_command(heard.text, language=context.language)
    if command is not None and (obeyed := _obey(command, conversation, heard, context)):
        return obeyed
    if context.stopped and not asked_for_libreta:
        return Outcome(conversation, (context.say("stop.reminder"),))
    if top is None:
        opening = Frame(offer.NAME, {"at": "looking", "else_menu": not asked_for_libreta})
        return _push(conversation, opening, heard, context)
    return _settle(conversation, _dialogue(top).hear(top.state, heard, context), context)


def _code(text: str, *, answering: bool) -> str | None:
    """The one-time code in a message: after the word LIBRETA, or alone as it is printed («4821-73»).

    Who is answering may mean a month or two years by such digits: then the check digit has to be right too.
    """
    if named := NAMED_CODE.search(text):
        return named[1]
    bare = BARE_CODE.fullmatch(text)
    return bare[1] if bare and (not answering or codes.read(bare[1])) else None


def _obey(command: Command, conversation: Conversation, heard: Heard, context: Context) -> Outcome | None:
    """Do what a command says that means the same in every dialogue; None for one that is a dialogue's own."""
    top = conversation.top
    match command:
        case Command.STOP:
            return Outcome(conversation, (OptOut(heard.text), Understood("command"), context.say("stop.done")))
        case Command.START:
            return _come_back(conversation, heard, context)
        case Command.MENU if top is None or top.dialogue != menu.NAME:
            opening = menu.opening(running=conversation.response_id is not None)
            return _push(_without(conversation, menu.NAME), opening, heard, context, Understood("command"))
        case Command.HELP:
            said = _dialogue(top).help(top.state, context) if top else (context.say("help.general"),)
            return Outcome(conversation, (Understood("command"), *said))
        case Command.LANGUAGE if top is None or top.dialogue != language.NAME:
            opening = Frame(language.NAME, {"at": "opening"})
            return _push(_without(conversation, language.NAME), opening, heard, context, Understood("command"))
        case Command.PERSON:
            said = (context.say("person.how"), *_resumed(conversation, context))
            return Outcome(conversation, (Understood("command"), *said))
    return None


def _answer(conversation: Conversation, event: Event, context: Context) -> Outcome:
    if conversation.top is None:
        return Outcome(conversation, ())
    return _settle(conversation, _dialogue(conversation.top).hear(conversation.top.state, event, context), context)


def _settle(conversation: Conversation, outcome: Step, context: Context) -> Outcome:
    """Put the top dialogue's new state in its place; when it has ended, go on below."""
    stack = conversation.stack[:-1]
    if outcome.state is not None:
        stack = (*stack, replace(conversation.stack[-1], state=outcome.state))
    settled = Conversation(stack)
    if outcome.push is not None:
        pushed = _push(settled, outcome.push, Heard(""), context)
        return Outcome(pushed.conversation, outcome.effects + pushed.effects)
    if outcome.state is None:
        return Outcome(settled, (*outcome.effects, *_resumed(settled, _spoken_in(outcome, context))))
    return Outcome(settled, outcome.effects)


def _spoken_in(outcome: Step, context: Context) -> Context:
    """The context from here on: in the language just chosen, if one was."""
    chosen = [effect.language for effect in outcome.effects if isinstance(effect, SpeakIn)]
    return replace(context, language=chosen[-1]) if chosen else context


def _push(conversation: Conversation, frame: Frame, heard: Heard, context: Context, *before: Effect) -> Outcome:
    """Open a dialogue on top: it hears what brought it up."""
    stack = Conversation((*conversation.stack[-(DEEPEST - 1) :], frame))
    turn = _settle(stack, DIALOGUES[frame.dialogue].hear(frame.state, heard, context), context)
    return Outcome(turn.conversation, (*before, *turn.effects))


def _resume_survey(conversation: Conversation, context: Context) -> Outcome:
    """Leave what stands on the running survey, and ask its question again."""
    stack = list(conversation.stack)
    while stack[-1].dialogue != survey.NAME:
        stack.pop()
    resumed = Conversation(tuple(stack))
    return _settle(
        resumed, DIALOGUES[survey.NAME].hear({**stack[-1].state, "at": "paused"}, Heard(""), context), context
    )


def _come_back(conversation: Conversation, heard: Heard, context: Context) -> Outcome:
    key = "start.done" if context.stopped else "start.already"
    said = (context.say(key), *_resumed(conversation, context))
    return Outcome(conversation, (OptIn(heard.text), Understood("command"), *said))


def _resumed(conversation: Conversation, context: Context) -> tuple[Say, ...]:
    """What the dialogue now on top asks, said again."""
    top = conversation.top
    return _dialogue(top).resume(top.state, context) if top else ()


def _with_notice(turn: Outcome, context: Context) -> Outcome:
    return Outcome(turn.conversation, (NoticeGiven(), context.say("notice"), *turn.effects))


def _without(conversation: Conversation, dialogue: str) -> Conversation:
    return Conversation(tuple(frame for frame in conversation.stack if frame.dialogue != dialogue))


def _dialogue(frame: Frame) -> Dialogue:
    return DIALOGUES[frame.dialogue]
