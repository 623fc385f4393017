"""The choices of a question prepared once for matching: the ways to name each, and where to find them by a word."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from surveys.reading.lexicon import Lexicon
from surveys.reading.model import Choice
from surveys.reading.text import Message, sound

FEW = 50
"""Up to so many choices every one is compared with a reply; of more, only those that share a word with it."""

_PARENTHESES = re.compile(r"\(([^)]*)\)")
_EITHER = re.compile(r"\s+(?:o|u|or)\s+|/")
_CLOSE = 78
_CLOSE_WORDS = 10
_MOST_CANDIDATES = 200
_MOST_KEPT = 256


@dataclass(frozen=True, slots=True)
class Alias:
    """One way to name a choice: its words, those of them that tell it from other choices, whether it denies,
    and whether it is a whole label."""

    line: str
    words: tuple[str, ...]
    denies: bool
    whole: bool


@dataclass(frozen=True, slots=True)
class Option:
    """A choice prepared for matching."""

    choice: Choice
    position: int
    aliases: tuple[Alias, ...]
    said_otherwise: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Options:
    """All choices of a question prepared for matching.

    `rarity` weighs a concept by how few choices share it. `labels` and `parts` find choices by a whole label and by a
    part of one, without spaces; `sounds` by a word of it.
    """

    all: tuple[Option, ...]
    rarity: dict[str, float]
    labels: dict[str, list[Option]]
    parts: dict[str, list[Option]]
    sounds: dict[str, list[Option]]
    none: Choice | None
    other: Choice | None
    unknown: Choice | None

    def real(self) -> tuple[Choice, ...]:
        """The choices without «ninguno», «otro» and «no sé»."""
        apart = (self.none, self.other, self.unknown)
        return tuple(option.choice for option in self.all if option.choice not in apart)

    def candidates(self, line: str) -> Iterable[Option]:
        """The choices worth comparing with a line: all of a short list, of a long one those that share rare words."""
        if len(self.all) <= FEW:
            return self.all
        found: dict[int, Option] = {}
        keys = list(self.sounds)
        for word in {sound(word) for word in line.split()}:
            close = process.extract(word, keys, scorer=fuzz.ratio, score_cutoff=_CLOSE, limit=_CLOSE_WORDS)
            for heard in {word, *(key for key, _, _ in close)}:
                named = self.sounds.get(heard, [])
                if len(named) <= _MOST_CANDIDATES:
                    found |= {option.position: option for option in named}
        return found.values()


_kept: dict[int, tuple[tuple[Choice, ...], Lexicon, Options]] = {}
"""Prepared choices by the identity of their tuple: hashing a list of thousands costs more than reading a reply."""


def prepare(choices: tuple[Choice, ...], words: Lexicon) -> Options:
    """The choices of a question, compiled once."""
    kept = _kept.get(id(choices))
    if kept is None or kept[0] is not choices or kept[1] is not words:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        kept = _kept[id(choices)] = (choices, words, _compile(choices, words))
    return kept[2]


@lru_cache(maxsize=1024)
def _compile(choices: tuple[Choice, ...], words: Lexicon) -> Options:
    options = tuple(_option(choice, position, words) for position, choice in enumerate(choices, 1))
    counts: Counter[str] = Counter()
    for option in options:
        counts.update({concept for alias in option.aliases for word in alias.words for concept in words.concepts(word)})
    rarity = {concept: 1 / count for concept, count in counts.items()}
    none = _first(choices, words, "choice.none_labels")
    unknown = _first(choices, words, "non_answer.dont_know")
    other = _first(choices, words, "choice.other_phrases")
    labels, parts, sounds = _index(options)
    return Options(options, rarity, labels, parts, sounds, none, other, unknown)


def _index(
    options: Iterable[Option],
) -> tuple[dict[str, list[Option]], dict[str, list[Option]], dict[str, list[Option]]]:
    """Where to find a choice by its whole label, by a part of it, and by the sound of a word."""
    labels: dict[str, list[Option]] = {}
    parts: dict[str, list[Option]] = {}
    sounds: dict[str, list[Option]] = {}
    for option in options:
        for alias in option.aliases:
            for table in [labels, parts] if alias.whole else [parts]:
                _add(table, alias.line.replace(" ", ""), option)
            for word in alias.words:
                _add(sounds, sound(word), option)
    return labels, parts, sounds


def _add(table: dict[str, list[Option]], key: str, option: Option) -> None:
    known = table.setdefault(key, [])
    if not known or known[-1] is not option:
        known.append(option)


def _first(choices: tuple[Choice, ...], words: Lexicon, path: str) -> Choice | None:
    pattern = words.whole(path)
    return next((c for c in choices if any(pattern.match(words.authored(label).line) for label in c.labels)), None)


def _option(choice: Choice, position: int, words: Lexicon) -> Option:
    aliases: list[Alias] = []
    for label in choice.labels:
        inner = _PARENTHESES.findall(label)
        outer = _PARENTHESES.sub(" ", label)
        for text in dict.fromkeys([label, outer, *inner, *_EITHER.split(outer)]):
            if alias := _alias(text, words, whole=text == label):
                aliases.append(alias)
    paraphrases = [
        phrase for keys, phrases in words.get("paraphrases").items() if _says_all(keys, aliases) for phrase in phrases
    ]
    pattern = re.compile("|".join(f"(?:{phrase})" for phrase in paraphrases)) if paraphrases else None
    return Option(choice, position, tuple(aliases), pattern)


def _says_all(keys: str, aliases: Iterable[Alias]) -> bool:
    return any(
        {sound(key) for key in keys.split()} <= {sound(word) for word in alias.line.split()} for alias in aliases
    )


def _alias(text: str, words: Lexicon, *, whole: bool) -> Alias | None:
    line = words.authored(text).line
    if not line:
        return None
    found = line.split()
    empty, negators = words.words("words.empty"), words.words("words.negators")
    content = tuple(word for word in found if word not in empty and word not in negators)
    return Alias(line, content or tuple(found), any(word in negators for word in found), whole)


def by_label(options: Options, message: Message) -> Option | None:
    """The one choice of which the reply is the label or a part of it, with its number before it or not.

    Courtesy around it does not matter; a label of symbols only is compared as it stands.
    """
    for line in dict.fromkeys((message.line, message.core)):
        found = _exact(options, line)
        number, _, label = line.partition(" ")
        if not found and number.isdigit() and 1 <= int(number) <= len(options.all):
            found = [option for option in _exact(options, label) if option.position == int(number)]
        if len(found) == 1:
            return found[0]
    if message.words and not message.words[0].isdigit():
        return None
    symbols = [option for option in options.all if not option.aliases and _shows(option, message)]
    return symbols[0] if len(symbols) == 1 else None


def _shows(option: Option, message: Message) -> bool:
    """«😀» or «1) 😀»."""
    number = rf"(?:{option.position}\s*[.):-]*\s*)?"
    return any(re.fullmatch(number + re.escape(label.strip()), message.clean) for label in option.choice.labels)


def _exact(options: Options, line: str) -> list[Option]:
    """The choices of which the line is a label, or else a part of one, word for word or run together."""
    joined = line.replace(" ", "")
    return options.labels.get(joined) or options.parts.get(joined) or []


def says_label(choices: tuple[Choice, ...], message: Message, words: Lexicon) -> bool:
    """Whether the reply is a choice's label, word for word."""
    labels = prepare(choices, words).labels
    return bool(message.words) and any(line.replace(" ", "") in labels for line in (message.line, message.core))
