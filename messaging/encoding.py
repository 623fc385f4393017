"""What an SMS costs: GSM-7 or UCS-2, how many parts, and how to spare parts without changing what is said.

Sources: 3GPP TS 23.038 (the GSM 7-bit alphabet), TS 23.040 (concatenation: 153 or 67 units to a part).
"""

from dataclasses import dataclass
from typing import Literal

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
"""Characters that take an escape before them: two units each."""

Alphabet = Literal["GSM-7", "UCS-2"]
ROOM: dict[Alphabet, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}
"""Units in a message of one part, and in each part of a longer one."""

FOLDED = str.maketrans(
    {
        **dict(zip("áíóúÁÍÓÚ", "aiouAIOU", strict=True)),
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f\t", " "),
        "…": "...",
        "•": "-",
        "\u200b": None,
        "\ufeff": None,
    }
)
"""á í ó ú lose their accent (é and ñ are in GSM-7 and keep theirs); typographic signs become plain ones."""


@dataclass(frozen=True, slots=True)
class Segments:
    """How a text travels: its alphabet, its length in that alphabet's units, and the parts that are
    billed.
    """

    encoding: Alphabet
    units: int
    count: int


def segments(text: str) -> Segments:
    """Count the parts of `text` as an SMS. An empty text still takes one.

    A character is never split between two parts, so an escaped one or an emoji may leave a unit unused.
    """
    encoding, sizes = _measured(text)
    single, part = ROOM[encoding]
    units = sum(sizes)
    return Segments(encoding, units, 1 if units <= single else count_parts(sizes, part))


def parts(text: str) -> tuple[str, ...]:
    """The text of each part that is billed, in order; together they are `text`."""
    encoding, sizes = _measured(text)
    single, room = ROOM[encoding]
    if sum(sizes) <= single:
        return (text,)
    cut, used = [""], 0
    for character, size in zip(text, sizes, strict=True):
        if used + size > room:
            cut, used = [*cut, ""], 0
        cut[-1] += character
        used += size
    return tuple(cut)


def count_parts(sizes: list[int], room: int) -> int:
    """How many parts of `room` units hold characters of these sizes, none of them split."""
    parts, used = 1, 0
    for size in sizes:
        if used + size > room:
            parts, used = parts + 1, 0
        used += size
    return parts


def _measured(text: str) -> tuple[Alphabet, list[int]]:
    """The alphabet of a text, and the units that each of its characters takes."""
    gsm = BASIC.union(EXTENDED).issuperset(text)
    return "GSM-7" if gsm else "UCS-2", [
        2 if (character in EXTENDED if gsm else ord(character) > 0xFFFF) else 1 for character in text
    ]


def fold_for_sms(text: str) -> str:
    """Write `text` so that it stays in GSM-7 where it can: «¿Qué día irá?» → «¿Qué dia ira?».

    Everything else, emoji included, is kept: what cannot be written cheaply is still said.
    """
    return text.translate(FOLDED)
