"""Covers what tells who speaks, or of whom, in a comment: names, numbers, addresses, places. Pure.

It covers too much rather than too little, and a person looks at what is left before anybody sees it. Names are known
by a list of common Colombian first names and surnames (but for those that are ordinary words too), and by a capital
letter within a sentence.
"""

import re
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Final

from surveys.reading.text import fold

NAME, NUMBER, PLACE, ADDRESS = "[nombre]", "[número]", "[lugar]", "[dirección]"
NAMES: Final = Path(__file__).with_name("names.txt")

_ADDRESS = re.compile(r"\S+@\S+|(?:https?://|www\.)\S+", re.IGNORECASE)
_NUMBER = re.compile(r"(?<!\w)\+?\d(?:[\s.,-]?\d){3,}(?!\w)")
"""Four digits or more, however they are grouped: telephones, documents, sums of money, years."""

_STREET = re.compile(
    r"\b(?:calle|carrera|cra|kra|cll|diagonal|transversal|avenida|manzana|mz|vereda|barrio|corregimiento|finca|sector)\.?"
    r"\s+(?:(?:el|la|los|las|de|del)\s+)*[\w#°-]+(?:\s*(?:#|no\.?|n°|con)\s*[\w-]+)*",
    re.IGNORECASE,
)
_SAINT = re.compile(r"^.+ del? (?:la |los |las )?(?=\w+$)", re.IGNORECASE)
"""What people leave out of a place's full name."""
SHORTEST_PLACE: Final = 4
ORDINARY: Final = frozenset(
    {"dios", "osos", "cruz", "pare", "fuerte", "viento", "sierra", "palmar", "indias", "rosario"}
)
"""What is left of such names and says nothing of a place."""
_ACCENTED: Final = {
    **{char: f"[{char}{accented}]" for char, accented in zip("aeioun", "áéíóúñ", strict=True)},
    " ": r"\s+",
}

_WORD = re.compile(r"\w+")
_SENTENCE = re.compile(r"(?:^|[.!?¡¿:\n])\s*[«\"(]*$")


def mask(comment: str, places: Collection[str] = (), known: Collection[str] = ()) -> str:
    """The comment with everything covered that may tell who it is about.

    `places` are names of municipalities and departments; `known` are words that tell of nobody although they begin with
    a capital, such as names of programmes.
    """
    covered = _ADDRESS.sub(ADDRESS, comment)
    covered = _STREET.sub(ADDRESS, covered)
    covered = _NUMBER.sub(NUMBER, covered)
    if places:
        covered = _any_of(frozenset(places)).sub(PLACE, covered)
    allowed = {fold(word) for phrase in known for word in _WORD.findall(phrase)}
    covered = _WORD.sub(lambda word: _cover(word, allowed), covered)
    return re.sub(r"(?:\[nombre\]\s*){2,}", f"{NAME} ", covered).strip()


def _cover(word: re.Match[str], allowed: Collection[str]) -> str:
    text, before = word[0], word.string[: word.start()]
    inside = before.endswith("[") and word.string[word.end() : word.end() + 1] == "]"
    folded = fold(text)
    if inside or folded in allowed or text.isdigit():
        return text
    if folded in _names():
        return NAME
    within = text[0].isupper() and not text.isupper() and not _SENTENCE.search(before)
    return NAME if within else text


@cache
def _names() -> frozenset[str]:
    return frozenset(fold(name) for name in NAMES.read_text(encoding="utf-8").split())


@cache
def _any_of(places: frozenset[str]) -> re.Pattern[str]:
    """Any of these places as people write them: without accents, and «Cúcuta» for San José de Cúcuta."""
    full = {fold(place) for place in places if place}
    short = {name for name in (fold(_SAINT.sub("", place)) for place in places) if len(name) >= SHORTEST_PLACE}
    names = sorted(full | short - ORDINARY, key=lambda name: (-len(name), name))
    written = "|".join("".join(_ACCENTED.get(char, re.escape(char)) for char in name) for name in names)
    return re.compile(rf"\b(?:{written})\b", re.IGNORECASE)
