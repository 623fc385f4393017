"""Labels that carry numbers of their own («0 Nada», «99. No sabe», «7»): people answer with those. Pure."""

import re
from collections.abc import Sequence

from surveys.engine import Offered

LEADING = re.compile(r"(\d{1,4})(?=$|[.):]?\s|\s*[-–=:]\s)[.):\s=–-]*(\D*)$")


def own_numbers(choices: Sequence[Offered]) -> tuple[int, ...]:
    """The number that each label begins with, where that is not its place.

    Empty unless every label has one (and no other), all different.
    """
    numbers = []
    for choice in choices:
        found = LEADING.match(choice.label)
        if found is None:
            return ()
        numbers.append(int(found[1]))
    places = list(range(1, len(numbers) + 1))
    return tuple(numbers) if numbers != places and len(set(numbers)) == len(numbers) else ()


def without(label: str) -> str:
    """The label's words without its number; a label that is only a number stays."""
    found = LEADING.match(label)
    return (found and found[2]) or label


def in_their_places(choices: Sequence[Offered]) -> list[Offered]:
    """The choices so that as many as possible stand where their own number says, counted from 1: 0 goes last."""
    numbers = own_numbers(choices)
    at = dict(zip(numbers, choices, strict=False))
    placed = {number for number in numbers if 1 <= number <= len(choices)}
    rest = iter([choice for number, choice in at.items() if number not in placed])
    return [at[place] if place in placed else next(rest) for place in range(1, len(choices) + 1)]
