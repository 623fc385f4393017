"""Integers, decimals and ranges: the one amount that answers, in the unit of the question."""

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from surveys.reading.lexicon import Lexicon
from surveys.reading.model import Expected, Reading, confirm, reject, value
from surveys.reading.numbers import Amount, amounts, in_date
from surveys.reading.text import Message, fold, is_number, tokens

_EXACT = {
    ("year", "month"): Fraction(12),
    ("semester", "month"): Fraction(6),
    ("trimester", "month"): Fraction(3),
    ("bimester", "month"): Fraction(2),
    ("month", "year"): Fraction(1, 12),
    ("minute", "hour"): Fraction(1, 60),
    ("hour", "minute"): Fraction(60),
    ("gram", "kilo"): Fraction(1, 1000),
    ("kilo", "gram"): Fraction(1000),
    ("luca", "peso"): Fraction(1000),
    ("palo", "peso"): Fraction(1_000_000),
    ("kilometer", "meter"): Fraction(1000),
    ("meter", "kilometer"): Fraction(1, 1000),
}
# Exact in a dictionary, loose in speech: a week is «ocho días», a pound at the market is 500 g.
_LOOSE = {
    ("week", "day"): Fraction(7),
    ("day", "hour"): Fraction(24),
    ("day", "week"): Fraction(1, 7),
    ("pound", "kilo"): Fraction(1, 2),
    ("arroba", "kilo"): Fraction(25, 2),
}
_SMALLER = {"hour": "minute", "kilo": "gram", "year": "month"}
_SMALL_MONEY = 1000
_AND_MORE = re.compile(r"\b(y|mas|con|and) (el|la|los|las|otr[oa]s?|un[oa]?|the|an?other)\b")
_COUNTS = ("child", "time", "person")
_NOT_COUNTED = ("peso", "month", "year")


def read_quantity(expected: Expected, message: Message, words: Lexicon) -> Reading:
    """Read a number that answers `integer`, `decimal` or `range`."""
    unit = asked_unit(expected.question, words)
    if zero := _read_none(expected, message, unit, words):
        return zero
    if fold(message.clean).startswith(("-", "−")) and len(message.words) == 1:
        return _read_negative(expected, message, words)
    found = _relevant(amounts(message.tokens, words), message, unit, words)
    if not found:
        return reject("not_a_number")
    if words.within("numbers.frequency").search(message.line) and unit != "peso":
        return reject("frequency", _shown(found))
    amount, doubt = _single(found, message, unit)
    if amount is None:
        return reject(doubt, _shown(found))
    return _judge(expected, message, amount, unit, doubt, words)


@lru_cache(maxsize=4096)
def _question_tokens(question: str) -> tuple[str, ...]:
    return tuple(tokens(fold(question)))


@lru_cache(maxsize=4096)
def asked_unit(question: str, words: Lexicon) -> str:
    """The unit a question asks in: what stands after «cuántos», or after «en», or the first unit named."""
    asked = _question_tokens(question)
    named = [(words.units[token], position) for position, token in enumerate(asked) if token in words.units]
    for unit, position in named:
        before = asked[position - 1] if position else ""
        if before.startswith("cuant") or before in ("many", "en", "in"):
            return unit
    return named[0][0] if named else ""


def _relevant(found: list[Amount], message: Message, unit: str, words: Lexicon) -> list[Amount]:
    """Without articles, dates, ages of the children counted, and the limits that the question named itself."""
    kept = [amount for amount in found if not in_date(amount, message.tokens, words)]
    strong = [amount for amount in kept if not amount.article]
    if unit == "child":
        strong = [amount for amount in strong if not _is_age(amount, message)]
    return strong


def _is_age(amount: Amount, message: Message) -> bool:
    before = message.tokens[amount.start - 1] if amount.start else ""
    return amount.unit == "year" or (before == "de" and not amount.unit)


