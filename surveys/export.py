"""Tables that leave the system: published figures for anybody, answers of named waves for those who may have them."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, select, text

from surveys.publications import Publication, StratumPublication

Row = Sequence[str | int | float | None]

FIGURES = (
    *("respondents", "mean", "share_percent", "share_bound", "low_percent", "high_percent"),
    *("effective_respondents", "unweighted"),
)
PUBLISHED = (
    *("wave", "territory", "actor", "indicator", *FIGURES),
    *("change_since", "change_points", "change_low", "change_high", "change_clear"),
)
"""Columns of `published`; docs/aggregates.md is the dictionary of all that is published."""
DISTRIBUTIONS = ("wave", "territory", "actor", "indicator", "answer", "share_percent", "share_bound")
"""Columns of `distributions`."""
GROUPS = ("wave", "territory", "group", "actor", "indicator", *FIGURES)
"""Columns of `groups`."""
PARTICIPATION = ("wave", "territory", "invited", "started", "unreachable", "share_percent", "share_bound")
"""Columns of `participation`."""

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
    for card in _cards(connection, wave_id):
        for actor, indicator, figure in _figures(card):
            yield (wave_id, card["territory"], actor, indicator, *_published(figure), *_change(figure))


def distributions(connection: Connection, wave_id: int) -> Iterator[Row]:
    """How the answers of a wave are spread, one answer to one question a row; nothing of what is withheld."""
    for card in _cards(connection, wave_id):
        for actor, indicator, figure in _figures(card):
            for answer, share in (figure["distribution"] if figure else {}).items():
                yield (wave_id, card["territory"], actor, indicator, answer, *share)


def groups(connection: Connection, wave_id: int) -> Iterator[Row]:
    """The published figures of parts of a whole wave, as 'zone:rural'; nothing of what is withheld."""
    query = select(StratumPublication.stratum, StratumPublication.card).where(StratumPublication.wave_id == wave_id)
    for group, card in connection.execute(query.order_by(StratumPublication.stratum)):
        for actor, indicator, figure in _figures(card):
            yield (wave_id, card["territory"], group, actor, indicator, *_published(figure))


def participation(connection: Connection, wave_id: int) -> Iterator[Row]:
    """Who was asked and who took part in a wave, one territory a row; what is withheld is empty."""
    for card in _cards(connection, wave_id):
        asked = (card["invited"], card["started"], card["unreachable"])
        yield (wave_id, card["territory"], *asked, *(card["response_rate"] or UNTOLD))


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


def _cards(connection: Connection, wave_id: int) -> Iterable[Mapping[str, Any]]:
    return connection.scalars(
        select(Publication.card).where(Publication.wave_id == wave_id).order_by(Publication.territory)
    )


def _figures(card: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any] | None]]:
    """Actor, indicator and figure as it is kept; None where it is withheld."""
    for actor, figures in card["actors"].items():
        for indicator, figure in figures.items():
            yield actor, indicator, figure


def _change(figure: Mapping[str, Any] | None) -> Row:
    change = figure and figure["change"]
    if not change:
        return (None,) * 5
    return (change["since"], change["points"], change["low"], change["high"], int(change["clear"]))


def _published(figure: Mapping[str, Any] | None) -> Row:
    """The figures of one row, from what `PublicCard.to_json` gave of it."""
    if figure is None:
        return (None,) * len(FIGURES)
    low, high = figure["interval"] or (UNTOLD, UNTOLD)
    share = figure["share"] or UNTOLD
    return (figure["n"], figure["mean"], *share, low[0], high[0], figure.get("effective_n"), figure.get("unweighted"))
