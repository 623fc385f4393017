"""Who is writing? One phone may serve several families, or none yet, or somebody new: what is of one is never told to
another.

States: `looking` (whose phone is this?) → `choosing` between its families, or `still_there` after a long silence →
`confirming`, or `stranger` where it is nobody's → `folio` → `digits` → `proving`; `leaving` where whoever has it wants
nothing of us. Then the dialogue that wanted to know follows. The conversation asks once and remembers it for a while.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from bot.dialogues import person
from bot.dialogues.choosing import chosen
from bot.dialogues.machine import (
    Answer,
    Context,
    Effect,
    Event,
    Frame,
    Heard,
    Option,
    Request,
    Say,
    SpeaksFor,
    StartAfresh,
    State,
    Step,
    Understood,
)
from families import folio
from surveys.reading.text import fold, tokens

NAME = "who"
NONE = "none"
STRANGERS = ("family", "information", "code", "wrong_number")

_CHANGE = re.compile(
    r"(?:yo )?no soy (?:yo|ell?a|el|es[ea]|esa persona|esa familia|de esa familia)"
    r"|cambiar (?:de )?familia|(?:(?:soy|es) )?(?:de )?(?:la )?otra familia"
)
_WRONG_NUMBER = re.compile(
    r"(?:es |este es (?:un )?|tiene(?:n)? (?:un |el )?|esta )?(?:numero )?equivocad[oa]"
    r"|(?:este|ese) (?:numero )?no es (?:de )?(?:el numero de )?(?:ella|el|esa persona|esa familia)"
)
_JOINS = re.compile(
    r"(?:soy de (?:una |la |otra )?)?familia"
    r"|(?:quiero )?(?:registrar|inscribir) (?:este|mi) (?:numero|telefono|celular)"
)
_FOUR_DIGITS = re.compile(r"\D*(\d\D?\d\D?\d\D?\d)\D*")


@dataclass(frozen=True, slots=True)
class FindFamilies(Request):
    """Whose phone is this? Comes back as `Families`."""


@dataclass(frozen=True, slots=True)
class ConfirmPhone(Request):
    """Whoever writes is of the families of this phone. Comes back as `Families`."""


@dataclass(frozen=True, slots=True)
class LeavePhone(Request):
    """Whoever writes has nothing to do with us: nobody is written to at this phone. Comes back as `Left`."""


@dataclass(frozen=True, slots=True)
class ProveFamily(Request):
    """Whoever writes says that they are of the family of this folio, and knows this. Comes back as `Proved`."""

    folio: str
    digits: str


@dataclass(frozen=True, slots=True)
class Families(Answer):
    """The families of this phone: their ids, and a label each that tells nothing to a stranger.

    `doubtful` after so long a silence that somebody else may have the phone by now.
    """

    labels: tuple[tuple[int, str], ...]
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Left(Answer):
    """The phone is of nobody any more."""


@dataclass(frozen=True, slots=True)
class Proved(Answer):
    """What became of a proof: the family, or None and whether one may try again today."""

    family_id: int | None
    again: bool = False


def asking(then: Frame) -> Frame:
    """Ask who is writing, then open `then` for that family."""
    return Frame(NAME, {"at": "looking", "dialogue": then.dialogue, "state": dict(then.state)})


def stranger() -> Frame:
    """Ask somebody whose number we do not know what they want."""
    return Frame(NAME, {"at": "stranger"})


def doubting(said: str, then: Frame | None) -> Frame:
    """Asked by us, after a long silence, whether it is still the same person; `said` is what it was about."""
    below = {} if then is None else {"below": {"dialogue": then.dialogue, "state": dict(then.state)}}
    return Frame(NAME, {"at": "still_there", "said": said, **below})


def opened_by(text: str, _context: Context) -> Frame | None:
    """Whether somebody says that they are not who we take them for, or of which family they are."""
    line = " ".join(token for token in tokens(fold(text)) if token.isalnum())
    if _WRONG_NUMBER.fullmatch(line):
        return Frame(NAME, {"at": "wrong_number"})
    if _JOINS.fullmatch(line):
        return Frame(NAME, {"at": "joining"})
    return Frame(NAME, {"at": "looking", "change": True}) if _CHANGE.fullmatch(line) else None


class Who:
    """«¿De qué familia es usted?»"""

    name = NAME
    needs_family = False
    states: ClassVar[Mapping[str, str]] = {
        "looking": "whose phone this is",
        "choosing": "which of its families is writing",
        "still_there": "whether it is still the same person, after a long silence",
        "confirming": "the phone being confirmed",
        "stranger": "what somebody wants whose number we do not know",
        "joining": "somebody who wants this phone to be of their family",
        "folio": "the folio of the family they are of",
        "digits": "what that family would know",
        "proving": "whether folio and digits fit",
        "wrong_number": "whether the number is really wrong",
        "leaving": "the phone being forgotten",
    }

    def hear(self, state: State, event: Event, context: Context) -> Step:
        match event:
            case Families():
                return self._found(state, event, context)
            case Proved(family_id=None, again=again):
                return self._not_proved(state, context, again=again)
            case Proved(family_id=family_id):
                assert family_id is not None
                return _go_on(state, family_id, context.say("who.proved"))
            case Left():
                return Step(None, (StartAfresh(), context.say("who.left")))
            case Heard():
                return self._hear(state, event, context)
            case _:
                return Step(state)

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        match state["at"]:
            case "choosing":
                return (Say(context.text("who.ask"), _labels(state, context)),)
            case "still_there":
                return (Say(context.text("who.still_there"), _options("still_there", ("yes", "no"), context)),)
            case "stranger":
                asked = "who.somebody_else" if state.get("known") else "who.stranger"
                return (Say(context.text(asked), _options("stranger", STRANGERS, context)),)
            case "wrong_number":
                return (Say(context.text("who.wrong_number"), _options("wrong_number", ("yes", "no"), context)),)
            case "folio" | "digits" as at:
                return (context.say(f"who.{at}"),)
            case _:
                return ()

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return (context.say("who.help"), *self.resume(state, context))

    def _found(self, state: State, families: Families, context: Context) -> Step:
        waiting = state.get("state", {})
        match families:
            case Families(labels=()) if waiting.get("strangers"):
                return Step(None, push=Frame(state["dialogue"], {**waiting, "family": None}))
            case Families(labels=()):
                return self._ask({**state, "at": "stranger"}, context)
            case Families(doubtful=True):
                return self._ask({**state, "at": "still_there"}, context)
            case Families() if "said" in state:
                return _confirmed(state)
            case Families(labels=((family_id, _),)) if not state.get("change"):
                return _go_on(state, family_id)
            case Families(labels=(_,)):
                # Who says that it is not them is told no name.
                return self._ask({**state, "at": "stranger", "known": True}, context)
            case Families(labels):
                return self._ask({**state, "at": "choosing", "families": [list(label) for label in labels]}, context)

    def _hear(self, state: State, heard: Heard, context: Context) -> Step:
        match state["at"]:
            case "looking":
                return Step(state, (FindFamilies(),))
            case "choosing":
                return self._choose(state, heard, context)
            case "still_there":
                return self._still_there(state, heard, context)
            case "wrong_number":
                return self._wrong_number(state, heard, context)
            case "joining":
                return self._ask({**state, "at": "folio"}, context)
            case "folio":
                return self._folio(state, heard, context)
            case "digits":
                return self._digits(state, heard, context)
            case _:
                return self._stranger(state, heard, context)

    def _choose(self, state: State, heard: Heard, context: Context) -> Step:
        match chosen(_labels(state, context), heard, context):
            case None:
                return self._again(state, context)
            case "none" if state.get("state", {}).get("strangers"):
                return Step(None, push=Frame(state["dialogue"], {**state["state"], "family": None}))
            case "none":
                return self._ask({**state, "at": "folio"}, context)
            case family_id:
                known = context.say("who.noted") if state.get("change") else None
                return _go_on(state, int(family_id), known)

    def _still_there(self, state: State, heard: Heard, context: Context) -> Step:
        match chosen(_options("still_there", ("yes", "no"), context), heard, context):
            case "yes":
                return Step({**state, "at": "confirming"}, (ConfirmPhone(),))
            case "no":
                return Step({"at": "leaving"}, (LeavePhone(),))
            case _:
                return self._again(state, context)

    def _wrong_number(self, state: State, heard: Heard, context: Context) -> Step:
        if not heard.text or (opened_by(heard.text, context) and not state.get("asked")):
            return self._ask({**state, "asked": True}, context)
        match chosen(_options("wrong_number", ("yes", "no"), context), heard, context):
            case "yes":
                return Step({"at": "leaving"}, (LeavePhone(),))
            case "no":
                return Step(None, (context.say("who.stays"),))
            case _:
                return self._again(state, context)

    def _stranger(self, state: State, heard: Heard, context: Context) -> Step:
        if not heard.text and heard.tapped is None:
            return self._ask(state, context)
        match chosen(_options("stranger", STRANGERS, context), heard, context):
            case "family":
                return self._ask({**state, "at": "folio"}, context)
            case "information":
                return Step(None, (context.say("menu.about"), context.say("who.more")))
            case "code":
                return Step(None, (context.say("code.how"),))
            case "wrong_number" if state.get("known"):
                return self._ask({"at": "wrong_number", "asked": True}, context)
            case "wrong_number":
                return Step({"at": "leaving"}, (LeavePhone(),))
            case None if state.get("missed") and heard.text.strip():
                # What cannot be made out twice is for a person.
                misread = person.misunderstood(heard.text, context)
                return Step(None, (Understood("rejected"),), push=misread, passes=True)
            case _:
                return self._again({**state, "missed": True}, context)

    def _folio(self, state: State, heard: Heard, context: Context) -> Step:
        """The check digit tells a slip of the finger from a folio: it says nothing of who has it."""
        typed = folio.read("".join(char for char in heard.text if char.isdigit()))
        if typed is None:
            return Step(state, (context.say("who.folio_wrong"), *self.resume(state, context)), passes=True)
        return self._ask({**state, "at": "digits", "folio": typed}, context)

    def _digits(self, state: State, heard: Heard, context: Context) -> Step:
        typed = _FOUR_DIGITS.fullmatch(heard.text)
        if typed is None:
            return self._again(state, context)
        digits = "".join(char for char in typed[1] if char.isdigit())
        return Step({**state, "at": "proving"}, (ProveFamily(state["folio"], digits),))

    def _not_proved(self, state: State, context: Context, *, again: bool) -> Step:
        if not again:
            return Step(None, (context.say("who.refused"),))
        trying = {**state, "at": "folio"}
        return Step(trying, (context.say("who.not_proved"), *self.resume(trying, context)))

    def _ask(self, state: State, context: Context) -> Step:
        return Step(state, self.resume(state, context))

    def _again(self, state: State, context: Context) -> Step:
        again = (context.say("menu.not_understood"), *self.resume(state, context))
        # What was told to be filed waits here: nothing else may take its place.
        return Step(state, (Understood("rejected"), *again), passes=state.get("state", {}).get("at") != "filing")


def _go_on(state: State, family_id: int, said: Say | None = None) -> Step:
    """It is known who writes: the dialogue that wanted to know follows."""
    effects: tuple[Effect, ...] = (SpeaksFor(family_id), said) if said else (SpeaksFor(family_id),)
    if "dialogue" not in state:
        return Step(None, effects)
    return Step(None, effects, push=Frame(state["dialogue"], {**state["state"], "family": family_id}))


def _confirmed(state: State) -> Step:
    """What we wanted to tell before we asked; where it begins a dialogue, that one says it again itself."""
    return Step(None) if "below" in state else Step(None, (Say(state["said"]),))


def _labels(state: State, context: Context) -> tuple[Option, ...]:
    labels = tuple(Option(str(family_id), label) for family_id, label in state["families"])
    return (*labels, Option(NONE, context.text("who.option.none")))


def _options(question: str, ids: tuple[str, ...], context: Context) -> tuple[Option, ...]:
    return tuple(Option(id, context.text(f"who.{question}.{id}")) for id in ids)
