"""Coordinates typed or pasted: «4.61, -74.08», «4.61 N 74.08 W», a map link."""

import re

from surveys.reading.lexicon import Lexicon
from surveys.reading.model import Expected, Reading, confirm, reject, value
from surveys.reading.text import Message

_PAIR = re.compile(
    r"(?P<lat>[-+]?\d{1,3}(?:[.,]\d+)?)\s*°?\s*(?P<ns>[NSns])?\s*(?:[;,/]\s*|\s+)(?P<lon>[-+]?\d{1,3}(?:[.,]\d+)?)\s*°?\s*(?P<ew>[EWOewo])?(?![\d])"
)
_LINK = re.compile(r"[@=/!](?P<lat>-?\d{1,2}\.\d+),\s*(?P<lon>-?\d{1,3}\.\d+)")


def read_place(expected: Expected, message: Message, words: Lexicon) -> Reading:
    """Read a reply to `geopoint`: `latitude longitude altitude accuracy`, the last two 0 as they are not known.

    A whole degree is no place; a latitude and longitude that could only be the other way round are asked about.
    """
    text = message.clean.replace("−", "-")
    match = _LINK.search(text) or _PAIR.search(text)
    if match is None:
        return reject("not_a_place")
    groups = match.groupdict()
    latitude, longitude = _degrees(groups["lat"]), _degrees(groups["lon"])
    if (groups.get("ns") or "").lower() == "s":
        latitude = -abs(latitude)
    if (groups.get("ew") or "").lower() in ("w", "o"):
        longitude = -abs(longitude)
    if "." not in f"{groups['lat']}{groups['lon']}".replace(",", "."):
        return reject("not_a_place")
    if abs(latitude) > 90 >= abs(longitude) and abs(latitude) <= 180:
        return confirm(_written(longitude, latitude), "turned_round")
    if abs(latitude) > 90 or abs(longitude) > 180:
        return reject("out_of_range")
    return value(_written(latitude, longitude), 0.95)


def _degrees(text: str) -> float:
    return float(text.replace(",", "."))


def _written(latitude: float, longitude: float) -> str:
    return f"{latitude:.7g} {longitude:.7g} 0 0"
