"""What coordinators see: their own municipalities, as far as figures may be seen."""

import csv
import io
import re
from datetime import UTC, date, datetime
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from bot import demo
from db import Database
from families import territory
from families.staff import Staff
from startup import Services
from surveys import disclosure, library, waves
from surveys.compile import compile_form
from surveys.forms.build import WORKBOOK
from surveys.waves import Wave
from tests.admin.conftest import log_in

SINCELEJO, COROZAL, SAN_ONOFRE, SOACHA = "70001", "70215", "70713", "25754"
MOST_QUERIES = 15
NOW = datetime.now(UTC)


@pytest.fixture
def coordinator(demo_app: Flask, request: pytest.FixtureRequest) -> FlaskClient:
    """Somebody of the demo's staff, logged in: the zonal coordinator of Sincelejo and Corozal if not said otherwise."""
    login = getattr(request, "param", "zonal.sincelejo")
    services: Services = demo_app.extensions["libreta"]
    client = demo_app.test_client()
    assert log_in(client, login, demo.password(services.settings.secret_key, login)) == 303
    return client


def places(page: str) -> set[str]:
    """The municipalities that a page offers."""
    return set(re.findall(r'<option value="(\d{5})"', page))


def test_without_a_wave_the_page_says_who_opens_one(client: FlaskClient, zonal: Staff) -> None:
    log_in(client, "zonal")
    assert "Aún no hay rondas en su territorio" in client.get("/admin/calificaciones").text


def test_a_wave_whose_figures_are_still_to_come_is_no_error(
    client: FlaskClient, zonal: Staff, database: Database
) -> None:
    with database.transaction() as connection:
        territory.load(connection)
        form = compile_form(WORKBOOK.read_bytes()).form
        assert form is not None
        version = library.publish(connection, form, WORKBOOK.read_bytes(), NOW)
        period = (date(2026, 11, 1), date(2026, 11, 30))
        wave = waves.plan(connection, name="Nueva", form_version_id=version, territory="70", period=period)
        waves.open(connection, wave, NOW)
    log_in(client, "zonal")
    assert "Aún no hay rondas en su territorio" in client.get("/admin/calificaciones").text
    assert client.get(f"/admin/calificaciones?ronda={wave}").status_code == 200
    assert client.get(f"/admin/calificaciones?ronda={wave + 1}").status_code == 404


def test_a_zonal_coordinator_sees_grades_and_participation(coordinator: FlaskClient) -> None:
    page = unescape(coordinator.get("/admin/calificaciones").text)
    assert "Libreta de la segunda ronda" in page
    assert "Notas de Sincelejo, Sucre" in page
    for words in ("Familias en Acción", "Sin teléfono al que llegar", "Respondieron"):
        assert words in page
    assert re.search(r'<td class="figure">\d,\d</td>', page)
    assert "Margen, desde" in page


@pytest.mark.parametrize(
    ("coordinator", "seen"),
    [
        pytest.param("zonal.sincelejo", {SINCELEJO, COROZAL}, id="zonal: own municipalities"),
        pytest.param("zonal.sanonofre", {SAN_ONOFRE}, id="zonal: a single one"),
        pytest.param("ut.sucre", {SINCELEJO, COROZAL, SAN_ONOFRE}, id="UT: own department"),
        pytest.param("ut.cundinamarca", {SOACHA, "25878"}, id="UT: another department"),
        pytest.param("auditoria", {SINCELEJO, COROZAL, SAN_ONOFRE, SOACHA, "25878"}, id="auditor: all"),
    ],
    indirect=["coordinator"],
)
def test_everybody_sees_their_own_municipalities_only(
    coordinator: FlaskClient, demo_app: Flask, seen: set[str]
) -> None:
    services: Services = demo_app.extensions["libreta"]
    with services.database.transaction() as connection:
        first = connection.scalar(select(Wave.id).where(Wave.status == "closed"))
    assert places(coordinator.get(f"/admin/calificaciones?ronda={first}").text) == seen
    for code in (SINCELEJO, COROZAL, SAN_ONOFRE, SOACHA, "25878"):
        expected = 200 if code in seen else 404
        assert coordinator.get(f"/admin/calificaciones?ronda={first}&territorio={code}").status_code == expected
        assert (
            coordinator.get(
                f"/admin/calificaciones?ronda={first}&territorio={code}&cuadro=notas&formato=svg"
            ).status_code
            == expected
        )


def table(client: FlaskClient, address: str) -> list[dict[str, str]]:
    """A table of the page, as it is taken along."""
    return list(csv.DictReader(io.StringIO(client.get(f"{address}&formato=csv").text.removeprefix("\ufeff"))))


def test_municipalities_stand_side_by_side(coordinator: FlaskClient) -> None:
    rows = table(coordinator, "/admin/calificaciones?cuadro=territorios")
    assert [row["Territorio"] for row in rows] == ["Sincelejo, Sucre", "Corozal, Sucre"]
    assert all(int(row["Faltan"]) == int(row["Invitadas"]) - int(row["Respondieron"]) for row in rows)
    assert any(row["Alcaldía"] for row in rows)


@pytest.mark.parametrize("coordinator", ["ut.cundinamarca"], indirect=True)
def test_a_wave_of_another_department_does_not_exist(coordinator: FlaskClient, demo_app: Flask) -> None:
    services: Services = demo_app.extensions["libreta"]
    with services.database.transaction() as connection:
        second = connection.scalar(select(Wave.id).where(Wave.status == "open"))
    assert coordinator.get(f"/admin/calificaciones?ronda={second}").status_code == 404
    assert "segunda ronda" not in coordinator.get("/admin/calificaciones").text


@pytest.mark.parametrize("coordinator", ["gestor.sincelejo1", "sena", "admin"], indirect=True)
def test_who_does_not_coordinate_sees_no_grades_but_the_public_ones(coordinator: FlaskClient) -> None:
    assert "Notas de" not in coordinator.get("/admin/", follow_redirects=True).text
    assert coordinator.get("/admin/calificaciones").status_code == 404
    assert coordinator.get("/admin/calificaciones?cuadro=notas&formato=svg").status_code == 404


@pytest.mark.parametrize("page", ["/admin/calificaciones", "/admin/calificaciones?cuadro=notas&formato=svg"])
def test_outsiders_are_asked_to_log_in(reader: FlaskClient, page: str) -> None:
    assert reader.get(page).headers["Location"].startswith("/admin/entrar")


@pytest.mark.parametrize("coordinator", ["auditoria"], indirect=True)
def test_grades_of_too_few_are_not_on_the_page(coordinator: FlaskClient) -> None:
    """Each row of grades stands on ten respondents or more, in every wave and municipality."""
    seen = 0
    for wave in re.findall(r'<option value="(\d{1,3})"', coordinator.get("/admin/calificaciones").text):
        for code in places(coordinator.get(f"/admin/calificaciones?ronda={wave}").text):
            rows = table(coordinator, f"/admin/calificaciones?ronda={wave}&territorio={code}&cuadro=notas")
            seen += len(rows)
            assert all(int(row["Respuestas"]) >= disclosure.MINIMUM for row in rows), (wave, code)
    assert seen > 20


def test_a_page_asks_few_questions_of_the_database(coordinator: FlaskClient, demo_app: Flask) -> None:
    services: Services = demo_app.extensions["libreta"]
    asked: list[str] = []
    coordinator.get("/admin/calificaciones")
    event.listen(services.database.engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    coordinator.get("/admin/calificaciones")
    assert 0 < len(asked) <= MOST_QUERIES
