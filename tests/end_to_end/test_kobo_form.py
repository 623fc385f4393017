"""A coordinator's own form, made as KoboToolbox makes them: from the workbook to answers that leave as Kobo's."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from openpyxl import load_workbook

from encryption import Cipher
from messaging import contacts
from settings import Settings
from tests.end_to_end.conftest import Service
from tests.end_to_end.phone import Phone
from tests.end_to_end.test_libreta import SOON, eventually
from tests.forms import xlsx

MUNICIPALITY = "25878"
"""A municipality of the demo whose families are not invited to the Libreta now."""


class Wave:
    """The named wave of the form, and the phones of its families."""

    def __init__(self, service: Service, workbook: Path) -> None:
        self.service = service
        self.checked = service.flask("surveys", "check", str(workbook))
        version = search(r"form version (\d+):", service.flask("surveys", "publish", str(workbook)))
        last = (datetime.now(UTC) + timedelta(days=10)).date().isoformat()
        told = service.flask(
            *("waves", "open", "Casa y comida", "--form", version),
            *("--territory", MUNICIPALITY, "--to", last, "--named"),
        )
        self.id = int(search(r"wave (\d+) is open", told))
        self.invited = int(search(r"(\d+) families invited", told))

    def rows(self, query: str) -> list[Any]:
        """What the database says; `%(wave)s` is this wave."""
        with psycopg.connect(self.service.env["DATABASE_URL"].replace("+psycopg", "")) as connection:
            return connection.execute(query, {"wave": self.id}).fetchall()

    def phones(self) -> list[str]:
        """The numbers of the invited families."""
        cipher = Cipher(Settings.read(self.service.env).data_key)
        return sorted(cipher.open(sealed, contacts.HANDLE) for (sealed,) in self.rows(PHONES))

    def answers(self, channel: str) -> dict[tuple[str, str], str]:
        """The stored answers of the family that answered by this channel."""
        return {(question, instance): value for by, question, instance, value in self.rows(ANSWERS) if by == channel}

    def export(self, *options: str) -> list[dict[str, str]]:
        """The exported rows, read as a spreadsheet would."""
        table = self.service.flask("surveys", "export", str(self.id), *options)
        return list(csv.DictReader(io.StringIO(table)))


PHONES = """
    SELECT DISTINCT c.handle FROM invitations i JOIN family_contacts f ON f.family_id = i.subject
    JOIN contacts c ON c.id = f.contact_id WHERE i.wave_id = %(wave)s AND c.demo
"""
INVITATIONS = """
    SELECT m.status, m.body FROM messages m JOIN campaign_plans w ON w.campaign_id = m.campaign_id
    JOIN contacts c ON c.id = m.contact_id WHERE w.wave_id = %(wave)s AND c.demo
"""
ANSWERS = """
    SELECT r.channel, a.question, a.instance, a.value FROM responses r JOIN answers a ON a.response_id = r.id
    WHERE r.wave_id = %(wave)s AND r.status = 'finished' AND a.current
