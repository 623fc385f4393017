"""The public page: what was published and nothing that gives anybody away."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from admin import cards
from db import Database
from families import territory
from startup import Services
from surveys import disclosure, library, publications, waves
from surveys.compile import compile_form
from surveys.disclosure import Percent, PublicCard, PublicFigure
from surveys.forms.build import WORKBOOK
from surveys.publications import Publication

HOSTILE = "<script>alert('ronda')</script> & \"comillas\""
GOOD = PublicFigure(40, 4.2, Percent(80), (Percent(65), Percent(95, "≥")), {})


@pytest.fixture
def published(database: Database) -> int:
    """A published wave with a hostile name: one grade that may be shown, one that may not."""
    now = datetime.now(UTC)
    with database.transaction() as connection:
        territory.load(connection)
        form = compile_form(WORKBOOK.read_bytes()).form
        assert form is not None
        version = library.publish(connection, form, WORKBOOK.read_bytes(), now)
        wave_id = waves.plan(
            connection,
            name=HOSTILE,
            form_version_id=version,
            territory="70001",
            period=(date(2026, 7, 1), date(2026, 7, 31)),
        )
        waves.open(connection, wave_id, now)
        waves.close(connection, wave_id, now)
        waves.publish(connection, wave_id, now)
        actors: Mapping[str, Mapping[str, PublicFigure | None]] = {
            "salud": {"grade": GOOD},
            "sena": {"grade": None},
            "<b>otro</b>": {"grade": GOOD},
        }
        card = PublicCard(wave_id, "70001", actors, 100, 10, 45, Percent(45))
        connection.execute(
            insert(Publication).values(wave_id=wave_id, territory="70001", card=card.to_json(), published_at=now)
        )
    return wave_id


def test_before_the_first_publication_the_page_says_what_will_come(client: FlaskClient) -> None:
    assert "Todavía no hay resultados publicados" in client.get("/").text


@pytest.mark.usefixtures("published")
def test_grades_shares_and_participation_are_shown(client: FlaskClient) -> None:
    page = unescape(client.get("/").text)
    for words in ("Sincelejo, Sucre", "Salud", "4,2", "80\u00a0%", "65–≥95\u00a0%", "45\u00a0% de las invitadas"):
        assert words in page


@pytest.mark.usefixtures("published")
def test_a_suppressed_grade_is_named_and_not_told(client: FlaskClient) -> None:
    page = unescape(client.get("/").text)
    assert "Sin nota publicada: SENA." in page
    row = page.split('<th scope="row">SENA</th>')[1].split("</tr>")[0]
    assert not re.search(r"\d", row.replace('colspan="2"', ""))


@pytest.mark.usefixtures("published")
def test_names_are_shown_as_text(client: FlaskClient) -> None:
    html = client.get("/").text
    assert "<script>alert" not in html
    assert "<b>otro" not in html
    assert HOSTILE in unescape(html)


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    "query",
    [
        pytest.param("ronda=999", id="a wave that is not there"),
        pytest.param("ronda=x", id="a wave that is no number"),
        pytest.param("territorio=05001", id="a place that was not asked"),
        pytest.param("territorio=<script>", id="no place at all"),
        pytest.param("territorio=", id="the country, of which this wave is a part"),
    ],
)
def test_what_was_not_published_does_not_exist(client: FlaskClient, query: str) -> None:
    assert client.get(f"/?{query}").status_code == 404
    assert client.get(f"/grafico.svg?{query}").status_code == 404


@pytest.mark.usefixtures("published")
def test_the_chart_is_kept_by_browsers_and_known_by_its_tag(client: FlaskClient) -> None:
    address = unescape(re.findall(r'src="(/grafico\.svg[^"]*)"', client.get("/").text)[0])
    first = client.get(address)
    assert (first.status_code, first.mimetype) == (200, "image/svg+xml")
    assert "immutable" in first.headers["Cache-Control"]
    assert "Salud" in first.text
    assert "SENA" not in first.text
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    stale = client.get(address.split("&v=")[0])
    assert "no-cache" in stale.headers["Cache-Control"]


def test_a_page_that_has_not_changed_is_not_sent_again(reader: FlaskClient) -> None:
    first = reader.get("/")
    again = reader.get("/", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
    assert reader.get("/?lang=en", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_an_open_wave_is_not_on_the_public_page(reader: FlaskClient) -> None:
    page = reader.get("/").text
    assert "primera ronda" in page
    assert "segunda ronda" not in page


def test_no_page_of_the_demo_shows_a_figure_of_fewer_than_ten(reader: FlaskClient, demo_app: Flask) -> None:
    """Every published territory, read as a reader would: each number of answers on it is ten or more."""
    services: Services = demo_app.extensions["libreta"]
    with services.database.transaction() as connection:
        territories = connection.scalars(select(Publication.territory).distinct()).all()
    assert len(territories) == 8
    for code in territories:
        page = unescape(reader.get(f"/?territorio={code}").text)
        told = [int(n.replace(".", "")) for n in re.findall(r"([\d.]+) respuestas?<", page)]
        assert told, code
        assert min(told) >= disclosure.MINIMUM, code


def test_gestores_of_one_municipality_are_not_graded_in_public(reader: FlaskClient) -> None:
    assert "Sin nota publicada: " in (page := unescape(reader.get("/?territorio=70001").text))
    assert "Gestores y gestoras" in page.split("Sin nota publicada: ")[1].split(".")[0]


def test_grades_of_a_form_without_names_fall_back_on_its_words(app: Flask, database: Database, published: int) -> None:
    with database.transaction() as connection:
        wave = waves.get(connection, published)
        assert wave is not None
        form = library.load(connection, wave.form_version_id)
        card = publications.published(connection, published, "70001")
    assert card is not None
    with app.test_request_context("/?lang=en"):
        assert [line.name for line in cards.public_lines(card, form)] == ["<b>otro</b>", "Health", "SENA"]
