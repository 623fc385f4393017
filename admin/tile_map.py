"""The departments of Colombia as tiles of one size, each about where it lies: a map for small screens and slow phones.

A tile is a link in the page: it needs no script and no picture, and screen readers read it like any list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PLACES: Final[Mapping[str, tuple[str, int, int]]] = {
    "88": ("SAP", 0, 0),
    "44": ("GUA", 0, 4),
    "08": ("ATL", 1, 2),
    "47": ("MAG", 1, 3),
    "20": ("CES", 1, 4),
    "23": ("COR", 2, 1),
    "70": ("SUC", 2, 2),
    "13": ("BOL", 2, 3),
    "54": ("NSA", 2, 4),
    "27": ("CHO", 3, 1),
    "05": ("ANT", 3, 2),
    "68": ("SAN", 3, 3),
    "15": ("BOY", 3, 4),
    "81": ("ARA", 3, 5),
    "66": ("RIS", 4, 1),
    "17": ("CAL", 4, 2),
    "25": ("CUN", 4, 3),
    "85": ("CAS", 4, 4),
    "99": ("VIC", 4, 5),
    "76": ("VAL", 5, 0),
    "63": ("QUI", 5, 1),
    "73": ("TOL", 5, 2),
    "11": ("BOG", 5, 3),
    "50": ("MET", 5, 4),
    "94": ("GUN", 5, 5),
    "19": ("CAU", 6, 0),
    "41": ("HUI", 6, 1),
    "18": ("CAQ", 6, 2),
    "95": ("GUV", 6, 3),
    "97": ("VAU", 6, 4),
    "52": ("NAR", 7, 0),
    "86": ("PUT", 7, 1),
    "91": ("AMA", 7, 3),
}
"""Letters, row and column of each department by its DIVIPOLA code; the layout is ours."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One department; `mean` is None where nothing is published, and `band` then empty."""

    code: str
    letters: str
    name: str
    row: int
    column: int
    mean: float | None

    @property
    def band(self) -> str:
        """Which of five shades, by the grade rounded down: «2» for 2.0–2.9."""
        return "" if self.mean is None else str(min(int(self.mean), 5))


def tiles(names: Mapping[str, str], means: Mapping[str, float]) -> list[Tile]:
    """The map, from north to south: names and mean grades by department's code."""
    return [
        Tile(code, letters, names.get(code, code), row, column, means.get(code))
        for code, (letters, row, column) in PLACES.items()
    ]
