"""Dates as people say them, day before month; relative to a given day, read nearest in the past or ahead as asked."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from surveys.reading.lexicon import Lexicon
from surveys.reading.model import Expected, Reading, confirm, reject, value
from surveys.reading.numbers import amounts
from surveys.reading.text import Message, is_number

_FORTNIGHT = (8, 15)
_SOON = 60
_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")


@dataclass(frozen=True, slots=True)
class Found:
    """A date read, or `day` None with the reason; `doubt` names what makes it unsure."""

    day: date | None
    doubt: str = ""


def read_date(expected: Expected, message: Message, words: Lexicon, today: date) -> Reading:
    """Read a reply to `date`."""
    found = find_date(expected, message, words, today)
    if found is None:
        return reject("not_a_date")
    if found.day is None:
        return reject(found.doubt)
    if isinstance(expected.maximum, date) and found.day > expected.maximum:
        return reject("in_the_future" if expected.maximum == today else "out_of_range", (found.day.isoformat(),))
    if isinstance(expected.minimum, date) and found.day < expected.minimum:
        return reject("out_of_range", (found.day.isoformat(),))
    doubt = found.doubt or _doubts(message, words)
    return confirm(found.day.isoformat(), doubt) if doubt else value(found.day.isoformat(), 0.95)


def _doubts(message: Message, words: Lexicon) -> str:
    core = message.core
    if words.within("asking.patterns").search(core):
        return "question_back"
    if words.unsure(message) or any(
        words.within(path).search(core) for path in ("numbers.about", "dates.unsure", "dates.habit")
    ):
        return "hedged"
    if {"no", "ni", "nunca", "o", "entre", "casi", "hasta"} & set(core.split()):
        return "something_denied"
    known = words.words("words.empty") | words.words("dates.known") | words.months.keys() | words.weekdays.keys()
    known |= words.units.keys() | words.numbers.keys()
    return "much_besides" if any(word not in known and not is_number(word) for word in core.split()) else ""


def find_date(expected: Expected, message: Message, words: Lexicon, today: date) -> Found | None:
    """The one date in a message; None when there is none at all."""
    if iso := _ISO.search(message.clean):
        return _made(int(iso[1]), int(iso[2]), int(iso[3]))
    seen = _Seen(expected, message, words, today)
    if numeric := seen.numeric():
        return numeric
    spoken = seen.spoken()
    relative = seen.relative()
    if spoken and relative and spoken.day and relative.day and spoken.day != relative.day:
        return Found(None, "two_dates")
    return spoken or relative or seen.day_only() or seen.vague()


def _made(year: int, month: int, day: int, doubt: str = "") -> Found:
    year += 2000 if year < 100 else 0
    try:
        return Found(date(year, month, day), doubt)
    except ValueError:
        return Found(None, "impossible_date")


class _Seen:
    """One message looked at for dates."""

    def __init__(self, expected: Expected, message: Message, words: Lexicon, today: date) -> None:
        self.words = words
        self.today = today
        self.message = message
        self.line = message.core or message.line
        self.tokens = message.tokens
        self.past = not (isinstance(expected.minimum, date) and expected.minimum >= today)
        self.only_past = isinstance(expected.maximum, date) and expected.maximum <= today

    def has(self, heading: str) -> bool:
        return self.words.within(f"dates.{heading}").search(self.line) is not None

    def nearest(self, month: int, day: int) -> Found:
        """A day and month without a year: the latest past one (or the next, where only what comes is asked)."""
        this_year = _made(self.today.year, month, day)
        if this_year.day is None:
            leap = _made(2024, month, day).day is not None
            return Found(None, "impossible_date" if not leap else "year_missing")
        if self.past and this_year.day > self.today:
            ahead = (this_year.day - self.today).days
            return _made(
                self.today.year - 1,
                month,
                day,
                "year_unclear" if ahead <= _SOON or not self.only_past else "",
            )
        if not self.past and this_year.day < self.today:
            return _made(self.today.year + 1, month, day)
        return this_year

    def numeric(self) -> Found | None:
        """12/09/2026, 12-09-26, 12.09, 12 09 2026; eight digits run together are asked about."""
        flat = re.sub(r"\s*([/.-])\s*", r"\1", " ".join(self.tokens))
        match = re.search(r"(?<![\d/.-])(\d{1,2})([/.-]| )(\d{1,2})(?:\2| del? )(\d{4}|\d{2})(?![\d/.-])", flat)
        if match:
            return self._day_month(int(match[1]), int(match[3]), int(match[4]))
        match = re.search(r"(?<![\d/.-])(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?![\d/.-])", flat)
        if match:
            return _made(int(match[1]), int(match[2]), int(match[3]))
        match = re.search(r"(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})(?![\d/.-])", flat)
        if match:
            day, month = int(match[1]), int(match[3])
            return self.nearest(month, day) if 1 <= month <= 12 else Found(None, "impossible_date")
        match = re.fullmatch(r"(\d{2})(\d{2})(20\d{2})", self.line)
        return _made(int(match[3]), int(match[2]), int(match[1]), "run_together") if match else None

    def _day_month(self, day: int, month: int, year: int) -> Found:
        if month > 12 >= day and month <= 31:
            return _made(year, day, month, "month_before_day")
        return _made(year, month, day)

    def spoken(self) -> Found | None:
        """15 de octubre, quince del diez, octubre 15, el 3 de este mes."""
        said = [
            (position, self.words.months[token])
            for position, token in enumerate(self.message.words)
            if token in self.words.months
        ]
        said = [pair for pair in said if not self._is_word_may(pair[0])]
        if len({month for _, month in said}) > 1:
            return Found(None, "two_dates")
        if not said:
            return self._without_month_name()
        position, month = said[0]
        day = self._day_beside(position)
        if day is None:
            return Found(None, "no_day")
        if isinstance(day, Found):
            return day
        year = self._year()
        found = _made(year, month, day) if year else self.nearest(month, day)
        return self._checked_weekday(found)

    def _is_word_may(self, position: int) -> bool:
        """Three letters that are also another word: «mar», «ago», «sep» count only beside a number."""
        word = self.message.words[position]
        return len(word) <= 3 and not any(
            is_number(token) for token in self.message.words[max(0, position - 2) : position + 2]
        )

    def _day_beside(self, month_at: int) -> int | Found | None:
        said = self.message.words
        before = [token for token in said[:month_at] if not self._ordinal_mark(token)]
        while before and before[-1] in ("de", "del", "mes", "of", "el", "th", "st", "nd", "rd", "dia"):
            before.pop()
        numbers = amounts(before, self.words)
        if before and numbers and numbers[-1].end == len(before) and not numbers[-1].article:
            days = [amount for amount in numbers if amount.value.denominator == 1 and 1 <= amount.value <= 31]
            if len([amount for amount in days if not amount.unit]) > 1 and {
                "o",
                "al",
                "y",
                "a",
                "entre",
            } & set(before):
                return Found(None, "two_dates")
            number = numbers[-1].value
            return int(number) if number.denominator == 1 and number <= 31 else Found(None, "impossible_date")
        if before and before[-1] in self.words.get("dates.first_day"):
            return 1
        after = [token for token in said[month_at + 1 :] if token not in ("el", "dia")]
        numbers = amounts(after[:2], self.words)
        if numbers and numbers[0].start == 0 and 1 <= numbers[0].value <= 31 and numbers[0].value.denominator == 1:
            return int(numbers[0].value)
        return None

    @staticmethod
    def _ordinal_mark(token: str) -> bool:
        return token in ("ro", "o", "er", "ero")

    def _year(self) -> int | None:
        for token in self.message.words:
            if token.isdigit() and len(token) == 4 and token.startswith(("19", "20")):
                return int(token)
        match = re.search(r"\b(?:del?|of) (\d{2})$", self.line)
        if (
            match
            and re.search(r"[a-z]+ (?:del?|of) \d{2}$", self.line)
            and any(word in self.words.months for word in self.line.split())
        ):
            return 2000 + int(match[1]) if not re.search(r"^\D*$", self.line[: match.start()]) else None
        if "dos mil" in self.line:
            years = [int(a.value) for a in amounts(self.message.words, self.words) if 1900 <= a.value <= 2100]
            return years[0] if years else None
        if self.has("last_year"):
            return self.today.year - 1
        return self.today.year if self.has("this_year") else None

    def _without_month_name(self) -> Found | None:
        """«el 3 de este mes», «el 10 del mes pasado», «quince del diez»."""
        found = [amount for amount in amounts(self.message.words, self.words) if amount.value.denominator == 1]
        days = [amount for amount in found if 1 <= amount.value <= 31 and not amount.unit]
        first = any(word in self.words.get("dates.first_day") for word in self.message.words)
        day = int(days[0].value) if days else (1 if first else 0)
        if not day:
            return None
        if self.has("last_month"):
            last = self.today.replace(day=1) - timedelta(days=1)
            return _made(last.year, last.month, day)
        if re.search(r"\b\w+ (de|del) (este|presente|corriente)( mes)?\b", self.line) and not self.has("this_year"):
            return _made(self.today.year, self.today.month, day)
        if (
            len(days) == 2
            and re.fullmatch(r"(el |fue el |fue )?(dia )?\w+ (de|del) \w+", self.line)
            and days[1].value <= 12
        ):
            return self.nearest(int(days[1].value), day)
        if len(days) == 2 and re.fullmatch(r"\d{1,2} \d{1,2}", self.line) and days[1].value <= 12:
            found_day = self.nearest(int(days[1].value), day)
            return Found(found_day.day, found_day.doubt or "two_numbers")
        return None

    def _checked_weekday(self, found: Found) -> Found:
        """«martes 10 de noviembre»: the weekday must agree."""
        weekday = self._weekday()
        if found.day and weekday is not None and found.day.weekday() != weekday:
            return Found(found.day, "weekday_differs")
        return found

    def _weekday(self) -> int | None:
        return next((self.words.weekdays[word] for word in self.message.words if word in self.words.weekdays), None)

    def relative(self) -> Found | None:
        steps = [
            ("after_tomorrow", 2),
            ("three_days_ago", -3),
            ("before_yesterday", -2),
            ("last_night", -1),
            ("yesterday", -1),
            ("today", 0),
            ("tomorrow", 1),
        ]
        line = self.line
        days: list[tuple[int, str]] = []
        for heading, step in steps:
            pattern = self.words.within(f"dates.{heading}")
            if pattern.search(line):
                days.append((step, heading))
                line = pattern.sub(" ", line)
        if "manana" in self.line and re.search(r"\b(por|en|de|esta) (la )?manana\b", self.line):
            days = [pair for pair in days if pair[1] != "tomorrow"]
        if len(days) > 1:
            kept = [
                pair
                for pair in days
                if not re.search(
                    rf"no (fue )?{self.words.get('dates.' + pair[1])[0]}|{self.words.get('dates.' + pair[1])[0]} no\b",
                    self.line,
                )
            ]
            return (
                Found(self.today + timedelta(days=kept[0][0]), "two_dates")
                if len(kept) == 1
                else Found(None, "two_dates")
            )
        if days:
            doubt = "last_night" if days[0][1] == "last_night" else ""
            return Found(self.today + timedelta(days=days[0][0]), doubt)
        return self._ago() or self._on_weekday()

    def _ago(self) -> Found | None:
        """«hace 3 días»; a week, eight or fifteen days are said loosely."""
        if not any(word in self.message.words for word in [*self.words.get("dates.ago"), "ago"]):
            return None
        found = [
            amount
            for amount in amounts(self.message.tokens, self.words)
            if amount.unit in ("day", "week", "month", "year")
        ]
        if len(found) != 1:
            return None
        amount = found[0]
        days = {"day": 1, "week": 7, "month": 30, "year": 365}[amount.unit] * amount.value
        if amount.unit == "day" and amount.value not in _FORTNIGHT and amount.value.denominator == 1 and days <= 60:
            loose = self.words.within("numbers.about").search(self.line) or self.words.within("numbers.inexact").search(
                self.line
            )
            return Found(self.today - timedelta(days=int(days)), "approximate" if loose else "")
        return Found(None, "approximate")

    def _on_weekday(self) -> Found | None:
        named = [self.words.weekdays[word] for word in self.message.words if word in self.words.weekdays]
        if not named:
            return None
        if len(set(named)) > 1:
            return Found(None, "two_dates")
        numbers = [
            a
            for a in amounts(self.message.words, self.words)
            if a.value.denominator == 1 and not a.unit and not a.article and 1 <= a.value <= 31
        ]
        back = (self.today.weekday() - named[0]) % 7
        if len(numbers) == 1 and not re.search(r"\ba las?\b", self.line):
            return self._weekday_and_day(named[0], int(numbers[0].value))
        if re.search(r"\bun\b", self.line):
            return Found(None, "approximate")
        if self.has("next"):
            return Found(self.today + timedelta(days=(7 - back) or 7))
        if not self.past:
            return Found(self.today + timedelta(days=(7 - back) % 7), "" if back else "today_or_next_week")
        if "esta semana" not in self.line and re.search(r"\bsemana\b|\botro\b|\bantepasad[oa]\b", self.line):
            week = self.today - timedelta(days=self.today.weekday() + 7)
            return Found(week + timedelta(days=named[0]), "which_week")
        if back == 0:
            return (
                Found(self.today - timedelta(days=7))
                if self.has("past")
                else Found(self.today - timedelta(days=7), "today_or_last_week")
            )
        return Found(self.today - timedelta(days=back))

    def _weekday_and_day(self, weekday: int, number: int) -> Found:
        """«lunes 16»: the latest such day."""
        for back in range(400):
            day = self.today - timedelta(days=back)
            if day.day == number:
                return Found(day, "" if day.weekday() == weekday else "weekday_differs")
        return Found(None, "impossible_date")

    def day_only(self) -> Found | None:
        """«el 15»: the latest fifteenth, to be confirmed."""
        match = re.fullmatch(r"(?:(?:fue |desde |para )?el (?:dia )?|dia )?(\w+)(?: no mas)?", self.line)
        found = amounts([match[1]], self.words) if match else []
        if not found or found[0].value.denominator != 1 or not 1 <= found[0].value <= 31:
            return None
        for back in range(62):
            day = self.today - timedelta(days=back)
            if day.day == found[0].value:
                return Found(day, "month_missing")
        return None

    def vague(self) -> Found | None:
        if self.words.within("dates.vague").search(self.line):
            return Found(None, "approximate")
        return None
