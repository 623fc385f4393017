"""A programme is offered to a family: it takes the place, asks more, says no or later; afterwards it tells how it went.

States: `asked` (one of `ASKED`) → `doing` → over, or `asked` again. From the list: `looking` → `asked`. A tap on an
earlier message begins at `tapped`. Of a family that was not served the gestor learns just that: why not is asked by
the anonymous questionnaire that is opened on top.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from bot.dialogues.choosing import chosen
from bot.dialogues.machine import (
    Answer,
    Context,
    Event,
    Frame,
    Heard,
    Invitation,
    Option,
    Request,
    Say,
    State,
    Step,
    Understood,
)
from bot.dialogues.referral_sheet import Sheet
from bot.dialogues.referral_words import read_choice, read_outcome
from bot.dialogues.session import when

NAME = "referral"
ASKED: Mapping[str, tuple[str, ...]] = {
    "offer": ("accept", "more", "decline", "later"),
    "call": ("accept", "more", "decline"),
    "wait": ("stay", "leave"),
    "date": ("going", "cannot", "more"),
    "moved": ("going", "cannot", "more"),
    "outcome": ("served", "not_served", "not_yet"),
}
"""What may be asked, and what can be answered to it."""
TOLD = {"served": True, "not_served": False}
SIMPLE = frozenset({"accept", "decline", "later", "stay", "leave", "going", "cannot", "not_yet"})
"""Choices that the records are told of as they are."""
WORDS = {"wait": {"accept": "stay", "decline": "leave"}, "date": {"accept": "going", "decline": "cannot"}}
"""What a plain yes or no means where other things are asked."""


LONGEST_ID = 18
"""Digits of a referral's id."""


@dataclass(frozen=True, slots=True)
class Look(Request):
    """How does this referral stand? Comes back as `Standing`."""

    referral: int


@dataclass(frozen=True, slots=True)
class Decide(Request):
    """The family has chosen. Comes back as `Decided`, or as `Standing` where that cannot be any more."""

    referral: int
    choice: str


@dataclass(frozen=True, slots=True)
class Tell(Request):
    """The family tells whether it was served. Comes back as `Telling`, or as `Standing` if that was told before."""

    referral: int
    served: bool


@dataclass(frozen=True, slots=True)
class Unsay(Request):
    """Blank the message at hand: it may tell a reason that nobody is to find here."""


@dataclass(frozen=True, slots=True)
class Standing(Answer):
    """How a referral stands: what is to be asked of it, or '' with what is to be said instead (`referral.past.…`).

    Without a sheet it is not this phone's.
    """

    sheet: Sheet | None = None
    family: int = 0
    ask: str = ""
    past: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class Decided(Answer):
    """What came of a choice: a text `referral.came.<came>`. `place` is that on the waiting list, `again` when next."""

    sheet: Sheet
    family: int
    came: str
    place: int = 0
    again: datetime | None = None


@dataclass(frozen=True, slots=True)
class Telling(Answer):
    """How it went is noted; the response in which the rest is told in secret is open."""

    sheet: Sheet
    served: bool
    invitation: Invitation
    response_id: UUID
    seed: int


class Referral:
    """«¿Acepta? 1 Acepto 2 Más información 3 No me interesa 4 Después»"""

    name = NAME
    needs_family = True
    states: ClassVar[Mapping[str, str]] = {
        "asked": "the answer to the offer, the call, the reminder, or how it went",
        "tapped": "a tap on an earlier message",
        "looking": "how the referral stands",
        "doing": "what was chosen being done",
    }

    def hear(self, state: State, event: Event, context: Context) -> Step:
        match event:
            case Standing():
                return _standing(state, event, context)
            case Decided():
                return _decided(event, context)
            case Telling():
                return _telling(state, event, context)
            case Heard():
                return _heard(state, event, context)
            case _:
                return Step(None)

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        return (asking(state, context),) if state["at"] == "asked" else ()

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return (context.say("referral.help"), *self.resume(state, context))


def options(ask: str, referral: int) -> list[tuple[str, str]]:
    """The ids of what can be answered, with the keys of their texts."""
    return [(f"{NAME}:{referral}:{choice}", f"referral.option.{choice}") for choice in ASKED[ask]]


def asking(state: State, context: Context) -> Say:
    """What is asked, with what can be answered."""
    sheet = Sheet.from_json(state["sheet"])
    said = context.text(
        f"referral.{state['ask']}", **sheet.values(context.texts, context.language), place=state.get("place", 0)
    )
    return Say(said, _options(state, context))


