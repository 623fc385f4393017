"""Choices that are intervals («Menos de 1 hora», «De 1 a 3 horas»): a measured reply falls into one of them."""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from surveys.reading.lexicon import Lexicon
from surveys.reading.model import Choice, Reading, confirm, reject, value
from surveys.reading.numbers import amounts
from surveys.reading.quantity import _factor, written
from surveys.reading.text import Message

_MOST = 20


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high` in `unit`; None is unbounded. An end that was «menos de» or «más de» is open."""

    choice: Choice
    low: Fraction | None
    high: Fraction | None
    unit: str
    closed: bool

    def holds(self, number: Fraction) -> bool:
        if self.low is not None and (number < self.low or (number == self.low and not self.closed)):
            return False
        return not (self.high is not None and (number > self.high or (number == self.high and not self.closed)))


@lru_cache(maxsize=1024)
def intervals(choices: tuple[Choice, ...], words: Lexicon) -> tuple[Interval, ...]:
    """The choices that are intervals; empty unless two or more are, in one unit."""
    found = [interval for choice in choices if choice.labels and (interval := _interval(choice, words))]
    units = {interval.unit for interval in found}
    return tuple(found) if len(found) >= 2 and len(units) == 1 and "" not in units else ()


def _interval(choice: Choice, words: Lexicon) -> Interval | None:
    tokens = words.authored(choice.labels[0]).tokens
    found = amounts(tokens, words)
    if not found:
        return None
    unit = next((amount.unit for amount in found if amount.unit), "")
    said = set(tokens)
    if len(found) == 2:
        return Interval(choice, found[0].value, found[1].value, unit, closed=True)
    if said & words.words("numbers.under"):
        return Interval(choice, None, found[0].value, unit, closed="hasta" in said)
    if said & words.words("numbers.over"):
        return Interval(choice, found[0].value, None, unit, closed="o" in said or "or" in said)
    return Interval(choice, found[0].value, found[0].value, unit, closed=True)


def read_interval(choices: tuple[Choice, ...], message: Message, words: Lexicon) -> Reading | None:
    """Place a measured reply («45 minutos») in an interval; None when the choices or the reply are not measured."""
    spans = intervals(choices, words) if len(choices) <= _MOST else ()
    if not spans:
        return None
    unit = spans[0].unit
    found = [amount for amount in amounts(message.tokens, words) if not amount.article]
    measured = [amount for amount in found if amount.unit]
    if not measured:
        return _without_unit(spans, [amount.value for amount in found], len(choices))
    numbers: list[Fraction] = []
    loosely = False
    for amount in found:
        factor, exact = _factor(amount.unit or measured[-1].unit, unit)
        loosely |= not exact
        if factor is None:
            return reject("other_unit")
        numbers.append(amount.value * factor)
    if len(numbers) == 2 and measured[0].unit != measured[-1].unit:
        numbers = [sum(numbers, Fraction(0))]
    inside = [{span.choice.name for span in spans if span.holds(number)} for number in numbers]
    common = set.intersection(*inside) if inside else set()
    line = words.within("numbers.about").sub(" ", message.line)
    if len(numbers) == 1 and (beyond := _beyond(spans, numbers[0], message, words)):
        return beyond
    doubts = ("numbers.inexact", "numbers.inexact_after", "words.hedges")
    loose = loosely or message.asks or any(words.within(heading).search(line) for heading in doubts)
    about = line != message.line
    if len(common) != 1:
        return reject("two_intervals", tuple(written(number) for number in numbers))
    name = common.pop()
    at_border = any(number in (span.low, span.high) for span in spans for number in numbers)
    if at_border and words.within("numbers.inexact_after").search(line):
        return reject("two_intervals", (name,))
    if loose or (about and at_border):
        return confirm(name, "approximate")
    return value(name, 0.9)


def _beyond(spans: tuple[Interval, ...], number: Fraction, message: Message, words: Lexicon) -> Reading | None:
    """«más de tres horas», «menos de una hora»: the interval that starts or ends there."""
    said = set(message.words)
    over, under = bool(said & words.words("numbers.over")), bool(said & (words.words("numbers.under") - {"hasta"}))
    named = [
        span.choice.name
        for span in spans
        if (over and span.high is None and span.low is not None and number >= span.low)
        or (under and span.low is None and span.high is not None and number <= span.high)
    ]
    return value(named[0], 0.9) if named else None


def _without_unit(spans: tuple[Interval, ...], numbers: list[Fraction], options: int) -> Reading | None:
    """A bare number that is no option's («1.5»): perhaps in the unit of the labels."""
    named = [span.choice.name for span in spans if len(numbers) == 2 and [span.low, span.high] == numbers]
    if named:
        return value(named[0], 0.9)
    if len(numbers) != 1 or (numbers[0].denominator == 1 and numbers[0] <= options):
        return None
    inside = [span.choice.name for span in spans if span.holds(numbers[0])]
    if numbers[0].denominator == 1 or len(inside) != 1:
        return reject("no_such_option", (written(numbers[0]),))
    return confirm(inside[0], "unit_guessed")
