"""A gestora's day: plan, see what will be said, take back, move, cancel, open hours, and who was there."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, insert, text
from werkzeug.test import TestResponse

from bot.register import FamilyContact
from db import Database
from families import assignments, enrolment, session_changes, staff, territory
from families.families import NewFamily
from families.sessions import Plan, Reply
from families.staff import Role, Staff
from messaging import contacts
from startup import Services
from tests.admin.conftest import PASSWORD, log_in, token
from tests.families.households import COROZAL, SINCELEJO, family, register

NOW = datetime.now(UTC)
SOON = NOW.date() + timedelta(days=5)
MOST_QUERIES = 15


@dataclass
class Desk:
    """A gestora who is logged in, with three families: one with a phone, one without, one that left."""

    client: FlaskClient
    database: Database
    gestora: Staff
    families: list[int]

    def post(self, page: str, **fields: Any) -> TestResponse:
        return self.client.post(page, data={"csrf_token": token(self.client, "/admin/cuenta/"), **fields})

    def plan(self, **changed: Any) -> dict[str, Any]:
        """The fields of the form that plans a session."""
        fields = {"tipo": "follow_up", "familias": str(self.families[0]), "dia": SOON.isoformat(), "hora": "09:00"}
        return {**fields, "minutos": "60", "lugar_es": "casa", "lugar": "", **changed}

    def schedule(self, **changed: Any) -> int:
        """Plan a session, to the end."""
        answer = self.post("/admin/sesiones/nueva", confirmado="si", **self.plan(**changed))
        assert answer.status_code == 303, answer.text
        return int(self.scalar("SELECT max(id) FROM family_sessions"))

    def past(self, *family_ids: int) -> int:
        """A session that began two hours ago."""
        began = NOW - timedelta(hours=2)
        place = "Salón" if len(family_ids) > 1 else ""
        plan = Plan("follow_up", self.gestora.id, SINCELEJO, began, 60, place)
        with self.database.transaction() as connection:
            return session_changes.schedule(connection, plan, family_ids, began - timedelta(days=4))

    def undo(self) -> str:
        """Press «Deshacer» in the notice of the next page."""
        page = self.client.get("/admin/hoy").text
        batch = re.search(r'name="tanda" value="([^"]+)"', page)
        assert batch, page
        return self.client.post(
            "/admin/sesiones/deshacer",
            data={"csrf_token": token(self.client, "/admin/cuenta/"), "tanda": batch[1]},
            follow_redirects=True,
        ).text

    def scalar(self, sql: str, **parameters: object) -> Any:
        with self.database.transaction() as connection:
            return connection.scalar(text(sql), parameters)


def family_of(name: str) -> NewFamily:
    return family(head=f"{name} Pérez")


@pytest.fixture
def desk(app: Flask, services: Services) -> Desk:
    database = services.database
    with database.transaction() as connection:
        territory.load(connection)
        gestora = staff.add(
            connection, login="marta", name="Marta Díaz", role=Role.GESTOR, password=PASSWORD, territories=(SINCELEJO,)
        )
        records = register(connection, services.cipher, *map(family_of, ("Ana", "Berta", "Celia")))
        ids = [record.id for record in records]
        enrolment.sign(connection, ids, NOW - timedelta(days=1))
        assignments.assign(connection, ids, gestora.id, NOW)
        phones = contacts.ensure_many(connection, services.cipher, ["+573105550001", "+573105550003"], NOW)
        rows = zip((ids[0], ids[2]), (phones["+573105550001"], phones["+573105550003"]), strict=True)
        connection.execute(insert(FamilyContact), [{"family_id": one, "contact_id": phone} for one, phone in rows])
        contacts.stop(connection, phones["+573105550003"], NOW)
    client = app.test_client()
    assert log_in(client, "marta") == 303
    return Desk(client, database, gestora, ids)


def test_what_will_be_said_is_shown_first(desk: Desk) -> None:
    everybody = [str(one) for one in desk.families]
    plan = desk.plan(familias=everybody, lugar_es="otro", lugar="Salón rojo")
    page = unescape(desk.post("/admin/sesiones/nueva", **plan).text)
    assert "Cita con Marta Diaz" in page
    assert "9:00 am, Salon rojo" in page
    assert "Lo recibe 1 familia" in page
    assert "Berta Pérez: no tiene teléfono: toca visitarla" in page
    assert "Celia Pérez: pidió no recibir mensajes" in page
    assert "Cuesta 1 parte de SMS" in page
    assert desk.scalar("SELECT count(*) FROM family_sessions") == 0


def test_a_session_is_planned_and_its_message_waits_a_minute(desk: Desk) -> None:
    desk.schedule()
    assert desk.scalar("SELECT count(*) FROM outbox_queue WHERE due_at > now() + interval '50 seconds'") == 1
    assert desk.scalar("SELECT count(*) FROM timers WHERE kind = 'session_reminder'") == 1
    page = unescape(desk.client.get(f"/admin/calendario?desde={SOON}").text)
    assert "Ana Pérez" in page
    assert "Sin respuesta" in page
    assert "9:00" in page


def test_undone_within_the_minute_nothing_is_left(desk: Desk) -> None:
    desk.schedule()
    assert "nadie recibió mensaje" in unescape(desk.undo())
    for table in ("family_sessions", "outbox_queue", "timers"):
        assert desk.scalar(f"SELECT count(*) FROM {table}") == 0


def test_after_the_minute_it_is_too_late(desk: Desk) -> None:
    desk.schedule()
    with desk.database.transaction() as connection:
        connection.execute(text("UPDATE session_changes SET at = at - interval '61 seconds'"))
    assert "Ya no se puede deshacer" in unescape(desk.undo())
    assert desk.scalar("SELECT count(*) FROM family_sessions") == 1


def test_moved_and_cancelled(desk: Desk) -> None:
    first = desk.schedule()
    later = (SOON + timedelta(days=1)).isoformat()
    fields = {"dia": later, "hora": "10:30", "minutos": "60", "lugar_es": "casa"}
    assert "Hubo un cambio" in unescape(desk.post(f"/admin/sesiones/{first}/mover", **fields).text)
    assert desk.post(f"/admin/sesiones/{first}/mover", confirmado="si", **fields).status_code == 303
    second = int(desk.scalar("SELECT max(id) FROM family_sessions"))
    assert "Movida" in unescape(desk.client.get(f"/admin/sesiones/{first}").text)
    assert "Se cancelo:" in unescape(desk.post(f"/admin/sesiones/{second}/cancelar").text)
    assert desk.post(f"/admin/sesiones/{second}/cancelar", confirmado="si").status_code == 303
    assert desk.scalar("SELECT state FROM family_sessions WHERE id = :id", id=second) == "cancelled"
    desk.undo()
    assert desk.scalar("SELECT state FROM family_sessions WHERE id = :id", id=second) == "scheduled"
    assert desk.post(f"/admin/sesiones/{first}/cancelar", confirmado="si").status_code == 303
    assert "ya no está en el calendario" in unescape(desk.client.get("/admin/hoy").text)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        pytest.param({"tipo": "fiesta"}, "Escoja una de las opciones", id="a kind that does not exist"),
        pytest.param({"familias": "999"}, "Escoja una de las opciones", id="a family of somebody else"),
        pytest.param({"familias": []}, "Escoja al menos 1", id="no family"),
        pytest.param({"dia": "2020-01-01"}, "Esa fecha ya pasó", id="a day that is over"),
        pytest.param({"dia": "mañana"}, "Escoja una fecha", id="no date"),
        pytest.param({"hora": "25:99"}, "Escriba una hora", id="no hour"),
        pytest.param({"minutos": "5"}, "de 15 a 480", id="too short"),
        pytest.param({"lugar_es": "otro", "lugar": ""}, "Falta este dato", id="elsewhere, but where"),
        pytest.param(
            {"lugar_es": "otro", "lugar": "Unidad de Víctimas"}, "Ningún mensaje dice «Víctimas»", id="a telling place"
        ),
        pytest.param({"tipo": "community"}, "Escriba el lugar", id="a meeting at home"),
        pytest.param({"lugar_es": "otro", "lugar": "<b>'x'" * 20}, "Es muy largo", id="a long place"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_lost(desk: Desk, changed: dict[str, Any], problem: str) -> None:
    answer = desk.post("/admin/sesiones/nueva", **desk.plan(**changed))
    assert answer.status_code == 422
    assert problem in unescape(answer.text)
    assert 'value="09:00"' in answer.text or "hora" in changed


def test_words_in_a_place_stay_words(desk: Desk) -> None:
    session_id = desk.schedule(lugar_es="otro", lugar="<script>alert(1)</script> & 'co'")
    page = desk.client.get(f"/admin/sesiones/{session_id}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#39;co&#39;" in page


def test_who_was_there_takes_two_taps(desk: Desk) -> None:
    session_id = desk.past(desk.families[0])
    page = unescape(desk.client.get("/admin/hoy").text)
    assert "¿Quién asistió?" in page
    assert f'name="familia-{desk.families[0]}" value="attended"' in page
    fields = {f"familia-{desk.families[0]}": "attended"}
    assert desk.post(f"/admin/sesiones/{session_id}/asistencia", **fields).status_code == 303
    assert (
        desk.scalar("SELECT state || ' ' || attendance FROM family_sessions JOIN session_families ON true")
        == "held attended"
    )
    assert "¿Quién asistió?" not in unescape(desk.client.get("/admin/hoy").text)


def test_somebody_who_told_is_not_absent(desk: Desk) -> None:
    session_id = desk.past(*desk.families[:2])
    with desk.database.transaction() as connection:
        connection.execute(
            text("UPDATE session_families SET reply = 'cannot', replied_at = now() WHERE family_id = :id"),
            {"id": desk.families[1]},
        )
    fields = {f"familia-{one}": "absent" for one in desk.families[:2]}
    desk.post(f"/admin/sesiones/{session_id}/asistencia", **fields)
    assert (
        desk.scalar("SELECT string_agg(attendance, ' ' ORDER BY family_id) FROM session_families") == "absent excused"
    )


def test_what_families_answered_is_seen_at_once(desk: Desk) -> None:
    session_id = desk.schedule()
    with desk.database.transaction() as connection:
        session_changes.reply(
            connection, session_id, desk.families[0], Reply.OTHER_DAY, datetime.now(UTC), wished_on=date(2026, 11, 26)
        )
    page = unescape(desk.client.get("/admin/hoy").text)
    assert "Pide otro día: jueves 26 de noviembre" in page


def test_hours_are_opened_week_after_week_and_closed(desk: Desk) -> None:
    fields = {"dia": SOON.isoformat(), "hora": "14:00", "minutos": "45", "lugar_es": "casa", "semanas": "3"}
    assert desk.post("/admin/horarios", **fields).status_code == 303
    page = unescape(desk.client.get("/admin/horarios").text)
    assert page.count("45 minutos") == 3
    slot_id = int(desk.scalar("SELECT min(id) FROM session_slots"))
    assert desk.post(f"/admin/horarios/{slot_id}/cerrar").status_code == 303
    page = unescape(desk.client.get("/admin/horarios").text)
    assert "ya no se ofrece" in page
    assert desk.scalar("SELECT count(*) FROM session_slots") == 2
    button = page[page.index('class="told') : page.index("Deshacer")]
    back = dict(re.findall(r'name="(\w+)" value="([^"]*)"', button))
    assert (back["dia"], back["hora"], back["minutos"]) == (SOON.isoformat(), "14:00", "45")
    desk.post("/admin/horarios", **{name: value for name, value in back.items() if name != "csrf_token"})
    assert desk.scalar("SELECT count(*) FROM session_slots") == 3
    desk.post(f"/admin/horarios/{slot_id + 1}/cerrar")
    assert desk.post("/admin/horarios", **{**fields, "semanas": "13"}).status_code == 422


def test_a_reminder_is_pushed_to_a_few(desk: Desk) -> None:
    session_id = desk.schedule()
    with desk.database.transaction() as connection:
        connection.execute(text("UPDATE messages SET created_at = created_at - interval '1 day'"))
        connection.execute(text("DELETE FROM outbox_queue"))
    page = unescape(desk.client.get("/admin/sesiones/recordar?dias=9&sin_respuesta=1").text)
    assert "Ana Pérez" in page
    shown = unescape(desk.post("/admin/sesiones/recordar?dias=9", sesion=str(session_id)).text)
    assert "Lo recibe 1 familia" in shown
    pushed = {"sesion": str(session_id), "confirmado": "si"}
    waiting = "SELECT count(*) FROM outbox_queue"
    assert desk.post("/admin/sesiones/recordar?dias=9", **pushed).status_code == 303
    assert desk.scalar(waiting) == 1
    desk.undo()
    assert desk.scalar(waiting) == 0
    desk.post("/admin/sesiones/recordar?dias=9", **pushed)
    again = unescape(desk.post("/admin/sesiones/recordar?dias=9", sesion=str(session_id)).text)
    assert "Ana Pérez: hoy ya se le escribió" in again


def test_a_coordinator_reads_the_team_by_gestor_and_changes_nothing(desk: Desk, app: Flask, zonal: Staff) -> None:
    session_id = desk.schedule()
    with desk.database.transaction() as connection:
        session_changes.reply(connection, session_id, desk.families[0], Reply.GOING, datetime.now(UTC))
    client = app.test_client()
    log_in(client, "zonal")
    page = unescape(client.get(f"/admin/calendario?desde={SOON}&gestor={desk.gestora.id}").text)
    assert "Marta Díaz" in page
    assert "van 1" in page
    assert "Ana Pérez" not in page
    assert client.get(f"/admin/sesiones/{session_id}").status_code == 200
    form = {"csrf_token": token(client, "/admin/cuenta/"), "confirmado": "si"}
    assert client.post(f"/admin/sesiones/{session_id}/cancelar", data=form).status_code == 404
    assert client.get("/admin/hoy").status_code == 404


def test_another_municipality_and_another_gestor_see_nothing(desk: Desk, app: Flask) -> None:
    session_id = desk.schedule()
    with desk.database.transaction() as connection:
        for login, role, code in (("otra", Role.GESTOR, SINCELEJO), ("corozal", Role.ZONAL, COROZAL)):
            staff.add(connection, login=login, name="Otra", role=role, password=PASSWORD, territories=(code,))
    for login in ("otra", "corozal"):
        client = app.test_client()
        log_in(client, login)
        assert client.get(f"/admin/sesiones/{session_id}").status_code == 404
        assert "Seguimiento" not in client.get(f"/admin/calendario?desde={SOON}").text


@pytest.mark.parametrize(
    "page",
    ["/admin/hoy", "/admin/calendario", "/admin/calendario?vista=mes", "/admin/sesiones/recordar", "/admin/horarios"],
)
def test_pages_ask_little_of_the_database(desk: Desk, page: str) -> None:
    desk.schedule()
    desk.past(*desk.families)
    asked: list[str] = []
    event.listen(desk.database.engine, "before_cursor_execute", lambda *details: asked.append(details[2]))
    answer = desk.client.get(page)
    assert answer.status_code == 200
    assert len(asked) <= MOST_QUERIES
    assert len(answer.data) < 60_000


@pytest.mark.parametrize("asked", ["desde=ayer", "desde=0001-01-01&vista=mes", "gestor=x", "vista=%00", "dias=-3"])
def test_whatever_the_address_says_there_is_a_page(desk: Desk, asked: str) -> None:
    assert desk.client.get(f"/admin/calendario?{asked}").status_code == 200
    assert desk.client.get(f"/admin/sesiones/recordar?{asked}").status_code == 200
