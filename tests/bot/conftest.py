"""A village with an open wave, and phones that text with the service through real turns."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest
from sqlalchemy import Connection, insert, text

from bell import Bell
from bot import inviting
from bot.catalogue import Catalogue
from bot.desk import Office
from bot.register import FamilyContact
from bot.turn import Turn
from db import Database
from encryption import Cipher
from families import enrolment, territory
from messaging import contacts
from messaging.address import Address, Channel
from messaging.inbox import Inbound
from settings import Settings
from surveys import library, waves
from surveys.compile import compile_form
from surveys.forms.build import WORKBOOK
from tests.families.households import SINCELEJO, family, register

START = datetime(2026, 11, 23, 15, tzinfo=UTC)
SERVICE = Address(Channel.SMS, "+573100000000")
MESSAGE = re.compile(r"<Message[^>]*>(.*?)</Message>", re.DOTALL)


def phone_number(ordinal: int) -> str:
    return f"+5731055500{ordinal:02}"


@dataclass
class Village:
    """Families 1, 2, … of one municipality, each with a phone, invited to an open wave of the Libreta."""

    database: Database
    cipher: Cipher
    turn: Turn
    now: datetime = START
    wave_id: int = 0
    families: list[int] = field(default_factory=list)

    @property
    def office(self) -> Office:
        return Office(self.cipher, self.turn.texts)

    def phone(self, ordinal: int, channel: Channel = Channel.SMS) -> "Phone":
        return Phone(self, phone_number(ordinal), channel)

    def open_wave(self, *, anonymous: bool = True, households: int = 3) -> None:
        """Register families that have signed, and invite them."""
        form = compile_form(WORKBOOK.read_bytes()).form
        assert form is not None
        with self.database.transaction() as connection:
            territory.load(connection)
            records = register(connection, self.cipher, *(family(head=f"Familia {n}") for n in range(households)))
            self.families = [record.id for record in records]
            enrolment.sign(connection, self.families, self.now)
            numbers = [phone_number(ordinal) for ordinal in range(1, households + 1)]
            known = contacts.ensure_many(connection, self.cipher, numbers, self.now)
            self.link(connection, dict(zip(self.families, (known[number] for number in numbers), strict=True)))
            version = library.publish(connection, form, WORKBOOK.read_bytes(), self.now)
            self.wave_id = waves.plan(
                connection,
                name="Ronda de prueba",
                form_version_id=version,
                territory=SINCELEJO,
                period=(date(2026, 11, 1), date(2026, 12, 31)),
                anonymous=anonymous,
            )
            assert inviting.open_wave(connection, self.wave_id, self.now) == households

    def link(self, connection: Connection, phones: dict[int, int]) -> None:
        rows = [{"family_id": family_id, "contact_id": contact_id} for family_id, contact_id in phones.items()]
        connection.execute(insert(FamilyContact), rows)

    def later(self, **passed: float) -> None:
        self.now += timedelta(**passed)

    def scalar(self, sql: str, **parameters: object) -> object:
        with self.database.transaction() as connection:
            return connection.scalar(text(sql), parameters)


@dataclass
class Phone:
    """One phone. `texts` sends a message and gives the reply as the person reads it."""

    village: Village
    number: str
    channel: Channel

    def inbound(self, body: str, payload: str | None = None, opt_out_type: str | None = None) -> Inbound:
        address = Address(self.channel, self.number)
        return Inbound(f"SM{uuid4().hex}", address, SERVICE, body, payload=payload, opt_out_type=opt_out_type)

    def texts(self, body: str, payload: str | None = None) -> str:
        return self.sends(self.inbound(body, payload))

    def sends(self, inbound: Inbound) -> str:
        return read(self.village.turn.take(inbound, now=self.village.now))

    def answers(self, *bodies: str) -> str:
        """Send several messages; the last reply."""
        return [self.texts(body) for body in bodies][-1]


def read(twiml: str) -> str:
    found = MESSAGE.search(twiml)
    return unescape(found[1]) if found else ""


@pytest.fixture
def empty_village(database: Database, settings: Settings) -> Village:
    """A village before anybody is registered."""
    cipher = Cipher(settings.data_key)
    turn = Turn(
        database=database,
        cipher=cipher,
        texts=Catalogue.read(),
        bell=Bell(settings.redis_url),
        public_url="https://libreta.test",
        code_key=b"a key of the tests",
    )
    return Village(database, cipher, turn)


@pytest.fixture
def village(empty_village: Village) -> Village:
    empty_village.open_wave()
    return empty_village
