"""Dates and times of XForms: ISO 8601 text ↔ moments, day numbers, ``format-date``.

A date is a number of days since 1970-01-01T00:00Z when it takes part in arithmetic, and ISO text otherwise. Text
without an offset is local time of the form's zone.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo

DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_TIME = r"\d{2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_OFFSET = r"[-+]\d{2}:\d{2}|Z"
_MOMENT = re.compile(rf"(\d{{4}})-(\d{{2}})-(\d{{2}})(?:T({_TIME})({_OFFSET})?)?", re.ASCII)
_CLOCK = re.compile(rf"({_TIME})({_OFFSET})?", re.ASCII)
_VALID_OFFSET = re.compile(r"[+-](?:0[0-9]|1[0-4]):[0-5][0-9]|Z", re.ASCII)
_LOOSE_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(T.*)?", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class DayNumber(float):
    """A number of days that prints as the date or date-time it stands for."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, days: float, text: str) -> "DayNumber":
        number = super().__new__(cls, days)
        number.text = text
        return number


def of_moment(moment: datetime) -> DayNumber:
    return DayNumber((moment - EPOCH) / DAY, moment_text(moment))


def of_days(days: float, zone: tzinfo) -> DayNumber | None:
    """The moment so many days after the epoch, or None where the calendar ends."""
    try:
        moment = (EPOCH + timedelta(milliseconds=round(days * 86_400_000))).astimezone(zone)
    except (OverflowError, ValueError):
        return None
    return DayNumber(days, moment_text(moment))


def moment_text(moment: datetime) -> str:
    """ISO text with milliseconds and offset; a midnight is written as its date alone."""
    if (moment.hour, moment.minute, moment.second, moment.microsecond // 1000) == (0, 0, 0, 0):
        return f"{moment:%Y-%m-%d}".rjust(10, "0")
    return moment.isoformat(timespec="milliseconds")


def parse(text: str, zone: tzinfo) -> datetime | None:
    """The moment an ISO date or date-time stands for in a zone, or None."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    year, month, day, clock, offset = match.groups()
    if offset is not None and not _VALID_OFFSET.fullmatch(offset):
        return None
    parts = _clock_parts(clock or "00")
    try:
        moment = datetime(int(year), int(month), int(day), *parts, tzinfo=_offset_zone(offset) or zone)
        return moment.astimezone(zone)
    except (ValueError, OverflowError):
        return None


def padded(text: str) -> str:
    """``2024-2-9`` as ``2024-02-09``; other text as it is."""
    match = _LOOSE_DATE.fullmatch(text)
    if match is None:
        return text
    year, month, day, rest = match.groups()
    return f"{year}-{month:0>2}-{day:0>2}{rest or ''}"


def fraction_of_day(text: str, zone: tzinfo) -> float | None:
    """What ``decimal-time`` gives: 12:00 is 0.5, in local time."""
    match = _CLOCK.fullmatch(text)
    if match is None or ":" not in match.group(1):
        return None
    moment = parse(f"1970-01-01T{text}", zone)
    if moment is None:
        return None
    return (moment.replace(year=1970, month=1, day=1, tzinfo=UTC) - EPOCH) / DAY


def _clock_parts(clock: str) -> tuple[int, int, int, int]:
    hour, minute, second = [*clock.split(":"), "0", "0"][:3]
    whole, _, fraction = second.partition(".")
    return int(hour), int(minute), int(whole), int(f"{fraction:0<6}"[:6] or 0)


def _offset_zone(offset: str | None) -> tzinfo | None:
    if offset is None:
        return None
    if offset == "Z":
        return UTC
    return datetime.strptime(offset, "%z").tzinfo


def formatted(moment: datetime, pattern: str, with_time: bool) -> str:
    """A moment by the escapes of XForms: ``%Y %y %m %n %b %d %e %a``, and with time ``%H %h %M %S %3``."""
    texts = {
        "%Y": f"{moment.year:04}",
        "%y": f"{moment.year:04}"[2:],
        "%m": f"{moment.month:02}",
        "%n": f"{moment.month}",
        "%b": _MONTHS[moment.month - 1],
        "%d": f"{moment.day:02}",
        "%e": f"{moment.day}",
        "%a": _WEEKDAYS[moment.weekday()],
    }
    if with_time:
        texts |= {
            "%H": f"{moment.hour:02}",
            "%h": f"{moment.hour}",
            "%M": f"{moment.minute:02}",
            "%S": f"{moment.second:02}",
            "%3": f"{moment.microsecond // 1000:03}",
        }
    return re.sub(r"%.", lambda match: texts.get(match.group(), match.group()), pattern)
