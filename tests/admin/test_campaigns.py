"""Campaigns on the pages: written, looked at, started, undone, followed; everybody within their territory."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from bot.campaigns import plans
from bot.campaigns.filters import Filter
from bot.campaigns.plans import Plan
from bot.campaigns.script import Kind
from db import Database
from families import staff, territory
from families.staff import Role, Staff
from messaging.campaigns import sweep
from startup import Services
from tests.admin.conftest import PASSWORD, log_in, token
from tests.bot.campaigns.conftest import NEWS, TEXTS, District, family
from tests.families.households import COROZAL, SINCELEJO

TEXT = "El jueves hay brigada de salud en el parque. Lleve su cédula y los papeles de los niños. Allí la esperamos."


@pytest.fixture
def district(database: Database, services: Services) -> District:
    with database.transaction() as connection:
        territory.load(connection)
    here = District(database, services.cipher, datetime.now(UTC))
    here.settle(*(family(head=f"=Rosa {n}") for n in range(3)), family(COROZAL), phones=[1, 2, None, 4])
    return here


def member(database: Database, role: Role, *territories: str) -> Staff:
    with database.transaction() as connection:
        return staff.add(
            connection, login=role.value, name="Ana", role=role, password=PASSWORD, territories=territories or ("",)
        )


@pytest.fixture
def enter(app: Flask, database: Database) -> Callable[..., FlaskClient]:
    """Log somebody in."""

    def entered(role: Role, *territories: str) -> FlaskClient:
        member(database, role, *territories)
        client = app.test_client()
        assert log_in(client, role.value) == 303
        return client

    return entered


def post(client: FlaskClient, address: str, **fields: object) -> tuple[int, str]:
    """Send a form; the status and where it leads, or the page."""
    form = {"csrf_token": token(client, "/admin/campanas/"), **fields}
    answer = client.post(address, data=form)
    return answer.status_code, answer.location or answer.text


def write(client: FlaskClient, **fields: object) -> str:
    """Write an announcement; the address of its page."""
    asked = {"tipo": "announcement", "nombre": "Brigada", "lugar": [SINCELEJO], "texto": TEXT, **fields}
    status, where = post(client, "/admin/campanas/nueva", **asked)
    assert status == 303, where
    return where


def draft(database: Database, plan: Plan) -> int:
    with database.transaction() as connection:
        return plans.draft(connection, plan, TEXTS, datetime.now(UTC))


def news(*territories: str) -> Plan:
    return Plan("Brigada", Kind.ANNOUNCEMENT, Filter(territories), written=NEWS)


def test_from_the_form_to_the_preview(district: District, enter: Callable[..., FlaskClient]) -> None:
    client = enter(Role.ZONAL, SINCELEJO)
    where = write(client)
    page = client.get(where).text
    assert "Borrador" in page
    assert "Lleve su cédula" in page
    seen = client.get(f"{where}/vista").text
    assert "Alli la esperamos" in seen, "as it goes out by SMS"
    assert re.search(r"Sin teléfono: 1\b", seen)
    assert "ahorra 2 partes" in seen
    assert "US$" in seen


def test_a_start_can_be_undone(district: District, enter: Callable[..., FlaskClient]) -> None:
    client = enter(Role.ZONAL, SINCELEJO)
    where = write(client)
    assert post(client, f"{where}/empezar")[0] == 303
    page = client.get(where).text
    assert "Hasta entonces no sale nada" in page
    assert f'action="{where}/deshacer"' in page
    assert post(client, f"{where}/deshacer")[0] == 303
    assert "Se deshizo" in client.get(where).text
    district.now += timedelta(hours=1)
    district.expand()
    assert district.scalar("SELECT count(*) FROM messages") == 0


def test_it_runs_pauses_goes_on_and_is_accounted_for(district: District, enter: Callable[..., FlaskClient]) -> None:
    client = enter(Role.ZONAL, SINCELEJO)
    where = write(client)
    post(client, f"{where}/empezar")
    district.now += timedelta(minutes=2)
    district.expand()
    moving = client.get(f"{where}/avance?era=planned")
    assert "Por salir: 2 de 2 mensajes" in moving.text
    assert moving.headers["HX-Refresh"] == "true", "the page that says «Por empezar» has no button that stops it"
    assert "HX-Refresh" not in client.get(f"{where}/avance?era=running").headers
    post(client, f"{where}/pausar")
    assert "En pausa" in client.get(where).text
    post(client, f"{where}/seguir")
    district.sent(*district.claim(), status="delivered")
    district.expand()
    ended = client.get(f"{where}/avance").text
    assert "Terminada" in ended
    assert "No queda nada por salir" in ended
    accounts = client.get(f"{where}/cuentas").text
    assert re.findall(r'<td class="figure">\s*(?:<a[^>]*>)?(\d+)', accounts) == ["1", "0", "0", "2", "0", "3"]
    visit = client.get(f"{where}/familias?estado=visitar").text
    assert "=Rosa 2" in visit
    assert "Sin teléfono" in visit


def test_the_list_for_a_visit_is_a_file_without_formulas(district: District, enter: Callable[..., FlaskClient]) -> None:
    client = enter(Role.ZONAL, SINCELEJO)
    where = write(client)
    post(client, f"{where}/empezar")
    district.now += timedelta(minutes=2)
    district.expand()
    file = client.get(f"{where}/familias?estado=visitar&formato=csv")
    assert file.mimetype == "text/csv"
    assert "'=Rosa 2" in file.text
    assert client.get(f"{where}/familias?estado=visitar&formato=xlsx").status_code == 200
    viewed = "SELECT count(*) FROM audit_entries WHERE action = 'viewed' AND object_kind = 'family'"
    assert district.scalar(viewed) == 2


def test_stopping_asks_first(district: District, enter: Callable[..., FlaskClient]) -> None:
    client = enter(Role.ZONAL, SINCELEJO)
    where = write(client)
    post(client, f"{where}/empezar")
    district.now += timedelta(minutes=2)
    district.expand()
    status, page = post(client, f"{where}/parar")
    assert (status, "¿Parar la campaña?" in page) == (200, True)
    assert "En marcha" in client.get(where).text
    post(client, f"{where}/parar", confirmado="si")
    assert "Parada" in client.get(where).text
    sweep(district.database)
    stopped = client.get(f"{where}/avance").text
    assert "lo que no había salido ya no sale" in stopped
    assert "<progress" not in stopped, "a full bar would say that everything left"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        pytest.param({"texto": ""}, "Falta este dato", id="no text"),
        pytest.param({"texto": "Apoyo a familias desplazadas"}, "pondría en riesgo", id="the dangerous fact"),
        pytest.param({"texto": "x" * 400}, "acórtelo", id="too long"),
        pytest.param({"lugar": ["70215"]}, "Escoja una de las opciones", id="the municipality next door"),
        pytest.param({"lugar": []}, "Escoja al menos", id="nowhere"),
        pytest.param({"tope": "mucho"}, "número entero", id="budget"),
        pytest.param({"audiencia": "99"}, "Escoja una de las opciones", id="a filter that is not there"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    district: District, enter: Callable[..., FlaskClient], fields: dict[str, object], problem: str
) -> None:
    client = enter(Role.ZONAL, SINCELEJO)
    asked = {"tipo": "announcement", "nombre": "La <brigada>", "lugar": [SINCELEJO], "texto": TEXT, **fields}
    status, page = post(client, "/admin/campanas/nueva", **asked)
    assert status == 422
    assert problem in page
    assert 'value="La &lt;brigada&gt;"' in page


@pytest.mark.parametrize(
    ("role", "here", "seen"),
    [
        pytest.param(Role.ZONAL, (SINCELEJO,), {"a"}, id="a zonal coordinator"),
        pytest.param(Role.UT, ("70",), {"a", "b", "c"}, id="a department"),
        pytest.param(Role.UT, ("13",), set(), id="the department next door"),
        pytest.param(Role.NATIONAL, ("",), {"a", "b", "c", "d", "e"}, id="the country"),
        pytest.param(Role.AUDITOR, ("",), {"a", "b", "c", "d"}, id="an auditor, but for guarded filters"),
    ],
)
def test_everybody_sees_the_campaigns_of_their_territory(
    district: District, enter: Callable[..., FlaskClient], role: Role, here: tuple[str, ...], seen: set[str]
) -> None:
    filters = {
        "a": Filter((SINCELEJO,)),
        "b": Filter((COROZAL, SINCELEJO)),
        "c": Filter(("70",)),
        "d": Filter(),
        "e": Filter(composition="displaced"),
    }
    ids = {
        name: draft(district.database, replace(news(""), name=f"campaña-{name}", filter=filter))
        for name, filter in filters.items()
    }
    client = enter(role, *here)
    page = client.get("/admin/campanas/").text
    assert {name for name in filters if f"campaña-{name}" in page} == seen
    for name, id in ids.items():
        for part in ("", "/vista", "/avance", "/cuentas"):
            assert client.get(f"/admin/campanas/{id}{part}").status_code == (200 if name in seen else 404)


def test_a_reminder_of_an_anonymous_wave_names_nobody(district: District, enter: Callable[..., FlaskClient]) -> None:
    wave_id = district.wave(SINCELEJO)
    client = enter(Role.ZONAL, SINCELEJO)
    invitation = {"tipo": "invitation", "nombre": "Ronda", "lugar": [SINCELEJO], "ronda": str(wave_id)}
    _, where = post(client, "/admin/campanas/nueva", **invitation)
    post(client, f"{where}/empezar")
    district.now += timedelta(minutes=2)
    district.expand()
    assert client.get(f"{where}/familias?estado=visitar").status_code == 200
    _, where = post(client, "/admin/campanas/nueva", **{**invitation, "tipo": "reminder"})
    assert "de diez en diez" in client.get(f"{where}/vista").text
    post(client, f"{where}/empezar")
    district.now += timedelta(minutes=2)
    district.expand()
    assert client.get(f"{where}/familias?estado=visitar").status_code == 404
    accounts = client.get(f"{where}/cuentas").text
    assert set(re.findall(r'<td class="figure">\s*(\d+)', accounts)) == {"0"}, "three families are fewer than ten"


def test_an_audience_is_named_counted_shared_and_used(district: District, enter: Callable[..., FlaskClient]) -> None:
    client = enter(Role.ZONAL, SINCELEJO)
    asked = {"nombre": "Con niños", "lugar": [SINCELEJO], "composicion": "children_under_6"}
    status, where = post(client, "/admin/campanas/audiencias/nueva", **asked)
    assert status == 303
    assert "3 familias en este momento" in client.get(f"{where}/cuantas").text
    id = where.rsplit("/", 1)[1]
    campaign = write(client, audiencia=id, lugar=[])
    assert "Sin teléfono: 1" in client.get(f"{campaign}/vista").text
    other = enter(Role.UT, "70")
    assert "Con niños" in other.get("/admin/campanas/audiencias/").text
    assert post(other, where, **asked)[0] == 404, "only its owner writes it anew"
    assert post(other, f"{where}/borrar")[0] == 404
    page = post(client, "/admin/campanas/audiencias/nueva", **{**asked, "nombre": " con NIÑOS"})
    assert page[0] == 422, "two of one name cannot be told apart"
    assert post(client, where, **asked)[0] == 303, "it may keep its own"
    assert post(client, f"{where}/borrar")[0] == 200, "asked once more: the filter cannot be brought back"
    assert "Con niños" in client.get("/admin/campanas/audiencias/").text
    assert post(client, f"{where}/borrar", confirmado="si")[0] == 303
    assert "Con niños" not in client.get("/admin/campanas/audiencias/").text


def test_nobody_but_the_national_coordination_filters_by_displacement(
    district: District, enter: Callable[..., FlaskClient]
) -> None:
    asked = {"nombre": "x", "lugar": ["pais"], "composicion": "displaced"}
    for role, here in ((Role.ZONAL, SINCELEJO), (Role.UT, "70")):
        client = enter(role, here)
        assert "displaced" not in client.get("/admin/campanas/audiencias/nueva").text
        assert post(client, "/admin/campanas/audiencias/nueva", **{**asked, "lugar": [here]})[0] == 422
    national = enter(Role.NATIONAL)
    assert post(national, "/admin/campanas/audiencias/nueva", **asked)[0] == 303


def test_prices_are_changed_by_the_nation_and_seen_in_the_next_preview(
    district: District, enter: Callable[..., FlaskClient]
) -> None:
    client = enter(Role.NATIONAL)
    where = write(client)
    asked = {"precio_sms": "35", "precio_plantilla": "20,5", "precio_sesion": "0", "moneda": "cop"}
    assert post(client, "/admin/campanas/canales/", **asked)[0] == 303
    assert "$" in client.get(f"{where}/vista").text
    assert district.scalar("SELECT currency FROM message_prices") == "COP"
    assert post(client, "/admin/campanas/canales/", **{**asked, "precio_sms": "barato"})[0] == 422
    zonal = enter(Role.ZONAL, SINCELEJO)
    post(zonal, "/admin/campanas/canales/", **asked)
    assert district.scalar("SELECT count(*) FROM message_prices") == 1
    assert "survey_invitation_es" in zonal.get("/admin/campanas/canales/").text


def test_pages_are_few_queries(district: District, enter: Callable[..., FlaskClient], services: Services) -> None:
    client = enter(Role.ZONAL, SINCELEJO)
    where = write(client)
    statements: list[str] = []
    event.listen(services.database.engine, "before_cursor_execute", lambda *about: statements.append(about[2]))
    for address in ("/admin/campanas/", "/admin/campanas/nueva?tipo=announcement", where, f"{where}/vista"):
        statements.clear()
        assert client.get(address).status_code == 200
        assert len(statements) <= 15, address
