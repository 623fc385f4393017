"""What WhatsApp refuses is said in another way, once: plainly within the session, a template by SMS."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from db import Database
from encryption import Cipher
from messaging import campaigns, fallback, outbox, receipts
from messaging.address import Channel
from messaging.content import Content, Option
from messaging.dispatch import Sender
from messaging.outbox import Outgoing, Route
from messaging.priority import Priority
from messaging.providers.twilio import TwilioTransport
from tests.local_twilio.process import Control
from tests.messaging.conftest import NOON, dispatcher, outgoing, people, scalar

MINUTE = timedelta(minutes=1)
BUTTONS = Content("¿Cuál día? 1 lunes, 2 martes", "¿Cuál día?", (Option("1", "lunes"), Option("2", "martes")))
UNKNOWN_THERE = {"buttons-2": "HX" + "9" * 32, "cita": "HX" + "8" * 32}
REFUSED = 63021
WAITS_FOR_A_LOCK = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


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


@pytest.mark.parametrize(
    ("became", "written"),
    [
        pytest.param("status = 'refused', reason = 'window_closed'", 1, id="the session was over"),
        pytest.param("status = 'refused', reason = 'unreachable'", 1, id="not on WhatsApp any more"),
        pytest.param("status = 'refused', reason = 'no_sender'", 1, id="we have no sender there any more"),
        pytest.param("status = 'refused', reason = 'stopped'", 0, id="who left is left alone"),
        pytest.param("status = 'undelivered', error_code = 63024", 1, id="cannot get WhatsApp"),
        pytest.param("status = 'undelivered', error_code = 63033", 0, id="who blocked us is left alone"),
        pytest.param("status = 'delivered', sent_at = :then", 1, id="unread for hours"),
        pytest.param("status = 'queued', sent_at = :then", 1, id="taken, and every report lost"),
        pytest.param("status = 'read', sent_at = :then", 0, id="read"),
    ],
)
def test_what_whatsapp_did_not_bring_goes_by_sms_where_the_way_was_the_trouble(
    database: Database, maria_on_whatsapp: int, became: str, written: int
) -> None:
    with database.transaction() as connection:
        outbox.enqueue(connection, [on_whatsapp(maria_on_whatsapp, Content("Hola"))], NOON)
        connection.execute(text("DELETE FROM outbox_queue"))
        connection.execute(text(f"UPDATE messages SET {became}"), {"then": NOON} if ":then" in became else {})
    assert fallback.fall_back(database, NOON + fallback.WAIT + MINUTE) == written


def test_what_waited_for_more_than_a_week_goes_by_sms_too(database: Database, maria_on_whatsapp: int) -> None:
    """A campaign was paused meanwhile, or the household had had enough."""
    later = NOON + timedelta(days=9)
    message = on_whatsapp(maria_on_whatsapp, Content("Hola"), not_after=NOON + timedelta(days=14))
    with database.transaction() as connection:
        outbox.enqueue(connection, [message], NOON)
        receipts.apply(connection, message.id, "SM1", "undelivered", 63024, later)
    assert fallback.fall_back(database, later) == 1


def test_every_one_of_many_goes_by_sms_once(
    database: Database, cipher: Cipher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fallback, "CHUNK", 3)
    messages = [on_whatsapp(person, Content("Hola")) for person in people(database, cipher, 10)]
    with database.transaction() as connection:
        outbox.enqueue(connection, messages, NOON)
        for message in messages:
            receipts.apply(connection, message.id, f"SM{message.id}", "undelivered", 63024, NOON)
    assert fallback.fall_back(database, NOON) == 10
    assert fallback.fall_back(database, NOON) == 0


def test_a_campaign_does_not_end_while_an_sms_is_being_written_for_it(
    database: Database, maria_on_whatsapp: int
) -> None:
    """The SMS would wait for ever, since nothing is claimed of what has ended."""
    with database.transaction() as connection:
        campaign = campaigns.create(connection, "Ronda", NOON)
        message = on_whatsapp(maria_on_whatsapp, Content("Hola"), campaign_id=campaign)
        outbox.enqueue(connection, [message], NOON)
        receipts.apply(connection, message.id, "SM1", "undelivered", 63024, NOON)

    def finish() -> list[int]:
        with database.transaction() as connection:
            return campaigns.finish(connection, [campaign], NOON)

    with ThreadPoolExecutor(1) as beside, database.transaction() as connection:
        assert fallback.write(connection, fallback.not_brought(connection, NOON), NOON) == 1
        finished = beside.submit(finish)
        while not (finished.done() or scalar(database, WAITS_FOR_A_LOCK)):
            continue
        connection.commit()
        assert finished.result() == []
    assert scalar(database, "SELECT status FROM campaigns") == campaigns.RUNNING


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
