"""One person's conversation: a stack of dialogues, so that a side question never kills a running survey.

Pure. The dialogue on top hears what comes; when it ends, the one below says again where it stood. Words that always
mean the same (stop, come back, menu, help, a one-time code) are heard here, before any dialogue.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from bot.dialogues import (
    complaint,
    emergency,
    goals,
    grades,
    language,
    menu,
    offer,
    person,
    progress,
    radicado,
    referral,
    referral_list,
    reply,
    report,
    rights,
    session,
    survey,
    who,
)
from bot.dialogues.aside import aside, greets
from bot.dialogues.choosing import chosen, readable
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
    SpeaksFor,
    StartAfresh,
    Step,
    Understood,
)
from bot.openers import opened_by
from surveys import codes
from surveys.reading import Choice, Command, read_command

DIALOGUES: Mapping[str, Dialogue] = {
    dialogue.name: dialogue
    for dialogue in (
        menu.Menu(),
        offer.Offer(),
        language.Language(),
        survey.Survey(),
        who.Who(),
        session.Session(),
        referral.Referral(),
        referral_list.ReferralList(),
        referral_list.Told(),
        complaint.Complaint(),
        radicado.Radicado(),
        emergency.Emergency(),
        person.Person(),
        rights.Rights(),
        progress.Progress(),
        report.Report(),
        goals.LifePlan(),
        reply.Reply(),
        grades.Grades(),
    )
}


NAMED_CODE = re.compile(r"\blibreta\W+(\d[\d\s.\-–—]{4,})", re.IGNORECASE)
BARE_CODE = re.compile(r"\W*(\d{4}\s?[-–—]\s?(?:\d{4}\s?[-–—]\s?)*(?:\d{2}|\d{4}))\W*")
TAP = re.compile(r"(?P<dialogue>[a-z_]+):(?P<subject>[\w-]+):(?P<choice>\w+)")
"""The id of an option of a message that we sent unasked: whichever message it was, the tap says what it is about."""
TAPPED = "tapped"
IDLE = frozenset({menu.NAME, offer.NAME, progress.NAME, radicado.NAME})
"""Dialogues that are left at once when the person speaks of something else."""
OWN_MATTER = frozenset({emergency.NAME, complaint.NAME, rights.NAME, person.NAME})
"""Dialogues that only the person's own words open: they go on also where somebody in them wants no messages."""
GREETED = frozenset({survey.NAME, person.NAME, emergency.NAME})
"""Dialogues with an answer of their own to a greeting."""
FORMS = frozenset({complaint.NAME, rights.NAME})
"""Dialogues in which something is filed once it has been told."""
LISTENING = frozenset({"kind", "telling"})
"""The states in which a dialogue listens to the person's own words, also to those that would open it."""
FOLIO = "folio"
"""The state in which the number of a family is waited for, which is printed as codes are."""
BEGINS = re.compile(r"^\W*(?:empezar|comenzar|iniciar)\W*$", re.IGNORECASE)
"""Said to «para empezar escriba LIBRETA»: it is no wish for messages again."""
ASTRAY = "astray"
"""In the state of a dialogue that did not understand the last message either."""
LIBRETA = re.compile(r"^\W*(?:la\s+)?libreta\W*$", re.IGNORECASE)

