"""The programmes that a family is on its way to: how each stands, and the dialogue about the one it chooses.

States of the list: `looking` → `choosing` → over, with the referral on top. A family that says by itself how it was
served is heard by `Told`: `telling` → over, with the referral that is due on top, or the list.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from bot.dialogues import referral
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
    Understood,
)
from bot.dialogues.referral import Unsay
from surveys.reading.text import fold

NAME, TOLD = "referral_list", "referral_told"
SHOWN = 6
ASKS = re.compile(r"\W*(?:(?:mis|los|ver|ver mis|ver los) )?(?:programas|remisiones|ofertas)\W*|\W*my programmes\W*")
TELLS = re.compile(r"\b(?:(?:no|ya|nunca) (?:me|nos) atendieron|nadie (?:me|nos) atendio)\b")


@dataclass(frozen=True, slots=True)
class FindReferrals(Request):
    """What is this family on its way to? Comes back as `Referrals`."""

    family: int


@dataclass(frozen=True, slots=True)
class FindDue(Request):
    """Of which referrals may this phone tell how it went? Comes back as `Due`."""


@dataclass(frozen=True, slots=True)
class Due(Answer):
    """The referrals, of any family of this phone, whose outcome may be told now: (referral, family)."""

    referrals: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One referral: its id, the name of its programme, and how it stands (`referral.state.…`)."""

    referral: int
    programme: str
    stands: str


@dataclass(frozen=True, slots=True)
class Referrals(Answer):
    """The referrals of a family that are not over, the latest first."""

    lines: tuple[Line, ...]


def asked_for(said: str, _context: Context) -> Frame | None:
    """PROGRAMAS opens the list from anywhere."""
    return Frame(NAME, {"at": "looking"}) if ASKS.fullmatch(fold(said)) else None


def told(said: str, _context: Context) -> Frame | None:
    """«no me atendieron» opens the question how it went."""
    return Frame(TOLD, {"at": "telling"}) if TELLS.search(fold(said)) else None


class ReferralList:
    """«Programas de su familia: 1 Curso de cocina (con cupo)»"""

    name = NAME
    needs_family = True
    states: ClassVar[Mapping[str, str]] = {
        "looking": "what the family is on its way to",
        "choosing": "one of them",
    }

    def hear(self, state: State, event: Event, context: Context) -> Step:
        match event:
            case Referrals(lines):
                return _show(state, lines, context)
            case Heard() if state["at"] == "looking":
                return Step(state, (FindReferrals(state["family"]),))
            case Heard():
                return _choose(state, event, context)
            case _:
                return Step(None)

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        if state["at"] != "choosing":
            return ()
        return (Say(context.text("referral.list"), _options(state, context)),)

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return (context.say("referral.help"), *self.resume(state, context))


class Told:
    """«no me atendieron, no había cupo», without having been asked."""

    name = TOLD
    needs_family = False
    states: ClassVar[Mapping[str, str]] = {"telling": "which referral is due, that the person tells of"}

    def hear(self, state: State, event: Event, context: Context) -> Step:
        match event:
            case Due(((referral_id, family),)):
                return _open(referral_id, family, said=state["said"])
            case Due(()):
                # Told of an office to which we sent nobody.
                complaint = {"at": "recognised", "kind": "complaint", "text": state["said"]}
                return Step(None, (Unsay(),), push=Frame("complaint", complaint))
            case Due():
                # What was said may tell a reason, and is kept nowhere.
                return Step(None, (Unsay(),), push=Frame(NAME, {"at": "looking"}))
            case Heard(text):
                return Step({**state, "said": text}, (FindDue(),))
            case _:
                return Step(None)

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        return ()

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return (context.say("referral.help"),)


def _show(state: State, lines: tuple[Line, ...], context: Context) -> Step:
    if not lines:
        return Step(None, (context.say("referral.none"),))
    listed = [[line.referral, line.programme, line.stands] for line in lines[:SHOWN]]
    choosing = {**state, "at": "choosing", "lines": listed}
    return Step(choosing, (Say(context.text("referral.list"), _options(choosing, context)),))


def _choose(state: State, heard: Heard, context: Context) -> Step:
    picked = chosen(_options(state, context), heard, context)
    if picked is None:
        rejected = (Understood("rejected"), context.say("menu.not_understood"))
        return Step(state, (*rejected, Say(context.text("referral.list"), _options(state, context))), passes=True)
    return _open(int(picked), state["family"])


def _open(referral_id: int, family: int, said: str = "") -> Step:
    looking = {"at": "looking", "subject": str(referral_id), "family": family, "said": said}
    return Step(None, push=Frame(referral.NAME, looking))


def _options(state: State, context: Context) -> tuple[Option, ...]:
    return tuple(
        Option(str(referral_id), context.text("referral.line", programme=programme, state=_stands(stands, context)))
        for referral_id, programme, stands in state["lines"]
    )


def _stands(state: str, context: Context) -> str:
    return context.text(f"referral.state.{state}")
