"""A referral in the running service: from the coordinator's page to the phones of families, and back to the card."""

import json
import re
from datetime import datetime, timedelta

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
from tests.end_to_end.test_libreta import SOON, eventually

FIRST_PHONE, FAMILIES = 20, 12
"""The other tests talk with the phones before these."""
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Desk:
    """A browser of the staff: forms with their tokens."""

    def __init__(self, service: Service, login: str) -> None:
        self.client = httpx.Client(base_url=service.url, follow_redirects=True, timeout=30)
        password = demo.password(service.env["SECRET_KEY"], login)
        self.send("/admin/entrar", "/admin/entrar", login=login, password=password)

    def page(self, address: str) -> str:
        answer = self.client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        return answer.text

    def send(self, address: str, form: str, /, **fields: object) -> httpx.Response:
        token = TOKEN.search(self.page(form))
        assert token is not None
        answer = self.client.post(address, data={"csrf_token": token[1], **fields})
        assert answer.status_code == 200, answer.text
        return answer


@pytest.fixture(scope="module")
def programme(service: Service) -> str:
    """The address of a programme whose appointment was this morning, offered to the families of twelve phones."""
    assert eventually(lambda: "segunda ronda" in service.flask("waves", "list"), 240), "the demo is there"
    desk = Desk(service, "zonal.sincelejo")
    today = datetime.now(BOGOTA)
    made = desk.send(
        "/admin/programas/nuevo",
        "/admin/programas/nuevo",
        entity="SENA",
        name="Taller de prueba",
        achievements=["ID1", "SA1", "SA2", "NU1", "BA1", "BA2", "BA3", "AJ1", "DF4", "HA7"],
        territory="70001",
        places=FAMILIES - 1,
        requirements="ninguno",
        bring="cédula",
        address="Calle 20",
        hours="8 a 12",
        contact="605 282 0000",
        opens_on=(today - timedelta(days=1)).date().isoformat(),
        appointment_day=today.date().isoformat(),
        appointment_hour="00:00",
        answer_days=3,
        status="open",
    )
    address = made.url.path
    offers = f"/admin/remisiones/proponer/{address.rpartition('/')[2]}"
    sent = desk.send(offers, offers, familias=families(service), confirmado="si")
    assert "La oferta sale en un minuto para 12 familias" in sent.text
    return address


def phones(service: Service) -> list[Phone]:
    """The twelve phones, every other one on WhatsApp."""
    ordinals = range(FIRST_PHONE, FIRST_PHONE + FAMILIES)
    return [service.phone(ordinal, "whatsapp" if ordinal % 2 else "sms") for ordinal in ordinals]


def families(service: Service) -> list[int]:
    """The families of these phones."""
    cipher = Cipher(Settings.read(service.env).data_key)
    numbers = [cipher.seal(phone.number, contacts.HANDLE) for phone in phones(service)]
    with psycopg.connect(service.env["DATABASE_URL"].replace("+psycopg", "")) as connection:
        query = "SELECT family_id FROM family_contacts JOIN contacts ON contacts.id = contact_id WHERE handle = ANY(%s)"
        return [row[0] for row in connection.execute(query, [numbers])]


def told(service: Service) -> dict[str, int]:
    """How many told which reason, as the operator sees it; the key of the programme is the actor."""
    waves = json.loads(service.flask("aggregates", "show", "--json"))["waves"]
    cards = [wave["territories"].get("70001", {}) for wave in waves if wave["name"].startswith("Remisiones")]
    actors = [card["actors"].get("sena-taller-de-prueba", {}) for card in cards if card]
    return next((dict(actor["motivo"]["counts"]) for actor in actors if "motivo" in actor), {})


def test_from_the_offer_to_the_reason_to_the_card(service: Service, programme: str) -> None:
    talks: list[list[tuple[str, str]]] = []
    for phone in phones(service):
        talk = [(said, phone.texts(said)) for said in ("PROGRAMAS",)]
        choice = next(line.split()[0] for line in talk[0][1].splitlines() if "Taller de prueba" in line)
        for said in (choice, "acepto"):
            talk.append((said, phone.texts(said)))
        talks.append(talk)
    print("\n\n".join(f"> {said}\n{reply}" for said, reply in talks[0]))
    accepted = [talk for talk in talks if "tiene cupo" in talk[-1][1]]
    assert (len(accepted), "puesto 1" in talks[-1][-1][1]) == (FAMILIES - 1, True)
    for number, phone in enumerate(phones(service)[: FAMILIES - 1]):
        words = "no me atendieron, me pidieron plata" if number % 3 else "no había cupo, no me atendieron"
        assert "El motivo es secreto" in phone.texts(words)
        assert "sin su nombre" in phone.texts("sí")
    assert eventually(lambda: told(service) == {"plata": 7, "cupos": 4}, SOON), told(service)
    assert eventually(lambda: "0 differences" in service.flask("aggregates", "verify"), SOON)
    desk = Desk(service, "zonal.sincelejo")
    assert "No atendida: 11" in desk.page(programme)
    listed = desk.page("/admin/remisiones/?estado=not_served")
    assert "plata" not in listed
    assert listed.count("No atendida") > FAMILIES - 1