def asked(sheet: Sheet, family: int, ask: str, place: int = 0) -> State:
    """The state that waits for the answer to what is asked."""
    state = {"at": "asked", "subject": str(sheet.referral), "family": family, "ask": ask, "sheet": sheet.to_json()}
    return {**state, "place": place} if place else state


def _options(state: State, context: Context) -> tuple[Option, ...]:
    listed = options(state["ask"], int(state["subject"]))
    return tuple(Option(id, context.text(key)) for id, key in listed)


# --- what the person says ----------------------------------------------------------------------------------------


def _heard(state: State, heard: Heard, context: Context) -> Step:
    match state["at"]:
        case "looking":
            return Step(state, (Look(int(state["subject"])),))
        case "tapped":
            return _tapped(state, context)
        case "asked":
            return _answered(state, heard, context)
        case _:
            return Step(None)


def _tapped(state: State, context: Context) -> Step:
    """A tap on an earlier message says what it is about; whether it still holds the records know."""
    if not state["subject"].isdecimal() or len(state["subject"]) > LONGEST_ID:
        return Step(None, (context.say("referral.past.unknown"),))
    return _chosen(state, state["choice"], "", context)


def _answered(state: State, heard: Heard, context: Context) -> Step:
    reason = ""
    listed = _options(state, context)
    tapped = heard.tapped in {option.id for option in listed}
    choice = None
    if not tapped and not heard.text.strip().isdecimal():
        choice, reason = _in_words(state["ask"], heard.text)
    if choice is None and (picked := chosen(listed, heard, context)):
        choice = picked.rpartition(":")[2]
    if choice is None:
        secret = (Unsay(),) if state["ask"] == "outcome" else ()
        rejected = (*secret, Understood("rejected"), context.say("menu.not_understood"), asking(state, context))
        return Step(state, rejected, passes=True)
    return _chosen(state, choice, reason, context)


def _in_words(ask: str, said: str) -> tuple[str | None, str]:
    """What was chosen in free words, and the reason that was told with it, if any."""
    if ask == "outcome":
        outcome = read_outcome(said)
        return (outcome.choice, outcome.reason) if outcome else (None, "")
    choice = read_choice(said)
    choice = WORDS.get("date" if ask == "moved" else ask, {}).get(choice or "", choice)
    return (choice, "") if choice in ASKED[ask] else (None, "")


def _chosen(state: State, choice: str, reason: str, context: Context) -> Step:
    referral = int(state["subject"])
    doing = {**state, "at": "doing", "reason": reason}
    if choice in TOLD:
        return Step(doing, (Tell(referral, TOLD[choice]),))
    if choice in SIMPLE:
        return Step(doing, (Decide(referral, choice),))
    if choice == "more" and "sheet" in state:
        values = Sheet.from_json(state["sheet"]).values(context.texts, context.language)
        return Step(state, (Say(context.text("referral.more", **values), _options(state, context)),))
    return Step({**doing, "more": choice == "more"}, (Look(referral),))


# --- what comes back from the records ----------------------------------------------------------------------------


def _standing(state: State, event: Standing, context: Context) -> Step:
    if event.sheet is None:
        return Step(None, (context.say("referral.past.unknown"),))
    if not event.ask:
        values = event.sheet.values(context.texts, context.language)
        return Step(None, (context.say(f"referral.past.{event.past}", **values),))
    now = asked(event.sheet, event.family, event.ask, event.place)
    if event.ask in ("outcome", "date") and (outcome := read_outcome(state.get("said", ""))):
        return _chosen({**now, "ask": "outcome"}, outcome.choice, outcome.reason, context)
    if state.get("more"):
        return _chosen(now, "more", "", context)
    return Step(now, (asking(now, context),))


def _decided(event: Decided, context: Context) -> Step:
    values = event.sheet.values(context.texts, context.language)
    if event.came == "waiting":
        waiting = asked(event.sheet, event.family, "wait", event.place)
        return Step(waiting, (asking(waiting, context),))
    if event.again is not None:
        values["again"] = when(event.again, context.texts, context.language, short=True)
    return Step(None, (context.say(f"referral.came.{event.came}", **values),))


def _telling(state: State, event: Telling, context: Context) -> Step:
    """Open the questionnaire in which the rest is told, with what is known already."""
    told = "si" if event.served else "no"
    opening = {
        "at": "opening",
        "response": str(event.response_id),
        "form": event.invitation.form_version_id,
        "anonymous": event.invitation.anonymous,
        "preset": dict(event.invitation.preset),
        "seed": event.seed,
        "given": [told],
        "doubtful": "" if event.served else state.get("reason", ""),
        "thanks": "referral.thanks",
    }
    promised = context.say("referral.secret.served" if event.served else "referral.secret.not_served")
    return Step(None, (promised,), push=Frame("survey", opening))
