"""Several answers in one message: «5 4 si 3»."""

import re
from collections.abc import Sequence
from datetime import date

from surveys.reading.model import Expected, Kind, Reading
from surveys.reading.reader import read

_LEAST_SURE = 0.95
_PARTING = re.compile(r"[\s,;]+")
_NOT_PACKED = frozenset({"text", "barcode", "select_multiple", "rank", "geopoint", "date", "dateTime", "time"})


def read_packed(expecteds: Sequence[Expected], text: str, *, today: date, language: str = "es") -> list[Reading] | None:
    """Read «5 4 si 3» as answers to the open question and those after it, in order.

    Only when the text is no reading of the first question by itself, there are two parts or more and not more than
    questions, and every part is a sure value of its question; otherwise None.
    """
    parts = [part for part in _PARTING.split(text.strip()) if part]
    if not 2 <= len(parts) <= len(expecteds):
        return None
    asked = expecteds[: len(parts)]
    if any(expected.type in _NOT_PACKED for expected in asked):
        return None
    if read(asked[0], text, today=today, language=language).kind in (Kind.VALUE, Kind.COMMAND, Kind.DONTKNOW):
        return None
    readings = [
        read(expected, part, today=today, language=language) for expected, part in zip(asked, parts, strict=True)
    ]
    sure = all(reading.kind is Kind.VALUE and reading.confidence >= _LEAST_SURE for reading in readings)
    return readings if sure else None
