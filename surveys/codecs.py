"""Typed values: whether a text is a value of a data type, and the text that is stored for it.

The stored forms are ODK Web Forms': ``1`` as a decimal is ``1.0``, a place is ``lat lon [altitude [accuracy]]``.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from surveys.expressions.values import number_text, plain_number

_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_LEAST, _MOST = -2_147_483_648, 2_147_483_647
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T\d{2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?)?", re.ASCII)
_TIME = re.compile(r"(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?([+-]\d{2}:\d{2}|Z)?", re.ASCII)
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)([+-]\d{2}:\d{2}|Z)?", re.ASCII)
_OFFSET = re.compile(r"[+-](?:0[0-9]|1[0-4]):[0-5][0-9]|Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Encoded:
    """``stored`` is what the value becomes; ``valid`` is False when the text was not quite of the type."""

    stored: str
    valid: bool


def encode(data_type: str, text: str) -> Encoded:
    """A text as a value of an XForms data type. Blank is a valid blank."""
    if text == "":
        return Encoded("", True)
    match data_type:
        case "int":
            return _integer(text)
        case "decimal":
            number = plain_number(text)
            good = math.isfinite(number) and bool(text.strip())
            return Encoded(decimal_text(number) if good else "", good)
        case "date":
            return _checked(_date(text))
        case "time":
            return _checked(_time(text))
        case "dateTime":
            return _checked(_moment(text))
        case "geopoint":
            return _checked(place_text(text))
        case "geotrace" | "geoshape":
            points = [place_text(point) for point in text.split(";") if point.strip()]
            return _checked("" if "" in points else "; ".join(points))
    return Encoded(text, True)


def _checked(stored: str) -> Encoded:
    return Encoded(stored, bool(stored))


def _integer(text: str) -> Encoded:
    """Anything ECMAScript reads as a number is cut to its whole part; only a whole number is valid."""
    number = plain_number(text)
    if not math.isfinite(number) or not _LEAST <= math.trunc(number) <= _MOST:
        return Encoded("", False)
    return Encoded(str(math.trunc(number)), _INTEGER.fullmatch(text.strip()) is not None)


def decimal_text(number: float) -> str:
    """A decimal with at least one decimal place and never an exponent."""
    text = number_text(number)
    if "e" in text:
        text = f"{number:.20f}".rstrip("0")
        return f"{text}0" if text.endswith(".") else text
    return text if "." in text else f"{text}.0"


def _date(text: str) -> str:
    match = _DATE.fullmatch(text)
    if match is None:
        return ""
    try:
        datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC)
    except ValueError:
        return ""
    return text[:10]


def _time(text: str) -> str:
    match = _TIME.fullmatch(text)
    if match is None or (match[4] and not _OFFSET.fullmatch(match[4])):
        return ""
    if int(match[1]) >= 24 or int(match[2]) >= 60 or int(match[3] or 0) >= 60:
        return ""
    return text if match[3] else f"{text[:5]}:00{match[4] or ''}"


def _moment(text: str) -> str:
    match = _MOMENT.fullmatch(text)
    if match is None or not _date(match[1]):
        return ""
    clock = _time(f"{match[2]}{match[3] or ''}")
    return f"{match[1]}T{clock}" if clock else ""


def place_text(text: str) -> str:
    """Coordinates as stored, or blank where they are none; the point 0 0 counts as none."""
    numbers = [plain_number(part) for part in text.split()]
    if not 2 <= len(numbers) <= 4 or any(not math.isfinite(number) for number in numbers):
        return ""
    latitude, longitude = numbers[:2]
    if abs(latitude) > 90 or abs(longitude) > 180 or latitude == longitude == 0:
        return ""
    return " ".join(decimal_text(number) for number in numbers)
