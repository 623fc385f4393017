"""Does a message tell of something reached, by whom, and where in it? Whatever it is about. Pure."""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from surveys.reading.text import clean, fold, is_word, tokens

LONGEST = 40
"""Words: who writes more is telling a story, and a story is for a person to read."""

_TURNS = frozenset({"pero", "aunque", "sino", "ahora", ",", ";", "."})
_AND_NO_MORE = ["y", "ya", "no"]
_PLAIN = re.compile(r"(?<![\\\w(])[a-z]{3,}(?![\w+*?(\[])")
_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a message that says one thing. `denies` where it says so with a mere «no», which may be good news."""

    words: tuple[str, ...]
    denies: bool


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a message tells as reached by the family that writes: those of its clauses, and all its words.

    `tells` is False for mere nouns, which are an answer and no news.
    """

    clauses: tuple[Clause, ...]
    words: tuple[str, ...]
    tells: bool


class Language:
    """The patterns of a language, compiled once."""

    def __init__(self, data: dict[str, list[str]]) -> None:
        self._data = data

    @cached_property
    def words(self) -> frozenset[str]:
        """The plain words in the patterns."""
        return frozenset(_PLAIN.findall(" ".join(pattern for name in self._data for pattern in self._data[name])))

    def _pattern(self, name: str) -> re.Pattern[str]:
        return re.compile(r"(?<!\S)(?:" + "|".join(self._data[name]) + r")(?!\S)")

    @cached_property
    def asking(self) -> re.Pattern[str]:
        return re.compile("|".join(self._data["asking"]))

    @cached_property
    def others(self) -> re.Pattern[str]:
        return self._pattern("others")

    @cached_property
    def denied(self) -> re.Pattern[str]:
        return self._pattern("denied")

    @cached_property
    def not_denied(self) -> re.Pattern[str]:
        return self._pattern("not_denied")

    @cached_property
    def purpose(self) -> re.Pattern[str]:
        return self._pattern("purpose")

    @cached_property
    def no(self) -> re.Pattern[str]:
        return self._pattern("no")

    @cached_property
    def lost(self) -> re.Pattern[str]:
        return self._pattern("lost")

    @cached_property
    def future(self) -> re.Pattern[str]:
        return self._pattern("future")

    @cached_property
    def not_future(self) -> re.Pattern[str]:
        return self._pattern("not_future")

    @cached_property
    def telling(self) -> re.Pattern[str]:
        return self._pattern("telling")


@lru_cache(maxsize=1)
def spanish() -> Language:
    """The language that families write, whatever language they are answered in."""
    return Language(tomllib.loads((_FOLDER / "spanish.toml").read_text("utf-8")))


def assertion(text: str, spell: Callable[[str], str]) -> Assertion | None:
    """What a message tells as reached; None for a question, another person's news, and what is denied or to come.

    `spell` gives a folded word as it is spelled right; it may give several.
    """
    signs = [word for token in tokens(fold(clean(text))) for word in spell(token).split()]
    words = tuple(word for word in signs if is_word(word))
    line = " ".join(words)
    language = spanish()
    if not words or len(words) > LONGEST or "?" in signs:
        return None
    if language.asking.search(line) or language.others.search(line):
        return None
    clauses = tuple(clause for part in _parts(signs) if (clause := _clause(part, language)))
    return Assertion(clauses, words, bool(language.telling.search(line))) if clauses else None


def _parts(signs: list[str]) -> list[tuple[str, ...]]:
    parts: list[list[str]] = [[]]
    for place, sign in enumerate(signs):
        if sign in _TURNS or signs[place : place + 3] == _AND_NO_MORE:
            parts.append([])
        if is_word(sign):
            parts[-1].append(sign)
    return [tuple(part) for part in parts if part]


def _clause(words: tuple[str, ...], language: Language) -> Clause | None:
    line = language.not_denied.sub("", " ".join(words))
    if language.denied.search(line) or language.lost.search(line):
        return None
    if language.future.search(language.not_future.sub("", line)):
        return None
    said = language.purpose.sub("", " ".join(words)).split()
    return Clause(tuple(said), denies=bool(language.no.search(line)))
