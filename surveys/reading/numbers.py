"""Amounts in a text: digits in Colombian writing, number words, halves, thousands, and the unit that follows.

text2num reads «veinte mil» but takes «un» for 1 wherever it stands and knows neither «dos y medio», «20 mil», lucas nor
typing errors, so the words are read here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from surveys.reading.lexicon import Lexicon
from surveys.reading.text import is_number, is_word

_MARKS = re.compile(r"[.,'’´]")
_SPLIT = ("hour", "year", "kilo")
_HALF, _QUARTER = Fraction(1, 2), Fraction(1, 4)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in a text. `unit` is a heading of the lexicon's units; `start` and `end` are token positions.

    `other` is the second way to read the digits (13.200 kilos). `article` marks «un» and «una» before a word that is
    no unit. `scaled` tells that thousands were said («20 mil»).
    """

    value: Fraction
    start: int
    end: int
    unit: str = ""
    other: Fraction | None = None
    article: bool = False
    scaled: bool = False


def digits(token: str) -> tuple[Fraction, Fraction | None] | None:
    """Read digits with marks: dot and apostrophe part thousands, so does a comma before three digits; else decimals."""
    parts = _MARKS.split(token)
    marks = _MARKS.findall(token)
    if not marks:
        return Fraction(int(token)), None
    grouped = all(len(part) == 3 for part in parts[1:]) and 1 <= len(parts[0]) <= 3
    if grouped and parts[0] != "0":
        whole = Fraction(int("".join(parts)))
        decimal = Fraction(f"{parts[0]}.{parts[1]}") if len(parts) == 2 else None
        return whole, decimal
    if len(marks) == 1 and marks[0] in ".,":
        return Fraction(f"{parts[0]}.{parts[1]}"), None
    if all(len(part) == 3 for part in parts[1:-1]) and marks[-1] not in marks[:-1] and len(marks) > 1:
        return Fraction("".join(parts[:-1]) + "." + parts[-1]), None
    return None


def amounts(tokens: Sequence[str], words: Lexicon) -> list[Amount]:
    """Every amount in the tokens, in order."""
    return _Scanner(tokens, words).run()


def in_date(amount: Amount, tokens: Sequence[str], words: Lexicon) -> bool:
    """Whether a number is the day of a date («el 3 de octubre») or an hour («a las 5»)."""
    after, before = tokens[amount.end : amount.end + 2], tuple(tokens[max(0, amount.start - 2) : amount.start])
    dated = len(after) == 2 and after[0] == "de" and after[1] in words.months
    return dated or (before in (("a", "la"), ("a", "las"), ("son", "las")))


def counts(amount: Amount, tokens: Sequence[str], words: Lexicon) -> bool:
    """Whether a number tells how many of something there are («somos dos»), and so names no option or grade."""
    return amount.start > 0 and tokens[amount.start - 1] in words.words("words.counting")


