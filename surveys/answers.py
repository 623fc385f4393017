"""What is stored of an answer, and what changed between two states of a response. Pure.

Three columns of the author's own say what an answer means to the figures (docs/libreta.md): `actor`, who is
rated, a word or a reference such as ${programa}; `indicator`, what is measured; `probability`, references to
the probabilities whose product is that of being asked.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from surveys.form import Form, Question

Counted: TypeAlias = Literal["choice", "choices", "number", ""]
Key: TypeAlias = tuple[str, str]
"""A question's name and the instance of the repeats around it, '' outside any."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of one response.

    `value` is the stored text (names of choices separated by spaces, a number, a date…). `counted` says
    whether figures count it as one choice, as several, as a number, or not at all. `actor` is who is being rated.
    `weight` is the inverse of the probability that this question was asked of this person. `raw` is what the person
    wrote, `confidence` (0–1) and `reader_version` how it was read.
    """

    question: str
    instance: str
    value: str
    counted: Counted
    actor: str
    weight: Decimal
    raw: str
    confidence: float
    reader_version: str

    @property
    def key(self) -> Key:
        return (self.question, self.instance)

    def same_as(self, other: "Answer") -> bool:
        """Whether both count for the same, however they were written."""
        return (self.value, self.counted, self.actor, self.weight) == (
            other.value,
            other.counted,
            other.actor,
            other.weight,
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """Answers that are new or corrected, and keys of answers that count no more."""

    saved: tuple[Answer, ...] = ()
    withdrawn: tuple[Key, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.saved or self.withdrawn)


@dataclass(frozen=True, slots=True)
class Reading:
    """How an answer was read: what the person wrote, how sure the reader was (0–1), and which reader."""

    raw: str = ""
    confidence: float = 1.0
    reader_version: str = ""


_REFERENCE = re.compile(r"\$\{\s*([^}\s]+)\s*\}")
_INDEX = re.compile(r"\[(\d+)\]")
_NUMBERS = frozenset({"integer", "decimal", "range"})
_WEIGHT_PLACES = Decimal("0.0001")


def rows(form: Form, values: Mapping[str, str], readings: Mapping[str, Reading]) -> Mapping[Key, Answer]:
    """The answers to be stored, of all values that are relevant now, by path ('/data/visitas[2]/motivo').

    Calculated and hidden values say who is rated and how much an answer weighs; they are not stored themselves.
    """
    found = {}
    for path, value in values.items():
        node = form.by_path.get(_INDEX.sub("", path))
        if isinstance(node, Question) and not node.is_silent and not node.is_note and value:
            answer = _answer(form, node, path, values, readings.get(path, Reading()))
            found[answer.key] = answer
    return found


def question_name(question: Question) -> str:
    """A question as tables name it: its path below the root, 'nota' or 'grupo/nota'."""
    return question.path.split("/", 2)[2]


def counted(form: Form, question: Question) -> Counted:
    """How figures count a question. Free text and choices people wrote themselves are never counted."""
    if question.type in _NUMBERS:
        return "number"
    if question.type == "acknowledge" or (question.type == "select_one" and question.choices in form.lists):
        return "choice"
    if question.type == "select_multiple" and question.choices in form.lists:
        return "choices"
    return ""


def actors(form: Form) -> tuple[str, ...]:
    """Everybody whom a form may rate: those its questions name, and the choices of those they refer to."""
    found: dict[str, None] = {}
    for question in form.questions:
        named = question.extra.get("actor", "")
        referred = _REFERENCE.fullmatch(named)
        found |= dict.fromkeys(_choices(form, referred[1]) if referred else [named])
    found.pop("", None)
    return tuple(found)


def _choices(form: Form, name: str) -> list[str]:
    """The choices of a question, or of those that it is calculated from, but for what the calculation excepts by name
    («ninguno»).
    """
    question = form.question(name)
    if question.choices:
        return list(form.lists[question.choices].by_name)
    if question.calculation is None:
        return []
    source = question.calculation.source
    referred = dict.fromkeys(_REFERENCE.findall(source))
    return [choice for each in referred for choice in _choices(form, each) if f"'{choice}'" not in source]


def weight(probabilities: list[str]) -> Decimal:
    """The inverse of the product of probabilities, to four places; what is no probability is left out."""
    product = 1.0
    for text in probabilities:
        try:
            probability = float(text)
        except ValueError:
            continue
        if 0 < probability <= 1:
            product *= probability
    return (1 / Decimal(product)).quantize(_WEIGHT_PLACES)


def _answer(form: Form, question: Question, path: str, values: Mapping[str, str], reading: Reading) -> Answer:
    def refer(match: re.Match[str]) -> str:
        return values.get(form.question(match[1]).path, "")

    extra = question.extra
    references = _REFERENCE.finditer(extra.get("probability", ""))
    return Answer(
        question=question_name(question),
        instance=".".join(_INDEX.findall(path)),
        value=values[path],
        counted=counted(form, question),
        actor=_REFERENCE.sub(refer, extra.get("actor", "")),
        weight=weight([refer(reference) for reference in references]),
        raw=reading.raw,
        confidence=reading.confidence,
        reader_version=reading.reader_version,
    )


def changes(before: Mapping[Key, Answer], after: Mapping[Key, Answer]) -> Changes:
    """What must be stored so that the answers `before` become those `after`."""
    saved = (answer for key, answer in after.items() if key not in before or not answer.same_as(before[key]))
    return Changes(tuple(saved), tuple(key for key in before if key not in after))
