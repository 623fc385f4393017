"""The programmes that a family is on its way to: how each stands, and the dialogue about the one it chooses.

States: `looking` → `choosing` → over, with the referral on top. `telling` begins when a family says by itself how it
was served: then the referral is the one whose date has come.
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
from surveys.reading.text import fold

NAME = "referral_list"
SHOWN = 6
ASKS = re.compile(r"\W*(?:(?:mis|los|ver|ver mis|ver los) )?(?:programas|remisiones|ofertas)\W*|\W*my programmes\W*")
TELLS = re.compile(r"\b(?:(?:no|ya|nunca) (?:me|nos) atendieron|nadie (?:me|nos) atendio)\b")


@dataclass(frozen=True, slots=True)
class FindReferrals(Request):
    """What is this family on its way to? Comes back as `Referrals`."""

    family: int


@dataclass(frozen=True, slots=True)
class Line:
    """One referral: its id, the name of its programme, how it stands (`referral.state.…`), and whether it is due."""

    referral: int
    programme: str
    stands: str
    due: bool


@dataclass(frozen=True, slots=True)
class Referrals(Answer):
    """The referrals of a family that are not over, the latest first."""

    lines: tuple[Line, ...]


def asked_for(said: str, _context: Context) -> Frame | None:
    """PROGRAMAS opens the list from anywhere."""
    return Frame(NAME, {"at": "looking"}) if ASKS.fullmatch(fold(said)) else None


def told(said: str, _context: Context) -> Frame | None:
    """«no me atendieron» opens the question how it went."""
    return Frame(NAME, {"at": "telling"}) if TELLS.search(fold(said)) else None


class ReferralList:
    """«Programas de su familia: 1 Curso de cocina (con cupo)»"""

    name = NAME
    needs_family = True
    states: ClassVar[Mapping[str, str]] = {
        "looking": "what the family is on its way to",
        "telling": "which referral is due, that the family tells of",
        "choosing": "one of them",
    }

    def hear(self, state: State, event: Event, context: Context) -> Step:
        match event:
            case Referrals(lines) if state["at"] == "telling":
                due = [line for line in lines if line.due]
                return _open(state, due[0].referral) if len(due) == 1 else _show(_unsaid(state), lines, context)
            case Referrals(lines):
                return _show(state, lines, context)
            case Heard(text) if state["at"] == "telling":
                return Step({**state, "said": text}, (FindReferrals(state["family"]),))
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
    return _open(state, int(picked))


def _open(state: State, referral_id: int) -> Step:
    looking = {**_unsaid(state), "at": "looking", "subject": str(referral_id)}
    said = {"said": state["said"]} if "said" in state else {}
    return Step(None, push=Frame(referral.NAME, {**looking, **said}))


def _unsaid(state: State) -> State:
    """The family alone: what it said may tell a reason, and is kept nowhere."""
    return {"at": state["at"], "family": state["family"]}


def _options(state: State, context: Context) -> tuple[Option, ...]:
    return tuple(
        Option(str(referral_id), context.text("referral.line", programme=programme, state=_stands(stands, context)))
        for referral_id, programme, stands in state["lines"]
    )


def _stands(state: str, context: Context) -> str:
    return context.text(f"referral.state.{state}")
