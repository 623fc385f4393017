"""Settings with their history, the log, the texts, the health: what administrators and coordinators look after."""

import ast
import re
from datetime import UTC, date, datetime, time
from html import unescape
from typing import TypeGuard

import pytest
from flask.testing import FlaskClient

import options
from admin import audit_words
from admin.settings_page import MEANINGS
from db import Database
from families import audit, staff
from families.audit import Question
from families.staff import Role
from local.keeper import ROOT
from tests.admin.conftest import PASSWORD, log_in, token


@pytest.fixture
def national(client: FlaskClient, database: Database) -> FlaskClient:
    with database.transaction() as connection:
        staff.add(connection, login="nacional", name="Camila", role=Role.NATIONAL, password=PASSWORD)
    log_in(client, "nacional")
    return client


def set_to(client: FlaskClient, name: str, value: str) -> str:
    form = {"csrf_token": token(client, "/admin/cuenta/"), "value": value}
    return unescape(client.post(f"/admin/ajustes/{name}", data=form, follow_redirects=True).text)


def test_every_setting_has_a_meaning() -> None:
    assert [option.name for option in options.OPTIONS] == list(dict.fromkeys(option.name for option in options.OPTIONS))
    assert {option.name for option in options.OPTIONS} == set(MEANINGS)


@pytest.mark.parametrize("option", options.OPTIONS, ids=lambda option: option.name)
def test_a_setting_is_its_default_until_somebody_sets_it(database: Database, option: options.Option[object]) -> None:
    with database.transaction() as connection:
        assert options.value(connection, option) == option.default
        assert options.history(connection, option) == []
    assert option.read(option.write(option.default)) == option.default


def test_a_change_holds_is_recorded_and_can_be_undone(national: FlaskClient, database: Database) -> None:
    page = set_to(national, "weekly_cap", "3")
    assert "quedó guardado" in page
    assert '<input type="hidden" name="value" value="2">' in page, "the way back"
    set_to(national, "reminder_days", "5, 2")
    set_to(national, "reminder_morning", "07:30")
    with database.transaction() as connection:
        assert options.value(connection, options.WEEKLY_CAP) == 3
        assert options.value(connection, options.REMINDER_DAYS) == (5, 2)
        assert options.value(connection, options.REMINDER_MORNING) == time(7, 30)
        assert [change.value for change in options.history(connection, options.WEEKLY_CAP)] == [3]
        rows = connection.execute(audit.search(Question(object_kind="setting")).order_by("id")).all()
    assert (rows[0].object_id, rows[0].details) == ("weekly_cap", {"before": "2", "after": "3"})
    assert "Camila" in national.get("/admin/ajustes/weekly_cap").text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("weekly_cap", "0", id="below"),
        pytest.param("weekly_cap", "8", id="above"),
        pytest.param("weekly_cap", "tres", id="no number"),
        pytest.param("minimum_cell", "9", id="a figure that tells who answered"),
        pytest.param("reminder_days", "1, 1", id="one day twice"),
        pytest.param("reminder_days", "", id="nothing"),
        pytest.param("reminder_morning", "25:00", id="no hour"),
        pytest.param("reminder_morning", "05:00", id="too early"),
        pytest.param("bulk_weekday_hours", "06:00-19:00", id="before the law lets anybody be written to"),
        pytest.param("bulk_saturday_hours", "08:00-19:00", id="a weekday's hours on a Saturday"),
        pytest.param("bulk_weekday_hours", "19:00-08:00", id="closing before opening"),
        pytest.param("reminder_weekday_hours", "08:00", id="half of the hours"),
        pytest.param("reminder_weekday_hours", "08:00-12:00-14:00", id="hours with a break"),
        pytest.param("bulk_weekday_hours", "no", id="a week in which nothing may leave"),
    ],
)
def test_what_a_setting_cannot_be(national: FlaskClient, database: Database, name: str, value: str) -> None:
    page = set_to(national, name, value)
    assert "Va de" in page or "Falta este dato" in page
    with database.transaction() as connection:
        option = next(one for one in options.OPTIONS if one.name == name)
        assert options.value(connection, option) == option.default


