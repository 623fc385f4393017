"""How families speak of the achievements of one catalogue: cues, read from the TOML beside the catalogue. Pure.

A cue lists what must all be said, in any order: words, beginnings of words («nin*»), alternatives («luz|energia»)
and groups («@casa»). Where two of a set of synonyms are alternatives, all of them are. Cues are found by sound as well
as by spelling.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rapidfuzz import fuzz, process

from bot.matching.assertion import spanish
from surveys.reading.lexicon import lexicon, stem
from surveys.reading.text import fold, sound, tokens

NOTHING = ""
"""Stands for what is no achievement, though it sounds like one."""

_SMALL = 3
_SHORTEST_SLIP = 6
_SLIP = 86
_DIMINUTIVE = re.compile(r"(?P<root>\w{3,}?)(?:ec|c)?i[tc](?P<end>[oa]s?)")
_HARD = {"qu": "c", "gu": "g"}
"""«finquita» and «vaguita» write the sounds of «finca» and «vaga» before an i."""
_HARDENED = re.compile("[qg]u$")
_NO = "no"
_COMMON = frozenset(
    [
        "todos",
        "todas",
        "tienen",
        "tiene",
        "tener",
        "usan",
        "usa",
        "cada",
        "persona",
        "personas",
        "familia",
        "casa",
        "hogar",
        "estan",
        "esta",
        "estos",
        "bien",
        "para",
    ]
)


class VocabularyError(ValueError):
    """A vocabulary that cannot be used; the message says what is wrong, in Spanish."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that must be said: whole words or beginnings of words, as they are written and as they sound."""

    whole: frozenset[str]
    starts: tuple[str, ...]
    sounds: tuple[str, ...]

    def said_in(self, words: Iterable[str]) -> bool:
        return any(self.fits(word) for word in words)

    def fits(self, word: str) -> bool:
        """Whether a word of a message is this term."""
        if word in self.whole or (self.starts and word.startswith(self.starts)):
            return True
        return bool(self.sounds) and sound(word).startswith(self.sounds)


@dataclass(frozen=True, slots=True)
class Cue:
    """What is said when an achievement is meant. `rids` where it is that something bad is there no more."""

    terms: tuple[Term, ...]
    rids: bool

    @property
    def weight(self) -> int:
        """The more must be said, the surer it is what was meant."""
        return len(self.terms) + self.rids

    def said_in(self, words: Iterable[str]) -> bool:
        return all(term.said_in(words) for term in self.terms)


@dataclass(frozen=True)
class Vocabulary:
    """The cues of each achievement by code. What is said of `unspoken` codes is never taken for a report."""

    cues: Mapping[str, tuple[Cue, ...]]
    unspoken: frozenset[str]

    @cached_property
    def _terms(self) -> frozenset[Term]:
        return frozenset(term for cues in self.cues.values() for cue in cues for term in cue.terms)

    @cached_property
    def _topics(self) -> frozenset[str]:
        return frozenset(word for term in self._terms for word in term.whole)

    @cached_property
    def _words(self) -> frozenset[str]:
        return self._topics | spanish().words

    @cached_property
    def _starts(self) -> tuple[str, ...]:
        return tuple({start for term in self._terms for start in term.starts})

    @cached_property
    def _by_sound(self) -> Mapping[str, str]:
        return {sound(word): word for word in sorted(self._words, reverse=True) if len(word) >= _SMALL}

    @cached_property
    def _long_words(self) -> list[str]:
        return sorted(word for word in self._topics if len(word) >= _SHORTEST_SLIP)

    def spell(self, word: str) -> str:
        """A folded word as this vocabulary spells it: by abbreviation, by sound, or with one slip mended."""
        if not word.isalpha() or word in self._words:
            return word
        plain = self._without_diminutive(word)
        if word.startswith(self._starts):
            return plain if plain in self._topics else word
        if len(word) >= _SMALL and (heard := self._by_sound.get(sound(word))):
            return heard
        if plain:
            return plain
        usual = lexicon("es").spell(word)
        if usual != word or len(word) < _SHORTEST_SLIP:
            return usual
        close = process.extractOne(word, self._long_words, scorer=fuzz.ratio, score_cutoff=_SLIP)
        return str(close[0]) if close else word

    def _without_diminutive(self, word: str) -> str | None:
        """«camita» → «cama», where this vocabulary knows it."""
        small = _DIMINUTIVE.fullmatch(word)
        if small is None:
            return None
        roots = (small["root"], _HARDENED.sub(lambda hard: _HARD[hard[0]], small["root"]))
        plain = (root + end for root in roots for end in (small["end"], small["end"][1:], ""))
        return next((each for each in plain if each in self._words or each.startswith(self._starts)), None)


