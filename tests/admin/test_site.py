"""The public site around the report card: programmes, commitments, participation, open data and the paper."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

import options
from admin import council, public, site
from admin.open_data import DICTIONARY, TABLES
from admin.site import changed
from admin.tile_map import PLACES, tiles
from db import Database
from families.staff import StaffMember
from startup import Services
from surveys import comments, commitments, export, publications
from surveys.commitments import Commitment, CommitmentChange, Promise, State
from surveys.disclosure import PublicChange
from surveys.waves import Wave

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.fixture
def demo_database(demo_app: Flask) -> Database:
    services = demo_app.extensions["libreta"]
    assert isinstance(services, Services)
    return services.database


@pytest.fixture
def published_wave(demo_database: Database) -> int:
    with demo_database.transaction() as connection:
        wave_id = connection.scalar(select(Wave.id).where(Wave.published_at.is_not(None)))
    assert wave_id is not None
    return wave_id


@pytest.fixture
def promise(demo_database: Database, published_wave: int) -> Iterator[int]:
    """A commitment of Sincelejo that is overdue."""
    made = Promise(
        wave_id=published_wave,
        territory="70001",
        actor="salud",
        said="<b>Las colas</b> son muy largas",
        promise="Dar citas por teléfono",
        owner="Secretaría de Salud",
        due_on=NOW.date() - timedelta(days=400),
    )
    with demo_database.transaction() as connection:
        commitment_id = commitments.make(connection, made, None, NOW)
    yield commitment_id
    with demo_database.transaction() as connection:
        connection.execute(delete(CommitmentChange).where(CommitmentChange.commitment_id == commitment_id))
        connection.execute(delete(Commitment).where(Commitment.id == commitment_id))


PAGES = ("/", "/programas", "/programas/salud", "/compromisos", "/participacion", "/datos/", "/metodo")


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["es", "en"])
def test_every_page_opens_in_both_languages_and_needs_no_script(
    reader: FlaskClient, address: str, language: str
) -> None:
    page = reader.get(f"{address}?lang={language}")
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert "<script" not in page.text


@pytest.mark.parametrize("address", PAGES)
def test_before_the_first_publication_every_page_says_so_or_is_not_there(client: FlaskClient, address: str) -> None:
    page = client.get(address)
    assert page.status_code == (404 if address == "/programas/salud" else 200)


def test_a_programme_is_read_place_by_place(reader: FlaskClient) -> None:
    page = unescape(reader.get("/programas/salud").text)
    assert "Sincelejo, Sucre" in page
    assert reader.get("/programas/nadie").status_code == 404


def test_a_programme_tells_what_happened_to_families_in_the_place_that_is_read(
    reader: FlaskClient, demo_database: Database, published_wave: int
) -> None:
    page = re.sub(r"<[^>]+>|\s+", " ", unescape(reader.get("/programas/salud?territorio=70001").text))
    with demo_database.transaction() as connection:
        card = publications.published(connection, published_wave, "70001")
    assert card is not None
    problem = card.figure("salud", "problem")
    assert problem is not None
    assert problem.share is not None
    assert "Qué más dijeron: Sincelejo, Sucre" in page
    assert re.search(rf"Tuvo problemas +{problem.share.value} % +{problem.n} ", page)


def test_comments_that_were_let_out_are_read_with_the_grades(
    reader: FlaskClient, demo_database: Database, published_wave: int
) -> None:
    found = comments.Comment(uuid4(), published_wave, "70001", "La fila es <larga>")
    with demo_database.transaction() as connection:
        reviewer = connection.scalar(select(StaffMember.id).limit(1)) or 0
        assert comments.decide(connection, found, comments.RELEASED, found.text, reviewer, NOW)
    pages = {code: reader.get(f"/?territorio={code}").text for code in ("", "70", "70001", "70215")}
    with demo_database.transaction() as connection:
        connection.execute(delete(comments.CommentReview).where(comments.CommentReview.reviewed_at == NOW))
    assert [code for code, page in pages.items() if "«La fila es &lt;larga&gt;»" in page] == ["", "70", "70001"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(None, "", id="nothing to compare with"),
        pytest.param(PublicChange(1, 10, -5, 25, False), "parecido", id="chance may bring as much"),
        pytest.param(PublicChange(1, -10, -20, -5, True), "\N{MINUS SIGN}10 puntos", id="less"),
        pytest.param(PublicChange(1, 0, -5, 0, True), "un poco menos", id="less, rounded to nothing"),
        pytest.param(PublicChange(1, 0, 0, 5, True), "un poco más", id="more, rounded to nothing"),
    ],
)
def test_a_change_is_told_as_what_it_is(app: Flask, change: PublicChange | None, told: str) -> None:
    with app.test_request_context():
        assert changed(change) == told


def test_pages_say_the_minimum_that_holds(reader: FlaskClient, demo_database: Database, published_wave: int) -> None:
    """The method that which is set now, a published wave that under which it was published."""
    with demo_database.transaction() as connection:
        options.change(connection, options.MINIMUM_CELL, 25, None, NOW)
    try:
        assert "menos de 25 familias" in reader.get("/metodo").text
        assert "menos de 10 familias" in reader.get(f"/?ronda={published_wave}").text
    finally:
        with demo_database.transaction() as connection:
            options.change(connection, options.MINIMUM_CELL, options.MINIMUM_CELL.default, None, NOW)
            connection.execute(delete(options.SettingsValue).where(options.SettingsValue.set_at == NOW))


def test_a_promise_says_what_was_said_and_that_it_is_overdue(reader: FlaskClient, promise: int) -> None:
    html = reader.get("/compromisos").text
    assert promise
    assert "<b>Las colas" not in html
    page = unescape(html)
    for words in ("Las colas", "Dar citas por teléfono", "Secretaría de Salud", "Vencido", "Sincelejo, Sucre"):
        assert words in page
    assert "Dar citas" in reader.get("/compromisos?territorio=70001").text
    assert "Dar citas" in reader.get("/programas/salud").text
    assert reader.get("/compromisos?territorio=99999").status_code == 404


def test_open_data_are_the_published_figures_with_every_column_explained(
    reader: FlaskClient, published_wave: int
) -> None:
    answer = reader.get(f"/datos/libreta-{published_wave}.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows
    assert tuple(rows[0]) == export.PUBLISHED
    assert set(DICTIONARY) == {column for _, columns, _ in TABLES.values() for column in columns}
    data = reader.get(f"/datos/libreta-{published_wave}.json").get_json()
    assert len(data["rows"]) == len(rows)
    assert data["licence"] == "CC BY 4.0"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    again = reader.get(f"/datos/libreta-{published_wave}.csv", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_every_code_of_the_tables_has_its_name(reader: FlaskClient, published_wave: int) -> None:
    def read(table: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(reader.get(f"/datos/{table}-{published_wave}.csv").text)))

    names = {(row["kind"], row["code"]): row["name"] for row in read("nombres")}
    assert names["territory", "70001"] == "Sincelejo"
    assert names["actor", "gestor"] == "Gestores y gestoras"
    for table in ("libreta", "respuestas", "grupos", "participacion"):
        rows = read(table)
        assert rows, table
        for row in rows:
            for kind in {"territory", "actor", "indicator", "answer"} & row.keys():
                assert (kind, row[kind]) in names or (kind, row[kind]) == ("actor", "")


def test_tables_of_a_wave_say_what_its_cards_do(
    reader: FlaskClient, demo_database: Database, published_wave: int
) -> None:
    with demo_database.transaction() as connection:
        card = publications.published(connection, published_wave, "70001")
    assert card is not None
    grade = card.figure("municipio", "grade")
    assert grade is not None
    spread = reader.get(f"/datos/respuestas-{published_wave}.json").get_json()["rows"]
    assert {
        row["answer"]: (row["share_percent"], row["share_bound"])
        for row in spread
        if (row["territory"], row["actor"], row["indicator"]) == ("70001", "municipio", "grade")
    } == {answer: (share.value, share.bound) for answer, share in grade.distribution.items()}
    took_part = reader.get(f"/datos/participacion-{published_wave}.json").get_json()["rows"]
    (here,) = [row for row in took_part if row["territory"] == "70001"]
    assert (here["invited"], here["started"]) == (card.invited, card.started)


@pytest.mark.parametrize("name", ["rondas", "compromisos", "diccionario"])
def test_the_other_tables_come_in_both_forms(reader: FlaskClient, promise: int, name: str) -> None:
    assert promise
    rows = list(csv.DictReader(io.StringIO(reader.get(f"/datos/{name}.csv").text)))
    assert len(rows) == len(reader.get(f"/datos/{name}.json").get_json()["rows"]) > 0


def test_a_wave_that_is_not_published_has_no_data(reader: FlaskClient, demo_database: Database) -> None:
    with demo_database.transaction() as connection:
        open_wave = connection.scalar(select(Wave.id).where(Wave.published_at.is_(None)))
    assert reader.get(f"/datos/libreta-{open_wave}.csv").status_code == 404
    assert reader.get(f"/informe/{open_wave}/70001.pdf").status_code == 404


def test_the_report_for_the_council_is_two_pages_of_paper(
    reader: FlaskClient, published_wave: int, promise: int
) -> None:
    assert promise
    answer = reader.get(f"/informe/{published_wave}/70001.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF")
    assert len(re.findall(rb"/Type */Page\b(?!s)", answer.data)) == 2
    assert reader.get(f"/informe/{published_wave}/05001.pdf").status_code == 404


def test_the_report_carries_a_few_released_comments_and_stays_on_two_pages(
    demo_app: Flask, reader: FlaskClient, demo_database: Database, published_wave: int
) -> None:
    said = [f"{'Mucha fila y no avisan cuando cambian la cita. ' * 4}{n}" for n in range(8)]
    with demo_database.transaction() as connection:
        reviewer = connection.scalar(select(StaffMember.id).limit(1)) or 0
        for words in [*said, "Muy largo. " * 30]:
            found = comments.Comment(uuid4(), published_wave, "70001", words)
            assert comments.decide(connection, found, comments.RELEASED, words, reviewer, NOW)
    with demo_app.test_request_context("/"), demo_database.transaction() as connection:
        shown = council.contents(connection, published_wave, "70001")["comments"]
        elsewhere = council.contents(connection, published_wave, "70215")["comments"]
    paper = reader.get(f"/informe/{published_wave}/70001.pdf").data
    with demo_database.transaction() as connection:
        connection.execute(delete(comments.CommentReview).where(comments.CommentReview.reviewed_at == NOW))
    assert len(shown) == council.MOST_COMMENTS
    assert set(shown) <= set(said)
    assert elsewhere == []
    assert len(re.findall(rb"/Type */Page\b(?!s)", paper)) == 2


def test_the_report_of_the_country_leaves_promises_of_municipalities_to_them(
    demo_app: Flask, demo_database: Database, published_wave: int, promise: int
) -> None:
    def promised(code: str) -> list[str]:
        with demo_app.test_request_context("/"), demo_database.transaction() as connection:
            return [each["promise"] for each in council.contents(connection, published_wave, code)["promises"]]

    assert promise
    assert "Dar citas por teléfono" in promised("70001")
    assert "Dar citas por teléfono" not in promised("")


@pytest.fixture
def many_promises(demo_database: Database, published_wave: int) -> Iterator[int]:
    """More commitments of Sincelejo than a page shows, at length."""
    with demo_database.transaction() as connection:
        for number in range(site.MOST_PROMISES + 2):
            long = f"{number}: {'hay que madrugar y hacer fila. ' * 15}"
            made = Promise(published_wave, "70001", "salud", long, long, "Secretaría de Salud Municipal", NOW.date())
            commitments.make(connection, made, None, NOW - timedelta(days=1))
    yield site.MOST_PROMISES + 2
    with demo_database.transaction() as connection:
        made_then = select(Commitment.id).where(Commitment.made_at == NOW - timedelta(days=1))
        connection.execute(delete(CommitmentChange).where(CommitmentChange.commitment_id.in_(made_then)))
        connection.execute(delete(Commitment).where(Commitment.made_at == NOW - timedelta(days=1)))


@pytest.mark.parametrize("address", ["/compromisos", "/compromisos?territorio=70001", "/programas/salud"])
def test_of_very_many_promises_a_page_shows_the_first(
    reader: FlaskClient, many_promises: int, published_wave: int, address: str
) -> None:
    page = reader.get(address).text
    assert page.count("<strong>Compromiso:</strong>") == site.MOST_PROMISES < many_promises
    assert len(page) < 150_000
    if address != "/programas/salud":
        assert "compromisos.csv" in page
    paper = reader.get(f"/informe/{published_wave}/70001.pdf").data
    assert len(re.findall(rb"/Type */Page\b(?!s)", paper)) == 2


@pytest.mark.parametrize(
    ("address", "read"),
    [
        pytest.param("/", 2, id="the last of the country, though Sucre had one since"),
        pytest.param("/?territorio=70001", 3, id="the last of one's own municipality"),
        pytest.param("/?territorio=70", 3, id="the last of one's own department"),
        pytest.param("/?territorio=25754", 2, id="an address kept from before still leads there"),
        pytest.param("/?territorio=", 2, id="the country"),
        pytest.param("/?territorio=25754&ronda=1", 1, id="the one that is asked for"),
    ],
)
def test_a_reader_gets_the_last_round_of_where_they_are(app: Flask, address: str, read: int) -> None:
    listed = [Wave(id=3, territory="70"), Wave(id=2, territory=""), Wave(id=1, territory="")]
    with app.test_request_context(address):
        assert public.wave_to_read(listed).id == read


def test_every_department_has_one_tile_of_its_own() -> None:
    assert len({(row, column) for _, row, column in PLACES.values()}) == len(PLACES) == 33


def test_a_tile_without_a_grade_has_no_shade() -> None:
    by_code = {tile.code: tile for tile in tiles({"70": "Sucre"}, {"70": 3.8})}
    assert (by_code["70"].band, by_code["70"].name) == ("3", "Sucre")
    assert by_code["05"].band == ""


def test_what_a_commitment_said_before_is_kept(demo_database: Database, promise: int) -> None:
    with demo_database.transaction() as connection:
        due = date(2027, 1, 15)
        changed = commitments.change(
            connection, promise, None, NOW, state=State.OPEN, due_on=due, promise="Dos médicos más", outcome=""
        )
        assert changed
        again = commitments.change(
            connection, promise, None, NOW, state=State.OPEN, due_on=due, promise="Dos médicos más", outcome=""
        )
        assert not again
        assert [each.promise for each in commitments.history(connection, promise)] == [
            "Dar citas por teléfono",
            "Dos médicos más",
        ]
        with pytest.raises(ValueError, match="outcome"):
            commitments.change(connection, promise, None, NOW, state=State.DONE, due_on=due, promise="x", outcome=" ")
