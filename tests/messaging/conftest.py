"""What the messaging tests share: a cipher, times, and messages in one line."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from db import Database
from encryption import Cipher
from messaging import contacts
from messaging.address import Channel
from messaging.content import Content
from messaging.dispatch import Dispatcher, Sender
from messaging.gate import Policy
from messaging.outbox import Outgoing, Route
from messaging.priority import Priority
from messaging.providers.simulator import Simulator
from messaging.providers.transport import Transport
from messaging.providers.twilio import TwilioTransport
from tests.local_twilio.process import Control, local_twilio

DESCRIPTION = Path(__file__).resolve().parents[3] / "shared" / "testdata" / "twilio" / "api_v2010_messages.json"
"""Twilio's published API description, where it is at hand."""
collect_ignore = [] if DESCRIPTION.exists() else ["test_published_description.py"]

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
"""Tuesday noon in Bogotá: the contact hours are open."""

ANY_HOUR = Policy(hours={})
"""For tests that run by the real clock."""


SEALING = bytes(range(64))
CIPHER = Cipher(SEALING)


@pytest.fixture
def cipher() -> Cipher:
    return CIPHER


@pytest.fixture
def maria(database: Database, cipher: Cipher) -> int:
    """A contact that has never written."""
    with database.transaction() as connection:
        return contacts.ensure_many(connection, cipher, ["+573101234567"], NOON)["+573101234567"]


def outgoing(contact_id: int, said: str = "Hola", **details: Any) -> Outgoing:
    """A bulk SMS that may go until tomorrow, unless told otherwise."""
    values: dict[str, Any] = {
        "contact_id": contact_id,
        "channel": Channel.SMS,
        "purpose": "invitation",
        "priority": Priority.BULK,
        "content": Content(said),
        "body": said,
        "segments": 1,
        "not_after": NOON + timedelta(days=1),
    }
    return Outgoing(**{**values, **details})


def scalar(database: Database, query: str, **parameters: Any) -> Any:
    """One value out of the database."""
    with database.transaction() as connection:
        return connection.execute(text(query), parameters).scalar()


@pytest.fixture
def twilio() -> Iterator[Control]:
    """A local Twilio of the test's own."""
    with local_twilio() as control:
        yield control


def dispatcher(database: Database, cipher: Cipher, twilio: Control, **details: Any) -> Dispatcher:
    """A dispatcher that sends by the local Twilio, at Tuesday noon unless told otherwise."""
    transports: dict[Route, Transport] = {
        Route.SMS: TwilioTransport(twilio.settings, Channel.SMS, {}, timeout=2.0),
        Route.WHATSAPP: TwilioTransport(twilio.settings, Channel.WHATSAPP, {}, timeout=2.0),
        Route.DEMO: Simulator(),
    }
    values: dict[str, Any] = {
        "senders": {route: Sender(transport) for route, transport in transports.items()},
        "status_url": lambda message_id: f"http://127.0.0.1:9/status/{message_id}",
        "clock": lambda: NOON,
    }
    return Dispatcher(database, cipher, **{**values, **details})


def people(database: Database, cipher: Cipher, count: int) -> list[int]:
    """So many contacts."""
    handles = [f"+57310{number:07d}" for number in range(count)]
    with database.transaction() as connection:
        ids = contacts.ensure_many(connection, cipher, handles, NOON)
    return [ids[handle] for handle in handles]
