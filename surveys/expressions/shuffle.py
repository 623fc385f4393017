"""The seeded shuffle of ``randomize()``: the Park–Miller generator that ODK's engines share, so that orders agree."""

import hashlib
import math
from collections.abc import Sequence
from typing import TypeVar

_MODULUS = 2_147_483_647
_MULTIPLIER = 16_807
T = TypeVar("T")


def shuffled(items: Sequence[T], seed: int) -> list[T]:
    """The inside-out shuffle of Fisher and Yates with a Park–Miller generator."""
    state = int(math.fmod(seed, _MODULUS)) if abs(seed) < 2**53 else _remainder(seed)
    if state <= 0:
        state += _MODULUS - 1
    result: list[T] = []
    for index, item in enumerate(items):
        state = state * _MULTIPLIER % _MODULUS
        other = math.floor((state - 1) / (_MODULUS - 1) * (index + 1))
        if other == index:
            result.append(item)
        else:
            result.append(result[other])
            result[other] = item
    return result


def _remainder(seed: int) -> int:
    """Remainder with the sign of the seed, as Java and ECMAScript have it."""
    return abs(seed) % _MODULUS * (1 if seed >= 0 else -1)


def seed_of_number(number: float) -> int:
    """A seed from a number, as Java turns a double into a long."""
    if number != number:
        return 0
    if math.isinf(number):
        return 2**63 - 1 if number > 0 else -(2**63)
    return math.trunc(number)


def seed_of_text(text: str) -> int:
    """A seed from text that is no number: the first eight bytes of its SHA-256."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True) if text else 0
