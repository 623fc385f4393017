"""What is stored of an answer, and what changed between two states of a response. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

Counted: TypeAlias = Literal["choices", "number", ""]
Key: TypeAlias = tuple[str, str]
"""A question's name and the instance of the repeats around it, '' outside any."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of one response.

    `value` is the stored text (names of choices separated by spaces, a number, a date…). `counted` says whether
    figures count it by choice, as a number, or not at all. `actor` is who is being rated. `weight` is the inverse of
    the probability that this question was asked of this person. `raw` is what the person wrote, `confidence` (0–1)
    and `reader_version` how it was read.
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
    """Answers that are new or corrected, and keys of answers that count no more (skipped after a correction)."""

    saved: tuple[Answer, ...] = ()
    withdrawn: tuple[Key, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.saved or self.withdrawn)


def changes(before: Mapping[Key, Answer], after: Mapping[Key, Answer]) -> Changes:
    """What must be stored so that the answers `before` become those `after`."""
    saved = (
        answer for key, answer in after.items() if key not in before or not answer.same_as(before[key])
    )
    return Changes(tuple(saved), tuple(key for key in before if key not in after))