"""
FINISHED = "SELECT 1 FROM responses WHERE wave_id = %(wave)s AND status = 'finished'"


@pytest.fixture(scope="module")
def wave(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Any:
    workbook = tmp_path_factory.mktemp("kobo") / "casa.xlsx"
    workbook.write_bytes(xlsx("kobo"))
    opened = Wave(service, workbook)
    yield opened
    service.flask("waves", "close", str(opened.id))


def test_the_form_is_checked_and_its_families_are_invited(wave: Wave) -> None:
    assert wave.checked == "Sin problemas.\n"
    reached = wave.phones()
    assert 0 < len(reached) <= wave.invited
    assert eventually(lambda: len(wave.rows(INVITATIONS)) == len(reached), 30)
    assert all("Tenemos unas preguntas cortas para su familia" in body for _, body in wave.rows(INVITATIONS))


def test_a_family_answers_by_whatsapp_and_another_by_sms(service: Service, wave: Wave) -> None:
    one, other = wave.phones()[:2]
    converse(Phone(service.url, service.env, one, "whatsapp"), BY_WHATSAPP)
    converse(Phone(service.url, service.env, other, "sms"), BY_SMS)
    assert eventually(lambda: len(wave.rows(FINISHED)) == 2, SOON)
    assert wave.answers("whatsapp") == {
        ("place/zone", ""): "rural",
        ("place/hamlet", ""): "palms",
        ("child/called", "1"): "Juan",
        ("child/age", "1"): "8",
        ("child/called", "2"): "Ana",
        ("child/age", "2"): "3",
        ("meals", ""): "rice other",
        ("meals_other", ""): "sopa de la vecina",
        ("water", ""): "12.5",
    }
    assert wave.answers("sms") == {("place/zone", ""): "urban", ("place/hamlet", ""): "park", ("water", ""): "20.0"}


def test_the_answers_leave_in_kobos_conventions(service: Service, wave: Wave, tmp_path: Path) -> None:
    by_channel = {row["_channel"]: row for row in wave.export()}
    row = by_channel["whatsapp"]
    assert (row["place/zone"], row["place/hamlet"], row["water"]) == ("rural", "palms", "12.5")
    assert (row["meals"], row["meals/rice"], row["meals/yuca"], row["meals/other"]) == ("rice other", "1", "0", "1")
    children = wave.export("--repeat", "child")
    assert [(child["child/called"], child["_parent_index"]) for child in children] == [
        ("Juan", row["_index"]),
        ("Ana", row["_index"]),
    ]
    labelled = {row["_channel"]: row for row in wave.export("--labels", "--language", "English (en)")}
    assert labelled["whatsapp"]["Your home/Where is your home?"] == "In the country"
    file = tmp_path / "answers.xlsx"
    service.flask("surveys", "export", str(wave.id), "--format", "xlsx", "--output", str(file))
    assert load_workbook(file).sheetnames == ["home_meals", "child"]


def test_an_anonymous_wave_has_no_rows_to_export(service: Service) -> None:
    figures = json.loads(service.flask("aggregates", "show", "--json"))
    libreta = next(each for each in figures["waves"] if each["name"].startswith("Libreta"))
    with pytest.raises(AssertionError, match="is anonymous: only its published figures leave"):
        service.flask("surveys", "export", str(libreta["id"]))


# what the bot is known to ask, and what the family answers
BY_WHATSAPP: tuple[tuple[str, Callable[[Phone], str]], ...] = (
    ("¿Empezamos?", lambda phone: phone.texts("sí")),
    ("¿Dónde queda su casa?", lambda phone: taps(phone, "En el campo", "/data/place/zone=rural")),
    ("¿En cuál?", lambda phone: taps(phone, "La Esperanza", "/data/place/hamlet=hope")),
    ("¿Hay un niño en la casa?", lambda phone: taps(phone, "Las Palmas", "/data/place/hamlet=palms")),  # an old button
    ("Corregido: Las Palmas", lambda phone: phone.texts("sí")),
    ("¿Cómo le dicen?", lambda phone: phone.texts("Juan")),
    ("¿Cuántos años tiene Juan?", lambda phone: phone.texts("25")),
    ("Un niño tiene entre 0 y 17 años.", lambda phone: phone.texts("ocho añitos")),
    ("¿Hay otro?", lambda phone: phone.texts("sí")),
    ("¿Cómo le dicen?", lambda phone: phone.texts("Ana")),
    ("¿Cuántos años tiene Ana?", lambda phone: phone.texts("3")),
    ("¿Hay otro?", lambda phone: phone.texts("no")),
    ("Niños: 2.", lambda phone: phone.texts("1 y 4")),
    ("¿Cuál? Escríbalo con sus palabras.", lambda phone: phone.texts("sopa de la vecina")),
    ("¿Cuántos litros de agua usan al día?", lambda phone: phone.texts("12,5")),
)
BY_SMS: tuple[tuple[str, Callable[[Phone], str]], ...] = (
    ("¿Empezamos?", lambda phone: phone.texts("1")),
    ("¿Donde queda su casa?", lambda phone: phone.texts("en el pueblo")),
    ("¿En cual?", lambda phone: phone.texts("2")),
    ("¿Hay un niño en la casa?", lambda phone: phone.texts("nop")),
    ("¿Cuantos litros de agua usan al dia?", lambda phone: phone.texts("20 litros")),
)
GOOD_BYE = "Sus respuestas quedaron guardadas"


def converse(phone: Phone, exchange: tuple[tuple[str, Callable[[Phone], str]], ...]) -> None:
    """From LIBRETA to the good-bye; every reply must be the one that is known."""
    reply = phone.texts("LIBRETA")
    for asked, answer in exchange:
        assert asked in reply
        reply = answer(phone)
    assert GOOD_BYE in reply


def taps(phone: Phone, title: str, option: str) -> str:
    """A tap on a button, as WhatsApp tells it."""
    return phone.texts(title, ButtonText=title, ButtonPayload=option)


def search(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, text
    return found[1]
