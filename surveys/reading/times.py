"""Times of day, and dates with one: «tres y media de la tarde», 15:30, «un cuarto para las cinco»."""

import re
from dataclasses import dataclass
from datetime import date

from surveys.reading.dates import read_date
from surveys.reading.lexicon import Lexicon
from surveys.reading.model import Expected, Kind, Reading, confirm, reject, value
from surveys.reading.numbers import amounts
from surveys.reading.text import Message

_CLOCK = re.compile(r"(?<![\d:])([01]?\d|2[0-3])\s*[:.h]\s*([0-5]\d)(?::[0-5]\d)?(?!\d)", re.IGNORECASE)
_HALF_DAY = 12


@dataclass(frozen=True, slots=True)
class Clock:
    """Hour and minute; `sure` once morning or afternoon is known."""

    hour: int
    minute: int
    sure: bool


def read_time(expected: Expected, message: Message, words: Lexicon) -> Reading:
    """Read a reply to `time` as `HH:MM:SS`. An hour up to twelve with no part of the day is asked about."""
    clock = find_time(message, words)
    if clock is None:
        return reject("not_a_time")
    written = f"{clock.hour:02}:{clock.minute:02}:00"
    if words.unsure(message):
        return confirm(written, "hedged")
    return value(written, 0.95) if clock.sure else confirm(written, "morning_or_afternoon")


def read_date_and_time(expected: Expected, message: Message, words: Lexicon, today: date) -> Reading:
    """Read a reply to `dateTime` as `YYYY-MM-DDTHH:MM:SS`; both parts must be there."""
    clock = find_time(message, words)
    if clock is None:
        return reject("not_a_time")
    rest = _CLOCK.sub(" ", message.clean)
    rest = re.sub(r"(?i)\b(a|tipo|como a) las? .*$|\b\d{1,2}\s*[ap]\.?\s*m\b.*$", " ", rest)
    day = read_date(expected, words.message(rest), words, today)
    if day.value is None:
        return day
    written = f"{day.value}T{clock.hour:02}:{clock.minute:02}:00"
    if day.kind is Kind.VALUE and clock.sure:
        return value(written, 0.95)
    return confirm(written, day.reason or "morning_or_afternoon")


def find_time(message: Message, words: Lexicon) -> Clock | None:
    """The time of day in a message, or None."""
    line = message.line
    if words.within("dates.noon").search(line):
        return Clock(_HALF_DAY, 0, sure=True)
    if words.within("dates.midnight").search(line):
        return Clock(0, 0, sure=True)
    found = _spelled(message, words)
    if found is None:
        return None
    hour, minute = found
    if hour > 23:
        return None
    late = words.within("dates.afternoon").search(line)
    early = words.within("dates.morning").search(line)
    if hour > _HALF_DAY or hour == 0:
        return Clock(hour, minute, sure=not early)
    if late:
        at_midnight = hour == _HALF_DAY and "noche" in line
        return Clock(0 if at_midnight else hour % _HALF_DAY + _HALF_DAY, minute, sure=not early)
    if early:
        return Clock(hour % _HALF_DAY, minute, sure=True)
    return Clock(hour, minute, sure=False)


def _spelled(message: Message, words: Lexicon) -> tuple[int, int] | None:
    """Hour and minute as said, before the part of the day is known."""
    if match := _CLOCK.search(message.clean):
        return int(match[1]), int(match[2])
    said = message.line
    if match := re.search(r"(?:un )?(cuarto|\w+)(?: minutos)? para las? (\w+)", said):
        minutes = 15 if match[1] == "cuarto" else _number(match[1], words)
        hour = _number(match[2], words)
        return ((hour - 1) % 24, 60 - minutes) if minutes and hour and minutes < 60 else None
    if match := re.search(r"(\w+) menos (cuarto|\w+)", said):
        hour, minutes = _number(match[1], words), 15 if match[2] == "cuarto" else _number(match[2], words)
        return ((hour - 1) % 24, 60 - minutes) if minutes and hour and minutes < 60 else None
    if match := re.search(r"(\w+) (?:y |con )?(media|cuarto|\w+)\b", said):
        hour, minutes = (
            _number(match[1], words),
            {"media": 30, "cuarto": 15}.get(match[2]) or _number(match[2], words),
        )
        if hour is not None and hour <= 24 and minutes and minutes < 60:
            return hour, minutes
    numbers = [amount for amount in amounts(message.tokens, words) if amount.unit in ("", "hour")]
    if len(numbers) != 1 or numbers[0].value > 23:
        return None
    whole = int(numbers[0].value)
    return whole, 30 if numbers[0].value.denominator == 2 else 0


def _number(word: str, words: Lexicon) -> int | None:
    return int(word) if word.isdigit() else words.numbers.get(word)
