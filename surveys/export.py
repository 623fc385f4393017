"""Tables that leave the system: published figures for anybody, answers of named waves for those who may have them."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, select, text

from surveys.publications import Publication

Row = Sequence[str | int | float | None]

PUBLISHED = (
    "wave",
    "territory",
    "actor",
    "indicator",
    "respondents",
    "mean",
    "share_percent",
    "share_bound",
    "low_percent",
    "high_percent",
)
"""Columns of `published`; docs/aggregates.md is their dictionary."""

ANSWERS = ("response", "municipality", "zone", "channel", "status", "question", "instance", "actor", "value", "weight")
"""Columns of `answers`."""

_ANSWERS = text(
    """
    SELECT r.id::text, r.municipality, r.zone, r.channel, r.status, a.question, a.instance, a.actor, a.value,
           a.weight::float
    FROM responses r JOIN answers a ON a.response_id = r.id
    WHERE r.wave_id = :wave_id AND a.current
    ORDER BY r.id, a.id
    """
)

UNTOLD = (None, None)
"""A share that is not told, and its bound."""

_RISKY = ("=", "+", "-", "@", "\t", "\r")


class AnonymousWaveError(Exception):
    """Rows of an anonymous wave are exported by no one; only what was published leaves."""


def published(connection: Connection, wave_id: int) -> Iterator[Row]:
    """The published figures of a wave, one row each; those withheld have no respondents and no figures."""
    query = select(Publication.card).where(Publication.wave_id == wave_id).order_by(Publication.territory)
    for card in connection.scalars(query):
        for actor, figures in card["actors"].items():
            for indicator, figure in figures.items():
                yield (wave_id, card["territory"], actor, indicator, *_published(figure))


def answers(connection: Connection, wave_id: int) -> Iterator[Row]:
    """The current answers of a named wave, one row each. Raises AnonymousWaveError for one that is not."""
    refuse_anonymous(connection, wave_id)
    for row in connection.execute(_ANSWERS, {"wave_id": wave_id}):
        yield tuple(row)


def refuse_anonymous(connection: Connection, wave_id: int) -> None:
    """Raises AnonymousWaveError if the wave is anonymous, and NoResultFound if there is none."""
    anonymous = connection.execute(text("SELECT anonymous FROM waves WHERE id = :id"), {"id": wave_id}).scalar_one()
    if anonymous:
        raise AnonymousWaveError(f"wave {wave_id} is anonymous")


def csv_lines(header: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """A table as CSV (RFC 4180), line by line. Text that a spreadsheet would run as a formula gets a quote first."""
    line = io.StringIO()
    writer = csv.writer(line)
    for row in chain([header], rows):
        writer.writerow([harmless(cell) for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def harmless(cell: str | int | float | None) -> str | int | float | None:
    """A cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RISKY) else cell


def _published(figure: Mapping[str, Any] | None) -> Row:
    """The figures of one row, from what `PublicCard.to_json` gave of it."""
    if figure is None:
        return (None,) * 6
    low, high = figure["interval"] or (UNTOLD, UNTOLD)
    return (figure["n"], figure["mean"], *(figure["share"] or UNTOLD), low[0], high[0])