def read(content: str, labels: Mapping[str, str], unspoken: Iterable[str]) -> Vocabulary:
    """The vocabulary of a catalogue: its TOML text, the label of each achievement, and which must not be spoken of.

    An achievement without cues is known by the words of its label, so that a catalogue works without a vocabulary.
    Raises VocabularyError for a text that is no vocabulary.
    """
    try:
        data = tomllib.loads(content)
        groups = {name: str(words).split() for name, words in data.get("groups", {}).items()}
        synonyms = [frozenset(str(words).split()) for words in data.get("synonyms", {}).values()]
        written = {code: _listed(entry) for code, entry in data.get("achievements", {}).items()}
        nothing = _listed(data.get("nothing", {}))
    except (tomllib.TOMLDecodeError, AttributeError, TypeError) as error:
        raise VocabularyError(f"El vocabulario no se puede leer: {error}") from None
    if unknown := sorted(set(written) - set(labels)):
        raise VocabularyError(f"El vocabulario habla de logros que no están en el catálogo: {', '.join(unknown)}.")
    cues = {code: written.get(code) or [_from_label(label)] for code, label in labels.items()}
    parsed = {code: tuple(_cue(cue, groups, synonyms) for cue in listed if cue) for code, listed in cues.items()}
    parsed[NOTHING] = tuple(_cue(cue, groups, []) for cue in nothing)
    return Vocabulary(parsed, frozenset(unspoken) | {NOTHING})


def _listed(entry: Any) -> list[str]:
    return [fold(str(cue)) for cue in entry.get("cues", [])]


def _from_label(label: str) -> str:
    words = [word for word in tokens(fold(label)) if word.isalpha() and len(word) > _SMALL and word not in _COMMON]
    return " ".join(f"{stem(word)}*" for word in words[:2])


def _cue(written: str, groups: Mapping[str, list[str]], synonyms: Iterable[frozenset[str]]) -> Cue:
    terms = written.split()
    return Cue(tuple(_term(term, groups, synonyms) for term in terms if term != _NO), rids=_NO in terms)


def _term(written: str, groups: Mapping[str, list[str]], synonyms: Iterable[frozenset[str]]) -> Term:
    words: list[str] = []
    for alternative in written.split("|"):
        if alternative.startswith("@"):
            try:
                words += groups[alternative[1:]]
            except KeyError:
                raise VocabularyError(f"El vocabulario no tiene el grupo «{alternative}».") from None
        else:
            words.append(alternative)
    words += [word for alike in synonyms if len(alike.intersection(words)) > 1 for word in sorted(alike)]
    starts = tuple(word.rstrip("*") for word in words if word.endswith("*"))
    heard = tuple(found for start in starts for found in _sounds(start) if len(found) >= _SMALL)
    return Term(frozenset(word for word in words if not word.endswith("*")), starts, heard)


def _sounds(start: str) -> set[str]:
    """How the beginning of a word may sound: c and g depend on what follows («hic-imos», «hic-o»)."""
    heard = {sound(start)}
    if re.search("[cg]$", start):
        heard.add(sound(f"{start}i")[:-1])
    return heard
