"""What the provider cannot say, a person decides: it was sent, send it again, or drop it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from db import Database
from encryption import Cipher
from messaging import campaigns, claims, outbox
from messaging.contacts import HANDLE
from messaging.held import Decision, decide, held
from messaging.outbox import Route
from messaging.priority import Priority
from messaging.reconciliation import Patience, Settled, reconcile
from settings import Settings
from startup import Services, create_commands
from tests.local_twilio.process import Control
from tests.messaging.conftest import outgoing, scalar

NOW = datetime.now(UTC)
AT_ONCE = Patience(listing=timedelta(0), hold=timedelta(hours=1))
SPENT = timedelta(0)
"""A lease that has run out when the claim ends."""


@pytest.fixture
def message_id(database: Database, cipher: Cipher, twilio: Control, maria: int) -> UUID:
    """A message that is held: its dispatcher died, and the provider answers nothing."""
    message = outgoing(maria, not_after=NOW + timedelta(days=1))
    with database.transaction() as connection:
        outbox.enqueue(connection, [message], NOW)
        claims.claim(connection, Route.SMS, ((Priority.BULK, 1),), NOW, SPENT)
    broken = replace(twilio.settings, auth_token="wrong")
    later = NOW + timedelta(hours=2)
    assert reconcile(database, cipher, broken, later, patience=AT_ONCE) == Settled(held=1)
    assert reconcile(database, cipher, broken, later, patience=AT_ONCE) == Settled(), "once"
    return message.id


def test_a_held_message_says_what_one_needs_to_look_it_up(database: Database, cipher: Cipher, message_id: UUID) -> None:
    with database.transaction() as connection:
        (found,) = held(connection)
        assert outbox.status_report(connection, NOW)[0]["state"] == "held"
    assert found.message_id == message_id
    assert cipher.open(found.handle, HANDLE) == "+573101234567"


@pytest.mark.parametrize(
    ("decision", "left"),
    [
        pytest.param(Decision.SENT, {"status": "sent", "reason": "sent, says a person", "queued": 0}, id="it was sent"),
        pytest.param(Decision.RESEND, {"status": "queued", "reason": None, "queued": 1}, id="send it again"),
        pytest.param(Decision.DROP, {"status": "failed", "reason": "dropped by a person", "queued": 0}, id="drop it"),
    ],
)
def test_a_person_decides_once(
    database: Database, message_id: UUID, decision: Decision, left: Mapping[str, Any]
) -> None:
    with database.transaction() as connection:
        assert decide(connection, message_id, decision, NOW)
        assert not any(decide(connection, message_id, other, NOW) for other in Decision), "it is not held any more"
        assert held(connection) == []
        queued = claims.claim(connection, Route.SMS, ((Priority.BULK, 1),), NOW, timedelta(seconds=1))
    assert scalar(database, "SELECT status FROM messages") == left["status"]
    assert scalar(database, "SELECT reason FROM messages") == left["reason"]
    assert len(queued) == left["queued"]


def test_what_a_person_says_was_sent_counts_as_spent(database: Database, message_id: UUID) -> None:
    with database.transaction() as connection:
        campaign = campaigns.create(connection, "Ronda", NOW)
    scalar(database, "UPDATE outbox_queue SET campaign_id = :id RETURNING 1", id=campaign)
    with database.transaction() as connection:
        decide(connection, message_id, Decision.SENT, NOW)
    assert scalar(database, "SELECT segments FROM campaigns") == 1


def test_the_operator_decides_by_command(
    database: Database, settings: Settings, cipher: Cipher, message_id: UUID
) -> None:
    services = Services()
    services.settings, services.database, services.cipher = settings, database, cipher
    shell = create_commands(services).test_cli_runner()
    listed = shell.invoke(args=["outbox", "held"]).output
    assert str(message_id) in listed
    assert "+573101234567" in listed

    assert shell.invoke(args=["outbox", "decide", str(uuid4()), "drop"]).exit_code == 1
    assert shell.invoke(args=["outbox", "decide", str(message_id), "resend"]).output == "Done.\n"
    assert shell.invoke(args=["outbox", "held"]).output == "Nothing is held.\n"
