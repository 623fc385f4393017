"""The pages of families: finding them, one of them, what is put down there, and what waits to be verified."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, insert, text

from bot import progress_pictures, progress_steps
from bot.register import FamilyContact
from db import Database
from encryption import Cipher
from families import achievements, assignments, catalogue, enrolment, news, staff, territory
from families.families import FamilyRecord
from families.staff import Role
from messaging import contacts
from startup import Services
from tests.admin.conftest import PASSWORD, log_in, token
from tests.families.households import COROZAL, NOW, SINCELEJO, family, register

CATALOGUES = Path(catalogue.__file__).parent / "catalogues"
MOST_QUERIES = 15


@pytest.fixture
def cipher(services: Services) -> Cipher:
    return services.cipher


@pytest.fixture
def village(database: Database, cipher: Cipher) -> list[FamilyRecord]:
    """Three families of a gestor of Sincelejo, the first with a phone, and one of nobody's in Corozal."""
    with database.transaction() as connection:
        territory.load(connection)
        content = (CATALOGUES / "logros_2007.csv").read_text("utf-8")
        achievements.load(connection, "2007", content, NOW)
        heads = ("Rosa Elena Núñez", "Luz Marina Pérez", "<b>José</b> O'Hara =1+1 😀")
        own = register(connection, cipher, *(family(head=head) for head in heads))
        other = register(connection, cipher, family(COROZAL, head="Zutana Vecina"))
        enrolment.sign(connection, [record.id for record in own], NOW)
        member = staff.add(
            connection,
            login="gestora",
            name="Marta Díaz",
            role=Role.GESTOR,
            password=PASSWORD,
            territories=(SINCELEJO,),
        )
        assignments.assign(connection, [record.id for record in own], member.id, NOW)
        known = contacts.ensure_many(connection, cipher, ["+573105550001"], NOW, demo=True)
        connection.execute(insert(FamilyContact).values(family_id=own[0].id, contact_id=known["+573105550001"]))
    return [*own, *other]


@pytest.fixture
def gestora(client: FlaskClient, village: list[FamilyRecord]) -> FlaskClient:
    assert log_in(client, "gestora") == 303
    return client


def rows(page: str) -> list[str]:
    return re.findall(r'<th scope="row"[^>]*>.*?(\d{4}-\d{4})', page)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param("", 3, id="all of hers"),
        pytest.param("rosa", 1, id="first name"),
        pytest.param("NUÑEZ ros", 1, id="surname and the beginning of a name, in any order"),
        pytest.param("nunez", 1, id="without accents"),
        pytest.param("Mercado", 3, id="name of another member"),
        pytest.param("ro", 0, id="too short to look for"),
        pytest.param("Zutana", 0, id="somebody else's family"),
        pytest.param("'; DROP TABLE families; --", 0, id="no name at all"),
    ],
)
def test_families_are_found_by_name(gestora: FlaskClient, words: str, found: int) -> None:
    page = gestora.get("/admin/familias/", query_string={"texto": words}).text
    assert len(rows(page)) == found


def test_families_are_found_by_folio(gestora: FlaskClient, village: list[FamilyRecord]) -> None:
    folio = village[1].folio
    for typed in (folio, f"{folio[:4]}-{folio[4:]}", folio[:8]):
        page = gestora.get("/admin/familias/", query_string={"texto": typed}).text
        assert rows(page) == [f"{folio[:4]}-{folio[4:]}"]


def test_without_a_phone_is_to_be_visited(gestora: FlaskClient) -> None:
    page = gestora.get("/admin/familias/", query_string={"telefono": "sin"}).text
    assert len(rows(page)) == 2
    assert "Rosa" not in page


def test_names_are_text_everywhere_and_no_formula_in_files(gestora: FlaskClient, village: list[FamilyRecord]) -> None:
    for address in ("/admin/familias/", f"/admin/familias/{village[2].id}"):
        page = gestora.get(address).text
        assert "&lt;b&gt;José&lt;/b&gt;" in page
        assert "<b>José" not in page
    file = gestora.get("/admin/familias/", query_string={"formato": "csv"}).text
    assert "Luz Marina Pérez" in file


