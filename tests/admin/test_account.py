"""The second step, one's own account, links, and forms that outlive a session: as a browser meets them."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pyotp
import pytest
from flask import Flask, redirect, request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy import update

from admin.permission import permits
from db import Database
from families import staff, staff_links, staff_second_step
from families.staff import Role, Staff
from families.staff_sessions import StaffSession
from startup import Services
from tests.admin.conftest import PASSWORD, log_in, token

HOME = "/admin/calificaciones"
HERE = {"Origin": "http://localhost"}


def enter(client: FlaskClient, password: str = PASSWORD) -> str:
    """Log in as the coordinator who is no demo account; returns where the answer leads, or its page."""
    answer = client.post("/admin/entrar", data={"csrf_token": token(client), "login": "zonal", "password": password})
    return answer.headers.get("Location") or answer.text


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return unescape(found[1])


@pytest.fixture
def telephone(client: FlaskClient, zonal: Staff) -> pyotp.TOTP:
    """What shows the codes of the coordinator, who has just set it up and logged out."""
    enter(client)
    page = client.get("/admin/cuenta/segundo-paso").text
    shown = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert shown
    totp = pyotp.TOTP(shown[1].replace(" ", ""))
    early = totp.at(datetime.now(UTC) - timedelta(seconds=30))
    form = {"csrf_token": field(page, "csrf_token"), "code": early}
    done = client.post("/admin/cuenta/segundo-paso", data=form)
    assert done.status_code == 200
    assert len(re.findall(r"<code>[a-z2-9]{5}-[a-z2-9]{5}</code>", done.text)) == 10
    client.post("/admin/salir", data={"csrf_token": field(done.text, "csrf_token")})
    return totp


def test_a_coordinator_sets_up_the_second_step_before_anything_else(client: FlaskClient, zonal: Staff) -> None:
    assert enter(client) == "/admin/"
    assert client.get("/admin/").headers["Location"] == "/admin/cuenta/segundo-paso"
    assert client.get(HOME).headers["Location"] == "/admin/cuenta/segundo-paso"
    page = client.get("/admin/cuenta/segundo-paso").text
    assert 'src="data:image/svg+xml' in page
    wrong = {"csrf_token": field(page, "csrf_token"), "code": "000000"}
    assert client.post("/admin/cuenta/segundo-paso", data=wrong).status_code == 422
    assert client.get(HOME).status_code == 303


def test_the_password_alone_opens_nothing(client: FlaskClient, telephone: pyotp.TOTP) -> None:
    assert "Código de su teléfono" in enter(client)
    assert client.get(HOME).headers["Location"].startswith("/admin/entrar")


def test_password_and_code_open_and_the_code_does_so_once(
    client: FlaskClient, app: Flask, telephone: pyotp.TOTP
) -> None:
    code = telephone.at(datetime.now(UTC))
    statuses = []
    for browser in (client, app.test_client()):
        form = {"csrf_token": field(enter(browser), "csrf_token"), "code": code}
        statuses.append(browser.post("/admin/entrar/codigo", data=form).status_code)
        statuses.append(browser.get(HOME).status_code)
    assert statuses == [303, 200, 422, 302]


def test_codes_cannot_be_tried_without_end(client: FlaskClient, telephone: pyotp.TOTP) -> None:
    form = {"csrf_token": field(enter(client), "csrf_token"), "code": "123456"}
    answers = [client.post("/admin/entrar/codigo", data=form).status_code for _attempt in range(11)]
    assert answers[0] == 422
    assert answers[-1] in (303, 429)
    assert "no son correctos" in enter(client), "the account is locked, whatever is known of it"


def test_a_recovery_code_opens_where_the_telephone_is_lost(
    client: FlaskClient, telephone: pyotp.TOTP, zonal: Staff, services: Services
) -> None:
    with services.database.transaction() as connection:
        code = staff_second_step.new_recovery_codes(connection, services.code_key, zonal.id)[0]
    form = {"csrf_token": field(enter(client), "csrf_token"), "code": code}
    assert client.post("/admin/entrar/codigo", data=form).status_code == 303
    assert "Le quedan 9 códigos" in client.get("/admin/cuenta/").text


def test_a_code_without_a_password_leads_back(client: FlaskClient, telephone: pyotp.TOTP) -> None:
    form = {"csrf_token": token(client), "code": telephone.now()}
    assert client.post("/admin/entrar/codigo", data=form).headers["Location"] == "/admin/entrar"


def test_changing_ones_password_ends_the_sessions_elsewhere(client: FlaskClient, app: Flask, zonal: Staff) -> None:
    elsewhere = app.test_client()
    log_in(elsewhere, "zonal")
    log_in(client, "zonal")
    form = {"csrf_token": token(client, "/admin/cuenta/"), "password": "otra clave larga", "again": "otra clave larga"}
    refused = client.post("/admin/cuenta/clave", data={**form, "current": "no es esta"})
    assert refused.status_code == 422
    assert "no es su contraseña" in refused.text
    assert client.post("/admin/cuenta/clave", data={**form, "current": PASSWORD}).status_code == 303
    assert client.get(HOME).status_code == 200
    assert elsewhere.get(HOME).status_code == 302
    assert log_in(app.test_client(), "zonal") == 422
    assert log_in(app.test_client(), "zonal", "otra clave larga") == 303


def test_a_session_elsewhere_is_seen_and_ended(client: FlaskClient, app: Flask, zonal: Staff) -> None:
    elsewhere = app.test_client()
    log_in(elsewhere, "zonal")
    elsewhere.get(HOME, headers={"User-Agent": "<b>café</b>"})
    log_in(client, "zonal")
    page = client.get("/admin/cuenta/").text
    other = re.findall(r'name="session" value="(\d+)"', page)
    assert len(other) == 1
    client.post("/admin/cuenta/sesiones", data={"csrf_token": field(page, "csrf_token"), "session": other[0]})
    assert elsewhere.get(HOME).status_code == 302
    assert client.get(HOME).status_code == 200


def test_a_link_leads_to_a_new_password_once(client: FlaskClient, database: Database, zonal: Staff) -> None:
    with database.transaction() as connection:
        address = f"/admin/clave/{staff_links.make(connection, zonal.id, datetime.now(UTC))}"
    form = {"csrf_token": token(client, address), "password": "otra clave larga", "again": "otra clave larg"}
    assert client.post(address, data=form).status_code == 422
    assert client.post(address, data={**form, "again": "otra clave larga"}).status_code == 303
    assert client.get(address).status_code == 404
    assert log_in(client, "zonal", "otra clave larga") == 303
    assert client.get("/admin/clave/no-hay-tal").status_code == 404


# --- what was written when the session ended ---------------------------------------------------------------------


@pytest.fixture
def notes(app: Flask) -> list[str]:
    """The notes that were saved on a page where coordinators write notes."""
    saved: list[str] = []

    def note() -> ResponseReturnValue:
        saved.append(request.form["note"])
        return redirect(HOME, 303)

    app.add_url_rule("/admin/notas", "notes", permits(Role.ZONAL)(note), methods=["POST"])
    return saved


LONG_NOTE = 'Visité a la familia; dijo: "vuelva <b>mañana</b>" 😀 ' + "ñ" * 10_000


def written(client: FlaskClient, database: Database, headers: dict[str, str] = HERE) -> str:
    """The page that a browser gets that sends a note after its session has ended."""
    log_in(client, "zonal")
    form = {"csrf_token": token(client, HOME), "note": LONG_NOTE}
    with database.transaction() as connection:
        connection.execute(update(StaffSession).values(ended_at=datetime.now(UTC)))
    return client.post("/admin/notas", data=form, headers=headers).text


def test_what_was_written_comes_back_after_logging_in(
    client: FlaskClient, database: Database, zonal: Staff, notes: list[str]
) -> None:
    page = written(client, database)
    assert "lo que había escrito no se pierde" in page
    assert notes == []
    form = {"csrf_token": field(page, "csrf_token"), "login": "zonal", "password": PASSWORD}
    back = client.post("/admin/entrar", data={**form, "borrador": field(page, "borrador")}).text
    assert "Nada se perdió" in back
    assert field(back, "note") == LONG_NOTE
    assert notes == []
    client.post("/admin/notas", data={"csrf_token": field(back, "csrf_token"), "note": field(back, "note")})
    assert notes == [LONG_NOTE]


def test_a_wrong_password_on_the_way_loses_nothing(
    client: FlaskClient, database: Database, zonal: Staff, notes: list[str]
) -> None:
    page = written(client, database)
    form = {"csrf_token": field(page, "csrf_token"), "login": "zonal", "borrador": field(page, "borrador")}
    again = client.post("/admin/entrar", data={**form, "password": "no es esta"}).text
    assert field(again, "borrador") == field(page, "borrador")


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://example.com"}, {"Referer": "https://example.com/a"}])
def test_forms_of_other_sites_are_not_taken_along(
    client: FlaskClient, database: Database, zonal: Staff, notes: list[str], headers: dict[str, str]
) -> None:
    assert "borrador" not in written(client, database, headers)


def test_what_one_person_wrote_is_shown_to_nobody_else(
    client: FlaskClient, database: Database, zonal: Staff, notes: list[str], services: Services
) -> None:
    with database.transaction() as connection:
        staff.add(connection, login="otra", name="Otra", role=Role.ZONAL, password=PASSWORD, territories=("70001",))
    page = written(client, database)
    form = {"csrf_token": field(page, "csrf_token"), "login": "otra", "password": PASSWORD}
    answer = client.post("/admin/entrar", data={**form, "borrador": field(page, "borrador")})
    assert answer.status_code == 303
    assert "mañana" not in client.get("/admin/", follow_redirects=True).text


def test_a_draft_that_we_did_not_sign_is_dropped(client: FlaskClient, zonal: Staff) -> None:
    assert log_in(client, "zonal", borrador="eyJhIjoxfQ.x.y") == 303


def test_htmx_shows_the_log_in_page_as_a_whole_and_keeps_the_form(
    client: FlaskClient, database: Database, zonal: Staff, notes: list[str]
) -> None:
    log_in(client, "zonal")
    form = {"csrf_token": token(client, HOME), "note": "una nota"}
    with database.transaction() as connection:
        connection.execute(update(StaffSession).values(ended_at=datetime.now(UTC)))
    answer = client.post("/admin/notas", data=form, headers={**HERE, "HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (200, "body")
    assert "borrador" in answer.text
