"""A coordinator's campaign over HTTP: audience, preview, undo, pause, resume, end; counted at the local Twilio."""

import json
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from sqlalchemy import insert, text, update

from bot.campaigns import plans
from bot.register import FamilyContact
from db import Database
from encryption import Cipher
from families import enrolment, families, staff, territory
from families.families import NewFamily, NewMember, Relation, Zone
from families.staff import Role, StaffMember
from messaging import contacts
from messaging.contact_hours import ContactHours
from settings import Settings
from tests.end_to_end.conftest import Service
from tests.end_to_end.test_libreta import eventually
from tests.local_twilio.process import Control, local_twilio
from tests.local_twilio.store import ACCOUNT, SMS_FROM, TOKEN

SAMPUES = "70670"
FAMILIES, LEFT, NOWHERE, WRONG = 240, 8, 12, 5
"""All; of them those who asked for no more messages, those without a phone, and those whose number does not exist."""
TEXT = "El jueves hay brigada de salud aquí en Sampués, en el parque, de ocho a doce. Lleve los papeles de todos."
LOGIN, PASSWORD = "nacional", "una clave de prueba"


class Connected(Service):
    """A service whose provider is a local Twilio, which reports back to it."""

    def __init__(self, folder: Path, twilio: Control) -> None:
        super().__init__(folder)
        self.twilio = twilio
        self.env |= {
            "PUBLIC_URL": self.url,
            "TWILIO_API_URL": twilio.url,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_SMS_FROM": SMS_FROM,
            "TWILIO_SMS_RATE": "10",  # so slow that a crowded machine still finds something to pause
            "BIN_RUN_DEMO": "0",
        }

    def restart(self) -> None:
        """All processes anew, on the same servers."""
        assert self.run is not None
        self.run.send_signal(signal.SIGTERM)
        self.run.wait(30)
        self.start()

    @property
    def database(self) -> Database:
        return Database(Settings.read(self.env).database_url)

    def open_the_hours(self) -> None:
        """Let PostgreSQL's clock, which sending goes by, show an hour at which people may be written to for a while."""
        hours, now = ContactHours(), datetime.now(UTC)
        later = now + timedelta(minutes=30)
        open_for_long = hours.next_open(now) == now and hours.next_open(later) == later
        seconds = 0 if open_for_long else int((hours.next_open(later) - now).total_seconds()) + 60
        database = self.database
        with database.transaction() as connection:
            connection.execute(text("CREATE SCHEMA shifted"))
            connection.execute(
                text(
                    "CREATE FUNCTION shifted.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS "
                    f"'SELECT pg_catalog.clock_timestamp() + interval ''{seconds} seconds'''"
                )
            )
            name = connection.scalar(text("SELECT current_database()"))
            connection.execute(text(f'ALTER DATABASE "{name}" SET search_path = shifted, pg_catalog, public'))
        database.close()


@pytest.fixture(scope="module")
def connected() -> Iterator[Connected]:
    folder = Path(tempfile.mkdtemp(prefix="libreta-e2e-"))
    folder.chmod(0o711)
    with local_twilio() as twilio:
        running = Connected(folder, twilio)
        try:
            running.start()
            running.open_the_hours()
            running.restart()
            yield running
        finally:
            running.stop()
            shutil.rmtree(folder, ignore_errors=True)


def settle(service: Connected) -> None:
    """Families of Sampués, and a national coordinator."""
    settings = Settings.read(service.env)
    database, cipher = Database(settings.database_url), Cipher(settings.data_key)
    now = datetime.now(UTC) - timedelta(days=90)
    numbers = [f"+57312{number:07}" for number in range(FAMILIES - NOWHERE)]
    with database.transaction() as connection:
        territory.load(connection)
        staff.add(connection, login=LOGIN, name="Camila", role=Role.NATIONAL, password=PASSWORD)
        connection.execute(update(StaffMember).values(demo=True))  # so that no second step is asked for
        heads = (NewMember(f"Familia {n}", "female", Relation.HEAD) for n in range(FAMILIES))
        new = [NewFamily(SAMPUES, Zone.RURAL, (head,)) for head in heads]
        records = families.register(connection, cipher, new, now)
        enrolment.sign(connection, [record.id for record in records], now)
        ids = contacts.ensure_many(connection, cipher, numbers, now)
        rows = [
            {"family_id": record.id, "contact_id": ids[number]}
            for record, number in zip(records, numbers, strict=False)
        ]
        connection.execute(insert(FamilyContact), rows)
        for number in numbers[:LEFT]:
            contacts.stop(connection, ids[number], now)
    database.close()
    service.twilio.people(invalid=numbers[-WRONG:])


