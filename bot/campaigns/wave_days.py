"""How many families of a wave had begun to answer at the end of each day, by municipality.

Answers of an anonymous wave carry no time, so this is noted while it happens. It moves in steps, so that two days do
not differ by one family, and never tells that all of a place have answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import CHAR, BigInteger, Connection, Date, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from db import Base, Database
from messaging.contact_hours import BOGOTA
from surveys.suppression import DISSENT

STEP: Final = 10
"""As participation is shown to staff (`surveys.live`)."""


class WaveDay(Base):
    """Families of one municipality, as they stood when the day was last looked at. `started` moves in steps."""

    __tablename__ = "wave_days"

    wave_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("waves.id"), primary_key=True)
    municipality: Mapped[str] = mapped_column(CHAR(5), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    """In Bogotá."""
    invited: Mapped[int]
    started: Mapped[int]


_NOTE = text(
    """
    INSERT INTO wave_days (wave_id, municipality, day, invited, started)
    SELECT wave_id, rollups.territory, :day, sum(n) FILTER (WHERE category = 'invited'),
           div(greatest(0, least(
               coalesce(sum(n) FILTER (WHERE category = 'started'), 0),
               sum(n) FILTER (WHERE category = 'invited') - :dissent
           )), :step) * :step
    FROM rollups JOIN waves ON waves.id = rollups.wave_id AND waves.status = 'open'
    WHERE question = '#families' AND length(rollups.territory) = 5
    GROUP BY wave_id, rollups.territory
    HAVING sum(n) FILTER (WHERE category = 'invited') > 0
    ON CONFLICT (wave_id, municipality, day) DO UPDATE SET invited = excluded.invited, started = excluded.started
    """
)


def note(database: Database, now: datetime) -> None:
    """Job: note how the open waves stand today."""
    with database.transaction() as connection:
        connection.execute(_NOTE, {"day": now.astimezone(BOGOTA).date(), "step": STEP, "dissent": DISSENT})


@dataclass(frozen=True, slots=True)
class Day:
    """Families invited and begun by the end of a day."""

    day: date
    invited: int
    started: int


def by_day(connection: Connection, wave_id: int, codes: Sequence[str]) -> list[Day]:
    """How a wave went on in these municipalities together, day by day."""
    rows = connection.execute(
        text(
            """
            SELECT day, sum(invited) AS invited, sum(started) AS started FROM wave_days
            WHERE wave_id = :wave_id AND municipality = ANY(CAST(:codes AS text[])) GROUP BY day ORDER BY day
            """
        ),
        {"wave_id": wave_id, "codes": list(codes)},
    )
    return [Day(row.day, int(row.invited), int(row.started)) for row in rows]


def municipalities(connection: Connection, wave_id: int) -> list[str]:
    """The municipalities in which families are invited to a wave, by code."""
    found = text(
        """
        SELECT territory FROM rollups
        WHERE wave_id = :wave_id AND question = '#families' AND length(territory) = 5 AND category = 'invited'
        GROUP BY territory HAVING sum(n) > 0 ORDER BY territory
        """
    )
    return list(connection.scalars(found, {"wave_id": wave_id}))
