"""The words of a language, loaded once from `languages/`: every reader takes its words from here.

A language is one TOML file. Spanish is read in every form, for that is what families write, whatever language the
questions are in; a form in another language adds that language's words in front of the Spanish ones.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from surveys.reading.text import Message, clean, fold, is_number, is_word, sound, tokens

BASE = "es"
_FOLDER = Path(__file__).parent / "languages"
_PLAIN_WORD = re.compile(r"(?<![\\a-z])[a-z]{3,}(?![a-z*+?\\])")
_SHORTEST_TYPO = 5
_TYPO_RATIO = 85
_LONGEST = 200
_JUST = (["nada", "mas"], ["no", "mas"])
_MOST_KEPT = 50_000
_SIGNS = frozenset(",.;:/+&-!")


class Lexicon:
    """Word lists and compiled patterns of one language over Spanish."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._sets: dict[str, frozenset[str]] = {}
        self._patterns: dict[tuple[str, bool], re.Pattern[str]] = {}
        self._vocabulary = {word for word in _strings(data) if not word.endswith("_")}
        self._by_sound = {sound(word): word for word in sorted(self._vocabulary, reverse=True) if len(word) > 2}
        self._spellings: dict[str, str] = {}
        self._concepts: dict[str, frozenset[str]] = {}
        self._authored: dict[str, Message] = {}

    def get(self, path: str) -> Any:
        """What stands under a dotted heading, or an empty list."""
        found: Any = self._data
        for part in path.split("."):
            found = found.get(part)
            if found is None:
                return []
        return found

    def words(self, path: str) -> frozenset[str]:
        """The plain words under a heading."""
        if path not in self._sets:
            self._sets[path] = frozenset(str(self.get(path) or "").split())
        return self._sets[path]

    def whole(self, path: str) -> re.Pattern[str]:
        """A pattern that fits when the whole line is one of the phrases under a heading."""
        return self._compiled(path, whole=True)

    def within(self, path: str) -> re.Pattern[str]:
        """A pattern that finds one of the phrases under a heading, at word borders."""
        return self._compiled(path, whole=False)

    def _compiled(self, path: str, *, whole: bool) -> re.Pattern[str]:
        if (path, whole) not in self._patterns:
            phrases = [str(phrase) for phrase in self.get(path)]
            either = "|".join(f"(?:{phrase})" for phrase in phrases) or "(?!)"
            self._patterns[path, whole] = re.compile(rf"^(?:{either})$" if whole else rf"(?<!\S)(?:{either})(?!\S)")
        return self._patterns[path, whole]

    @cached_property
    def numbers(self) -> dict[str, int]:
        return {str(word): int(number) for word, number in self.get("numbers.words").items()}

    @cached_property
    def multipliers(self) -> dict[str, int]:
        return {str(word): int(number) for word, number in self.get("numbers.multipliers").items()}

    @cached_property
    def units(self) -> dict[str, str]:
        """Unit by each of its words: «horitas» → `hour`."""
        return {word: unit for unit, words in self.get("units").items() for word in words.split()}

    @cached_property
    def months(self) -> dict[str, int]:
        return {word: number for number, words in enumerate(self.get("dates.months"), 1) for word in words}

    @cached_property
    def weekdays(self) -> dict[str, int]:
        return {word: number for number, words in enumerate(self.get("dates.weekdays")) for word in words}

    @cached_property
    def _typo_targets(self) -> list[str]:
        """Words close enough to a fixed meaning that one slip of the finger may be mended."""
        counted = [
            *self.numbers,
            *self.months,
            *self.weekdays,
            "equivoque",
            "corregir",
            "excelente",
            "regular",
        ]
        return [word for word in counted if len(word) >= _SHORTEST_TYPO]

    @cached_property
    def _thesaurus(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        exact: dict[str, set[str]] = {}
        stems: dict[str, set[str]] = {}
        for concept, words in self.get("thesaurus").items():
            for word in words.split():
                table = stems if word.endswith("*") else exact
                table.setdefault(word.rstrip("*"), set()).add(concept)
        return exact, stems

    def spell(self, word: str) -> str:
        """The word in the spelling of the vocabulary, found by abbreviation, by sound, or by one slip."""
        known = self._spellings.get(word)
        if known is None:
            if len(self._spellings) > _MOST_KEPT:
                self._spellings.clear()
            known = self._spellings[word] = self._spell(word)
        return known

    def _spell(self, word: str) -> str:
        if abbreviation := self.get("spelling").get(word):
            return str(abbreviation)
        if word in self._vocabulary or len(word) < 2:
            return word
        heard = sound(word)
        if abbreviation := self.get("spelling").get(heard):
            return str(abbreviation)
        if heard in ("si", "no", "se"):
            return heard
        if heard in self._by_sound and len(word) > 2:
            return self._by_sound[heard]
        if len(word) >= _SHORTEST_TYPO:
            close = process.extractOne(word, self._typo_targets, scorer=fuzz.ratio, score_cutoff=_TYPO_RATIO)
            if close is not None:
                return str(close[0])
        return word

    def concepts(self, word: str) -> frozenset[str]:
        """What a word may mean: the thesaurus's concepts, or else its own stem."""
        known = self._concepts.get(word)
        if known is None:
            if len(self._concepts) > _MOST_KEPT:
                self._concepts.clear()
            known = self._concepts[word] = self._find_concepts(word)
        return known

    def _find_concepts(self, word: str) -> frozenset[str]:
        exact, stems = self._thesaurus
        found = set(exact.get(word, ()))
        for length in range(len(word), 1, -1):
            found |= stems.get(word[:length], set())
        return frozenset(found or {"=" + sound(stem(word))})

    def message(self, text: str) -> Message:
        """Prepare a reply for the readers."""
        stored = clean(text)
        found = tokens(fold(stored[: 20 * _LONGEST]))
        spelled: list[str] = []
        for token in found[:_LONGEST]:
            if is_number(token) or not is_word(token):
                spelled.append(token)
            elif token == "k" and spelled and is_number(spelled[-1]):
                spelled.append("mil")
            elif token in ("c", "ce", "ze") and spelled and spelled[-1] in ("no", "ni"):
                spelled.append("se")
            else:
                spelled.extend(self.spell(token).split())
        if len(spelled) > 2 and spelled[-2:] in _JUST and spelled[-3] not in self.words("words.leaning"):
            spelled[-2:] = ["nomas"]
        words = tuple(token for token in spelled if is_word(token))
        line = " ".join(words)
        return Message(stored, tuple(spelled), words, line, self._core(line), "?" in spelled, len(found) > _LONGEST)

    def authored(self, text: str) -> Message:
        """A label or question prepared like a reply; kept, as there are few and they come again."""
        known = self._authored.get(text)
        if known is None:
            if len(self._authored) >= _MOST_KEPT:
                self._authored.clear()
            known = self._authored[text] = self.message(text)
        return known

    def unsure(self, message: Message) -> bool:
        """Whether a reply hedges, jokes, asks, or was too long to look at whole."""
        said = ("words.hedges", "words.jokes")
        return message.asks or message.cut or any(self.within(heading).search(message.line) for heading in said)

    def clauses(self, found: Iterable[str], *, at_and: bool = False) -> list[str]:
        """A reply cut where it turns or goes on: at commas, at «pero», and for lists at «y»; each without courtesy."""
        cut = self.words("words.but") | (self.words("words.also") if at_and else frozenset())
        parts: list[list[str]] = [[]]
        for token in found:
            if token in cut or token in _SIGNS:
                parts.append([])
            elif is_word(token):
                parts[-1].append(token)
        return [line for part in parts if (line := self._core(" ".join(part)))]

    def _core(self, line: str) -> str:
        lead, tail = self.within("courtesy.lead"), self.within("courtesy.tail")
        while match := lead.match(line):
            line = line[match.end() :].lstrip()
            if not match.end():
                break
        for _ in range(6):
            last = None
            for last in tail.finditer(line):
                if last.end() == len(line) and last.end() > last.start():
                    break
            else:
                break
            shorter = line[: last.start()].rstrip() if last else line
            if shorter.rpartition(" ")[2] in self.words("words.leaning"):
                break
            line = shorter
        return line


def stem(word: str) -> str:
    """A plain Spanish word without its commonest endings: number, gender, person."""
    for ending in (
        "aciones",
        "acion",
        "iendo",
        "ando",
        "ieron",
        "aron",
        "aban",
        "aba",
        "ados",
        "adas",
        "idos",
        "idas",
        "ado",
        "ada",
        "ido",
        "ida",
        "ian",
        "ia",
        "es",
        "os",
        "as",
        "en",
        "an",
        "o",
        "a",
        "e",
        "s",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def _strings(found: Any) -> Iterator[str]:
    """Every plain word in the data, headings and pattern signs left out."""
    if isinstance(found, str):
        yield from _PLAIN_WORD.findall(found)
    elif isinstance(found, Mapping):
        for key, below in found.items():
            if isinstance(below, int):
                yield key
            yield from _strings(below)
    elif isinstance(found, Iterable):
        for below in found:
            yield from _strings(below)


def _merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Two languages as one: lists and word strings joined, what contradicts decided by the first."""
    merged = dict(second)
    for key, mine in first.items():
        theirs = second.get(key)
        if theirs is None:
            merged[key] = mine
        elif isinstance(mine, Mapping):
            merged[key] = _merged(mine, theirs)
        elif isinstance(mine, list) and mine and isinstance(mine[0], list):
            merged[key] = [[*one, *other] for one, other in zip(mine, theirs, strict=True)]
        elif isinstance(mine, list):
            merged[key] = [*mine, *theirs]
        elif isinstance(mine, str) and " " in f"{mine} {theirs}" and key not in second.get("spelling", {}):
            merged[key] = f"{mine} {theirs}"
    return merged


@lru_cache(maxsize=32)
def lexicon(language: str) -> Lexicon:
    """The lexicon of a language (`es`, `en`, or an XLSForm name such as `English (en)`), over Spanish."""
    base = tomllib.loads((_FOLDER / f"{BASE}.toml").read_text("utf-8"))
    code = re.sub(r".*\(([\w-]+)\)\s*$", r"\1", language).split("-")[0].strip().lower()
    path = _FOLDER / f"{code}.toml"
    if code == BASE or not re.fullmatch(r"[a-z]{2,8}", code) or not path.exists():
        return Lexicon(base)
    return Lexicon(_merged(tomllib.loads(path.read_text("utf-8")), base))
