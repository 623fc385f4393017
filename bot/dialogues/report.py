"""A family reports an achievement, by choice or in its own words; nothing is recorded before it has said yes.

States: `looking` (what may come next?) → `asking` → `confirming` → `recording` → over; `choosing` between where several
may be meant. Words that report something by themselves begin at `heard`, as does a goal that is said to be reached.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

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
from surveys.reading.text import fold, tokens

NAME = "report"
OPENING = Frame(NAME, {"at": "looking"})
NONE = "none"
OFFERED = 3
"""What may come next, offered beside one's own words."""

_WANTS = re.compile(
    r"(?:quiero |deseo |necesito |vengo a |voy a )?(?:contar(?:les)?|reportar|informar|avisar|registrar|anotar)"
    r"(?: de)?(?: un| unos| mi| mis| el| los| otro)? ?(?:nuevos? )?(?:logros?|avances?)(?: nuevos?)?"
)


@dataclass(frozen=True, slots=True)
class FindReportable(Request):
    """Where does the family stand with these achievements, or with what comes next? Comes back as `Reportable`."""

    family_id: int
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordReport(Request):
    """The family says that it has reached this. Comes back as `Recorded`."""

    family_id: int
    code: str


@dataclass(frozen=True, slots=True)
class Line:
    """An achievement as it may be told. `status` is a `families.claims.Status`."""

    code: str
    label: str
    status: str = "pending"


@dataclass(frozen=True, slots=True)
class Reportable(Answer):
    """Achievements that one may speak of by message; none where the phone is not of the family."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Recorded(Answer):
    """What became of a report: a `families.claims.Status`, or nothing where there is no such achievement."""

    status: str


def recognise(text: str, context: Context) -> Frame | None:
    """Whether a message reports an achievement, or wants to."""
    line = " ".join(token for token in tokens(fold(text)) if token.isalnum())
    if _WANTS.fullmatch(line):
        return OPENING
    codes = context.reported(text, False)
    return Frame(NAME, {"at": "heard", "codes": list(codes)}) if codes else None


class Report:
    """Takes down what a family has reached."""

    name = NAME
    needs_family = True
    states: ClassVar[Mapping[str, str]] = {
        "looking": "what may come next for the family",
        "heard": "where the family stands with what it seems to report",
        "asking": "what the family has reached",
        "choosing": "which of several achievements was meant",
        "confirming": "whether it was understood right",
        "recording": "the report being taken down",
    }

    def hear(self, state: State, event: Event, context: Context) -> Step:
        match event:
            case Reportable(lines=()):
                return Step(None, (context.say("progress.nothing"),))
            case Reportable(lines) if state["at"] == "looking":
                return _step({**state, "at": "asking", "lines": _to_json(lines[:OFFERED])}, context)
            case Reportable(lines):
                return _found(state, lines, context)
            case Recorded(status):
                return Step(None, (context.say(f"report.{status or 'unknown'}"),))
            case Heard():
                return self._hear(state, event, context)
            case _:
                return Step(state)

    def _hear(self, state: State, heard: Heard, context: Context) -> Step:
        match state["at"]:
            case "looking":
                return Step(state, (FindReportable(state["family"]),))
            case "heard":
                return Step(state, (FindReportable(state["family"], tuple(state["codes"])),))
            case "asking":
                return _asked(state, heard, context)
            case "choosing":
                return _chosen(state, heard, context)
            case _:
                return _confirmed(state, heard, context)

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        match state["at"]:
            case "asking":
                return (Say(context.text("report.ask"), _options(state, context)),)
            case "choosing":
                return (Say(context.text("report.which"), _options(state, context)),)
            case "confirming":
                line = _lines(state)[0]
                return (Say(context.text("report.confirm", label=line.label), _yes_no(context)),)
            case _:
                return ()

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return (context.say("report.help"), *self.resume(state, context))


def _found(state: State, lines: Sequence[Line], context: Context) -> Step:
    """What was meant is known: one thing is confirmed, several are chosen between, what is told already is said."""
    still_open = [line for line in lines if line.status not in ("reported", "verified")]
    if not still_open:
        return Step(None, (context.say(f"report.{lines[0].status}_before", label=lines[0].label),))
    at = "confirming" if len(still_open) == 1 else "choosing"
    return _step({**state, "at": at, "lines": _to_json(still_open)}, context)


def _asked(state: State, heard: Heard, context: Context) -> Step:
    codes = context.reported(heard.text, True)
    if not codes:
        match chosen(_options(state, context), heard, context):
            case None:
                again = (context.say("report.not_understood"), *Report().resume(state, context))
                return Step(state, (Understood("rejected"), *again), passes=True)
            case "none":
                return Step(None, (context.say("report.later"),))
            case code:
                codes = (code,)
    return Step({**state, "at": "heard", "codes": list(codes)}, (FindReportable(state["family"], tuple(codes)),))


def _chosen(state: State, heard: Heard, context: Context) -> Step:
    code = chosen(_options(state, context), heard, context)
    if code is None:
        again = (context.say("menu.not_understood"), *Report().resume(state, context))
        return Step(state, (Understood("rejected"), *again), passes=True)
    if code == NONE:
        return Step(None, (context.say("report.later"),))
    picked = [line for line in _lines(state) if line.code == code]
    return _step({**state, "at": "confirming", "lines": _to_json(picked)}, context)


def _confirmed(state: State, heard: Heard, context: Context) -> Step:
    match chosen(_yes_no(context), heard, context):
        case "yes":
            code = _lines(state)[0].code
            return Step({"at": "recording", "family": state["family"]}, (RecordReport(state["family"], code),))
        case "no":
            return Step(None, (context.say("report.later"),))
        case _:
            again = (context.say("menu.not_understood"), *Report().resume(state, context))
            return Step(state, (Understood("rejected"), *again), passes=True)


def _step(state: State, context: Context) -> Step:
    return Step(state, Report().resume(state, context))


def _options(state: State, context: Context) -> tuple[Option, ...]:
    lines = tuple(Option(line.code, line.label) for line in _lines(state))
    return (*lines, Option(NONE, context.text("report.option.none")))


def _yes_no(context: Context) -> tuple[Option, ...]:
    return tuple(Option(id, context.text(f"report.option.{id}")) for id in ("yes", "no"))


def _lines(state: State) -> list[Line]:
    return [Line(*line) for line in state["lines"]]


def _to_json(lines: Sequence[Line]) -> list[list[Any]]:
    return [[line.code, line.label, line.status] for line in lines]