DEEPEST = 4
"""Dialogues on top of each other, at most. Beyond that the oldest goes, but never a survey under way."""
REMEMBERED = timedelta(hours=12)
"""For so long it is known which family a person speaks for."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """The family that the person said to speak for, and until when that is remembered."""

    family_id: int
    until: datetime

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> Self | None:
        return cls(data["family"], datetime.fromisoformat(data["until"])) if data else None

    def to_json(self) -> dict[str, Any]:
        return {"family": self.family_id, "until": self.until.isoformat()}


@dataclass(frozen=True, slots=True)
class Conversation:
    """The dialogues under way, the one that speaks last, and for which family the person speaks."""

    stack: tuple[Frame, ...] = ()
    speaker: Speaker | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        stack = tuple(Frame(frame["dialogue"], frame["state"]) for frame in data.get("stack", ()))
        return cls(stack, Speaker.from_json(data.get("speaker")))

    def to_json(self) -> dict[str, Any]:
        stack = [{"dialogue": frame.dialogue, "state": dict(frame.state)} for frame in self.stack]
        return {"stack": stack} | ({"speaker": self.speaker.to_json()} if self.speaker else {})

    def opened_by(self, frames: Iterable[Frame]) -> Self:
        """The conversation after messages of ours that each begin a dialogue have arrived.

        A dialogue about the same thing that was open already is begun anew.
        """
        conversation = self
        for frame in (each for arrived in frames for each in (*_below(arrived), arrived)):
            others = tuple(each for each in conversation.stack if not _same(each, frame))
            conversation = replace(conversation, stack=(*_with_room(others), frame))
        return conversation

    @property
    def response_id(self) -> UUID | None:
        """The response being written, if one is: what is said meanwhile is blanked with it."""
        frames = (frame for frame in reversed(self.stack) if frame.dialogue == survey.NAME)
        return next((UUID(frame.state["response"]) for frame in frames), None)

    def left(self) -> Self:
        """The conversation of somebody who wants no more messages: the survey rests until they ask for it."""
        kept = tuple(frame for frame in self.stack if _matter(frame) in {survey.NAME, *OWN_MATTER})
        return replace(self, stack=kept).resting()

    def resting(self) -> Self:
        """The conversation with its survey put off until the person comes back to it."""
        return replace(self, stack=tuple(_put_off(frame) for frame in self.stack))

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
        # Who is in danger is told the national lines and nothing else; the notice can wait.
        in_danger = any(top and top.dialogue == emergency.NAME for top in (conversation.top, turn.conversation.top))
        return turn if context.notice_given or in_danger else _with_notice(turn, context)
    return _answer(conversation, event, context)


def _hear(conversation: Conversation, heard: Heard, context: Context) -> Outcome:
    top = conversation.top
    if greeted := _greeted(conversation, heard, context):
        return greeted
    opened = opened_by(heard, context, anywhere=True) or _tapped(conversation, heard)
    if opened and not (top and top.dialogue == opened.dialogue and top.state["at"] in LISTENING):
        return _push(_without(conversation, opened.dialogue), opened, heard, context)
    if typed := _code(heard.text, conversation):
        return _push(conversation, Frame(offer.NAME, {"at": "redeeming", "code": typed}), heard, context)
    asked_for_libreta = bool(LIBRETA.match(heard.text))
    if asked_for_libreta and conversation.response_id is not None:
        return _resume_survey(conversation, context)
    at_rest = context.stopped and (top is None or _paused(top))
    if top is not None and top.dialogue == survey.NAME and not at_rest:
        # The open question has a say in what is a command: «alto» may be one of its choices.
        heeded = _dialogue(top).hear(top.state, heard, context)
        command = heeded.command
        if command is None:
            shown = opened_by(heard, context, shows=True) if heeded.passes else None
            if shown is None:
                return _settle(conversation, heeded, context)
            return _push(_without(conversation, shown.dialogue), shown, heard, context)
    else:
        command = read_command(heard.text, choices=_choices(top, context), language=context.language)
    if command is not None and (obeyed := _obey(command, conversation, heard, context)):
        return obeyed
    if top is None or at_rest or asked_for_libreta or top.dialogue in IDLE:
        if between := _between(conversation, heard, context, libreta=asked_for_libreta, at_rest=at_rest):
            return between
    elif top.dialogue in FORMS and _choices(top, context) and (said := aside(heard, context)):
        return Outcome(conversation, (said, *_asked(top, context)))
    assert top is not None
    heeded = _dialogue(top).hear(top.state, heard, context)
    passed_on = _passed_on(conversation, heard, context) if heeded.passes else None
    return passed_on or _settle(conversation, _noted(top, heeded, heard, context), context)


def _noted(top: Frame, heeded: Step, heard: Heard, context: Context) -> Step:
    """Twice in a row not made out: that is passed on to a person, and the question stands."""
    if heeded.state is None or heeded.push is not None or top.dialogue == who.NAME:
        return heeded
    if heard.tapped is not None or not heard.text.strip():
        return heeded
    if not heeded.passes:
        return replace(heeded, state={key: value for key, value in heeded.state.items() if key != ASTRAY})
    if referral.Unsay() in heeded.effects:
        return heeded  # it may tell what nobody is to read
    if top.state.get(ASTRAY):
        return Step(top.state, (Understood("rejected"),), push=person.misunderstood(heard.text, context, once=True))
    return replace(heeded, state={**heeded.state, ASTRAY: True})


def _between(
    conversation: Conversation, heard: Heard, context: Context, *, libreta: bool, at_rest: bool
) -> Outcome | None:
    """What is said where nothing waits for an answer, or only something that is left at once; None if it is one."""
    left = _without(conversation, *IDLE)
    if opened := opened_by(heard, context):
        return _push(left, opened, heard, context)
    if at_rest and not libreta:
        return Outcome(conversation, (context.say("stop.reminder"),))
    top = conversation.top
    picked = chosen(_asked(top, context)[-1].options, heard, context) if top and _choices(top, context) else None
    if heard.tapped is None and picked is None and (said := aside(heard, context)):
        return Outcome(conversation, (said,))
    if libreta or conversation.top is None:
        return _push(left, Frame(offer.NAME, {"at": "looking", "else_menu": not libreta}), heard, context)
    return None


def _greeted(conversation: Conversation, heard: Heard, context: Context) -> Outcome | None:
    """A greeting is no answer and no mistake: what waits for one is asked again."""
    top = conversation.top
    if top is None or context.stopped or top.dialogue in GREETED or not greets(heard):
        return None
    asked = _asked(top, context)
    return Outcome(conversation, asked) if asked and asked[-1].options else None


def _passed_on(conversation: Conversation, heard: Heard, context: Context) -> Outcome | None:
    """What the dialogue on top did not understand: a matter of another's, or an answer to the survey below."""
    if opened := opened_by(heard, context):
        return _push(_without(conversation, opened.dialogue), opened, heard, context)
    asked = _asked(conversation.stack[-1], context)
    if asked and heard.tapped is None and (said := aside(heard, context)):
        return Outcome(conversation, (said, *asked))
    if conversation.response_id is not None:
        return _hear(replace(conversation, stack=conversation.stack[:-1]), heard, context)
    return None


