"""The pages of requests, messages, notices, obstacles, codes and spot checks, as coordinators and gestores use them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, text

from bot import complainants, correspondence, emergency_alerts
from bot.desk import Office
from bot.emergency_alerts import Danger
from bot.register import FamilyContact
from db import Database
from families import assignments, complaints, radicado, staff, territory
from families.complaints import About, Kind, NewComplaint
from families.staff import Role, Staff
from messaging import contacts
from startup import Services
from tests.admin.conftest import PASSWORD, log_in, token
from tests.families.households import SINCELEJO, register

PHONE = "+573105550077"
TEXT = 'No me llegó el pago de «mayo» <b>y</b> "nadie" contesta =1+1'


@pytest.fixture
def family(database: Database, services: Services) -> int:
    with database.transaction() as connection:
        territory.load(connection)
        (record,) = register(connection, services.cipher)
        contact_id = contacts.ensure_many(connection, services.cipher, [PHONE], datetime.now(UTC))[PHONE]
        connection.execute(insert(FamilyContact).values(family_id=record.id, contact_id=contact_id))
        return record.id


def hire(database: Database, login: str, role: Role, *territories: str, entity: str = "") -> Staff:
    with database.transaction() as connection:
        return staff.add(
            connection,
            login=login,
            name=f"Persona {login}",
            role=role,
            password=PASSWORD,
            territories=territories,
            entity=entity,
        )


@pytest.fixture
def filed(database: Database, services: Services, family: int) -> complaints.Complaint:
    with database.transaction() as connection:
        new = NewComplaint(Kind.CLAIM, About.PROGRAMME, TEXT, family_id=family, municipality=SINCELEJO)
        one = complaints.file(connection, services.cipher, new, datetime.now(UTC))
        contact_id = contacts.ensure_many(connection, services.cipher, [PHONE], datetime.now(UTC))[PHONE]
        complainants.remember(connection, one.id, contact_id)
    return one


@pytest.fixture
def desk(client: FlaskClient, zonal: Staff) -> FlaskClient:
    """The zonal coordinator at work."""
    assert log_in(client, "zonal") == 303
    return client


@pytest.fixture
def post(desk: FlaskClient) -> Callable[..., str]:
    """Fill in a form as the coordinator and follow where it leads; the page."""

    def send(address: str, **fields: str) -> str:
        form = {"csrf_token": token(desk, "/admin/cuenta/"), **fields}
        return desk.post(address, data=form, follow_redirects=True).text

    return send


def test_a_request_is_read_answered_and_its_clock_stands_still(
    desk: FlaskClient, post: Callable[..., str], filed: complaints.Complaint, database: Database
) -> None:
    board = desk.get("/admin/pqr/").text
    assert radicado.display(filed.radicado) in board
    assert "días hábiles" in board
    page = desk.get(f"/admin/pqr/{filed.id}").text
    assert "&lt;b&gt;" in page, "what people wrote is shown as text"
    assert "Rosa Elena Mercado" in page
    assert "Falta" in post(f"/admin/pqr/{filed.id}/responder", answer="")
    assert "Es muy largo" in post(f"/admin/pqr/{filed.id}/responder", answer="a" * 201)
    answered = post(f"/admin/pqr/{filed.id}/responder", answer="El pago sale el viernes.")
    assert "Respondida" in answered
    again = post(f"/admin/pqr/{filed.id}/responder", answer="Otra cosa.")
    assert "Ya no se puede" in again
    with database.transaction() as connection:
        bodies = connection.scalars(text("SELECT body FROM messages WHERE purpose = 'complaint_answer'")).all()
        seen = connection.scalar(text("SELECT count(*) FROM audit_entries WHERE object_kind = 'complaint'"))
    assert len(bodies) == 1
    assert "El pago sale el viernes." in bodies[0]
    assert seen is not None
    assert seen >= 3


def test_a_request_is_sent_on_and_the_delegate_answers_it_without_knowing_who_asked(
    desk: FlaskClient, post: Callable[..., str], filed: complaints.Complaint, database: Database, services: Services
) -> None:
    hire(database, "sena", Role.ENTITY, SINCELEJO, entity="SENA")
    hire(database, "icbf", Role.ENTITY, SINCELEJO, entity="ICBF")
    assert "Trasladada" in post(f"/admin/pqr/{filed.id}/trasladar", entity="SENA")
    assert "Ya no se puede" in post(f"/admin/pqr/{filed.id}/trasladar", entity="ICBF")
    sena, icbf = desk.application.test_client(), desk.application.test_client()
    log_in(sena, "sena")
    log_in(icbf, "icbf")
    page = sena.get(f"/admin/pqr/{filed.id}").text
    assert "mayo" in page
    assert "Rosa Elena" not in page
    assert icbf.get(f"/admin/pqr/{filed.id}").status_code == 404
    form = {"csrf_token": token(sena, "/admin/cuenta/"), "answer": "Hay cupo desde febrero."}
    assert "Respondida" in sena.post(f"/admin/pqr/{filed.id}/responder", data=form, follow_redirects=True).text


def test_the_term_is_extended_once_after_a_second_look(
    desk: FlaskClient, post: Callable[..., str], filed: complaints.Complaint
) -> None:
    assert "¿Ampliar el plazo?" in post(f"/admin/pqr/{filed.id}/ampliar")
    assert "plazo ampliado" in post(f"/admin/pqr/{filed.id}/ampliar", confirmado="si")
    assert "Ya no se puede" in post(f"/admin/pqr/{filed.id}/ampliar", confirmado="si")


def test_what_speaks_of_the_gestora_is_on_no_page_of_hers(
    client: FlaskClient, database: Database, services: Services, family: int
) -> None:
    gestora = hire(database, "marta", Role.GESTOR, SINCELEJO)
    with database.transaction() as connection:
        assignments.assign(connection, [family], gestora.id, datetime.now(UTC))
        made = [
            complaints.file(
                connection,
                services.cipher,
                NewComplaint(Kind.COMPLAINT, about, TEXT, reserved=reserved, family_id=family, municipality=SINCELEJO),
                datetime.now(UTC),
            )
            for about, reserved in ((About.GESTOR, True), (About.PROGRAMME, False))
        ]
        contact_id = contacts.ensure_many(connection, services.cipher, [PHONE], datetime.now(UTC))[PHONE]
        threads = [
            correspondence.begin(connection, contact_id, family, datetime.now(UTC), reserved=reserved)
            for reserved in (True, False)
        ]
    log_in(client, "marta")
    board = client.get("/admin/pqr/").text
    assert radicado.display(made[0].radicado) not in board
    assert radicado.display(made[1].radicado) in board
    assert client.get(f"/admin/pqr/{made[0].id}").status_code == 404
    assert client.get(f"/admin/pqr/{made[1].id}").status_code == 200
    page = client.get(f"/admin/familias/{family}").text
    assert radicado.display(made[0].radicado) not in page
    assert radicado.display(made[1].radicado) in page
    inbox = client.get("/admin/conversaciones/").text
    assert f"/admin/conversaciones/{threads[0].id}" not in inbox
    assert f"/admin/conversaciones/{threads[1].id}" in inbox
    assert client.get(f"/admin/conversaciones/{threads[0].id}").status_code == 404


def test_a_message_is_answered_closed_and_opened_again(
    desk: FlaskClient, post: Callable[..., str], database: Database, services: Services, family: int
) -> None:
    with database.transaction() as connection:
        contact_id = contacts.ensure_many(connection, services.cipher, [PHONE], datetime.now(UTC))[PHONE]
        thread = correspondence.begin(connection, contact_id, family, datetime.now(UTC), reserved=False)
        correspondence.write(connection, services.cipher, thread.id, TEXT, datetime.now(UTC))
    address = f"/admin/conversaciones/{thread.id}"
    assert "acaba de escribir" in desk.get("/admin/conversaciones/").text
    assert "&lt;b&gt;" in desk.get(address).text
    assert "Falta" in post(address, text=" ")
    assert "Ningún mensaje dice «desplazada»" in post(address, text="Por ser desplazada le toca primero.")
    assert "sale con su nombre" in post(address, text="Ya le averiguo.")
    with database.transaction() as connection:
        assert connection.scalar(text("SELECT body FROM messages")) == "Marta Diaz (JUNTOS): Ya le averiguo."
    assert "Deshacer" in post(f"{address}/cerrar")
    assert "está cerrada" in post(address, text="¿Sigue ahí?")
    assert "Su respuesta" in post(f"{address}/abrir")
    assert "Vuelva mañana" in post("/admin/conversaciones/respuestas", text="Vuelva mañana, por favor.")
    assert "Vuelva mañana" in desk.get(address).text
    kept = re.search(r'name="reply_id" value="(\d+)"', desk.get("/admin/conversaciones/respuestas").text)
    assert kept
    gone = post("/admin/conversaciones/respuestas/quitar", reply_id=kept[1])
    assert "No ha guardado" in gone
    assert 'name="text" value="Vuelva mañana, por favor."' in gone, "the way back"


def test_a_notice_names_only_who_wants_to_be_known(
    desk: FlaskClient, post: Callable[..., str], database: Database, services: Services, family: int, zonal: Staff
) -> None:
    assert "no se avisa a nadie" in desk.get("/admin/avisos/personas").text
    wrong = post("/admin/avisos/personas", staff_id=str(zonal.id), territory=SINCELEJO, phone="12", emergencies="1")
    assert "número de celular" in wrong
    named = post(
        "/admin/avisos/personas",
        staff_id=str(zonal.id),
        territory=SINCELEJO,
        phone="300 123 4567",
        emergencies="1",
    )
    assert "le llegan los avisos" in named
    office = Office(services.cipher, services.texts)
    with database.transaction() as connection:
        contact_id = contacts.ensure_many(connection, services.cipher, [PHONE], datetime.now(UTC))[PHONE]
        for anonymous in (True, False):
            emergency_alerts.raise_alert(
                connection, office, contact_id, Danger.VIOLENCE, datetime.now(UTC), anonymous=anonymous
            )
    page = desk.get("/admin/avisos/").text
    assert page.count("Violencia</h2>") + page.count("Violencia <small>") == 2
    assert page.count(PHONE) == 2, "once as a link and once as text"
    assert page.count("encuesta anónima") == 1
    first = re.search(r"/admin/avisos/(\d+)/atender", page)
    assert first
    assert "Escoja qué pasó" in post(f"/admin/avisos/{first[1]}/atender")
    assert "Deshacer" in post(f"/admin/avisos/{first[1]}/atender", outcome="helped")
    assert "Se ayudó" in desk.get("/admin/avisos/?atendidos=1").text
    assert post(f"/admin/avisos/{first[1]}/abrir").count("Violencia <small>") == 2
    assert "no se avisa a nadie" in post("/admin/avisos/personas/quitar", staff_id=str(zonal.id), territory=SINCELEJO)


def test_an_obstacle_is_taken_up_level_by_level_and_untied(
    desk: FlaskClient, post: Callable[..., str], database: Database, family: int
) -> None:
    hire(database, "ut", Role.UT, "70")
    made = post(
        "/admin/nudos/nuevo", title="La Registraduría no abre los martes", municipality=SINCELEJO, note="Se pidió"
    )
    assert "La Registraduría no abre" in made
    address = "/admin/nudos/1"
    assert "Falta" in post(f"{address}/subir", note="")
    assert "Departamento" in post(f"{address}/subir", note="La alcaldía no puede")
    assert "Ya no se puede" in post(f"{address}/desatar", note="Listo"), "it is the department's now"
    ut = desk.application.test_client()
    log_in(ut, "ut")
    form = {"csrf_token": token(ut, "/admin/cuenta/"), "note": "Abren desde enero"}
    assert "Desatado" in ut.post(f"{address}/desatar", data=form, follow_redirects=True).text
    assert "no abre" not in desk.get("/admin/nudos/").text
    assert "no abre" in desk.get("/admin/nudos/?desatados=1").text


def test_the_data_of_a_family_are_erased_after_a_second_look_and_a_day(
    desk: FlaskClient, post: Callable[..., str], database: Database, services: Services, family: int
) -> None:
    with database.transaction() as connection:
        new = NewComplaint(Kind.DATA_DELETION, About.OTHER, "", reserved=True, family_id=family, municipality=SINCELEJO)
        one = complaints.file(connection, services.cipher, new, datetime.now(UTC))
    assert radicado.display(one.radicado) in desk.get("/admin/derechos/").text
    assert radicado.display(one.radicado) not in desk.get("/admin/pqr/").text
    assert "¿Borrar los datos" in post(f"/admin/derechos/{one.id}/borrar")
    assert "se borran mañana" in post(f"/admin/derechos/{one.id}/borrar", confirmado="si")
    assert "se conservan" in post(f"/admin/derechos/{one.id}/conservar")
    with database.transaction() as connection:
        assert connection.scalar(text("SELECT count(*) FROM timers WHERE kind = 'erasure'")) == 0


def test_what_speaks_of_a_gestor_is_reserved_and_no_gestor_sees_or_counts_it(
    client: FlaskClient, post: Callable[..., str], filed: complaints.Complaint, database: Database
) -> None:
    hired = hire(database, "ana", Role.GESTOR, SINCELEJO)
    with database.transaction() as connection:
        assignments.assign(connection, [filed.family_id or 0], hired.id, datetime.now(UTC))
    page = f"/admin/pqr/{filed.id}"
    gestora = client.application.test_client()
    assert log_in(gestora, "ana") == 303

    def seen() -> tuple[int, bool, bool]:
        board = gestora.get("/admin/pqr/").text
        return gestora.get(page).status_code, radicado.display(filed.radicado) in board, ">1</dd>" in board

    before = seen()
    assert before == (200, True, True)
    assert "ningún gestor la ve desde ahora" in post(f"{page}/reservar")
    assert seen() == (404, False, False)
    assert "Se reservó" in post(f"{page}/reservar"), "twice changes nothing"
    assert (
        gestora.post(f"{page}/quitar-reserva", data={"csrf_token": token(gestora, "/admin/cuenta/")}).status_code == 404
    )
    assert "Dejó de estar reservada" in post(f"{page}/quitar-reserva")
    assert seen() == before
    with database.transaction() as connection:
        written = connection.scalars(
            text("SELECT action FROM audit_entries WHERE object_kind = 'complaint' ORDER BY id")
        )
        assert [one for one in written if one != "viewed"] == ["reserved", "unreserved"]


def test_what_the_person_wanted_reserved_stays_so(
    post: Callable[..., str], family: int, database: Database, services: Services
) -> None:
    with database.transaction() as connection:
        new = NewComplaint(Kind.COMPLAINT, About.GESTOR, TEXT, True, family_id=family, municipality=SINCELEJO)
        one = complaints.file(connection, services.cipher, new, datetime.now(UTC))
    assert "Ya no se puede" in post(f"/admin/pqr/{one.id}/quitar-reserva")
    with database.transaction() as connection:
        kept = complaints.get(connection, one.id)
    assert kept is not None
    assert kept.reserved
