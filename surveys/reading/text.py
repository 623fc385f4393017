"""From what arrived to words: invisible characters out, digits of any script, accents and SMS spelling folded."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_KEPT_CONTROLS = "\n\t"
_JOINER = "\u200d"
_DROPPED_MARKS = {"\ufe0e", "\ufe0f", "\u20e3", *map(chr, range(0x1F3FB, 0x1F400))}
_FRACTIONS = {"½": " 1/2 ", "¼": " 1/4 ", "¾": " 3/4 "}
_TOKEN = re.compile(r"\d+(?:[.,'’´]\d+)*|[^\W\d_]+|[^\w\s]")
_WORD = re.compile(r"\d|[^\W\d_]")
_RUN = re.compile(r"(.)\1{2,}")
_SOUNDS = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        ("ch", "X"),
        ("ll", "y"),
        ("rr", "R"),
        ("h", ""),
        ("qu(?=[ei])|q|k", "k"),
        ("[sx]c(?=[ei])", "s"),
        ("c(?=[ei])|[zx]", "s"),
        ("c", "k"),
        ("gu(?=[ei])", "g"),
        ("g(?=[ei])", "j"),
        ("[vw]", "b"),
        ("n(?=[pb])", "m"),
        ("y$", "i"),
        ("d$", ""),
        (r"(.)\1+", r"\1"),
    )
]


def clean(text: str) -> str:
    """The reply as it is stored: without surrounding spaces, control and invisible characters."""
    kept = []
    for position, char in enumerate(text):
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") and char not in _KEPT_CONTROLS:
            beside_symbol = (
                char == _JOINER and position > 0 and unicodedata.category(text[position - 1]) in ("So", "Mn")
            )
            if not beside_symbol:
                continue
        kept.append(char)
    return "".join(kept).strip()


def fold(text: str) -> str:
    """Lower case, without accents, marks and skin tones, with ASCII digits; ñ becomes n."""
    if text.isascii():
        return text.lower()
    plain = []
    for char in text:
        if char in _DROPPED_MARKS or char == _JOINER:
            continue
        if char in _FRACTIONS:
            plain.append(_FRACTIONS[char])
            continue
        digit = unicodedata.digit(char, None)
        plain.append(char if digit is None or char.isascii() else str(digit))
    decomposed = unicodedata.normalize("NFKD", "".join(plain).casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@lru_cache(maxsize=16384)
def sound(word: str) -> str:
    """How a folded Spanish word sounds, so that «sinko» meets «cinco» and «ekivoke» meets «equivoque»."""
    for pattern, replacement in _SOUNDS:
        word = pattern.sub(replacement, word)
    return word


def tokens(folded: str) -> list[str]:
    """Words, numbers and single signs of a folded text, in order; long runs of a letter («siiii») shortened."""
    joined = re.sub(r"(?<=[^\W\d_])['’´`](?=[^\W\d_])", "", folded)
    return [token if token[0].isdigit() else _RUN.sub(r"\1", token) for token in _TOKEN.findall(joined)]


def is_word(token: str) -> bool:
    return _WORD.match(token) is not None


def is_number(token: str) -> bool:
    return token[0].isdigit()


@dataclass(frozen=True, slots=True)
class Message:
    """A reply prepared for the readers.

    `clean` is the text to store. `tokens` are folded words, numbers and signs in the spelling of the vocabulary.
    `words` are the tokens without signs, `line` the words in one string, `core` the line without greetings and thanks.
    """

    clean: str
    tokens: tuple[str, ...]
    words: tuple[str, ...]
    line: str
    core: str
    asks: bool
    cut: bool