def _single(found: list[Amount], message: Message, unit: str) -> tuple[Amount | None, str]:
    """The one amount meant, with a doubt; or none, with the reason."""
    if len(found) == 1:
        return found[0], ""
    if compound := _compound(found, message, unit):
        return compound
    if unit == "child" and all(amount.unit == "child" for amount in found):
        nouns = {message.tokens[amount.end - 1] for amount in found}
        total = sum((amount.value for amount in found), Fraction(0))
        joined = _joined(found, message)
        doubt = "" if joined and len(nouns) == len(found) else "two_numbers"
        return Amount(total, found[0].start, found[-1].end, "child"), doubt
    in_unit = [amount for amount in found if unit and amount.unit == unit]
    strange = [
        amount for amount in found if amount.unit and amount.unit != unit and _factor(amount.unit, unit)[0] is None
    ]
    if len(in_unit) == 1 and len(strange) == len(found) - 1:
        return in_unit[0], "two_numbers"
    if len({amount.value for amount in found}) == 1 and len(found) == 2 and {a.unit for a in found} <= {unit, ""}:
        return max(found, key=lambda amount: amount.unit), "said_twice"
    return None, "two_numbers"


def _joined(found: list[Amount], message: Message) -> bool:
    return all(
        set(message.tokens[one.end : other.start]) <= {"y", ",", "con", "mas", "and"} for one, other in pairwise(found)
    )


def _compound(found: list[Amount], message: Message, unit: str) -> tuple[Amount, str] | None:
    """«un año y dos meses», «1 hora 30 minutos», «12 kilos 300»."""
    if len(found) != 2 or not _joined(found, message):
        return None
    big, small = found
    doubt = ""
    small_unit = small.unit
    if not small_unit and big.unit in _SMALLER:
        small_unit, doubt = _SMALLER[big.unit], "unit_guessed"
    if _SMALLER.get(big.unit) != small_unit or not small_unit:
        return None
    target = unit or big.unit
    big_factor, small_factor = _factor(big.unit, target)[0], _factor(small_unit, target)[0]
    if big_factor is None or small_factor is None:
        return None
    total = big.value * big_factor + small.value * small_factor
    return Amount(total, big.start, small.end, target), doubt


def _factor(unit: str, target: str) -> tuple[Fraction | None, bool]:
    """What an amount is multiplied by to stand in the target unit, and whether that is exact."""
    if not unit or not target or unit == target:
        return Fraction(1), True
    if (unit, target) in _EXACT:
        return _EXACT[unit, target], True
    if (unit, target) in _LOOSE:
        return _LOOSE[unit, target], False
    return None, True


def _judge(expected: Expected, message: Message, amount: Amount, unit: str, doubt: str, words: Lexicon) -> Reading:
    factor, exact = _factor(amount.unit, unit)
    if factor is None:
        return reject("other_unit", (written(amount.value),))
    number = amount.value * factor
    if not exact:
        doubt = doubt or "loose_unit"
    if amount.other is not None and (expected.type == "decimal" or not _inside(expected, number)):
        number, doubt = _of_two(expected, amount, unit)
    if unit == "peso" and not amount.scaled and amount.unit in ("", "peso") and 0 < number < _SMALL_MONEY:
        number, doubt = (number * 1000 if not amount.unit else number), "small_amount"
    if not _inside(expected, number):
        return reject("out_of_range", (written(number),))
    if expected.type != "decimal" and number.denominator != 1 and not (expected.type == "range" and expected.step):
        return reject("not_whole", (written(number),))
    if not _on_step(expected, number):
        return reject("off_step", (written(number),))
    doubt = doubt or _doubts(message, amount, unit, expected, words)
    if not _terminates(number):
        doubt = doubt or "inexact_conversion"
        number = Fraction(round(number, 2))
    return confirm(written(number), doubt) if doubt else value(written(number), 0.95)


def _of_two(expected: Expected, amount: Amount, unit: str) -> tuple[Fraction, str]:
    """13.200 kilos: thousands or decimals, whichever the limits allow."""
    assert amount.other is not None
    factor = _factor(amount.unit, unit)[0] or 1
    thousands, decimals = amount.value * factor, amount.other * factor
    if not _inside(expected, thousands):
        return decimals, "thousands_or_decimals"
    both = _inside(expected, decimals) and expected.type == "decimal"
    return thousands, "thousands_or_decimals" if both else ""