def _tapped(conversation: Conversation, heard: Heard) -> Frame | None:
    """The dialogue that a tap on an earlier message of ours opens; None if the one on top asked for it just now."""
    tap = TAP.fullmatch(heard.tapped or "")
    if tap is None or tap["dialogue"] not in DIALOGUES or TAPPED not in DIALOGUES[tap["dialogue"]].states:
        return None
    top = conversation.top
    if top is not None and top.dialogue == tap["dialogue"] and str(top.state.get("subject")) == tap["subject"]:
        return None
    return Frame(tap["dialogue"], {"at": TAPPED, "subject": tap["subject"], "choice": tap["choice"]})


def _code(text: str, conversation: Conversation) -> str | None:
    """The one-time code in a message: after the word LIBRETA, or alone as it is printed («4821-73»).

    Who is answering may mean a month or two years by such digits: then the check digit has to be right too. A folio,
    which is printed alike, is none where it was asked for.
    """
    if named := NAMED_CODE.search(text):
        return named[1]
    top, answering = conversation.top, conversation.response_id is not None
    folio_asked = top is not None and (top.dialogue, top.state["at"]) == (who.NAME, FOLIO)
    bare = None if folio_asked else BARE_CODE.fullmatch(text)
    return bare[1] if bare and (not answering or codes.read(bare[1])) else None


def _obey(command: Command, conversation: Conversation, heard: Heard, context: Context) -> Outcome | None:
    """Do what a command says that means the same in every dialogue; None for one that is a dialogue's own."""
    top = conversation.top
    match command:
        case Command.STOP:
            return Outcome(conversation.left(), (OptOut(heard.text), Understood("command"), context.say("stop.done")))
        case Command.START if BEGINS.match(heard.text):
            if conversation.response_id is not None:
                return _resume_survey(conversation, context)
            return _push(_without(conversation, *IDLE), Frame(offer.NAME, {"at": "looking"}), heard, context)
        case Command.START:
            return _come_back(conversation, heard, context)
        case Command.MENU if top is None or top.dialogue != menu.NAME:
            opening = menu.opening(running=conversation.response_id is not None)
            left = _without_empty(_without(conversation, menu.NAME))
            return _push(left, opening, heard, context, Understood("command"))
        case Command.HELP:
            said = _dialogue(top).help(top.state, context) if top else (context.say("help.general"),)
            return Outcome(conversation, (Understood("command"), *said))
        case Command.LANGUAGE if top is None or top.dialogue != language.NAME:
            opening = Frame(language.NAME, {"at": "opening"})
            return _push(_without(conversation, language.NAME), opening, heard, context, Understood("command"))
        case Command.PERSON:
            opening = person.asked_for(heard.text, context)
            return _push(_without(conversation, person.NAME), opening, heard, context, Understood("command"))
    return None


