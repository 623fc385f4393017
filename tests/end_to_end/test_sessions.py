"""A session on the running service: a gestor schedules it on the web, the family asks for another day and takes it."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import httpx
import psycopg
import pytest

from bot import demo
from encryption import Cipher
from messaging import contacts
from messaging.contact_hours import BOGOTA
from settings import Settings
from tests.end_to_end.conftest import Service
from tests.end_to_end.phone import Phone
from tests.end_to_end.test_libreta import eventually

TODAY = datetime.now(UTC).astimezone(BOGOTA).date()
LOADED = 300.0
"""Seconds that loading the demo may take on a busy machine; the service answers meanwhile."""
FORM = {"minutos": "60", "lugar_es": "casa", "lugar": ""}


class Gestor:
    """A member of the staff in a browser without scripts."""

    def __init__(self, service: Service, login: str) -> None:
        self.browser = httpx.Client(base_url=service.url, follow_redirects=True, timeout=30)
        password = demo.password(service.env["SECRET_KEY"], login)
        self.post("/admin/entrar", login=login, password=password, page="/admin/entrar")

    def get(self, page: str) -> str:
        answer = self.browser.get(page)
        answer.raise_for_status()
        return unescape(answer.text)

    def post(self, address: str, page: str = "/admin/cuenta/", **fields: str) -> str:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.browser.get(page).text)
        assert token
        answer = self.browser.post(address, data={"csrf_token": token[1], **fields})
        answer.raise_for_status()
        return unescape(answer.text)

    def schedule(self, family_id: int, day: date, hour: str) -> None:
        when = {**FORM, "dia": day.isoformat(), "hora": hour}
        self.post("/admin/sesiones/nueva", tipo="follow_up", familias=str(family_id), confirmado="si", **when)

    def open(self, day: date, hour: str) -> None:
        self.post("/admin/horarios", dia=day.isoformat(), hora=hour, semanas="1", **FORM)


def whose(service: Service, phone: Phone) -> tuple[int, str] | None:
    """The family of a demo phone, and the login of its gestor; None while the demo is still being loaded."""
    cipher = Cipher(Settings.read(service.env).data_key)
    with psycopg.connect(service.env["DATABASE_URL"].replace("+psycopg", "")) as connection:
        found = connection.execute(
            """
            SELECT family_id, staff.login FROM family_contacts JOIN contacts ON contacts.id = contact_id
            JOIN gestor_assignments USING (family_id) JOIN staff ON staff.id = gestor_id
            WHERE handle = %s AND until IS NULL
            """,
            [cipher.seal(phone.number, contacts.HANDLE)],
        ).fetchone()
    return (found[0], found[1]) if found else None


def latest(service: Service, family_id: int) -> int:
    with psycopg.connect(service.env["DATABASE_URL"].replace("+psycopg", "")) as connection:
        found = connection.execute(
            "SELECT max(session_id) FROM session_families WHERE family_id = %s", [family_id]
        ).fetchone()
    assert found
    return int(found[0])


@pytest.mark.parametrize(("ordinal", "channel"), [(38, "sms"), (39, "whatsapp")])
def test_from_scheduling_to_another_day_to_the_new_time(service: Service, ordinal: int, channel: str) -> None:
    phone = service.phone(ordinal, channel)
    assert eventually(lambda: whose(service, phone) is not None, LOADED), "the demo is not there"
    family_id, login = whose(service, phone) or (0, "")
    gestor = Gestor(service, login)
    planned, other = TODAY + timedelta(days=4), TODAY + timedelta(days=3)
    gestor.schedule(family_id, planned, f"{9 + ordinal % 2:02}:15")
    gestor.open(other, f"{16 + ordinal % 2}:05")
    subject = f"{family_id}-{latest(service, family_id)}"
    exchange = []

    def says(words: str, payload: str = "") -> str:
        tap = {"ButtonText": words, "ButtonPayload": payload} if payload else {}
        exchange.append((words, phone.texts(words, **tap)))
        return exchange[-1][1]

    if channel == "sms":
        assert "en su casa" in says("mi próxima visita")
        assert f"{4 + ordinal % 2}:05 pm" in says("otro día")
        taken = says("1")
    else:
        offered = says("Otro día", f"session:{subject}:other_day")
        assert f"{4 + ordinal % 2}:05 pm" in offered
        taken = says("1")
    print("\n\n".join(f"> {sent}\n{reply}" for sent, reply in exchange))
    assert f"{4 + ordinal % 2}:05 pm" in taken
    assert f"{16 + ordinal % 2}:05" in gestor.get(f"/admin/calendario?desde={other}")
    assert "Va" in gestor.get("/admin/hoy")
    stale = says("Voy", f"session:{subject}:going")
    assert "Esa fecha cambi" in stale
    assert f"{4 + ordinal % 2}:05 pm" in stale