def test_reading_a_setting_costs_no_statement_for_some_seconds(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Database(str(database.engine.url.render_as_string(hide_password=False)))
    with database.transaction() as connection:
        assert options.value(connection, options.WEEKLY_CAP) == 2
    with elsewhere.transaction() as connection:
        options.change(connection, options.WEEKLY_CAP, 5, None, datetime.now(UTC))
    elsewhere.close()
    with database.transaction() as connection:
        assert options.value(connection, options.WEEKLY_CAP) == 2, "another process, a moment later"
        monkeypatch.setattr(options, "FRESH", 0.0)
        assert options.value(connection, options.WEEKLY_CAP) == 5


def test_an_unknown_setting_is_not_there(national: FlaskClient) -> None:
    assert national.get("/admin/ajustes/secret_key").status_code == 404


def test_the_log_is_searched_by_who_what_and_when(national: FlaskClient, database: Database) -> None:
    now = datetime.now(UTC)
    with database.transaction() as connection:
        ana = staff.add(connection, login="ana", name="Ana", role=Role.GESTOR, password=None, territories=("70001",))
        audit.record(connection, None, "viewed", "family", 12, now, page="history", fields=["day", "place"])
        audit.record(connection, None, "assigned", "family", 14, now, gestor=ana.id)
        audit.record(connection, None, "changed", "commitment", 2, now, state="done", due_on=date(2027, 3, 1))
        audit.record(connection, None, "viewed", "family", 13, now)
    page = national.get("/admin/registro/?clase=family&numero=12").text
    assert "página: historia de la familia · fields: day, place" in page, "a code without words is shown as it is"
    assert "1 en total" in page
    assert ">vio<" in page
    assert ">familia<" in page
    assert "Camila (nacional)" in national.get("/admin/registro/?usuario=NACIONAL").text
    assert "gestor o gestora: Ana (ana)" in national.get("/admin/registro/?numero=14").text
    assert "estado: Cumplido · plazo: 1 mar 2027" in national.get("/admin/registro/?clase=commitment").text
    for nothing in ("usuario=nadie", "desde=2030-01-01", "accion=%27%20OR%201=1"):
        assert "Nada coincide" in national.get(f"/admin/registro/?{nothing}").text
    assert "3 en total" in national.get("/admin/registro/?desde=no&clase=family").text


def test_the_log_has_words_for_everything_that_is_written_into_it() -> None:
    recorded = re.compile(r'audit\.record(?:_many)?\(\s*connection,[^"]*"(\w+)",\s*"(\w+)"')
    sources = [path for folder in ("admin", "bot") for path in (ROOT / folder).rglob("*.py")]
    found = [pair for path in sources for pair in recorded.findall(path.read_text("utf-8"))]
    assert len(found) > 50
    assert {action for action, _kind in found} - set(audit_words.ACTIONS) == set()
    assert {kind for _action, kind in found} - set(audit_words.KINDS) == set()
    calls = [node for path in sources for node in ast.walk(ast.parse(path.read_text("utf-8"))) if _records(node)]
    details = {keyword.arg for call in calls for keyword in call.keywords if keyword.arg}
    assert len(details) > 20
    assert details - set(audit_words.DETAILS) == set()


def _records(node: ast.AST) -> TypeGuard[ast.Call]:
    """Whether this adds an entry to the log."""
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("audit.record", "audit.record_many")


def test_texts_are_shown_as_they_leave(national: FlaskClient) -> None:
    page = unescape(national.get("/admin/textos/?texto=menu.ask").text)
    assert "¿Que desea hacer?" not in page, "é is in GSM-7 and keeps its accent"
    assert "¿Qué desea hacer?" in page
    assert "1 SMS · GSM-7 · 17 caracteres" in page
    assert "What would you like" in national.get("/admin/textos/?texto=menu.ask&idioma=en").text
    assert "Ningún mensaje coincide" in unescape(national.get("/admin/textos/?texto=%3Cscript%3E").text)
    assert national.get("/admin/textos/?pagina=3").status_code == 200


def test_health_says_what_waits(national: FlaskClient, database: Database) -> None:
    page = unescape(national.get("/admin/salud/").text)
    assert "Mensajes por salir" in page
    assert "solo simulador" in page
