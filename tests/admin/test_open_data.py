"""The open data as a stranger gets them: what the files say, put together, gives nobody away."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from startup import Services
from surveys import aggregates, disclosure
from surveys.disclosure import Percent, PublicFigure, Table
from surveys.figures import ReportCard
from surveys.suppression import DISSENT, MINIMUM
from surveys.waves import Wave
from tests.surveys.figures.attacker import Attacker, Cell, unmasked

Row = Mapping[str, str]
Counts = Mapping[Cell, int]
"""How many in a municipality gave the answer that the share of a figure is of ('yes'), and how many did not ('no')."""


@pytest.fixture(scope="module")
def truth(demo_app: Flask) -> tuple[int, Mapping[str, ReportCard]]:
    """The published wave of the demo, and the operator's cards of it."""
    services: Services = demo_app.extensions["libreta"]
    with services.database.transaction() as connection:
        wave_id = connection.scalar(select(Wave.id).where(Wave.published_at.is_not(None)))
        assert wave_id is not None
        return wave_id, aggregates.report_cards(connection, wave_id)


@pytest.fixture
def rows(reader: FlaskClient, truth: tuple[int, Mapping[str, ReportCard]]) -> list[Row]:
    """The table of that wave as CSV."""
    return list(csv.DictReader(io.StringIO(reader.get(f"/datos/libreta-{truth[0]}.csv").text)))


def test_both_forms_of_the_table_say_the_same(
    reader: FlaskClient, rows: list[Row], truth: tuple[int, Mapping[str, ReportCard]]
) -> None:
    objects = reader.get(f"/datos/libreta-{truth[0]}.json").get_json()["rows"]
    assert [{name: "" if cell is None else str(cell) for name, cell in row.items()} for row in objects] == rows


def test_every_territory_has_the_same_rows_whether_anybody_answered_or_not(rows: list[Row]) -> None:
    named = defaultdict(set)
    for row in rows:
        named[row["territory"]].add((row["actor"], row["indicator"]))
    assert len(named) == 8
    assert len(set(map(frozenset, named.values()))) == 1


def test_what_the_table_says_gives_nobody_away(rows: list[Row], truth: tuple[int, Mapping[str, ReportCard]]) -> None:
    tables: dict[Table, dict[str, PublicFigure | None]] = defaultdict(dict)
    for row in rows:
        tables[row["actor"], row["indicator"]][row["territory"]] = read(row)
    findings = [
        f"{actor} {indicator} {finding}"
        for (actor, indicator), figures in tables.items()
        if (counts := answers(truth[1], actor, indicator))
        for finding in exposed(figures, counts)
    ]
    assert len(tables) > 10
    assert any(one is None for figures in tables.values() for one in figures.values())
    assert findings == []


def read(row: Row) -> PublicFigure | None:
    """A figure as far as a row tells it; None where it is withheld."""
    if not row["respondents"]:
        return None
    share = Percent(int(row["share_percent"]), row["share_bound"]) if row["share_percent"] else None
    return PublicFigure(int(row["respondents"]), None, share, None)


def answers(cards: Mapping[str, ReportCard], actor: str, indicator: str) -> Counts:
    """The truth behind one figure in every municipality; empty where it is no share."""
    found: dict[Cell, int] = {}
    for code, card in cards.items():
        one = card.figure(actor, indicator)
        if len(code) == 5 and one is not None and one.share is not None:
            yes, no = disclosure.group(one, one.counts).counts
            found |= {(code, "yes"): yes, (code, "no"): no}
    return found


def exposed(figures: Mapping[str, PublicFigure | None], counts: Counts) -> list[str]:
    """What follows from all figures of one table, of each municipality and of those together that are withheld.

    The attacker is told more than the file says: which figures are whole, and how many in them gave the answer that the
    share is of.
    """
    attacker = Attacker(counts)
    for code, figure in figures.items():
        if figure is not None and figure.share is not None:
            yes, no = both_sides(counts, {code})
            figure = replace(figure, bounded=min(yes, no) < DISSENT)
            attacker.learn_answers(inside({code}), said_yes, figure, "yes", yes)
    places = {cell[0] for cell in counts}
    findings = []
    for codes in [*({place} for place in places), {place for place in places if not figures.get(place)}]:
        yes, no = (
            sum(n for (place, said), n in counts.items() if place in codes and said == one) for one in ("yes", "no")
        )
        insiders = 1 if yes + no >= MINIMUM else 0
        if told := unmasked(attacker, inside(codes), lambda one: one[1] == "yes", (yes, no), insiders):
            findings.append(f"{sorted(codes)}: {told}")
    return findings


def both_sides(counts: Counts, codes: Collection[str]) -> tuple[int, int]:
    """How many gave the answer in these territories, and how many did not."""
    there = [(said, n) for (place, said), n in counts.items() if codes and place.startswith(tuple(codes))]
    return sum(n for said, n in there if said == "yes"), sum(n for said, n in there if said == "no")


def inside(codes: Collection[str]) -> Callable[[Cell], bool]:
    return lambda one: one[0].startswith(tuple(codes)) if codes else False


def said_yes(one: Cell, choice: str) -> bool:
    return bool(one[1] == choice)