def _answer(conversation: Conversation, event: Event, context: Context) -> Outcome:
    if conversation.top is None:
        return Outcome(conversation, ())
    return _settle(conversation, _dialogue(conversation.top).hear(conversation.top.state, event, context), context)


def _settle(conversation: Conversation, outcome: Step, context: Context) -> Outcome:
    """Put the top dialogue's new state in its place; when it has ended, go on below."""
    stack = conversation.stack[:-1]
    if outcome.state is not None:
        stays = replace(conversation.stack[-1], state=outcome.state)
        stack = (*(frame for frame in stack if not _covers(stays, frame)), stays)
    speaker = _speaker(conversation, outcome, context)
    if speaker is not None and speaker is not conversation.speaker:
        stack = tuple(frame for frame in stack if frame.state.get("family") in (None, speaker.family_id))
    settled = replace(conversation, stack=stack, speaker=speaker)
    if StartAfresh() in outcome.effects:
        return Outcome(Conversation(), outcome.effects)
    if outcome.state is None and conversation.stack[-1].dialogue == emergency.NAME:
        # What stood below waits until they write again.
        return Outcome(_without(settled.resting(), *IDLE), outcome.effects)
    if outcome.push is not None:
        pushed = _push(settled, outcome.push, Heard(""), context)
        return Outcome(pushed.conversation, outcome.effects + pushed.effects)
    if outcome.returns and settled.top is not None and _asks_for_words(settled.top, context):
        heeded = _dialogue(settled.top).hear(settled.top.state, Heard(outcome.returns), context)
        answered = _settle(settled, heeded, context)
        taken = (context.say("survey.taken"),) if settled.top.dialogue == survey.NAME else ()
        return Outcome(answered.conversation, (*outcome.effects, *taken, *answered.effects))
    if outcome.state is None:
        return _resumed(settled, outcome.effects, _spoken_in(outcome, context))
    return Outcome(settled, outcome.effects)


def _asks_for_words(frame: Frame, context: Context) -> bool:
    return frame.dialogue == person.NAME or (frame.dialogue == survey.NAME and survey.takes_words(frame.state, context))


def _spoken_in(outcome: Step, context: Context) -> Context:
    """The context from here on: in the language just chosen, if one was."""
    chosen = [effect.language for effect in outcome.effects if isinstance(effect, SpeakIn)]
    return replace(context, language=chosen[-1]) if chosen else context


def _push(conversation: Conversation, frame: Frame, heard: Heard, context: Context, *before: Effect) -> Outcome:
    """Open a dialogue on top: it hears what brought it up. One about a family must know which."""
    known = conversation.speaker
    speaker = known.family_id if known is not None and context.now <= known.until else None
    if DIALOGUES[frame.dialogue].needs_family and "family" not in frame.state and frame.state["at"] != TAPPED:
        frame = who.asking(frame) if speaker is None else replace(frame, state={**frame.state, "family": speaker})
    elif frame.dialogue in (menu.NAME, offer.NAME) and speaker is not None:
        frame = replace(frame, state={**frame.state, "speaker": speaker})
    stack = replace(conversation, stack=(*_with_room(conversation.stack), frame))
    turn = _settle(stack, DIALOGUES[frame.dialogue].hear(frame.state, heard, context), context)
    return Outcome(turn.conversation, (*before, *turn.effects))


def _resume_survey(conversation: Conversation, context: Context) -> Outcome:
    """Leave what stands on the running survey, and ask its question again."""
    stack = list(conversation.stack)
    while stack[-1].dialogue != survey.NAME:
        stack.pop()
    resumed = replace(conversation, stack=tuple(stack))
    return _settle(resumed, DIALOGUES[survey.NAME].hear(_put_off(stack[-1]).state, Heard(""), context), context)


