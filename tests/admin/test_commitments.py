"""The staff record what was promised and keep it up to date, each in their own places."""

from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from db import Database
from families import territory
from families.audit import AuditEntry
from families.staff import Staff
from surveys import commitments, library, waves
from surveys.commitments import Commitment, Promise
from surveys.compile import compile_form
from surveys.forms.build import WORKBOOK
from tests.admin.conftest import log_in, token

NOW = datetime.now(UTC)
LATER = (NOW + timedelta(days=60)).date().isoformat()


@pytest.fixture
def wave(database: Database) -> int:
    with database.transaction() as connection:
        territory.load(connection)
        form = compile_form(WORKBOOK.read_bytes()).form
        assert form is not None
        version = library.publish(connection, form, WORKBOOK.read_bytes(), NOW)
        period = (date(2026, 11, 1), date(2026, 11, 30))
        wave_id = waves.plan(connection, name="Primera", form_version_id=version, territory="", period=period)
        waves.open(connection, wave_id, NOW)
    return wave_id


@pytest.fixture
def coordinator(app: Flask, zonal: Staff, wave: int) -> FlaskClient:
    client = app.test_client()
    assert wave
    assert log_in(client, zonal.login) == 303
    return client


def filled(client: FlaskClient, wave: int, **fields: str) -> dict[str, str]:
    return {
        "csrf_token": token(client, "/admin/compromisos/nuevo"),
        "ronda": str(wave),
        "territorio": "70001",
        "actor": "sena",
        "said": "Faltan cupos",
        "promise": "<b>Cien</b> cupos más",
        "owner": "SENA Sucre",
        "due_on": LATER,
        **fields,
    }


def test_a_promise_is_recorded_and_anybody_reads_it(coordinator: FlaskClient, wave: int, database: Database) -> None:
    page = coordinator.post("/admin/compromisos/nuevo", data=filled(coordinator, wave), follow_redirects=True)
    assert "Compromiso anotado" in page.text
    public = coordinator.get("/compromisos").text
    assert "Faltan cupos" in public
    assert "<b>Cien" not in public
    with database.transaction() as connection:
        assert connection.scalar(select(AuditEntry.action).where(AuditEntry.object_kind == "commitment")) == "made"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        pytest.param({"said": "  "}, "Falta este dato", id="nothing said"),
        pytest.param({"promise": "x" * 601}, "Es muy largo", id="too long"),
        pytest.param({"territorio": "05001"}, "Escoja una de las opciones", id="somebody else's place"),
        pytest.param({"actor": "nadie"}, "Escoja una de las opciones", id="nobody who is graded"),
        pytest.param({"due_on": "2020-01-01"}, "ya pasó", id="a day gone by"),
        pytest.param({"due_on": "mañana"}, "Escoja una fecha", id="no date"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_the_rest_is_kept(
    coordinator: FlaskClient, wave: int, fields: dict[str, str], problem: str
) -> None:
    page = coordinator.post("/admin/compromisos/nuevo", data=filled(coordinator, wave, **fields))
    assert page.status_code == 422
    assert problem in unescape(page.text)
    assert "SENA Sucre" in page.text


def test_a_promise_ends_with_a_word_on_what_happened(coordinator: FlaskClient, wave: int, database: Database) -> None:
    coordinator.post("/admin/compromisos/nuevo", data=filled(coordinator, wave))
    with database.transaction() as connection:
        commitment = connection.scalar(select(Commitment.id))
    address = f"/admin/compromisos/{commitment}"
    change = {
        "csrf_token": token(coordinator, address),
        "state": "done",
        "due_on": LATER,
        "promise": "Cien cupos más",
        "outcome": "",
    }
    assert coordinator.post(address, data=change).status_code == 422
    assert coordinator.post(address, data={**change, "outcome": "Ya hay 120 cupos"}).status_code == 303
    assert "Ya hay 120 cupos" in coordinator.get("/compromisos").text
    unpublished = coordinator.post(f"{address}/contar", data=change, follow_redirects=True)
    assert "Primero hay que publicar la ronda" in unpublished.text
    assert "<b>Cien" not in coordinator.get(address).text
    assert "&lt;b&gt;Cien" in coordinator.get(address).text


def test_a_promise_of_another_place_does_not_exist(coordinator: FlaskClient, wave: int, database: Database) -> None:
    promise = Promise(wave, "05001", "", "a", "secreto", "c", date(2027, 1, 1))
    with database.transaction() as connection:
        other = commitments.make(connection, promise, None, NOW)
    assert coordinator.get(f"/admin/compromisos/{other}").status_code == 404
    assert "secreto" not in coordinator.get("/admin/compromisos/").text
    assert "secreto" not in coordinator.get("/admin/compromisos/?formato=csv").text
