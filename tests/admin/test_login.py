"""Who comes in, who does not, and where they land."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from admin.security import local_target
from db import Database
from families import staff, staff_sessions
from families.staff import Staff
from families.staff_sessions import StaffSession
from tests.admin.conftest import PASSWORD, log_in, token


def test_the_right_password_opens_the_door(client: FlaskClient, zonal: Staff) -> None:
    assert log_in(client, "zonal") == 303
    assert "Marta Díaz" in client.get("/admin/", follow_redirects=True).text


@pytest.mark.parametrize(
    ("login", "password"),
    [
        pytest.param("zonal", "otra clave cualquiera", id="wrong password"),
        pytest.param("nadie", PASSWORD, id="unknown login"),
        pytest.param("", "", id="nothing typed"),
        pytest.param("zonal", "x" * 100_000, id="a very long password"),
    ],
)
def test_what_does_not_open_it(client: FlaskClient, zonal: Staff, login: str, password: str) -> None:
    assert log_in(client, login, password) == 422
    assert client.get("/admin/calificaciones").status_code == 302


def test_the_answer_is_the_same_for_a_wrong_password_and_an_unknown_login(client: FlaskClient, zonal: Staff) -> None:
    page = "/admin/entrar"
    known = client.post(page, data={"csrf_token": token(client), "login": "zonal", "password": "no es esta"})
    unknown = client.post(page, data={"csrf_token": token(client), "login": "otro", "password": "no es esta"})
    assert "El usuario o la contraseña no son correctos" in known.text
    assert known.text.replace("zonal", "?").count("?") == unknown.text.replace("otro", "?").count("?")


def test_a_form_without_its_token_is_refused(client: FlaskClient, zonal: Staff) -> None:
    answer = client.post("/admin/entrar", data={"login": "zonal", "password": PASSWORD})
    assert answer.status_code == 400
    assert "El formulario venció" in answer.text


def test_logging_out_needs_the_token_and_ends_the_session(client: FlaskClient, zonal: Staff) -> None:
    log_in(client, "zonal")
    assert client.post("/admin/salir").status_code == 400
    assert client.post("/admin/salir", data={"csrf_token": token(client, "/admin/calificaciones")}).status_code == 303
    assert client.get("/admin/calificaciones").status_code == 302


def test_failed_attempts_on_one_login_are_limited(client: FlaskClient, zonal: Staff) -> None:
    answers = [log_in(client, "zonal", f"intento número {attempt}") for attempt in range(11)]
    assert answers == [422] * 10 + [429]
    assert log_in(client, "zonal") == 429


def test_good_log_ins_do_not_count_towards_the_limit(client: FlaskClient, zonal: Staff) -> None:
    for _attempt in range(12):
        assert log_in(client.application.test_client(), "zonal") == 303


def test_a_deactivated_account_is_out_at_once(client: FlaskClient, zonal: Staff, database: Database) -> None:
    log_in(client, "zonal")
    with database.transaction() as connection:
        staff.deactivate(connection, zonal.id)
    assert client.get("/admin/calificaciones").status_code == 302


@pytest.mark.parametrize(
    ("column", "age"),
    [
        pytest.param("began_at", staff_sessions.LONGEST, id="a working day"),
        pytest.param("seen_at", staff_sessions.IDLE, id="two hours of nothing"),
    ],
)
def test_a_session_ends_after(
    client: FlaskClient, zonal: Staff, database: Database, column: str, age: timedelta
) -> None:
    log_in(client, "zonal")
    assert client.get("/admin/calificaciones").status_code == 200
    with database.transaction() as connection:
        connection.execute(update(StaffSession).values({column: datetime.now(UTC) - age - timedelta(minutes=1)}))
    assert client.get("/admin/calificaciones").status_code == 302


def test_htmx_is_sent_to_the_log_in_page_as_a_whole(client: FlaskClient) -> None:
    answer = client.get("/admin/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/admin/entrar")


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        pytest.param("/admin/?ronda=3", "/admin/?ronda=3", id="a page of ours"),
        pytest.param("https://example.com/admin", "/home", id="another site"),
        pytest.param("//example.com/admin", "/home", id="another site without a scheme"),
        pytest.param("/\\example.com/admin", "/home", id="a backslash that browsers read as a slash"),
        pytest.param("/admin\\..\\..", "/home", id="backslashes within"),
        pytest.param("/admin\r\nSet-Cookie: a=b", "/home", id="a second header"),
        pytest.param("javascript:alert(1)", "/home", id="a script"),
        pytest.param("/simulador", "/home", id="a page outside the staff's web"),
        pytest.param("", "/home", id="nothing"),
        pytest.param(None, "/home", id="not asked"),
    ],
)
def test_the_page_after_logging_in(asked: str | None, target: str) -> None:
    assert local_target(asked, "/home") == target


def test_the_log_in_page_never_leads_away(client: FlaskClient, zonal: Staff) -> None:
    form = {"csrf_token": token(client), "login": "zonal", "password": PASSWORD, "next": "//example.com/"}
    assert client.post("/admin/entrar", data=form).headers["Location"] == "/admin/"
