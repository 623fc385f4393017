"""Catalogues and outside registers from the command line."""

from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from db import Database
from families import achievements, catalogue, claims, territory
from families.claims import Status
from startup import Services, create_commands
from tests.families.households import register

CATALOGUES = Path(catalogue.__file__).parent / "catalogues"
LOGROS, WORDS = str(CATALOGUES / "logros_2007.csv"), str(CATALOGUES / "logros_2007.toml")


@pytest.fixture
def runner(services: Services) -> FlaskCliRunner:
    return create_commands(services).test_cli_runner()


def test_a_catalogue_is_loaded_with_how_families_speak_of_it(runner: FlaskCliRunner, database: Database) -> None:
    done = runner.invoke(args=["achievements", "load", LOGROS, "--words", WORDS])
    assert "54 achievements in force" in done.output
    with database.transaction() as connection:
        current = achievements.current(connection)
    assert current is not None
    assert "[achievements.HA2]" in current.vocabulary


def test_a_wrong_vocabulary_changes_nothing(runner: FlaskCliRunner, database: Database, tmp_path: Path) -> None:
    (tmp_path / "words.toml").write_text("[achievements.XX1]\ncues = ['agua']\n")
    done = runner.invoke(args=["achievements", "load", LOGROS, "--words", str(tmp_path / "words.toml")])
    assert done.exit_code == 1
    assert "XX1" in done.output
    with database.transaction() as connection:
        assert achievements.current(connection) is None


@pytest.mark.parametrize(
    ("row", "said"),
    [
        pytest.param("{folio},HA2,yes,2026-11-01", "1 claims taken in", id="right"),
        pytest.param("{folio},HA2,maybe,2026-11-01", "row 2: unknown folio", id="neither yes nor no"),
        pytest.param("10000011,HA2,yes,2026-11-01", "row 2: unknown folio", id="no such folio"),
        pytest.param("{folio},HA2,yes,ayer", "row 2: unknown folio", id="no date"),
        pytest.param("{folio}", "row 2: unknown folio", id="half a row"),
    ],
)
def test_an_outside_register_claims(
    runner: FlaskCliRunner, services: Services, tmp_path: Path, row: str, said: str
) -> None:
    runner.invoke(args=["achievements", "load", LOGROS])
    with services.database.transaction() as connection:
        territory.load(connection)
        (record,) = register(connection, services.cipher)
    file = tmp_path / "register.csv"
    file.write_text("folio,code,reached,on\n" + row.format(folio=record.folio) + "\n")
    assert said in runner.invoke(args=["achievements", "register", str(file)]).output
    with services.database.transaction() as connection:
        current = achievements.current(connection)
        assert current is not None
        assert claims.status(connection, record.id, current.id, "HA2") is Status.PENDING
