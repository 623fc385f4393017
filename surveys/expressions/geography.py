"""Distances and areas on the sphere that XForms functions use (ODK XForms specification, ``distance`` and ``area``)."""

import math
from collections.abc import Sequence
from itertools import pairwise

EARTH_RADIUS_METRES = 6_378_100
Point = tuple[float, float]


def point(text: str) -> Point | None:
    """Latitude and longitude in degrees out of a geopoint's text, or None."""
    parts = text.split()
    if not 2 <= len(parts) <= 4:
        return None
    try:
        latitude, longitude = float(parts[0]), float(parts[1])
    except ValueError:
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def line(texts: Sequence[str]) -> list[Point] | None:
    """The points of one geotrace, or of several geopoints; None unless there are two good ones."""
    if len(texts) == 1:
        texts = [part for part in texts[0].split(";") if part.strip()]
    points = [point(text) for text in texts]
    good = [found for found in points if found is not None]
    return good if len(good) == len(points) >= 2 else None


def distance(points: Sequence[Point]) -> float:
    """Length in metres of the line through the points, to the centimetre."""
    return _centi(sum(_between(a, b) for a, b in pairwise(points)))


def _between(start: Point, end: Point) -> float:
    phi, theta = math.radians(start[0]), math.radians(end[0])
    turn = math.radians(start[1] - end[1])
    cosine = math.sin(phi) * math.sin(theta) + math.cos(phi) * math.cos(theta) * math.cos(turn)
    return math.acos(max(-1.0, min(1.0, cosine))) * EARTH_RADIUS_METRES


def area(points: Sequence[Point]) -> float:
    """Area in square metres inside the closed line through the points."""
    closed = [*points, points[0]]
    total = sum(
        math.radians(end[1] - start[1]) * (2 + math.sin(math.radians(end[0])) + math.sin(math.radians(start[0])))
        for start, end in pairwise(closed)
    )
    return abs(_centi(total * EARTH_RADIUS_METRES**2 / 2))


def inside(place: Point, border: Sequence[Point]) -> bool:
    """Whether a point lies inside a closed border, by counting the sides crossed on the way out."""
    if len(border) < 2 or border[0] != border[-1]:
        return False
    latitude, longitude = place
    odd = False
    for (lat1, long1), (lat2, long2) in pairwise(border):
        if (lat2 > latitude) != (lat1 > latitude):
            crossing = (long1 - long2) * (latitude - lat2) / (lat1 - lat2) + long2
            odd ^= longitude < crossing
    return odd


def _centi(number: float) -> float:
    return math.floor(number * 100 + 0.5) / 100
