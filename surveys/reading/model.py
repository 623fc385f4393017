"""What a question expects, and what was read out of a reply: plain, immutable values."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """What became of a reply."""

    VALUE = "value"
    """Read with confidence: may be stored without asking."""
    CONFIRM = "confirm"
    """One doubtful reading: to be shown and asked (1 sí / 2 no)."""
    DONTKNOW = "dontknow"
    """The person says that they do not know, or will not say, or that it does not apply."""
    COMMAND = "command"
    """Not an answer: a word for the conversation itself."""
    REJECT = "reject"
    """No single reading; `candidates` holds those between which it hesitated."""


class Command(StrEnum):
    """What a person may ask of the conversation."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    BACK = "back"
    CORRECT = "correct"
    REPEAT = "repeat"
    SKIP = "skip"
    MENU = "menu"
    PAUSE = "pause"
    PERSON = "person"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a list. `labels` holds the label shown first, then those of other languages."""

    name: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """What the open question wants.

    `type` is an XLSForm type without its list name. `question` is the text as asked: units (meses, pesos, horas) and
    what a bare «todavía no» denies are read from it. `choices` stand in the displayed order, numbered from 1.
    `minimum` and `maximum`, inclusive, are hints out of the constraint or range: a number or date beyond them is
    rejected. `step` counts from `minimum`.
    """

    type: str
    question: str = ""
    choices: tuple[Choice, ...] = ()
    minimum: Decimal | date | None = None
    maximum: Decimal | date | None = None
    step: Decimal | None = None
    allow_dont_know: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """The outcome of reading one reply.

    `value` is written as XForms writes it: `3`, `4.5`, a choice's name, names parted by spaces, `2026-11-20`,
    `15:30:00`, `2026-11-20T15:30:00`, `4.61 -74.08 0 0`. `confidence` runs from 0 to 1. `reason` is a code that says
    why a reply was not taken as it stands. `argument` is what follows a CORREGIR («quise decir 4» → `4`).
    """

    kind: Kind
    value: str | None = None
    confidence: float = 0.0
    reason: str = ""
    command: Command | None = None
    argument: str = ""
    candidates: tuple[str, ...] = field(default=())


def value(of: str, confidence: float = 1.0) -> Reading:
    return Reading(Kind.VALUE, of, confidence)


def confirm(of: str, reason: str, confidence: float = 0.6, candidates: tuple[str, ...] = ()) -> Reading:
    return Reading(Kind.CONFIRM, of, confidence, reason, candidates=candidates or (of,))


def reject(reason: str, candidates: tuple[str, ...] = ()) -> Reading:
    return Reading(Kind.REJECT, reason=reason, candidates=candidates)