def test_what_is_seen_is_written_down(gestora: FlaskClient, database: Database, village: list[FamilyRecord]) -> None:
    gestora.get("/admin/familias/")
    gestora.get(f"/admin/familias/{village[0].id}")
    with database.transaction() as connection:
        seen = connection.scalars(
            text("SELECT object_id FROM audit_entries WHERE action = 'viewed' AND object_kind = 'family'")
        ).all()
    assert sorted(seen) == sorted(str(one.id) for one in (*village[:3], village[0]))


def test_a_family_next_door_does_not_exist(gestora: FlaskClient, village: list[FamilyRecord]) -> None:
    away = village[3].id
    csrf = token(gestora, f"/admin/familias/{village[0].id}")
    assert gestora.get(f"/admin/familias/{away}").status_code == 404
    for address, fields in (
        (f"/admin/familias/{away}/logros/HA2", {"paso": "confirmar"}),
        (f"/admin/familias/{away}/metas", {"paso": "agregar", "meta": "HA2"}),
        (f"/admin/familias/{away}/notas", {"nota": "nada"}),
    ):
        assert gestora.post(address, data={"csrf_token": csrf, **fields}).status_code == 404


def test_a_report_is_verified_from_the_queue(
    gestora: FlaskClient, database: Database, cipher: Cipher, village: list[FamilyRecord]
) -> None:
    with database.transaction() as connection:
        progress_steps.report(connection, cipher, village[0].id, "HA2", NOW)
        news.tell(connection, village[1].id, news.Kind.GOAL_STUCK, NOW, "ED3")
    page = gestora.get("/admin/por-verificar").text
    assert "La casa tiene agua apta y desagüe" in page
    assert "Se le complicó una meta" in page
    csrf = token(gestora, "/admin/por-verificar")
    done = gestora.post(
        f"/admin/familias/{village[0].id}/logros/HA2",
        data={"csrf_token": csrf, "paso": "confirmar", "vuelve": "cola"},
        follow_redirects=True,
    )
    assert "Quedó verificado" in done.text
    assert "No hay logros por verificar" in done.text
    with database.transaction() as connection:
        assert "Su gestora confirm" in str(connection.scalar(text("SELECT body FROM messages")))


def test_what_was_verified_by_mistake_is_taken_back_before_the_family_reads_it(
    gestora: FlaskClient, database: Database, cipher: Cipher, village: list[FamilyRecord]
) -> None:
    with database.transaction() as connection:
        progress_steps.report(connection, cipher, village[0].id, "HA2", NOW)
    address = f"/admin/familias/{village[0].id}"
    csrf = {"csrf_token": token(gestora, "/admin/por-verificar"), "vuelve": "cola"}
    judging = {**csrf, "paso": "confirmar"}
    done = gestora.post(f"{address}/logros/HA2", data=judging, follow_redirects=True).text
    moment = re.search(r'name="momento" value="([^"]+)"', done)
    assert moment
    back = {**csrf, "momento": unescape(moment[1])}
    for wrong in ({**csrf, "momento": "ayer"}, {**csrf, "momento": "2026-01-01T08:00:00+00:00"}):
        refused = gestora.post(f"{address}/logros/HA2/deshacer", data=wrong, follow_redirects=True).text
        assert "no se puede deshacer" in refused
    undone = gestora.post(f"{address}/logros/HA2/deshacer", data=back, follow_redirects=True).text
    assert "la familia no recibe nada" in undone
    assert "La casa tiene agua apta y desagüe" in undone, "it waits to be verified again"
    with database.transaction() as connection:
        assert connection.scalar(text("SELECT status FROM messages")) == "canceled"
        assert connection.scalar(text("SELECT count(*) FROM outbox_queue")) == 0
        assert connection.scalar(text("SELECT count(*) FROM family_milestones")) == 0
    assert (
        "no se puede deshacer" in gestora.post(f"{address}/logros/HA2/deshacer", data=back, follow_redirects=True).text
    )


def test_a_goal_taken_out_is_put_back(gestora: FlaskClient, village: list[FamilyRecord]) -> None:
    address = f"/admin/familias/{village[0].id}"
    form = {"csrf_token": token(gestora, address), "meta": "HA2"}
    until = (datetime.now(UTC) + timedelta(days=40)).date().isoformat()
    gestora.post(f"{address}/metas", data={**form, "paso": "agregar", "hasta": until})
    out = gestora.post(f"{address}/metas", data={**form, "paso": "quitar"}, follow_redirects=True).text
    assert "Deshacer" in out
    assert f'name="hasta" value="{until}"' in out