class _Scanner:
    def __init__(self, tokens: Sequence[str], words: Lexicon) -> None:
        self.tokens = tokens
        self.words = words
        self.at = 0
        self.units = words.units
        self.half = words.words("numbers.half")
        self.quarter = words.words("numbers.quarter")
        self.alone = words.words("numbers.alone")
        self.leading = words.words("numbers.leading")
        self.joining = words.words("numbers.and")

    def peek(self, ahead: int = 0) -> str:
        position = self.at + ahead
        return self.tokens[position] if position < len(self.tokens) else ""

    def run(self) -> list[Amount]:
        found: list[Amount] = []
        while self.at < len(self.tokens):
            amount = self._amount()
            if amount is None:
                self.at += 1
            else:
                found.append(amount)
        return found

    def _amount(self) -> Amount | None:
        start = self.at
        token = self.peek()
        if token in self.half and (scale := self.words.multipliers.get(self.peek(1), 0)) > 1000:
            self.at += 2
            return self._with_unit(Amount(scale * _HALF, start, self.at, scaled=True))
        if token in self.half and self.units.get(self.peek(1)) not in (None, "day"):
            self.at += 1
            return self._with_unit(Amount(_HALF, start, self.at))
        if token in self.units and self.peek(1) in self.joining and self.peek(2) in self.half | self.quarter:
            return self._with_unit(Amount(Fraction(1), start, start))
        if self.units.get(token) in _SPLIT and self.peek(1) in self.joining and self._number_at(2):
            self.at += 1
            return Amount(Fraction(1), start, self.at, self.units[token])
        if token in self.words.get("numbers.pair"):
            self.at += 1
            return self._with_unit(Amount(Fraction(self.words.get("numbers.pair")[token]), start, self.at))
        amount = self._counted()
        if amount is None:
            return None
        if self.peek() in self.quarter and amount.value in (1, 3):
            self.at += 2 if self.peek(1) == "de" else 1
            amount = replace(amount, value=amount.value * _QUARTER, article=False)
        return self._with_unit(self._with_decimals(amount))

    def _number_at(self, ahead: int) -> bool:
        return self.peek(ahead)[:1].isdigit() or self.peek(ahead) in self.words.numbers

    def _counted(self) -> Amount | None:
        """Digits or number words, with their thousands and millions."""
        start = self.at
        first = self._below_thousand()
        if first is None:
            if self.words.multipliers.get(self.peek(), 0) < 1000:
                return None
            first = Amount(Fraction(1), start, start)
        total, part, other, scaled = Fraction(0), first.value, first.other, False
        while scale := self.words.multipliers.get(self.peek()):
            self.at += 1
            scaled, other = True, None
            if self.peek() in self.joining and self.peek(1) in self.half and scale > 1000:
                part += _HALF
                self.at += 2
            total += part * scale
            part = Fraction(0)
            following = self._below_thousand()
            if following is None:
                break
            if following.value >= scale or (following.article and following.value == 1):
                self.at = following.start
                break
            part = following.value
        article = first.article and not scaled
        return Amount(total + part, start, self.at, "", other, article, scaled)

    def _below_thousand(self) -> Amount | None:
        start = self.at
        token = self.peek()
        if token and is_number(token):
            read = digits(token)
            self.at += 1
            if read is None:
                return None
            value, other = read
            if value in (1, 3) and self.peek() == "/" and self.peek(1) in ("2", "4"):
                self.at += 2
                return Amount(value / int(self.peek(-1)), start, self.at)
            if self.peek() in ("1", "3") and self.peek(1) == "/" and self.peek(2) in ("2", "4"):
                value += Fraction(int(self.peek()), int(self.peek(2)))
                self.at += 3
            elif value < 1000 and re.fullmatch(r"\d{3}", self.peek()) and value.denominator == 1 and value > 0:
                while re.fullmatch(r"\d{3}", self.peek()):
                    value = value * 1000 + int(self.peek())
                    self.at += 1
            return Amount(value, start, self.at, "", other)
        numbers = self.words.numbers
        if token not in numbers:
            return None
        total = last = numbers[token]
        self.at += 1
        while True:
            skip = 1 if self.peek() in ("y", "i") and last + 1 > 20 and last % 10 == 0 and last < 100 else 0
            following = numbers.get(self.peek(skip))
            fits = (
                following is not None
                and 0 < following < last
                and (
                    (last >= 100 and following < 100 and not skip)
                    or (20 <= last < 100 and last % 10 == 0 and following < 10)
                )
            )
            if not fits or following is None:
                break
            total, last = total + following, following
            self.at += skip + 1
        article = token in self.words.words("numbers.articles") and self.at == start + 1
        return Amount(Fraction(total), start, self.at, article=article)

    def _with_decimals(self, amount: Amount) -> Amount:
        """«doce punto cinco», «doce coma cinco»."""
        if self.peek() not in self.words.words("numbers.point") or amount.value.denominator != 1:
            return amount
        token = self.peek(1)
        number = self.words.numbers.get(token, int(token) if token.isdigit() else None)
        if number is None or number > 99:
            return amount
        self.at += 2
        return replace(
            amount, value=amount.value + Fraction(number, 10 ** len(str(number))), end=self.at, article=False
        )

    def _with_unit(self, amount: Amount) -> Amount:
        amount = self._and_part(amount)
        if self.peek() in self.alone and self.peek(1) in self.units:
            self.at += 1
        unit = self.units.get(self.peek(), "")
        if unit:
            self.at += 1
            amount = self._and_part(replace(amount, unit=unit, article=False))
        elif amount.article and self._stands_alone():
            amount = replace(amount, article=False)
        return replace(amount, end=self.at)

    def _and_part(self, amount: Amount) -> Amount:
        """«y medio», «y cuarto» after a number or its unit."""
        if self.peek() in self.joining and amount.value.denominator == 1:
            for words, part in ((self.half, _HALF), (self.quarter, _QUARTER)):
                if self.peek(1) in words:
                    self.at += 2
                    return replace(amount, value=amount.value + part, article=False)
        return amount

    def _stands_alone(self) -> bool:
        following = self.peek()
        return not following or not is_word(following) or following in self.alone | self.leading
