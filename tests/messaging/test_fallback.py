"""What WhatsApp refuses is said in another way, once: plainly within the session, a template by SMS."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from db import Database
from encryption import Cipher
from messaging import fallback, outbox, receipts
from messaging.address import Channel
from messaging.content import Content, Option
from messaging.dispatch import Sender
from messaging.outbox import Outgoing, Route
from messaging.priority import Priority
from messaging.providers.twilio import TwilioTransport
from tests.local_twilio.process import Control
from tests.messaging.conftest import NOON, dispatcher, outgoing, scalar

MINUTE = timedelta(minutes=1)
BUTTONS = Content("¿Cuál día? 1 lunes, 2 martes", "¿Cuál día?", (Option("1", "lunes"), Option("2", "martes")))
UNKNOWN_THERE = {"buttons-2": "HX" + "9" * 32, "cita": "HX" + "8" * 32}
REFUSED = 63021


@pytest.fixture
def maria_on_whatsapp(database: Database, maria: int) -> int:
    """She has just written there."""
    wrote = "UPDATE contacts SET whatsapp_inbound_at = :now, last_inbound_at = :now, last_channel = 'whatsapp'"
    with database.transaction() as connection:
        connection.execute(text(wrote), {"now": NOON - MINUTE})
    return maria


def on_whatsapp(contact_id: int, content: Content, **details: Any) -> Outgoing:
    return outgoing(contact_id, content.text, channel=Channel.WHATSAPP, content=content, **details)


def send(database: Database, cipher: Cipher, twilio: Control) -> None:
    """With contents of which the provider knows nothing."""
    transport = TwilioTransport(twilio.settings, Channel.WHATSAPP, UNKNOWN_THERE)
    sender = Sender(transport, templates=frozenset(UNKNOWN_THERE))
    dispatcher(database, cipher, twilio, senders={Route.WHATSAPP: sender}).drain(seconds=5)


@pytest.mark.parametrize("priority", [Priority.REPLY, Priority.REMINDER])
def test_buttons_that_are_refused_leave_as_text_at_once(
    database: Database, cipher: Cipher, twilio: Control, maria_on_whatsapp: int, priority: Priority
) -> None:
    with database.transaction() as connection:
        outbox.enqueue(connection, [on_whatsapp(maria_on_whatsapp, BUTTONS, priority=priority)], NOON)
    send(database, cipher, twilio)

    assert twilio.bodies() == {BUTTONS.text: 1}
    assert scalar(database, "SELECT count(*) FROM messages WHERE status = 'queued' AND provider_id <> ''") == 1
    assert fallback.fall_back(database, NOON + MINUTE) == 0


@pytest.mark.parametrize(
    ("wrote_since", "written"),
    [pytest.param(False, 1, id="she waits"), pytest.param(True, 0, id="she has written since")],
)
def test_buttons_that_are_refused_late_are_said_plainly_once(
    database: Database, cipher: Cipher, twilio: Control, maria_on_whatsapp: int, wrote_since: bool, written: int
) -> None:
    message = on_whatsapp(maria_on_whatsapp, BUTTONS, priority=Priority.REMINDER)
    with database.transaction() as connection:
        outbox.enqueue(connection, [message], NOON)
        receipts.apply(connection, message.id, "SM1", "sent", None, NOON)
    if wrote_since:
        scalar(database, "UPDATE contacts SET last_inbound_at = :at RETURNING 1", at=NOON + MINUTE)
    for _ in range(2):
        with database.transaction() as connection:
            receipts.apply(connection, message.id, "SM1", "undelivered", REFUSED, NOON)
    assert fallback.fall_back(database, NOON + MINUTE) == 0, "not by SMS too"
    send(database, cipher, twilio)

    assert twilio.bodies() == ({BUTTONS.text: 1} if written else {})
    assert scalar(database, "SELECT count(*) FROM messages") == 1 + written


def test_a_template_that_is_refused_goes_by_sms(
    database: Database, cipher: Cipher, twilio: Control, maria_on_whatsapp: int
) -> None:
    template = Content("Su cita es mañana", template="cita", variables={"1": "mañana"})
    with database.transaction() as connection:
        outbox.enqueue(connection, [on_whatsapp(maria_on_whatsapp, template, priority=Priority.REMINDER)], NOON)
    send(database, cipher, twilio)
    assert scalar(database, "SELECT status FROM messages") == "failed"

    assert fallback.fall_back(database, NOON + MINUTE) == 1
    assert fallback.fall_back(database, NOON + MINUTE) == 0
    dispatcher(database, cipher, twilio).drain(seconds=5)
    assert twilio.bodies() == {"Su cita es mañana": 1}
