"""Status callbacks: forward only, in any order, any number of times, and what they say about the recipient."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from uuid import uuid4

import pytest

from db import Database
from messaging import contacts, outbox, receipts
from messaging.priority import Priority
from tests.messaging.conftest import NOON, outgoing, scalar

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("order", list(permutations(["sent", "delivered", "read"])), ids="-".join)
def test_the_last_status_wins_whatever_the_order(database: Database, maria: int, order: tuple[str, ...]) -> None:
    message = outgoing(maria, priority=Priority.REPLY)
    with database.transaction() as connection:
        outbox.reply(connection, message, NOON)
        for number, status in enumerate((*order, *order)):
            assert receipts.apply(connection, message.id, "SM1", status, None, NOON + number * MINUTE)

    assert scalar(database, "SELECT status FROM messages") == "read"
    assert scalar(database, "SELECT sent_at FROM messages") == NOON
    assert scalar(database, "SELECT read_at FROM messages") == NOON + order.index("read") * MINUTE
    first = min(order.index("delivered"), order.index("read"))
    assert scalar(database, "SELECT delivered_at FROM messages") == NOON + first * MINUTE


def test_unknown_messages_and_other_ids_change_nothing(database: Database, maria: int) -> None:
    message = outgoing(maria, priority=Priority.REPLY)
    with database.transaction() as connection:
        outbox.reply(connection, message, NOON)
        assert not receipts.apply(connection, uuid4(), "SM1", "sent", None, NOON)
        assert receipts.apply(connection, message.id, "SM1", "sent", None, NOON)
        assert not receipts.apply(connection, message.id, "SM2", "delivered", None, NOON)
        assert receipts.apply(connection, message.id, "SM1", "a status of the future", None, NOON)
    assert scalar(database, "SELECT status FROM messages") == "sent"


@pytest.mark.parametrize(
    ("code", "column", "event"),
    [
        pytest.param(21610, "stopped_at IS NULL AND stops = ARRAY['*/sms']", "stop", id="left at the provider"),
        pytest.param(30005, "quarantined_at IS NOT NULL", "wrong_number", id="no such number"),
        pytest.param(30006, "NOT sms_ok", None, id="a landline"),
        pytest.param(30003, "sms_ok AND quarantined_at IS NULL AND stops = '{}'", None, id="switched off"),
        pytest.param(99999, "sms_ok AND quarantined_at IS NULL AND stops = '{}'", None, id="unheard of"),
    ],
)
def test_an_error_says_something_about_the_number(
    database: Database, maria: int, code: int, column: str, event: str | None
) -> None:
    message = outgoing(maria, priority=Priority.REPLY)
    with database.transaction() as connection:
        outbox.reply(connection, message, NOON)
        receipts.apply(connection, message.id, "SM1", "undelivered", code, NOON)

    assert scalar(database, "SELECT error_code FROM messages") == code
    assert scalar(database, f"SELECT {column} FROM contacts")
    assert scalar(database, "SELECT max(event) FROM consents") == event


@pytest.mark.parametrize(
    ("code", "back", "free"),
    [
        pytest.param(21610, contacts.start, "stops = '{}'", id="who came back"),
        pytest.param(30005, contacts.confirm, "quarantined_at IS NULL", id="a number that was confirmed"),
    ],
)
def test_a_repeated_report_sends_nobody_away_again(
    database: Database, maria: int, code: int, back: Callable[..., None], free: str
) -> None:
    message = outgoing(maria, priority=Priority.REPLY)
    with database.transaction() as connection:
        outbox.reply(connection, message, NOON)
        receipts.apply(connection, message.id, "SM1", "undelivered", code, NOON)
        back(connection, maria, NOON + MINUTE)
        assert receipts.apply(connection, message.id, "SM1", "undelivered", code, NOON + 2 * MINUTE)
    assert scalar(database, f"SELECT {free} FROM contacts")
    assert scalar(database, "SELECT count(*) FROM consents") == 2
