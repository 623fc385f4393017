"""Monthly closings on the page: closed by the national coordination, read by each for their own places."""

import io
import re
from datetime import UTC, datetime
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from admin.closings import NAMES, by_place
from bot import monthly_closing
from bot.monthly_closing import Closing, Report
from db import Database
from families import staff, territory
from families.staff import Role
from tests.admin.conftest import PASSWORD, log_in, token
from tests.families.households import family, register


@pytest.fixture
def national(app: Flask, database: Database) -> FlaskClient:
    """The national coordination, with two families registered in Sincelejo."""
    with database.transaction() as connection:
        territory.load(connection)
        staff.add(connection, login="nacional", name="Luisa", role=Role.NATIONAL, password=PASSWORD)
        services = app.extensions["libreta"]
        register(connection, services.cipher, family(head="Ana"), family(head="Rosa"))
    client = app.test_client()
    assert log_in(client, "nacional") == 303
    return client


def close(client: FlaskClient, **fields: str) -> str:
    form = {"csrf_token": token(client, "/admin/cierres/"), **fields}
    return unescape(client.post("/admin/cierres/", data=form, follow_redirects=True).text)


def test_every_figure_of_a_closing_has_a_name() -> None:
    assert set(NAMES) == set(monthly_closing.FIGURES)


def test_a_page_of_the_whole_country_shows_departments() -> None:
    municipalities = {f"{number:05}": {"sessions_held": 2} for number in range(5_001, 5_061)}
    few = Report(Closing(), {}, municipalities)
    many = Report(
        Closing(), {}, municipalities | {f"{number:05}": {"sessions_held": 3} for number in range(70_001, 70_051)}
    )
    assert by_place(few) == municipalities
    assert by_place(many) == {"05": {"sessions_held": 120}, "70": {"sessions_held": 150}}


def test_a_month_is_closed_after_a_second_look_and_then_reads_the_same(national: FlaskClient) -> None:
    assert "nadie las puede cambiar después" in close(national)
    assert "Todavía no hay cierres" in national.get("/admin/cierres/").text
    page = close(national, confirmado="si")
    assert "Cierre 1" in page
    assert national.get("/admin/cierres/1").status_code == 200
    assert national.get("/admin/cierres/2").status_code == 404


def test_the_figures_come_as_a_workbook(national: FlaskClient) -> None:
    close(national, confirmado="si")
    book = load_workbook(io.BytesIO(national.get("/admin/cierres/1?formato=xlsx").data))
    sheet = book.worksheets[0]
    assert [cell.value for cell in next(sheet.rows)][:2] == ["Código", "Municipio"]


def test_the_account_of_the_year_is_a_paper(national: FlaskClient) -> None:
    close(national, confirmado="si")
    year = re.search(r"cuentas-(\d{4})\.pdf", national.get("/admin/cierres/").text)
    assert year
    paper = national.get(f"/admin/cierres/cuentas-{year[1]}.pdf")
    assert (paper.mimetype, paper.data[:4]) == ("application/pdf", b"%PDF")
    assert national.get("/admin/cierres/cuentas-1999.pdf").status_code == 404


def test_a_zonal_coordinator_reads_and_does_not_close(app: Flask, national: FlaskClient, zonal: staff.Staff) -> None:
    close(national, confirmado="si")
    client = app.test_client()
    assert log_in(client, zonal.login) == 303
    assert client.get("/admin/cierres/1").status_code == 200
    sent = {"csrf_token": token(client, "/admin/cierres/"), "confirmado": "si"}
    assert client.post("/admin/cierres/", data=sent).status_code == 404


def test_the_command_says_what_is_wrong(app: Flask, database: Database) -> None:
    from startup import create_commands

    runner = create_commands(app.extensions["libreta"]).test_cli_runner()
    this_month = f"{datetime.now(UTC):%Y-%m}"
    done = runner.invoke(args=["closings", "close", "--month", this_month])
    assert (done.exit_code, "not over yet" in done.output) == (1, True)
    assert runner.invoke(args=["closings", "close", "--month", "2025-01"]).output == "closing 1: 2025-01\n"
    assert "2025-01" in runner.invoke(args=["closings", "list"]).output