def _doubts(message: Message, amount: Amount, unit: str, expected: Expected, words: Lexicon) -> str:
    before = " ".join(token for token in message.tokens[max(0, amount.start - 3) : amount.start] if token.isalpha())
    after = " ".join(token for token in message.tokens[amount.end : amount.end + 6] if token.isalpha())
    if any(match.end() == len(before) for match in words.within("numbers.inexact").finditer(before)):
        about = any(match.end() == len(before) for match in words.within("numbers.about").finditer(before))
        if not about:
            return "approximate"
    if words.within("numbers.inexact_after").match(after):
        return "approximate"
    if unit in _COUNTS and _AND_MORE.search(after):
        return "more_counted"
    if words.within("numbers.frequency").search(message.line):
        return "frequency"
    if message.asks or message.cut:
        return "question_back"
    if words.within("words.hedges").search(_without_about(message.line, words)) or words.within("words.jokes").search(
        message.line
    ):
        return "hedged"
    if "+" in message.tokens:
        return "approximate"
    if unit == "child" and _others_counted(message, expected, words):
        return "more_counted"
    if words.within("numbers.past").search(message.line):
        return "another_time"
    neutral = words.words("numbers.neutral")
    strangers = [word for word in strange_words(message, expected.question, words) if word not in neutral]
    first_after = message.tokens[amount.end] if amount.end < len(message.tokens) else ""
    if not amount.unit and before.endswith("el") and len(message.words) > 1:
        return "counts_something_else"
    counted = first_after.isalpha() and first_after not in neutral | words.words("words.empty")
    if not amount.unit and counted and not first_after.endswith("mente"):
        return "counts_something_else"
    return "much_besides" if strangers else ""


def _others_counted(message: Message, expected: Expected, words: Lexicon) -> bool:
    """«3 hijos mayores», «somos 5»: people besides the children asked for."""
    asked = _question_tokens(expected.question)
    others = [word for word in message.words if words.units.get(word) == "person" and word not in asked]
    return bool(others) or "somos" in message.words


def _without_about(line: str, words: Lexicon) -> str:
    return words.within("numbers.about").sub(" ", line)


def strange_words(message: Message, question: str, words: Lexicon) -> list[str]:
    """Content words of a reply that neither the question nor a unit nor a number explains."""
    asked = (
        set().union(*(words.concepts(token) for token in _question_tokens(question) if token.isalpha()))
        if question
        else set()
    )
    empty = words.words("words.empty")
    return [
        word
        for word in message.core.split()
        if not is_number(word)
        and word not in empty
        and word not in words.numbers
        and word not in words.multipliers
        and word not in words.units
        and word not in words.words("numbers.half")
        and not words.concepts(word) & asked
    ]


def _read_none(expected: Expected, message: Message, unit: str, words: Lexicon) -> Reading | None:
    """«ninguno», «ni una sola vez», «no tengo hijos menores»: zero, for what is counted."""
    if any(is_number(word) and word != "0" for word in message.words):
        return None
    counted = expected.type == "integer" and unit not in _NOT_COUNTED
    if words.whole("numbers.none").match(message.core):
        if not _inside(expected, Fraction(0)):
            return reject("out_of_range", ("0",))
        return (
            value("0", 0.9)
            if counted and (unit in _COUNTS or message.core != "nada")
            else confirm("0", "none_or_not_applicable")
        )
    if words.whole("numbers.none_doubtful").match(message.core) and _inside(expected, Fraction(0)):
        return confirm("0", "none_or_not_applicable")
    return None


def _read_negative(expected: Expected, message: Message, words: Lexicon) -> Reading:
    """A sign before a number: below zero where the limits allow it, else perhaps a dash."""
    found = amounts(message.words, words)
    if not found:
        return reject("not_a_number")
    negative, positive = -found[0].value, found[0].value
    if expected.minimum is None or _inside(expected, negative):
        return value(written(negative), 0.9) if _inside(expected, negative) else reject("out_of_range")
    return confirm(written(positive), "sign") if _inside(expected, positive) else reject("out_of_range")


def _inside(expected: Expected, number: Fraction) -> bool:
    low, high = expected.minimum, expected.maximum
    return not (isinstance(low, Decimal) and number < Fraction(low)) and not (
        isinstance(high, Decimal) and number > Fraction(high)
    )


def _on_step(expected: Expected, number: Fraction) -> bool:
    if not expected.step:
        return True
    start = Fraction(expected.minimum) if isinstance(expected.minimum, Decimal) else Fraction(0)
    return ((number - start) / Fraction(expected.step)).denominator == 1


def _terminates(number: Fraction) -> bool:
    denominator = number.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return denominator == 1


def written(number: Fraction) -> str:
    """A terminating fraction as XForms writes it: `3`, `4.5`."""
    if number.denominator == 1:
        return str(number.numerator)
    return format((Decimal(number.numerator) / Decimal(number.denominator)).normalize(), "f")


def _shown(found: list[Amount]) -> tuple[str, ...]:
    return tuple(written(amount.value) for amount in found)