def test_sending_back_needs_a_reason(
    gestora: FlaskClient, database: Database, cipher: Cipher, village: list[FamilyRecord]
) -> None:
    with database.transaction() as connection:
        progress_steps.report(connection, cipher, village[0].id, "HA4", NOW - timedelta(days=1))
    address = f"/admin/familias/{village[0].id}"
    send = {"csrf_token": token(gestora, address), "paso": "devolver"}
    assert "Escriba por qué se devuelve" in gestora.post(f"{address}/logros/HA4", data=send, follow_redirects=True).text
    telling = {**send, "motivo": "falta la carta de desplazados"}
    told = gestora.post(f"{address}/logros/HA4", data=telling, follow_redirects=True).text
    assert "Ningún mensaje dice «desplazados»" in told
    back = gestora.post(f"{address}/logros/HA4", data={**send, "motivo": "falta el <contador>"}, follow_redirects=True)
    assert "Quedó devuelto" in back.text
    assert "Se le dijo: «falta el &lt;contador&gt;»" in back.text


def test_the_plan_is_made_with_the_family(gestora: FlaskClient, village: list[FamilyRecord]) -> None:
    address = f"/admin/familias/{village[0].id}"
    form = {"csrf_token": token(gestora, address)}
    for code in ("HA2", "ID1"):
        gestora.post(f"{address}/metas", data={**form, "paso": "agregar", "meta": code})
    page = gestora.post(f"{address}/metas", data={**form, "paso": "primera", "meta": "ID1"}, follow_redirects=True).text
    plan = page[page.index('id="metas"') : page.index('id="personas"')]
    assert plan.index("Todos tienen documento") < plan.index("La casa tiene agua")
    dated = {**form, "paso": "agregar", "meta": "HA4"}
    late = gestora.post(f"{address}/metas", data={**dated, "hasta": "2020-01-01"}, follow_redirects=True).text
    assert "Esa fecha ya pasó" in late
    page = gestora.post(f"{address}/metas", data={**dated, "hasta": "2099-05-31"}, follow_redirects=True).text
    assert "para el 31 de mayo de 2099" in page
    page = gestora.post(f"{address}/metas", data={**form, "paso": "quitar", "meta": "HA2"}, follow_redirects=True).text
    assert "Todos tienen documento" in page[page.index('id="metas"') :]


def test_notes_are_kept_sealed_and_shown_as_text(
    gestora: FlaskClient, database: Database, village: list[FamilyRecord]
) -> None:
    address = f"/admin/familias/{village[0].id}"
    written = "Visita <script>alert(1)</script> " + "ñ" * 9_000
    page = gestora.post(
        f"{address}/notas", data={"csrf_token": token(gestora, address), "nota": written}, follow_redirects=True
    ).text
    assert "&lt;script&gt;" in page
    with database.transaction() as connection:
        stored = connection.scalar(text("SELECT body FROM family_notes"))
    assert isinstance(stored, bytes)
    assert b"Visita" not in stored


def test_phones_are_shown_without_their_numbers(gestora: FlaskClient, village: list[FamilyRecord]) -> None:
    page = gestora.get(f"/admin/familias/{village[0].id}").text
    assert "···001" in page
    assert "5550001" not in page


@pytest.mark.parametrize(
    "address", ["/admin/familias/", "/admin/familias/{}", "/admin/familias/{}/historia", "/admin/por-verificar"]
)
def test_a_page_takes_few_queries(
    gestora: FlaskClient, database: Database, village: list[FamilyRecord], address: str
) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    gestora.get(address.format(village[0].id))
    event.listen(database.engine, "before_cursor_execute", note)
    try:
        assert gestora.get(address.format(village[0].id)).status_code == 200
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    assert len(asked) <= MOST_QUERIES, "\n".join(statement[:90] for statement in asked)


def test_the_picture_is_shown_by_its_sealed_address_only(
    client: FlaskClient, database: Database, cipher: Cipher, village: list[FamilyRecord]
) -> None:
    address = progress_pictures.address(cipher, village[0].id, database.now())
    picture = client.get(f"/imagenes/avance/{address}.png")
    assert picture.status_code == 200
    assert picture.data.startswith(b"\x89PNG")
    assert client.get(f"/imagenes/avance/{village[0].id}.png").status_code == 404
    late = progress_pictures.address(cipher, village[0].id, NOW.replace(year=2025))
    assert client.get(f"/imagenes/avance/{late}.png").status_code == 404
