"""Grades from very bad to excellent, by number or by word.

Words of the same strength as a label are that label; strengthened good words and slang (muy bueno, una chimba) lie
between Bueno and Excelente, and half grades between two numbers: they are asked about, never rounded.
"""

import re
from functools import lru_cache

from surveys.reading.lexicon import Lexicon
from surveys.reading.model import Choice, Reading, confirm, reject, value
from surveys.reading.numbers import Amount, amounts, counts, in_date
from surveys.reading.quantity import strange_words, written
from surveys.reading.text import Message, is_number

_ORDER = (
    "middle",
    "middle_doubtful",
    "bad_doubtful",
    "worst",
    "worst_doubtful",
    "between_good",
    "best",
    "best_doubtful",
    "worst_note",
    "good_doubtful",
    "bad",
    "good",
)
_LEVEL = {
    "worst": 0,
    "worst_doubtful": 0,
    "worst_note": 0,
    "bad": 1,
    "bad_doubtful": 1,
    "middle": 2,
    "middle_doubtful": 2,
    "good": 3,
    "good_doubtful": 3,
    "between_good": 3,
    "best": 4,
    "best_doubtful": 4,
}
_PLAIN = ("worst", "bad", "middle", "good", "best")
_LONGEST_SCALE = 10
_STARS = "⭐🌟"
_OUT_OF = {"de", "/", "sobre", "out", "of"}
_CHATTY = 3
_FILLER = re.compile(r"bueno (?!y |o |pero |a )")
_RATHER = re.compile(r"\bmas bien\b")


def scale_of(choices: tuple[Choice, ...], words: Lexicon) -> tuple[int | None, ...]:
    """The grade, 0 (worst) to 4 (best), of each choice; empty when the choices are no scale of grades.

    Five choices named by the numbers one to five are a scale of school marks.
    """
    return _scale(choices, words) if len(choices) <= _LONGEST_SCALE else ()


@lru_cache(maxsize=1024)
def _scale(choices: tuple[Choice, ...], words: Lexicon) -> tuple[int | None, ...]:
    levels: list[int | None] = []
    for choice in choices:
        line = words.authored(choice.labels[0]).line if choice.labels else ""
        found = [_LEVEL[kind] for kind in _PLAIN if words.whole(f"grades.{kind}").match(line)]
        levels.append(found[0] if found else None)
    if (top := _strengthened(choices, words)) is not None and 4 not in levels:
        levels[top] = 4
    graded = [level for level in levels if level is not None]
    if len(graded) >= 3 and len(set(graded)) == len(graded):
        return tuple(levels)
    return tuple(range(5)) if is_numeric(choices, words) and len(choices) == 5 else ()


@lru_cache(maxsize=1024)
def _strengthened(choices: tuple[Choice, ...], words: Lexicon) -> int | None:
    """The place of a label such as «Muy bueno», which is the best there is on scales without an «Excelente»."""
    for place, choice in enumerate(choices):
        if choice.labels and words.whole("grades.between_good").match(words.authored(choice.labels[0]).line):
            return place
    return None


@lru_cache(maxsize=1024)
def is_numeric(choices: tuple[Choice, ...], words: Lexicon) -> bool:
    """Whether every label starts with its own position, in digits or words."""
    for position, choice in enumerate(choices, 1):
        found = amounts(words.authored(choice.labels[0]).tokens, words) if choice.labels else []
        if not found or found[0].start != 0 or found[0].value != position:
            return False
    return bool(choices)


def read_grade(choices: tuple[Choice, ...], question: str, message: Message, words: Lexicon) -> Reading:
    """Read a reply to a question whose choices are grades; reasons after «porque» count only when nothing else does."""
    for position, token in enumerate(message.tokens):
        if position and token in words.words("words.because"):
            reading = _read(choices, question, words.message(" ".join(message.tokens[:position])), words)
            return reading if reading.value or reading.candidates else _read(choices, question, message, words)
    return _read(choices, question, message, words)


def _read(choices: tuple[Choice, ...], question: str, message: Message, words: Lexicon) -> Reading:
    scale = scale_of(choices, words)
    if words.within("asking.patterns").search(message.core):
        return reject("question_back")
    stars = sum(token in _STARS for token in message.tokens)
    if stars and not message.words:
        return confirm(choices[stars - 1].name, "stars") if stars <= len(choices) else reject("out_of_scale")
    kinds, denied = _words_of_grade(message, words)
    numbers = _grades_given(message, words)
    if numbers:
        return _by_number(choices, scale, kinds, numbers, question, message, words)
    if not kinds:
        return reject("denied" if denied else "no_grade")
    return _by_word(choices, scale, kinds, message, question, words)


