"""Jumping into tomorrow: the demo grows a day older as a whole, and nobody real does."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

import timers
from bot import time_travel
from bot.time_travel import RealPeopleError
from db import Database
from encryption import Cipher
from families import audit
from messaging import contacts

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
CIPHER = Cipher(bytes(range(64)))


def people(database: Database, *, demo: bool) -> None:
    with database.transaction() as connection:
        contacts.ensure_many(connection, CIPHER, ["+573000000001"], NOW, demo=demo)
        timers.arm(connection, "nudge", "1", NOW + timedelta(days=1))
        audit.record(connection, None, "viewed", "family", 1, NOW)


def test_what_was_for_tomorrow_is_due(database: Database) -> None:
    people(database, demo=True)
    with database.transaction() as connection:
        time_travel.jump(connection)
        assert connection.scalar(text("SELECT due_at FROM timers")) == NOW
        assert connection.scalar(text("SELECT first_seen_at FROM contacts")) == NOW - timedelta(days=1)
        assert connection.scalar(text("SELECT at FROM audit_entries")) == NOW, "the log stays as it is"


def test_nobody_real_is_moved(database: Database) -> None:
    people(database, demo=False)
    with pytest.raises(RealPeopleError), database.transaction() as connection:
        time_travel.jump(connection)
    with database.transaction() as connection:
        assert connection.scalar(text("SELECT due_at FROM timers")) == NOW + timedelta(days=1)
