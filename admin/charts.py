"""Charts as SVG pictures, each drawn once for the same figures.

Drawing takes a process of its own: the libraries weigh more than the rest of a web process together, and are loaded
only when a new picture is needed. Pictures are kept in Redis for all processes, and the last ones in memory.
"""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Final, Literal, Protocol

import orjson
import redis
from flask import Response, request
from werkzeug.exceptions import ServiceUnavailable

from admin.security import REDIS_TIMEOUT
from bell import connect

PROGRAM: Final = Path(__file__).with_name("drawing.py")
KEPT: Final = 64
"""Pictures in the memory of a process, some 15 KB each."""
KEPT_SECONDS: Final = 30 * 24 * 60 * 60
BROWSER_SECONDS: Final = 365 * 24 * 60 * 60
DRAWING_SECONDS: Final = 20
SVG: Final = "image/svg+xml; charset=utf-8"
PNG: Final = "image/png"
STYLE_VERSION: Final = 1
"""Raised when the same figures are to be drawn in another way."""


class Picture(Protocol):
    """What can be drawn: by which program, from what, and a name for this picture and no other."""

    @property
    def program(self) -> Path: ...
    @property
    def digest(self) -> str: ...
    def to_json(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a chart: who is rated, and the mean grade from 1 to 5."""

    label: str
    value: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Mean grades as horizontal bars, in the order given. `decimal` is the sign between units and tenths.

    `title` are lines that say what it is, for a picture that goes without its page.
    """

    bars: Sequence[Bar]
    decimal: str
    format: Literal["svg", "png"] = "svg"
    title: Sequence[str] = ()

    def to_json(self) -> bytes:
        """What the drawing process reads, and what makes two charts the same."""
        return orjson.dumps({"style": STYLE_VERSION, **asdict(self)}, option=orjson.OPT_SORT_KEYS)

    @property
    def program(self) -> Path:
        """What draws it."""
        return PROGRAM

    @property
    def digest(self) -> str:
        """A name for this picture and no other."""
        return sha256(self.to_json()).hexdigest()[:32]


class Gallery:
    """The pictures drawn so far."""

    def __init__(self, redis_url: str) -> None:
        self._redis = connect(redis_url, timeout=REDIS_TIMEOUT)
        self._kept: dict[str, bytes] = {}
        self._lock = Lock()

    def picture(self, chart: Picture) -> bytes:
        """The chart as its program draws it: SVG or PNG. Of what is not kept, a process draws one picture at a time.

        Raises subprocess.SubprocessError if it cannot be drawn.
        """
        digest = chart.digest
        if kept := self._kept.get(digest):
            return kept
        with self._lock:
            picture = self._kept.get(digest) or self._fetch(digest)
            if picture is None:
                picture = draw(chart)
                self._store(digest, picture)
            self._kept[digest] = picture
            if len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
        return picture

    def _fetch(self, digest: str) -> bytes | None:
        try:
            found = self._redis.get(_key(digest))
        except redis.RedisError:
            return None
        return found if isinstance(found, bytes) else None

    def _store(self, digest: str, picture: bytes) -> None:
        try:
            self._redis.set(_key(digest), picture, ex=KEPT_SECONDS)
        except redis.RedisError:
            return  # it is drawn again by whoever needs it


def draw(chart: Picture) -> bytes:
    """Draw a chart in a process of its own. Raises subprocess.SubprocessError if that fails or takes too long."""
    finished = subprocess.run(
        [sys.executable, "-I", str(chart.program)],
        input=chart.to_json(),
        capture_output=True,
        check=True,
        timeout=DRAWING_SECONDS,
    )
    return finished.stdout


def _key(digest: str) -> str:
    return f"libreta:chart:{digest}"


def answer(gallery: Gallery, chart: Picture, version: str | None, media_type: str = SVG) -> Response:
    """The HTTP response with a chart: for ever where the address names this very picture, else with an ETag only."""
    response = Response(content_type=media_type)
    response.set_etag(chart.digest)
    response.cache_control.private = True
    if version == chart.digest:
        response.cache_control.max_age = BROWSER_SECONDS
        response.cache_control.immutable = True
    else:
        response.cache_control.no_cache = True
    if chart.digest not in request.if_none_match:
        try:
            response.set_data(gallery.picture(chart))
        except subprocess.SubprocessError as error:
            raise ServiceUnavailable from error
    response.make_conditional(request)
    return response
