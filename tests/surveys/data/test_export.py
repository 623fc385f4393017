"""Tables that leave the system."""

import csv
import io
from collections.abc import Callable

import pytest

from db import Database
from surveys import export, waves
from tests.surveys.data.conftest import NOW, Field, answer, opinions, say


def test_nobody_exports_the_rows_of_an_anonymous_wave(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave(1)
    with database.transaction() as connection, pytest.raises(export.AnonymousWaveError):
        list(export.answers(connection, wave.wave_id))


def test_answers_of_a_named_wave_with_their_corrections_applied(
    database: Database, open_wave: Callable[..., Field]
) -> None:
    wave = open_wave(1, anonymous=False)
    with database.transaction() as connection:
        response = wave.begin(connection, 1)
        say(connection, response, answer("nota_programa", "1", "sena", weight=2))
        say(connection, response, answer("nota_programa", "4", "sena", weight=2))
        rows = list(export.answers(connection, wave.wave_id))
    assert rows == [
        (str(response), "11001", "rural", "sms", "open", "nota_programa", "", "sena", "4", 2.0),
    ]
    assert len(export.ANSWERS) == len(rows[0])


def test_published_figures_with_what_is_withheld(database: Database, open_wave: Callable[..., Field]) -> None:
    """ICBF is rated by one family here and by many elsewhere, SENA only here, the bank by too few to be named."""
    wave = open_wave(28, municipalities=("11001", "05001"))
    with database.transaction() as connection:
        opinions(wave, connection, {family: "4" if family % 3 else "2" for family in range(2, 26, 2)})
        opinions(wave, connection, {family: "4" if family % 3 else "2" for family in range(1, 26, 2)}, actor="icbf")
        opinions(wave, connection, {26: "1"}, actor="icbf")
        opinions(wave, connection, {28: "1"}, actor="banco")
        waves.close(connection, wave.wave_id, NOW)
        waves.publish(connection, wave.wave_id, NOW)
        rows = [row for row in export.published(connection, wave.wave_id) if row[1] == "11001"]
    assert rows == [
        (wave.wave_id, "11001", "icbf", "grade", *[None] * 13),
        (wave.wave_id, "11001", "sena", "grade", 10, 3.3, 65, "", 35, 90, *[None] * 7),
    ]
    assert len(export.PUBLISHED) == len(rows[0])


@pytest.mark.parametrize("text", ["=1+1", "+57300", "-2", "@x", "\tx"])
def test_a_spreadsheet_runs_nothing_that_a_family_wrote(text: str) -> None:
    lines = "".join(export.csv_lines(["comment"], [[text], ['plain, "quoted"'], [3], [None]]))
    cells = [row[0] if row else "" for row in csv.reader(io.StringIO(lines))]
    assert cells == ["comment", f"'{text}", 'plain, "quoted"', "3", ""]
