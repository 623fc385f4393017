"""`flask campaigns …` for an operator."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskCliRunner

from bot.campaigns.filters import Filter
from bot.campaigns.plans import Plan
from bot.campaigns.script import Kind
from db import Database
from families import territory
from startup import Services, create_commands
from tests.bot.campaigns.conftest import District, family


@pytest.fixture
def runner(services: Services) -> FlaskCliRunner:
    return create_commands(services).test_cli_runner()


@pytest.fixture
def district(database: Database, services: Services) -> District:
    with database.transaction() as connection:
        territory.load(connection)
    here = District(database, services.cipher, datetime.now(UTC))
    here.settle(*(family() for _ in range(4)), phones=[1, 2, 3, None])
    return here


def run(runner: FlaskCliRunner, *words: object) -> str:
    done = runner.invoke(args=["campaigns", *map(str, words)])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_life_of_a_campaign(runner: FlaskCliRunner, district: District) -> None:
    id = district.draft(district.news())
    assert "draft" in run(runner, "list")
    seen = run(runner, "preview", id)
    assert "families: 4, reached: 3, messages: 3" in seen
    assert "left out, no_number: 1" in seen
    assert "begins at" in run(runner, "start", id)
    assert "is draft" in run(runner, "stop", id), "undone within the minute"
    run(runner, "start", id)
    district.now += timedelta(minutes=2)
    district.expand()
    assert "is paused" in run(runner, "pause", id)
    assert "is running" in run(runner, "resume", id)
    district.sent(*district.claim(), status="delivered")
    found = json.loads(run(runner, "ledger", id, "--json"))
    assert (found["invited"], found["delivered"], found["excluded"], found["balances"]) == (4, 3, 1, True)
    assert "balances" in run(runner, "ledger", id)
    header, line = run(runner, "unreached", id).splitlines()
    assert header.startswith("folio,municipality_code,place,zone,gestor")
    assert line.endswith("excluded,no_number")
    district.expand()
    assert "finished" in run(runner, "list")


def test_what_cannot_be_done_is_one_clear_line(runner: FlaskCliRunner, district: District) -> None:
    id = district.draft(district.news())
    for words, said in (
        (("pause", id), f"campaign {id} is draft: nothing was done"),
        (("ledger", 99), "there is no campaign 99"),
    ):
        done = runner.invoke(args=["campaigns", *map(str, words)])
        assert (done.exit_code, done.output.strip()) == (1, f"Error: {said}")


def test_those_reminded_of_an_anonymous_wave_are_not_listed(runner: FlaskCliRunner, district: District) -> None:
    wave_id = district.wave()
    district.rows("UPDATE waves SET status = 'open' RETURNING 1")
    id = district.draft(Plan("Recordatorio", Kind.REMINDER, Filter(), wave_id))
    assert runner.invoke(args=["campaigns", "unreached", str(id)]).exit_code == 1
