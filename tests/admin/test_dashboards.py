"""The dashboards of the Libreta: what they show can be taken along, is within scope, and leads on."""

import csv
import io
import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import event

from admin import dashboards
from bot import demo
from startup import Services
from surveys.disclosure import Percent, PublicCard, PublicFigure
from tests.admin.conftest import log_in

MOST_QUERIES = 15
PAGES = ("", "/de/salud", "/participacion", "/definiciones")


@pytest.fixture
def reader(demo_app: Flask, request: pytest.FixtureRequest) -> FlaskClient:
    """Somebody of the demo's staff, logged in: the national coordination if not said otherwise."""
    login = getattr(request, "param", "nacional")
    services: Services = demo_app.extensions["libreta"]
    client = demo_app.test_client()
    assert log_in(client, login, demo.password(services.settings.secret_key, login)) == 303
    return client


def text(client: FlaskClient, page: str) -> str:
    answer = client.get(f"/admin/calificaciones{page}")
    assert answer.status_code == 200, page
    return unescape(answer.text)


def files(page: str) -> list[str]:
    """The addresses of everything that can be taken along from a page."""
    return re.findall(r'href="([^"]*formato=[^"]*)"', page)


def test_a_programme_is_shown_with_its_spread_its_trend_and_what_goes_with_low_grades(reader: FlaskClient) -> None:
    page = text(reader, "/de/familias?ronda=1&territorio=")
    for title in (
        "Cómo se reparten las notas",
        "Todo lo que se preguntó",
        "De ronda en ronda",
        "Qué va con una nota baja",
    ):
        assert title in page
    assert "Le pidieron plata o un favor" in page


@pytest.mark.parametrize("page", PAGES)
def test_everything_that_is_shown_can_be_taken_along(reader: FlaskClient, page: str) -> None:
    addresses = files(text(reader, f"{page}?ronda=1&territorio="))
    assert {address.split("formato=")[1].split("&")[0] for address in addresses} >= {"xlsx", "csv"}
    for address in addresses:
        answer = reader.get(address)
        assert answer.status_code == 200, address
        assert "attachment" in answer.headers["Content-Disposition"]
        if "formato=png" in address:
            assert answer.data.startswith(b"\x89PNG")
        if "formato=svg" in address:
            assert answer.data.startswith(b"<svg")


def test_the_files_hold_what_the_table_shows_and_numbers_stay_numbers(reader: FlaskClient) -> None:
    address = "/admin/calificaciones?ronda=1&territorio=&cuadro=notas&formato="
    lines = list(csv.reader(io.StringIO(reader.get(address + "csv").text.removeprefix("\ufeff"))))
    sheet = load_workbook(io.BytesIO(reader.get(address + "xlsx").data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert (
        lines[0]
        == list(rows[0])
        == [
            "Calificado",
            "Nota",
            "De cada 100",
            "Límite",
            "Margen, desde",
            "Margen, hasta",
            "Respuestas",
            "Cambio en puntos",
            "¿Más que azar?",
        ]
    )
    assert len(lines) == len(rows) > 5
    assert all(isinstance(row[6], int) for row in rows[1:])
    for name, *_ in rows[1:]:
        assert str(name) in text(reader, "?ronda=1&territorio=")


def test_what_goes_with_low_grades_has_a_margin_as_wide_as_those_it_is_made_of(app: Flask) -> None:
    """Of very many families too: shares are rounded, so their difference is no more exact."""

    def said(share: int, low: int, high: int) -> PublicCard:
        grade = PublicFigure(100_000, 3.0, Percent(share), (Percent(low), Percent(high)))
        return PublicCard(1, "", {"salud": {"grade": grade}})

    with app.test_request_context():
        table = dashboards.drivers({"problem:si": said(20, 15, 25), "problem:no": said(60, 55, 60)}, "salud")
    assert table.rows[0][-3:] == [-40, -45, -30]


@pytest.mark.parametrize("page", [*PAGES, "?cuadro=notas&formato=csv"])
@pytest.mark.parametrize(
    ("reader", "place", "status"),
    [
        pytest.param("zonal.sincelejo", "70001", 200, id="own municipality"),
        pytest.param("zonal.sincelejo", "70713", 404, id="another's"),
        pytest.param("zonal.sincelejo", "70", 404, id="the department of a zonal coordinator"),
        pytest.param("ut.sucre", "70", 200, id="the department of its coordinator"),
        pytest.param("ut.sucre", "", 404, id="the country"),
        pytest.param("gestor.sincelejo1", "70001", 404, id="a gestor, who is graded"),
    ],
    indirect=["reader"],
)
def test_everybody_sees_their_own_territory(reader: FlaskClient, page: str, place: str, status: int) -> None:
    address = f"/admin/calificaciones{page}{'&' if '?' in page else '?'}ronda=1&territorio={place}"
    assert reader.get(address).status_code == status


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param("?cuadro=notas&formato=exe", id="no such kind"),
        pytest.param("?cuadro=otro&formato=csv", id="no such table"),
        pytest.param("/de/nadie", id="nobody of that name"),
        pytest.param("?territorio=99", id="no such territory"),
    ],
)
def test_what_there_is_not_is_not_found(reader: FlaskClient, wrong: str) -> None:
    assert reader.get(f"/admin/calificaciones{wrong}").status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_pages_ask_few_questions_of_the_database(reader: FlaskClient, demo_app: Flask, page: str) -> None:
    services: Services = demo_app.extensions["libreta"]
    asked: list[str] = []
    text(reader, page)
    event.listen(services.database.engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    text(reader, page)
    assert 0 < len(asked) <= MOST_QUERIES


def test_definitions_say_what_was_asked_and_how_it_is_worked_out(reader: FlaskClient) -> None:
    page = text(reader, "/definiciones")
    assert "…: ¿qué nota le pone a su servicio?" in page
    assert "Nota de 1 a 5. El promedio, y de cada 100 familias cuántas pusieron 4 o 5." in page
