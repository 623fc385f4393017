"""The picture of a family's progress: nine dimensions, what is reached, what comes next. No names, nothing private."""

import subprocess
import textwrap
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import orjson
from flask import Blueprint, Response, abort
from sqlalchemy import Connection
from werkzeug.exceptions import ServiceUnavailable

from admin.permission import anyone
from admin.security import limiter
from admin.services import gallery, services, today
from bot import progress_pictures
from families import achievements, families, life_plan, progress

PROGRAM: Final = Path(__file__).with_name("progress_drawing.py")
STYLE_VERSION: Final = 1
"""Raised when the same figures are to be drawn in another way."""
SHOWN_NEXT: Final = 3
LINE: Final = 44
"""Characters that fit a line of the picture."""

pictures = Blueprint("progress_pictures", __name__)


@dataclass(frozen=True, slots=True)
class Bar:
    """How far a family is in one dimension."""

    label: str
    verified: int
    counting: int


@dataclass(frozen=True, slots=True)
class ProgressPicture:
    """What the picture shows."""

    title: str
    bars: tuple[Bar, ...]
    lines: tuple[str, ...]

    @property
    def program(self) -> Path:
        """What draws it."""
        return PROGRAM

    @property
    def digest(self) -> str:
        """A name for this picture and no other."""
        return sha256(self.to_json()).hexdigest()[:32]

    def to_json(self) -> bytes:
        """What the drawing process reads."""
        return orjson.dumps({"style": STYLE_VERSION, **asdict(self)}, option=orjson.OPT_SORT_KEYS)


@pictures.get("/imagenes/avance/<token>.png")
@anyone
@limiter.limit("60/minute")
def shown(token: str) -> Response:
    """The picture that an address of ours names, for WhatsApp to fetch; nothing once its time is over."""
    with services().database.transaction() as connection:
        now = services().database.now()
        family_id = progress_pictures.family(services().cipher, token, now)
        picture = None if family_id is None else of_family(connection, family_id)
    if picture is None:
        abort(404)
    return drawn(picture)


def of_family(connection: Connection, family_id: int) -> ProgressPicture | None:
    """What a family's picture shows today, in Spanish; None where there is no such family or no catalogue."""
    current, family = achievements.current(connection), families.get(connection, family_id)
    if current is None or family is None:
        return None
    seen = progress.of_family(connection, services().cipher, current, family_id, today()).tellable()
    plan = [goal.code for goal in life_plan.goals(connection, family_id, current.id)]
    steps = progress.next_steps(connection, family.municipality, seen, plan)[:SHOWN_NEXT]
    lines = [line for step in steps for line in textwrap.wrap(step.label, LINE, initial_indent="• ")]
    return ProgressPicture(
        title=f"{seen.verified} de {len(seen.counting)} logros",
        bars=tuple(Bar(each.name, each.verified, each.counting) for each in seen.dimensions()),
        lines=("Lo que sigue:", *lines) if lines else ("¡Todo logrado!",),
    )


def drawn(picture: ProgressPicture) -> Response:
    """The HTTP response with a picture."""
    try:
        return Response(gallery().picture(picture), content_type="image/png")
    except subprocess.SubprocessError as error:
        raise ServiceUnavailable from error
