"""Graphs of the dashboards: points with their intervals, drawn by `graph_drawing` as SVG or PNG."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

import orjson

PROGRAM: Final = Path(__file__).with_name("graph_drawing.py")
STYLE_VERSION: Final = 1
"""Raised when the same figures are to be drawn in another way."""


@dataclass(frozen=True, slots=True)
class Point:
    """One bar, or one place of a line; `low` and `high` are the ends of its interval, `text` is written beside it."""

    label: str
    value: float
    text: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """Points in their order, as horizontal bars or as a line from left to right, between `least` and `most`.

    It is a `charts.Picture`, in SVG or PNG.
    """

    kind: Literal["bars", "line"]
    points: Sequence[Point]
    least: float
    most: float
    format: Literal["svg", "png"] = "svg"

    @property
    def program(self) -> Path:
        """What draws it."""
        return PROGRAM

    @property
    def digest(self) -> str:
        """A name for this picture and no other."""
        return sha256(self.to_json()).hexdigest()[:32]

    @property
    def height(self) -> int:
        """About how high it is drawn, in pixels, so that the page does not jump when it comes."""
        return 46 * max(1, len(self.points)) + 30 if self.kind == "bars" else 260

    def to_json(self) -> bytes:
        """What the drawing process reads, and what makes two graphs the same."""
        return orjson.dumps({"style": STYLE_VERSION, **asdict(self)}, option=orjson.OPT_SORT_KEYS)