def _come_back(conversation: Conversation, heard: Heard, context: Context) -> Outcome:
    key = "start.done" if context.stopped else "start.already"
    said = (OptIn(heard.text), Understood("command"), context.say(key))
    return _resumed(conversation, said, replace(context, stopped=False))


def _resumed(conversation: Conversation, said: tuple[Effect, ...], context: Context) -> Outcome:
    """What the dialogue now on top asks, again, after what was `said`.

    A survey that was put off goes on with that, but who wants no messages gets nothing besides what they asked for.
    """
    top = conversation.top
    if top is None or (_paused(top) and context.stopped and any(isinstance(each, Say) for each in said)):
        return Outcome(conversation, said)
    if _paused(top):
        resumed = _resume_survey(conversation, context)
        return Outcome(resumed.conversation, (*said, *resumed.effects))
    return Outcome(conversation, (*said, *_asked(top, context)))


def _choices(top: Frame | None, context: Context) -> tuple[Choice, ...]:
    """What can be chosen now: «empezar» to «Sí, empezar» is no wish for messages again."""
    return readable(option for say in (_asked(top, context) if top else ()) for option in say.options)


def _asked(frame: Frame, context: Context) -> tuple[Say, ...]:
    return _dialogue(frame).resume(frame.state, context)


def _paused(frame: Frame) -> bool:
    return frame.dialogue == survey.NAME and frame.state["at"] == survey.PAUSED


def _put_off(frame: Frame) -> Frame:
    """The frame of a survey, waiting for the person to come back; that of another dialogue as it is."""
    return replace(frame, state={**frame.state, "at": survey.PAUSED}) if frame.dialogue == survey.NAME else frame


def _matter(frame: Frame) -> str:
    """Which dialogue a frame is about: where it asks who writes, the one that wanted to know."""
    return str(frame.state["dialogue"]) if frame.dialogue == who.NAME and "dialogue" in frame.state else frame.dialogue


def _with_notice(turn: Outcome, context: Context) -> Outcome:
    notice = context.say("notice")
    others = (effect for effect in turn.effects if effect != notice)
    return Outcome(turn.conversation, (NoticeGiven(), notice, *others))


def _without(conversation: Conversation, *dialogues: str) -> Conversation:
    kept = tuple(frame for frame in conversation.stack if frame.dialogue not in dialogues)
    return replace(conversation, stack=kept)


def _without_empty(conversation: Conversation) -> Conversation:
    """Without the complaints and requests of which nothing has been told yet: who opens the menu is done with them."""
    kept = (frame for frame in conversation.stack if frame.dialogue not in FORMS or frame.state.get("text"))
    return replace(conversation, stack=tuple(kept))


def _with_room(stack: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """The stack with room for one more."""
    while len(stack) >= DEEPEST:
        oldest = next(frame for frame in stack if frame.dialogue != survey.NAME)
        stack = tuple(frame for frame in stack if frame is not oldest)
    return stack


def _below(frame: Frame) -> tuple[Frame, ...]:
    """The dialogue that follows once it is known that it is still the same person."""
    below = frame.state.get("below") if frame.dialogue == who.NAME else None
    return (Frame(below["dialogue"], below["state"]),) if below else ()


def _same(one: Frame, other: Frame) -> bool:
    return one.dialogue == other.dialogue and one.state.get("subject") == other.state.get("subject")


def _covers(one: Frame, other: Frame) -> bool:
    """Whether all that the other frame asks about is asked in this one too: then it would be asked twice."""
    about, also = (str(frame.state.get("subject") or "").split("-") for frame in (one, other))
    return one.dialogue == other.dialogue and also != [""] and set(also) <= set(about)


def _speaker(conversation: Conversation, outcome: Step, context: Context) -> Speaker | None:
    said = [effect.family_id for effect in outcome.effects if isinstance(effect, SpeaksFor)]
    return Speaker(said[-1], context.now + REMEMBERED) if said else conversation.speaker


def _dialogue(frame: Frame) -> Dialogue:
    return DIALOGUES[frame.dialogue]
