"""Words that mean something whenever they are written, as data that people review: a file per topic and language.

Each file holds `[kinds]`, patterns by what they tell, and `except`, patterns of what only sounds so and is taken out of
the message before it is searched. Patterns are regular expressions over folded words parted by one space (see
`surveys/reading/lexicon.py`: «Kiero poner una KEJA!!» is read as «quiero poner una queja»). Spanish is read whatever
language the person chose; another language is another file.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from surveys.reading.lexicon import lexicon
from surveys.reading.text import clean, fold, is_word, tokens

FOLDER = Path(__file__).parent
BASE = "es"
LONGEST = 4_000
"""Characters of a message that are looked at."""


@dataclass(frozen=True, slots=True)
class Words:
    """The patterns of a topic in one language."""

    kinds: Mapping[str, re.Pattern[str]]
    only_sounds_so: re.Pattern[str]


@cache
def words(topic: str, language: str) -> Words | None:
    """The words of a topic in a language; None if there is no file of it."""
    path = FOLDER / f"{topic}.{language}.toml"
    if not path.exists():
        return None
    data = tomllib.loads(path.read_text("utf-8"))
    kinds = {kind: _either(patterns) for kind, patterns in data["kinds"].items()}
    return Words(kinds, _either(data.get("except", [])))


def kind_of(topic: str, text: str, language: str) -> str | None:
    """What kind of the topic a message tells of, the first that fits; None for none."""
    if not any(map(str.isalpha, text)):
        return None  # most answers are a number: this is heard before every turn
    for spoken in dict.fromkeys((BASE, language)):
        if known := words(topic, spoken):
            rest = known.only_sounds_so.sub(" | ", _line(text, spoken))
            if found := next((kind for kind, pattern in known.kinds.items() if pattern.search(rest)), None):
                return found
    return None


@lru_cache(maxsize=64)
def _line(text: str, language: str) -> str:
    """The words of a message; Spanish ones in their usual spelling."""
    if language == BASE:
        return lexicon(BASE).message(text).line
    return " ".join(token for token in tokens(fold(clean(text[:LONGEST]))) if is_word(token))


def _either(patterns: list[str]) -> re.Pattern[str]:
    """A pattern that finds any of these at the borders of words."""
    either = "|".join(f"(?:{pattern})" for pattern in patterns) or "(?!)"
    return re.compile(rf"(?<!\S)(?:{either})(?!\S)")
