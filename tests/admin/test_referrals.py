"""Programmes, places and referrals on the staff's web: who keeps what, who sees whom, and a minute to take it back."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, insert, text

from bot.demo import CATALOGUE
from bot.register import FamilyContact
from families import achievements, assignments, enrolment, programmes, referrals, staff, territory
from families.programmes import Details, Status
from families.staff import Role
from messaging import contacts
from startup import Services
from tests.admin.conftest import PASSWORD, log_in, token
from tests.families.households import COROZAL, SINCELEJO, family, register

NOW = datetime.now(UTC)
DETAILS = Details(
    name="Curso de cocina",
    achievements=("IT1",),
    territory=SINCELEJO,
    requirements="mayor de 18 años",
    bring="cédula y SISBEN",
    address="Calle 20 # 15-30",
    hours="lunes a viernes, 8 a 12",
    contact="605 282 0000",
    opens_on=date(2026, 11, 1),
)
FORM = {
    "name": "Curso de panadería",
    "achievements": "IT1",
    "territory": SINCELEJO,
    "places": "20",
    "requirements": "mayor de 18 años",
    "bring": "cédula",
    "address": "Calle 20 # 15-30",
    "hours": "lunes a viernes, 8 a 12",
    "contact": "605 282 0000",
    "opens_on": "2026-11-01",
    "answer_days": "3",
    "status": "open",
}


class Town:
    """Sincelejo with a gestor, its coordinator and delegates, families with phones, and a programme of the SENA."""

    def __init__(self, app: Flask, services: Services) -> None:
        self.app, self.database, self.cipher = app, services.database, services.cipher
        with self.database.transaction() as connection:
            territory.load(connection)
            achievements.load(connection, "logros", CATALOGUE.read_text("utf-8"), NOW)
            self.staff = {
                login: staff.add(
                    connection,
                    login=login,
                    name=login.title(),
                    role=role,
                    password=PASSWORD,
                    territories=territories,
                    entity=entity,
                )
                for login, role, territories, entity in (
                    ("gestor", Role.GESTOR, (SINCELEJO,), ""),
                    ("vecina", Role.GESTOR, (SINCELEJO,), ""),
                    ("zonal", Role.ZONAL, (SINCELEJO,), ""),
                    ("corozal", Role.ZONAL, (COROZAL,), ""),
                    ("auditor", Role.AUDITOR, ("",), ""),
                    ("sena", Role.ENTITY, ("",), "SENA"),
                    ("icbf", Role.ENTITY, ("",), "ICBF"),
                )
            }
            records = register(connection, self.cipher, *[family(head=f"Cabeza {n} Mercado") for n in range(3)])
            self.families = [record.id for record in records]
            enrolment.sign(connection, self.families, NOW)
            assignments.assign(connection, self.families[:2], self.staff["gestor"].id, NOW)
            assignments.assign(connection, self.families[2:], self.staff["vecina"].id, NOW)
            numbers = [f"+57310555000{n}" for n in range(2)]
            known = contacts.ensure_many(connection, self.cipher, numbers, NOW, demo=True)
            phones = [
                {"family_id": family_id, "contact_id": known[number]}
                for family_id, number in zip(self.families[:2], numbers, strict=True)
            ]
            connection.execute(insert(FamilyContact), phones)
            self.programme = programmes.create(connection, "SENA", DETAILS, 1, NOW, status=Status.OPEN)

    def client(self, login: str) -> FlaskClient:
        client = self.app.test_client()
        assert log_in(client, login) == 303
        return client

    def offer(self, *families: int) -> list[int]:
        with self.database.transaction() as connection:
            wanted = {self.families[one]: "IT1" for one in families}
            made = referrals.propose(connection, self.programme, wanted, NOW + timedelta(days=3), NOW)
        return [referral.id for referral in made]

    def accept(self, *referral_ids: int) -> None:
        with self.database.transaction() as connection:
            for each in referral_ids:
                referrals.accept(connection, each, NOW)

    def scalar(self, sql: str) -> object:
        with self.database.transaction() as connection:
            return connection.scalar(text(sql))


@pytest.fixture
def town(app: Flask, services: Services) -> Town:
    return Town(app, services)


def send(client: FlaskClient, address: str, page: str, /, **fields: object) -> str:
    """Send a form; the page that follows."""
    answer = client.post(address, data={"csrf_token": token(client, page), **fields})
    assert answer.status_code in (200, 303, 422), answer.status_code
    return client.get(answer.location).text if answer.status_code == 303 else answer.text


def test_a_delegate_makes_and_keeps_the_programmes_of_the_own_entity(town: Town) -> None:
    sena, icbf = town.client("sena"), town.client("icbf")
    page = send(sena, "/admin/programas/nuevo", "/admin/programas/nuevo", **FORM)
    assert "Curso de panadería" in page
    assert town.scalar(
        "SELECT e.name FROM programmes p JOIN entities e ON e.id = p.entity_id WHERE p.name LIKE '%pan%'"
    )
    assert "Curso de panadería" in sena.get("/admin/programas/").text
    assert "Curso de panadería" not in icbf.get("/admin/programas/").text
    assert icbf.get(f"/admin/programas/{town.programme}").status_code == 404
    assert icbf.get(f"/admin/programas/{town.programme}/familias").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        pytest.param({"name": ""}, "Falta este dato", id="no name"),
        pytest.param({"name": "x" * 51}, "Es muy largo", id="long name"),
        pytest.param({"achievements": "ZZ9"}, "Escoja una de las opciones", id="unknown achievement"),
        pytest.param({"territory": ""}, "Falta este dato", id="no territory"),
        pytest.param({"territory": "Macondo"}, "No hay ningún municipio", id="unknown territory"),
        pytest.param({"territory": "Sincelejo, Corozal"}, "Escriba un solo lugar", id="two territories"),
        pytest.param({"territory": "Corozal"}, "Ese lugar no está en su territorio", id="a neighbour's territory"),
        pytest.param({"places": "-1"}, "Escriba un número entero", id="places below zero"),
        pytest.param({"closes_on": "2026-10-01"}, "El último día va después", id="ends before it begins"),
        pytest.param({"appointment_day": "2026-12-01"}, "La cita lleva día y hora", id="day without hour"),
        pytest.param(
            {"address": "á" * 70, "bring": "ñ" * 70, "hours": "ç€" * 20, "name": "漢" * 50},
            "ocupa",
            id="more than two SMS",
        ),
    ],
)
def test_what_is_wrong_in_a_programme_is_said_and_nothing_is_lost(
    town: Town, wrong: dict[str, str], problem: str
) -> None:
    zonal = town.client("zonal")
    page = send(zonal, "/admin/programas/nuevo", "/admin/programas/nuevo", entity="SENA", **FORM | wrong)
    assert problem in page
    assert 'value="605 282 0000"' in page
    assert town.scalar("SELECT count(*) FROM programmes") == 1


def test_a_coordinator_keeps_the_own_territory_only(town: Town) -> None:
    zonal, corozal = town.client("zonal"), town.client("corozal")
    address = f"/admin/programas/{town.programme}"
    assert "Cambiar los cupos" in zonal.get(address).text
    assert corozal.get(address).status_code == 404
    assert "Curso de pastelería" in send(
        zonal, f"{address}/editar", f"{address}/editar", **FORM | {"name": "Curso de pastelería"}
    )


def test_families_on_their_way_read_nothing_that_no_message_says(town: Town) -> None:
    zonal, address = town.client("zonal"), f"/admin/programas/{town.programme}/editar"
    town.offer(0)
    telling = FORM | {"bring": "El registro de víctimas"}
    assert "Ningún mensaje dice «víctimas»" in send(zonal, address, address, **telling)
    assert town.scalar("SELECT count(*) FROM programmes WHERE bring LIKE '%víctimas%'") == 0


def test_places_change_with_their_history_and_never_below_those_held(town: Town) -> None:
    sena = town.client("sena")
    address = f"/admin/programas/{town.programme}"
    one, two = town.offer(0, 1)
    town.accept(one, two)
    page = send(sena, f"{address}/cupos", address, cupos="2")
    assert "Se llamó a 1 familia" in page
    assert "Historia de los cupos" in page
    assert "no puede haber menos" in send(sena, f"{address}/cupos", address, cupos="1")
    assert "Escriba un número entero" in send(sena, f"{address}/cupos", address, cupos="muchos")
    assert town.scalar("SELECT places FROM programmes") == 2
    assert town.scalar("SELECT count(*) FROM audit_entries WHERE action = 'changed' AND object_kind = 'programme'") == 1


def test_a_delegate_reads_the_names_of_those_with_a_place_and_of_nobody_else(town: Town) -> None:
    sena = town.client("sena")
    with_place, waiting = town.offer(0, 1)
    town.accept(with_place, waiting)
    page = sena.get(f"/admin/programas/{town.programme}/familias").text
    assert "Cabeza 0 Mercado" in page
    assert "Cabeza 1 Mercado" not in page
    assert town.scalar("SELECT count(*) FROM audit_entries WHERE action = 'viewed' AND object_kind = 'family'") == 1
    address = f"/admin/programas/{town.programme}/familias"
    assert "Asistencia anotada" in send(sena, f"{address}/{with_place}", address)
    assert town.scalar(f"SELECT state FROM referrals WHERE id = {with_place}") == "attended"
    assert "ya no tiene el cupo pendiente" in send(sena, f"{address}/{with_place}", "/admin/programas/nuevo")
    assert sena.get("/admin/remisiones/").status_code == 404


def test_a_gestor_offers_after_a_preview_and_takes_it_back(town: Town) -> None:
    gestor = town.client("gestor")
    address = f"/admin/remisiones/proponer/{town.programme}"
    page = gestor.get(address).text
    assert "Queda 1 cupo" in page
    assert "Cabeza 2 Mercado" not in page, "another gestor's"
    both = [str(one) for one in town.families[:2]]
    preview = send(gestor, address, address, familias=both)
    assert "SENA ofrece: Curso de cocina" in preview
    assert "Hay menos cupos que familias" in preview
    assert town.scalar("SELECT count(*) FROM referrals") == 0
    assert "La oferta sale en un minuto para 2 familias" in send(
        gestor, address, address, familias=both, confirmado="si"
    )
    assert town.scalar("SELECT count(*) FROM outbox_queue") == 2
    assert "No se envió nada" in send(gestor, f"/admin/remisiones/deshacer/{town.programme}", address)
    assert town.scalar("SELECT count(*) FROM outbox_queue") == 0
    assert "Ya no se puede deshacer" in send(gestor, f"/admin/remisiones/deshacer/{town.programme}", address)


@pytest.mark.parametrize("families", [[], ["99"], ["x"]], ids=["none", "a stranger", "no number"])
def test_only_listed_families_can_be_chosen(town: Town, families: list[str]) -> None:
    gestor = town.client("gestor")
    address = f"/admin/remisiones/proponer/{town.programme}"
    assert 'role="alert"' in send(gestor, address, address, familias=families, confirmado="si")
    neighbour = [str(town.families[2])]
    assert 'role="alert"' in send(gestor, address, address, familias=neighbour, confirmado="si")
    assert town.scalar("SELECT count(*) FROM referrals") == 0


def test_places_left_are_asked_for_alone(town: Town) -> None:
    page = town.client("gestor").get(f"/admin/remisiones/proponer/{town.programme}/quedan").text
    assert page.startswith("<p")
    assert "Queda 1 cupo" in page


def test_the_list_shows_own_families_by_state_and_what_is_overdue(town: Town) -> None:
    gestor, vecina, zonal = town.client("gestor"), town.client("vecina"), town.client("zonal")
    first, second, third = town.offer(0, 1, 2)
    town.accept(first, second)
    assert "Cabeza 0 Mercado" in gestor.get("/admin/remisiones/").text
    assert "Cabeza 2 Mercado" not in gestor.get("/admin/remisiones/").text
    assert "Cabeza 0 Mercado" not in vecina.get("/admin/remisiones/").text
    assert "Cabeza 2 Mercado" in zonal.get("/admin/remisiones/?estado=offered").text
    assert "Cabeza 0 Mercado" not in zonal.get("/admin/remisiones/?estado=waiting").text
    with town.database.transaction() as connection:
        connection.execute(text("UPDATE referrals SET due_at = now() - interval '4 days' WHERE state = 'accepted'"))
    late = gestor.get("/admin/remisiones/?estado=atrasadas").text
    assert "Cabeza 0 Mercado" in late
    assert "sin respuesta" in late
    assert vecina.post(f"/admin/remisiones/{third}").status_code in (302, 303, 400)
    saved = gestor.get("/admin/remisiones/?formato=csv").text
    assert "Cabeza 0 Mercado" in saved
    assert "Cabeza 2 Mercado" not in saved


def test_a_gestor_notes_what_a_family_said_in_person(town: Town) -> None:
    gestor = town.client("gestor")
    first, second, other = town.offer(0, 1, 2)
    town.accept(first, second)
    page = "/admin/remisiones/"
    assert "Anotado" in send(gestor, f"{page}{first}", page, hecho="no_atendida")
    assert town.scalar(f"SELECT state FROM referrals WHERE id = {first}") == "not_served"
    assert "ya cambió" in send(gestor, f"{page}{first}", page, hecho="atendida")
    assert "¿Retirar la remisión?" in send(gestor, f"{page}{second}", page, hecho="retirada")
    assert "Anotado" in send(gestor, f"{page}{second}", page, hecho="retirada", confirmado="si")
    form = {"csrf_token": token(gestor, page), "hecho": "retirada", "confirmado": "si"}
    assert gestor.post(f"{page}{other}", data=form).status_code == 404
    assert gestor.post(f"{page}{second}", data=form | {"hecho": "otra cosa"}).status_code == 404


def test_who_is_outside_is_not_told_what_few_families_said_of_the_entity(town: Town) -> None:
    (first,) = town.offer(0)
    town.accept(first)
    with town.database.transaction() as connection:
        referrals.told(connection, first, served=False, now=NOW)
    page = f"/admin/programas/{town.programme}"
    for login in ("sena", "auditor"):
        seen = town.client(login).get(page).text
        assert "<li>Ya pasó su cita: 1</li>" in seen
        assert "No atendida" not in seen
    assert "<li>No atendida: 1</li>" in town.client("gestor").get(page).text


def test_needs_without_an_offer_are_counted_for_coordinators_and_small_counts_stay_inside(town: Town) -> None:
    gestor, zonal, auditor = town.client("gestor"), town.client("zonal"), town.client("auditor")
    page = "/admin/remisiones/pedidos"
    for family_id in town.families[:2]:
        assert "Pedido anotado" in send(gestor, page, page, familia=str(family_id), logro="SA1")
    assert "ya estaba anotado" in send(gestor, page, page, familia=str(town.families[0]), logro="SA1")
    assert "Escoja una de las opciones" in send(gestor, page, page, familia=str(town.families[0]), logro="SA10")
    shown = zonal.get("/admin/demanda/").text
    assert re.search(r"SA1</small></th><td class=\"figure\">2<", shown)
    assert "SA1" not in zonal.get("/admin/demanda/?formato=csv").text
    hidden = auditor.get("/admin/demanda/").text
    assert "SA1" not in hidden
    assert "1 cifra de menos de 10 familias" in hidden
    assert gestor.get("/admin/demanda/").status_code == 404
    assert "No hay nada sin ofrecer" in town.client("corozal").get("/admin/demanda/").text


@pytest.mark.parametrize(
    "address",
    [
        "/admin/programas/",
        "/admin/programas/{programme}",
        "/admin/remisiones/",
        "/admin/remisiones/proponer/{programme}",
    ],
)
def test_pages_ask_the_database_little(town: Town, address: str) -> None:
    gestor = town.client("gestor")
    town.accept(*town.offer(0))
    asked: list[str] = []
    event.listen(town.database.engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
    assert gestor.get(address.format(programme=town.programme)).status_code == 200
    assert len([statement for statement in asked if statement.lstrip()[:6].upper() == "SELECT"]) <= 15
