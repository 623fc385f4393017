"""People and roles, as an administrator changes them."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, select

from admin.places import Places, UnknownPlaceError
from db import Database
from families import audit, staff, territory
from families.audit import Question
from families.staff import Role, Staff, StaffMember
from tests.admin.conftest import PASSWORD, log_in, token

PEOPLE = "/admin/personas/"


@pytest.fixture
def admin(client: FlaskClient, database: Database) -> FlaskClient:
    """The administrator, logged in, in a country with all its municipalities."""
    with database.transaction() as connection:
        territory.load(connection)
        staff.add(connection, login="admin", name="Paula Ríos", role=Role.ADMIN, password=PASSWORD)
    log_in(client, "admin")
    return client


def send(client: FlaskClient, page: str, **fields: str) -> str:
    """Send a form; returns the page that follows."""
    form = {"csrf_token": token(client, "/admin/cuenta/"), **fields}
    return unescape(client.post(page, data=form, follow_redirects=True).text)


def done(database: Database) -> list[tuple[str, str]]:
    """What the log holds, without log-ins."""
    with database.transaction() as connection:
        rows = connection.execute(audit.search(Question(object_kind="staff")).order_by("id"))
        return [(row.action, row.object_id) for row in rows if row.action != "logged_in"]


def member(database: Database, login: str) -> StaffMember:
    with database.transaction() as connection:
        return connection.execute(select(StaffMember).where(StaffMember.login == login)).one()  # type: ignore[return-value]


NEW = {"login": "ana.reyes", "name": "Ana María Reyes", "role": "gestor", "territories": "sincelejo,  Corozal (Sucre)"}


def test_a_new_person_chooses_a_password_by_the_link_and_comes_in(admin: FlaskClient, database: Database) -> None:
    page = send(admin, f"{PEOPLE}nueva", **NEW)
    address = re.search(r"<code>http://127\.0\.0\.1:\d+(/admin/clave/[\w-]+)</code>", page)
    assert address
    made = member(database, "ana.reyes")
    assert (made.role, made.territories) == ("gestor", ["70001", "70215"])
    assert done(database) == [("created", str(made.id)), ("link_made", str(made.id))]
    ana = admin.application.test_client()
    form = {"csrf_token": token(ana, address[1]), "password": "tres tazas azules", "again": "tres tazas azules"}
    assert ana.post(address[1], data=form).status_code == 303
    assert log_in(ana, "ana.reyes", "tres tazas azules") == 303


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        pytest.param({"login": "ADMIN"}, "Ya hay alguien con ese usuario", id="a taken login"),
        pytest.param({"login": "doña ana"}, "sin tilde", id="a login with blanks"),
        pytest.param({"name": ""}, "Falta este dato", id="no name"),
        pytest.param({"role": "rey"}, "una de las opciones", id="no role"),
        pytest.param({"territories": "Macondo"}, "«Macondo»", id="no such place"),
        pytest.param({"territories": "Buenavista"}, "puede ser: Buenavista", id="a name that several have"),
        pytest.param(
            {"territories": "Sucre (Sucre), 05"}, "no trabaja en un territorio", id="a gestor of a department"
        ),
        pytest.param({"entity": "SENA"}, "Solo un delegado", id="an entity of a gestor"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_written_stays(
    admin: FlaskClient, fields: dict[str, str], problem: str
) -> None:
    page = send(admin, f"{PEOPLE}nueva", **{**NEW, **fields})
    assert problem in page
    assert (fields.get("name") == "") or 'value="Ana María Reyes"' in page


def test_role_and_territory_change_at_once(admin: FlaskClient, database: Database, zonal: Staff) -> None:
    fields = {"name": "Marta Díaz", "role": "ut", "territories": "Sucre", "entity": ""}
    page = send(admin, f"{PEOPLE}{zonal.id}", **fields)
    assert "quedaron guardados" in page
    changed = member(database, "zonal")
    assert (changed.role, changed.territories) == ("ut", ["70"])
    assert done(database) == [("changed", str(zonal.id))]


def test_closing_an_account_is_asked_once_more_and_can_be_undone(
    admin: FlaskClient, database: Database, zonal: Staff
) -> None:
    other = admin.application.test_client()
    log_in(other, "zonal")
    assert "¿Cerrar la cuenta de Marta Díaz?" in send(admin, f"{PEOPLE}{zonal.id}/cerrar")
    assert other.get("/admin/calificaciones").status_code == 200
    page = send(admin, f"{PEOPLE}{zonal.id}/cerrar", confirmado="si")
    assert f'action="/admin/personas/{zonal.id}/abrir"' in page
    assert other.get("/admin/calificaciones").status_code == 302
    assert "Marta Díaz" not in admin.get(PEOPLE).text
    assert "Marta Díaz" in unescape(admin.get(f"{PEOPLE}?cuentas=cerradas").text)
    send(admin, f"{PEOPLE}{zonal.id}/abrir")
    assert log_in(other, "zonal") == 303


def test_nobody_shuts_themselves_out(admin: FlaskClient, database: Database) -> None:
    me = member(database, "admin").id
    assert "No puede cerrar su propia cuenta" in send(admin, f"{PEOPLE}{me}/cerrar", confirmado="si")
    fields = {"name": "Paula Ríos", "role": "national", "territories": "", "entity": ""}
    assert "No puede quitarse a usted mismo" in send(admin, f"{PEOPLE}{me}", **fields)


def test_sessions_of_somebody_are_ended_from_here(admin: FlaskClient, database: Database, zonal: Staff) -> None:
    other = admin.application.test_client()
    log_in(other, "zonal")
    send(admin, f"{PEOPLE}{zonal.id}/sesiones")
    assert other.get("/admin/calificaciones").status_code == 302
    assert "quedó quitado" in send(admin, f"{PEOPLE}{zonal.id}/telefono", confirmado="si")
    assert done(database)[-1] == ("second_step_taken_away", str(zonal.id))


def test_people_are_found_by_name_and_role(admin: FlaskClient, zonal: Staff) -> None:
    assert "Marta Díaz" in unescape(admin.get(f"{PEOPLE}?texto=mart").text)
    assert "Marta Díaz" not in unescape(admin.get(f"{PEOPLE}?texto=%25").text)
    assert "Marta Díaz" not in unescape(admin.get(f"{PEOPLE}?cargo=gestor").text)
    assert "Marta Díaz,zonal,Coordinación zonal,Sincelejo (Sucre)" in admin.get(f"{PEOPLE}?formato=csv").text


# --- places ------------------------------------------------------------------------------------------------------


@pytest.fixture
def places(database: Database) -> Iterator[Places]:
    with database.transaction() as connection:
        yield _country(connection)


def _country(connection: Connection) -> Places:
    territory.load(connection)
    return Places.read(connection)


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        pytest.param("", ("",), id="nothing is the country"),
        pytest.param("colombia", ("",), id="the country by name"),
        pytest.param("70001", ("70001",), id="a code"),
        pytest.param("SINCELEJO; corozal\nSincelejo", ("70001", "70215"), id="several, one twice"),
        pytest.param("San Onofre", ("70713",), id="two words"),
        pytest.param("Sucre", ("70",), id="a department"),
        pytest.param("Sucre, Bogotá, D.C. (Bogotá, D.C.), 05", ("70", "11001", "05"), id="commas in a name"),
        pytest.param("viota", ("25878",), id="without its accent"),
    ],
)
def test_places_are_understood(places: Places, written: str, codes: tuple[str, ...]) -> None:
    assert places.codes(written) == codes


def test_every_place_is_understood_as_it_is_written(app: Flask, places: Places) -> None:
    for code in (*places.departments, *places.municipalities):
        assert places.codes(places.name(code)) == (code,)


def test_a_place_that_is_none_says_so(app: Flask, places: Places) -> None:
    with app.test_request_context(), pytest.raises(UnknownPlaceError, match="Macondo"):
        places.codes("Macondo")
