"""Texts are blanked when their time is over, and the provider's copies with those of anonymous dialogues."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from db import Database
from encryption import Cipher
from messaging import contacts, inbox, outbox, receipts, retention
from messaging.address import Address
from messaging.inbox import Inbound
from messaging.priority import Priority
from tests.local_twilio.process import Control
from tests.local_twilio.store import SMS_FROM
from tests.messaging.conftest import NOON, outgoing, scalar

ME = Address.parse("+573101234567")
OURS = Address.parse(SMS_FROM)


def heard(database: Database, cipher: Cipher, provider_id: str, at: datetime) -> tuple[int, int]:
    """(contact id, inbound id)"""
    with database.transaction() as connection:
        contact = contacts.lock(connection, cipher, ME, at)
        recorded = inbox.record(connection, contact.id, Inbound(provider_id, ME, OURS, "un 2, me pidieron plata"), at)
    assert recorded is not None
    return contact.id, recorded


@pytest.mark.parametrize(
    ("age", "left"), [pytest.param(200, 0, id="old texts go"), pytest.param(100, 3, id="newer ones stay")]
)
def test_texts_are_kept_for_half_a_year(database: Database, cipher: Cipher, age: int, left: int) -> None:
    then = NOON - timedelta(days=age)
    contact_id, inbound_id = heard(database, cipher, "SMin", then)
    with database.transaction() as connection:
        outbox.reply(connection, outgoing(contact_id, in_reply_to=inbound_id), then)
        sent = outgoing(contact_id)
        outbox.enqueue(connection, [sent], then)
        receipts.apply(connection, sent.id, "SM1", "delivered", None, then)
    retention.blank_old(database, NOON)

    texts = "(SELECT body FROM messages UNION ALL SELECT body FROM inbound_messages)"
    assert scalar(database, f"SELECT count(*) FROM {texts} AS texts WHERE body <> ''") == left


def test_what_still_waits_keeps_its_text(database: Database, maria: int) -> None:
    then = NOON - timedelta(days=300)
    with database.transaction() as connection:
        outbox.enqueue(connection, [outgoing(maria)], then)
    assert retention.blank_old(database, NOON) == 0


def test_the_providers_copies_of_an_anonymous_dialogue_are_blanked(
    database: Database, cipher: Cipher, twilio: Control
) -> None:
    now = datetime.now(UTC)
    theirs = twilio.receive(**{"from": str(ME), "to": SMS_FROM, "body": "un 2, me pidieron plata"})["sid"]
    ours = twilio.receive(**{"from": SMS_FROM, "to": str(ME), "body": "Gracias", "direction": "outbound-reply"})["sid"]
    contact_id, inbound_id = heard(database, cipher, theirs, now)
    dialogue = uuid4()
    answer = outgoing(contact_id, priority=Priority.REPLY, in_reply_to=inbound_id, conversation_ref=dialogue)
    with database.transaction() as connection:
        outbox.reply(connection, answer, now)
        outbox.blank(connection, dialogue)
    assert retention.redact(database, twilio.settings) == 1, "the reply's id is not known yet"

    with database.transaction() as connection:
        receipts.apply(connection, answer.id, ours, "delivered", None, now)
    assert retention.redact(database, twilio.settings) == 1
    assert retention.redact(database, twilio.settings) == 0
    assert twilio.bodies() == {"": 2}
    assert scalar(database, "SELECT bool_or(redact) FROM messages") is False