@dataclass
class Coordinator:
    """A browser without scripts: it follows links and fills in forms."""

    client: httpx.Client
    page: str = ""

    def opens(self, address: str) -> str:
        self.page = self.client.get(address, follow_redirects=True).raise_for_status().text
        return self.page

    def sends(self, address: str, **fields: object) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.page)
        assert found, "no form on the page"
        answer = self.client.post(address, data={"csrf_token": found[1], **fields})
        assert answer.status_code == 303, answer.text
        where = urljoin(address, answer.headers["location"])
        self.opens(where)
        return where


def taken(service: Connected) -> int:
    return int(service.twilio.counts()["taken"])


def test_a_campaign_from_its_audience_to_its_ledger(connected: Connected) -> None:
    settle(connected)
    connected.twilio.faults(callbacks=True)
    with httpx.Client(base_url=connected.url, timeout=30) as client:
        person = Coordinator(client)
        person.opens("/admin/entrar")
        person.sends("/admin/entrar", login=LOGIN, password=PASSWORD)

        person.opens("/admin/campanas/audiencias/nueva")
        audience = person.sends("/admin/campanas/audiencias/nueva", nombre="Rurales", lugar=[SAMPUES], zona="rural")
        assert f"{FAMILIES} familias" in person.client.get(f"{audience}/cuantas").text

        person.opens("/admin/campanas/nueva?tipo=announcement")
        asked = {"tipo": "announcement", "nombre": "Brigada", "texto": TEXT, "audiencia": audience.rsplit("/", 1)[1]}
        where = person.sends("/admin/campanas/nueva", **asked)
        seen = client.get(f"{where}/vista").raise_for_status().text
        reached = FAMILIES - NOWHERE - LEFT
        assert f"<dt>Mensajes</dt><dd>{reached}</dd>" in seen
        assert f"Sin teléfono: {NOWHERE}" in seen
        assert f"Pidió no recibir más mensajes: {LEFT}" in seen

        person.sends(f"{where}/empezar")
        person.sends(f"{where}/deshacer")
        assert "Se deshizo" in person.page
        time.sleep(5)
        assert taken(connected) == 0

        began = time.monotonic()
        person.sends(f"{where}/empezar")
        assert eventually(lambda: taken(connected) > 0, 150)
        assert time.monotonic() - began >= plans.UNDO.total_seconds(), "nothing leaves within the minute"
        assert eventually(lambda: taken(connected) > 20, 60)

        person.opens(where)
        person.sends(f"{where}/pausar")
        time.sleep(5)
        paused = taken(connected)
        time.sleep(5)
        assert taken(connected) == paused < reached, "paused within seconds"

        person.sends(f"{where}/seguir")
        assert eventually(lambda: "Terminada" in client.get(f"{where}/avance").text, 90)
        settled = eventually(lambda: figures(connected, where)["unknown"] == 0, 60)
        found = figures(connected, where)
        print(found, connected.twilio.counts())
        assert settled
        assert found["balances"]
        assert (found["invited"], found["deferred"]) == (FAMILIES, 0)
        assert found["reasons"]["excluded"] == {"no_number": NOWHERE, "stopped": LEFT}
        assert (found["delivered"], found["failed"]) == (reached - WRONG, WRONG)
        assert taken(connected) == reached - WRONG
        assert connected.twilio.counts()["times"] == {"1": reached - WRONG}, "everybody once"

        visit = client.get(f"{where}/familias?estado=visitar&formato=csv").text
        assert len(visit.strip().splitlines()) == 1 + NOWHERE + LEFT + WRONG
        unreached = connected.flask("campaigns", "unreached", where.rsplit("/", 1)[1])
        assert len(unreached.strip().splitlines()) == 1 + NOWHERE + LEFT + WRONG


def figures(service: Connected, where: str) -> dict[str, Any]:
    """The ledger, as the operator reads it."""
    return dict(json.loads(service.flask("campaigns", "ledger", where.rsplit("/", 1)[1], "--json")))