@lru_cache(maxsize=32)
def _grade_pattern(words: Lexicon) -> re.Pattern[str]:
    groups = (
        f"(?P<{kind}>" + "|".join(f"(?:{phrase})" for phrase in words.get(f"grades.{kind}") or ["(?!)"]) + ")"
        for kind in _ORDER
    )
    return re.compile(
        r"(?<!\S)(?:" + "|".join(re.sub(r"\((?!\?)", "(?:", group, count=0) for group in groups) + r")(?!\S)"
    )


def _words_of_grade(message: Message, words: Lexicon) -> tuple[list[str], bool]:
    """Kinds of grade words in the reply, those denied («malo no») left out, and whether any was denied."""
    found: list[str] = []
    denied = False
    parts = words.clauses(message.tokens)
    for number, part in enumerate(parts):
        line = _RATHER.sub("", part)
        for match in _grade_pattern(words).finditer(line):
            before, after = line[: match.start()].split(), line[match.end() :].split()
            if "no" in before[-2:] or before[-1:] == ["ni"] or (after[:1] == ["no"] and after[:2] != ["no", "mas"]):
                denied = True
            elif match.lastgroup and not (line == "bueno" and number == 0 and len(parts) > 1):
                found.append(match.lastgroup)
    if len(found) > 1 and found[0] == "good" and _FILLER.match(message.core):
        found = found[1:]
    return found, denied


def _grades_given(message: Message, words: Lexicon) -> list[Amount]:
    """Numbers that may be grades: «4 de 5» is one, «2 veces» is none."""
    found = [
        amount
        for amount in amounts(message.tokens, words)
        if (not amount.article or _followed_by_point(amount, message, words))
        and not in_date(amount, message.tokens, words)
        and not counts(amount, message.tokens, words)
        and not _is_pronoun(amount, message, words)
    ]
    if len(found) > 2 and {"de", "a"} <= set(message.tokens[: found[1].start]) and found[0].value <= 1:
        found = found[2:]
    kept: list[Amount] = []
    for amount in found:
        between = message.tokens[kept[-1].end : amount.start] if kept else ()
        if kept and len(between) == 1 and between[0] in _OUT_OF and kept[-1].value <= amount.value:
            continue
        kept.append(amount)
    return kept


def _is_pronoun(amount: Amount, message: Message, words: Lexicon) -> bool:
    """«uno qué más hace», «a uno no le explican»: one, a person."""
    after = message.tokens[amount.end] if amount.end < len(message.tokens) else ""
    return message.tokens[amount.start] in ("uno", "una") and after in words.words("numbers.after_pronoun")


def _followed_by_point(amount: Amount, message: Message, words: Lexicon) -> bool:
    return amount.end < len(message.tokens) and message.tokens[amount.end] in words.words("grades.points")


def _by_number(
    choices: tuple[Choice, ...],
    scale: tuple[int | None, ...],
    kinds: list[str],
    numbers: list[Amount],
    question: str,
    message: Message,
    words: Lexicon,
) -> Reading:
    grades = [amount for amount in numbers if amount.unit in ("", "point")]
    if not grades:
        if kinds:
            return _by_word(choices, scale, kinds, message, question, words)
        return reject("counts_something_else")
    values = {amount.value for amount in grades}
    if len(values) > 1:
        return reject("two_numbers", tuple(written(number) for number in sorted(values)))
    number = grades[0].value
    if number.denominator != 1:
        low = int(number)
        return reject("half_grade", tuple(choices[n - 1].name for n in (low, low + 1) if 1 <= n <= len(choices)))
    if not 1 <= number <= len(choices):
        return reject("out_of_scale", (written(number),))
    chosen = choices[int(number) - 1]
    level = scale[int(number) - 1] if scale else None
    levels = {_LEVEL[kind] for kind in kinds}
    if levels and level is not None and not is_numeric(choices, words):
        exact = {_LEVEL[kind] for kind in kinds if kind in _PLAIN}
        if (exact and level not in exact and not {"between_good", "good"} & set(kinds)) or min(
            abs(level - one) for one in levels
        ) > 1:
            return reject("number_and_words_differ", (chosen.name,))
        if "good" in kinds and level == 4 and "between_good" not in kinds:
            return confirm(chosen.name, "number_and_words_differ")
    elif levels and level is not None and min(abs(level - one) for one in levels) > 1:
        return confirm(chosen.name, "number_and_words_differ")
    return _number_doubt(chosen, grades, len(numbers), question, message, words)


