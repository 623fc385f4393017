"""Which choices a stretch of text speaks of: by label, part of one, misspelling, or the same in other words."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from surveys.reading.lexicon import Lexicon
from surveys.reading.model import Choice
from surveys.reading.text import Message, fold, sound

_PARENTHESES = re.compile(r"\(([^)]*)\)")
_EITHER = re.compile(r"\s+(?:o|u|or)\s+|/")
_GENDERED = frozenset(
    [
        "hijo",
        "hija",
        "hijos",
        "hijas",
        "nino",
        "nina",
        "mama",
        "papa",
        "hermano",
        "hermana",
        "tio",
        "tia",
        "abuelo",
        "abuela",
        "primo",
        "prima",
    ]
)
_CLOSE = {4: 88, 5: 80, 6: 80}
_CLOSE_LONG = 78
_LONG = 8


@dataclass(frozen=True, slots=True)
class Alias:
    """One way to name a choice: its words, those of them that tell it from other choices, and whether it denies."""

    line: str
    words: tuple[str, ...]
    denies: bool


@dataclass(frozen=True, slots=True)
class Option:
    """A choice prepared for matching."""

    choice: Choice
    position: int
    aliases: tuple[Alias, ...]
    said_otherwise: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Options:
    """All choices of a question prepared for matching; `rarity` weighs a concept by how few choices share it."""

    all: tuple[Option, ...]
    rarity: dict[str, float]
    none: Choice | None
    other: Choice | None
    unknown: Choice | None

    def real(self) -> tuple[Choice, ...]:
        """The choices without «ninguno», «otro» and «no sé»."""
        apart = (self.none, self.other, self.unknown)
        return tuple(option.choice for option in self.all if option.choice not in apart)


@dataclass(frozen=True, slots=True)
class Match:
    """How well a stretch of text names a choice: 0 to 1, and how many of its words stay unexplained."""

    option: Option
    score: float
    strangers: int
    whole: bool
    words: frozenset[str]


@lru_cache(maxsize=1024)
def prepare(choices: tuple[Choice, ...], words: Lexicon) -> Options:
    """Compile the choices of a question once."""
    options = tuple(_option(choice, position, words) for position, choice in enumerate(choices, 1))
    counts: Counter[str] = Counter()
    for option in options:
        counts.update({concept for alias in option.aliases for word in alias.words for concept in words.concepts(word)})
    rarity = {concept: 1 / count for concept, count in counts.items()}
    none = _first(choices, words, "choice.none_labels")
    unknown = _first(choices, words, "non_answer.dont_know")
    other = _first(choices, words, "choice.other_phrases")
    return Options(options, rarity, none, other, unknown)


def _first(choices: tuple[Choice, ...], words: Lexicon, path: str) -> Choice | None:
    pattern = words.whole(path)
    return next((c for c in choices if any(pattern.match(words.message(label).line) for label in c.labels)), None)


def _option(choice: Choice, position: int, words: Lexicon) -> Option:
    aliases: list[Alias] = []
    for label in choice.labels:
        inner = _PARENTHESES.findall(label)
        outer = _PARENTHESES.sub(" ", label)
        for text in dict.fromkeys([label, outer, *inner, *_EITHER.split(outer)]):
            if alias := _alias(text, words):
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


def _alias(text: str, words: Lexicon) -> Alias | None:
    line = words.message(text).line
    if not line:
        return None
    found = line.split()
    empty, negators = words.words("words.empty"), words.words("words.negators")
    content = tuple(word for word in found if word not in empty and word not in negators)
    return Alias(line, content or tuple(found), any(word in negators for word in found))


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
    same = [option for option in options.all if message.clean in (label.strip() for label in option.choice.labels)]
    numbered = [option for option in options.all if _is_numbered(option, message)]
    return next((found[0] for found in (same, numbered) if len(found) == 1), None)


def _is_numbered(option: Option, message: Message) -> bool:
    """«1) 😀»."""
    shown = re.escape(str(option.position)) + r"\s*[.):-]*\s*"
    return any(re.fullmatch(shown + re.escape(label.strip()), message.clean) for label in option.choice.labels)


def _exact(options: Options, line: str) -> list[Option]:
    """The choices of which the line is a label, or else a part of one, word for word or run together."""
    if not line:
        return []
    whole = [option for option in options.all if option.aliases and option.aliases[0].line == line]
    joined = line.replace(" ", "")
    return whole or [
        option for option in options.all if any(alias.line.replace(" ", "") == joined for alias in option.aliases)
    ]


def matches(options: Options, line: str, words: Lexicon, question: str) -> list[Match]:
    """Every choice that the line speaks of, best first."""
    found = [match for option in options.all if (match := _match(option, options, line, words, question))]
    return sorted(found, key=lambda match: (-match.score, match.strangers, match.option.position))


def _match(option: Option, options: Options, line: str, words: Lexicon, question: str) -> Match | None:
    if option.said_otherwise and option.said_otherwise.fullmatch(line) and not line.endswith(" no"):
        return Match(option, 0.97, 0, True, frozenset(line.split()))
    said = [word for word in line.split() if word not in words.words("words.empty")]
    negators = words.words("words.negators")
    denies = any(word in negators for word in line.split())
    content = [word for word in said if word not in negators]
    best: Match | None = None
    for alias in option.aliases:
        if f" {alias.line} " in f" {line} " and len(alias.line) > 1:
            score, left = 0.95, [word for word in content if word not in alias.words]
            fits = alias.denies == denies or alias.denies
        else:
            score, left = _overlap(alias, options, content, words)
            fits = alias.denies == denies
        if score == 0 or not fits:
            continue
        used = frozenset(content) - frozenset(left)
        left = [word for word in left if not words.concepts(word) & _question_concepts(question, words)]
        match = Match(option, score, len(left), score >= 0.95, used)
        if best is None or (match.score, -match.strangers) > (best.score, -best.strangers):
            best = match
    return best


def _overlap(alias: Alias, options: Options, content: list[str], words: Lexicon) -> tuple[float, list[str]]:
    """The weighed share of the alias that the content words say, and the content words left over."""
    left = list(content)
    total = said = best_rarity = 0.0
    for word in alias.words:
        weight = max((options.rarity.get(concept, 1.0) for concept in words.concepts(word)), default=1.0)
        total += weight
        for candidate in left:
            likeness = alike(word, candidate, words)
            if likeness:
                said += weight * likeness
                best_rarity = max(best_rarity, weight * likeness)
                left.remove(candidate)
                break
    if not said:
        return 0.0, left
    return min(0.94, 0.45 * said / total + 0.5 * best_rarity), left


@lru_cache(maxsize=16384)
def alike(word: str, other: str, words: Lexicon) -> float:
    """How much alike two words are: the same, the same concept, or the same but for a slip."""
    if word == other or sound(word) == sound(other):
        return 1.0
    if word in _GENDERED and other in _GENDERED:
        return 0.0
    if words.concepts(word) & words.concepts(other):
        return 0.8
    shorter = min(len(word), len(other))
    if shorter < 4 or word.isdigit() or other.isdigit():
        return 0.0
    one, two = (sound(w.replace("j", "y", 1) if w.startswith("j") else w) for w in (word, other))
    if one == two or _diminutive(one, two) or _diminutive(two, one):
        return 0.92
    if abs(len(word) - len(other)) > (1 if shorter < _LONG else 2):
        return 0.0
    known = other in words.numbers or other in words.units
    return 0.85 if not known and fuzz.ratio(one, two) >= _CLOSE.get(shorter, _CLOSE_LONG) and one[0] == two[0] else 0.0


def _diminutive(word: str, small: str) -> bool:
    """rosa → rosita, carmen → carmensita (by sound)."""
    root = word.rstrip("aeo")
    return (
        len(root) >= 3
        and small.startswith(root)
        and small[len(root) :] in ("ita", "ito", "sita", "sito", "ica", "ico", "itas", "itos")
    )


@lru_cache(maxsize=4096)
def _question_concepts(question: str, words: Lexicon) -> frozenset[str]:
    line = fold(question)
    return frozenset().union(*(words.concepts(word) for word in re.findall(r"[a-z]+", line)))
