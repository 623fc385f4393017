"""A gestor's plan of the year: written, sent, returned, written anew, approved."""

from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin.services import EXTENSION
from db import Database
from families import staff, territory
from families.staff import Role
from startup import Services
from tests.admin.conftest import PASSWORD, log_in, token

PLANS = "/admin/planes/"
PLAN = {
    "goals": "Visitar a las 155 familias <b>todas</b>",
    **{f"quarter{number}": f"Lo del trimestre {number}" for number in range(1, 5)},
}


@pytest.fixture
def team(database: Database, app: Flask) -> dict[str, FlaskClient]:
    """Ana of Sincelejo and Beto of Corozal, and the coordinators of both."""
    hired = {"ana": (Role.GESTOR, "70001"), "beto": (Role.GESTOR, "70215")}
    hired |= {"zonal": (Role.ZONAL, "70001"), "vecina": (Role.ZONAL, "70215"), "nacional": (Role.NATIONAL, "")}
    with database.transaction() as connection:
        territory.load(connection)
        for login, (role, place) in hired.items():
            staff.add(connection, login=login, name=login.title(), role=role, password=PASSWORD, territories=(place,))
    clients = {login: app.test_client() for login in hired}
    for login, client in clients.items():
        assert log_in(client, login) == 303
    return clients


def send(client: FlaskClient, address: str, **fields: str) -> str:
    form = {"csrf_token": token(client, "/admin/cuenta/"), **fields}
    return unescape(client.post(address, data=form, follow_redirects=True).text)


def year(client: FlaskClient) -> str:
    services: Services = client.application.extensions[EXTENSION]
    return str(services.database.now().year + 1)


def test_a_plan_is_sent_returned_written_anew_and_approved(team: dict[str, FlaskClient]) -> None:
    ana, zonal = team["ana"], team["zonal"]
    assert "Plan enviado" in send(ana, f"{PLANS}nuevo", paso="enviar", year=year(ana), **PLAN)
    page = f"{PLANS}1"
    assert "&lt;b&gt;todas" in zonal.get(page).text
    assert "Falta este dato" in send(zonal, f"{page}/devolver", note="")
    assert "Plan devuelto" in send(zonal, f"{page}/devolver", note="Faltan las veredas.")
    assert "Faltan las veredas." in unescape(ana.get(page).text)
    assert "Plan enviado" in send(ana, f"{page}/editar", paso="enviar", **PLAN | {"quarter2": "Veredas"})
    assert "Plan aprobado" in send(zonal, f"{page}/aprobar", note="")
    assert "espera respuesta otra vez" in send(zonal, f"{page}/deshacer")
    assert "Ya no se puede deshacer" in send(zonal, f"{page}/deshacer")
    assert "Plan aprobado" in send(zonal, f"{page}/aprobar", note="")
    assert "alguien respondió antes" in send(zonal, f"{page}/devolver", note="tarde")
    assert ana.get(f"{page}/editar").status_code == 404
    assert "ya está en la coordinación" in send(ana, f"{PLANS}nuevo", paso="guardar", year=year(ana), **PLAN)


def test_what_is_not_sent_is_its_gestors_alone(team: dict[str, FlaskClient]) -> None:
    ana = team["ana"]
    assert "Falta este dato" in send(ana, f"{PLANS}nuevo", paso="enviar", year=year(ana), goals="Algo")
    assert "sin enviar" in send(ana, f"{PLANS}nuevo", paso="guardar", year=year(ana), goals="Algo")
    assert ana.get(f"{PLANS}1").status_code == 200
    assert team["zonal"].get(f"{PLANS}1").status_code == 404
    assert "Nadie ha enviado" in team["zonal"].get(PLANS).text


def test_a_plan_is_read_where_its_gestor_works(team: dict[str, FlaskClient]) -> None:
    ana = team["ana"]
    send(ana, f"{PLANS}nuevo", paso="enviar", year=year(ana), **PLAN)
    statuses = {login: client.get(f"{PLANS}1").status_code for login, client in team.items()}
    assert statuses == {"ana": 200, "zonal": 200, "nacional": 200, "beto": 404, "vecina": 404}
    send(team["vecina"], f"{PLANS}1/aprobar", note="")
    send(team["nacional"], f"{PLANS}1/aprobar", note="")
    assert "Por aprobar" in ana.get(PLANS).text
    assert "Por aprobar" in team["zonal"].get(f"{PLANS}?formato=csv").text