def _number_doubt(
    chosen: Choice, grades: list[Amount], all_numbers: int, question: str, message: Message, words: Lexicon
) -> Reading:
    after = message.tokens[grades[0].end] if grades[0].end < len(message.tokens) else ""
    before = message.tokens[: grades[0].start]
    strangers = _strangers(message, question, words)
    given = bool(set(before) & words.words("grades.give"))
    if not given and (after in strangers or before[-1:] in [(word,) for word in strangers]):
        return confirm(chosen.name, "counts_something_else", 0.4)
    inexact = any(
        match.end() == len(" ".join(before)) for match in words.within("numbers.inexact").finditer(" ".join(before))
    )
    beyond = words.within("numbers.inexact_after").match(" ".join(message.tokens[grades[0].end : grades[0].end + 3]))
    if (
        message.asks
        or inexact
        or re.fullmatch(r"de \w+", message.core)
        or beyond
        or ({"+", "-"} & set(message.tokens[grades[0].end : grades[0].end + 1]) and len(message.words) == 1)
    ):
        return confirm(chosen.name, "approximate")
    if all_numbers > len(grades) or (len(strangers) >= _CHATTY and not given) or words.unsure(message):
        return confirm(chosen.name, "much_besides")
    return value(chosen.name, 0.95)


def _strangers(message: Message, question: str, words: Lexicon) -> list[str]:
    """Content words that are neither grades nor words for giving one."""
    of_grades = " ".join(match[0] for match in _grade_pattern(words).finditer(message.core)).split()
    known = words.words("grades.give") | words.words("grades.points") | set(of_grades)
    return [word for word in strange_words(message, question, words) if word not in known]


def _as_strong(top: Choice, kinds: list[str], message: Message, question: str, words: Lexicon) -> Reading:
    """«Muy buena» where the best label is «Muy bueno»: the same word of strength, or the very best, is that label."""
    strength = words.authored(top.labels[0]).line.split()[0]
    same = strength in message.core.split() or set(kinds) == {"best"}
    plain = not (message.asks or message.cut or _strangers(message, question, words))
    sarcastic = words.within("grades.sarcastic").search(message.core)
    return value(top.name, 0.9) if same and plain and not sarcastic else confirm(top.name, "not_a_label")


def _by_word(
    choices: tuple[Choice, ...],
    scale: tuple[int | None, ...],
    kinds: list[str],
    message: Message,
    question: str,
    words: Lexicon,
) -> Reading:
    kind = kinds[0]
    levels = {_LEVEL[one] for one in kinds}
    top = _strengthened(choices, words)
    if top is not None and scale[top] == 4 and kinds and set(kinds) <= {"between_good", "best"}:
        return _as_strong(choices[top], kinds, message, question, words)
    if "between_good" in kinds and levels <= {3, 4}:
        return reject(
            "between_good_and_best",
            tuple(choices[scale.index(level)].name for level in (3, 4) if level in scale),
        )
    if len(levels) > 1:
        return reject(
            "two_grades",
            tuple(choices[scale.index(level)].name for level in sorted(levels) if level in scale),
        )
    if _LEVEL[kind] not in scale:
        return reject("no_grade")
    chosen = choices[scale.index(_LEVEL[kind])].name
    if not all(one in _PLAIN for one in kinds) or is_numeric(choices, words):
        return confirm(chosen, "not_a_label")
    sarcastic = _LEVEL[kind] >= 3 and (
        words.within("grades.sarcastic").search(message.core) or words.within("words.jokes").search(message.line)
    )
    strangers = _strangers(message, question, words)
    denies = {"no", "ni", "nunca", "nadie"} & set(message.core.split())
    other_numbers = any(is_number(word) for word in message.words)
    if (
        sarcastic
        or message.asks
        or message.cut
        or len(strangers) >= _CHATTY
        or other_numbers
        or (denies and len(strangers) > 1)
    ):
        return confirm(chosen, "much_besides")
    if words.within("words.hedges").search(_grade_pattern(words).sub(" ", message.core)):
        return confirm(chosen, "hedged")
    return value(chosen, 0.9)
