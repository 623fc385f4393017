"""Which choices a stretch of text speaks of: by label, part of one, misspelling, or the same in other words."""

import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from surveys.reading.lexicon import Lexicon
from surveys.reading.options import Alias, Option, Options
from surveys.reading.text import fold, sound

_CLOSE = {4: 88, 5: 80, 6: 80}
_CLOSE_LONG = 78
_LONG = 8
_OTHERWISE, _DOUBTFUL = 0.97, 0.58


@dataclass(frozen=True, slots=True)
class Match:
    """How well a stretch of text names a choice: 0 to 1, and how many of its words stay unexplained."""

    option: Option
    score: float
    strangers: int
    whole: bool
    words: frozenset[str]


def matches(options: Options, line: str, words: Lexicon, question: str) -> list[Match]:
    """Every choice that the line speaks of, best first."""
    found = [match for option in options.candidates(line) if (match := _match(option, options, line, words, question))]
    return sorted(found, key=lambda match: (-match.score, match.strangers, match.option.position))


def _match(option: Option, options: Options, line: str, words: Lexicon, question: str) -> Match | None:
    if option.said_otherwise and option.said_otherwise.fullmatch(line) and not line.endswith(" no"):
        turned = "no" in line.split()[1:] and not any(alias.denies for alias in option.aliases)
        score = _DOUBTFUL if turned else _OTHERWISE
        return Match(option, score, 0, not turned, frozenset(line.split()))
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
        if not fits and words.words("words.lacking") & set(alias.line.split()):
            score, fits = _DOUBTFUL * score, True
        if score == 0 or not fits:
            continue
        used = frozenset(content) - frozenset(left)
        left = [word for word in left if not any(word in other.words for other in option.aliases)]
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
    if {word, other} <= words.words("words.gendered"):
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
