"""What the messaging tests share: a cipher, times, and messages in one line."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from db import Database
from encryption import Cipher
from messaging import contacts
from messaging.address import Channel
from messaging.content import Content
from messaging.outbox import Outgoing
from messaging.priority import Priority

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
"""Tuesday noon in Bogotá: the contact hours are open."""


@pytest.fixture
def cipher() -> Cipher:
    return Cipher(bytes(range(64)))


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
