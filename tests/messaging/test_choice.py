"""Which channel a message takes, what it costs, and what a campaign would meet."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from db import Database
from messaging import fallback, outbox, receipts
from messaging.address import Channel
from messaging.choice import Reach, choose
from messaging.contact_hours import BOGOTA, ContactHours
from messaging.cost import Prices, end_of_sending, preview
from tests.messaging.conftest import NOON, outgoing, scalar

PRICES = Prices(segment=Decimal("0.02"), template=Decimal("0.05"))
HOUR = timedelta(hours=1)
ON_WHATSAPP: dict[str, Any] = {"last_channel": Channel.WHATSAPP, "whatsapp_inbound_at": NOON - 48 * HOUR}


@pytest.mark.parametrize(
    ("reach", "segments", "expected"),
    [
        pytest.param({}, 1, Channel.SMS, id="never heard of: SMS"),
        pytest.param({"whatsapp_inbound_at": NOON - HOUR}, 1, Channel.WHATSAPP, id="in session"),
        pytest.param(ON_WHATSAPP, 1, Channel.WHATSAPP, id="wrote there last: template"),
        pytest.param(ON_WHATSAPP | {"whatsapp_ok": False}, 1, Channel.SMS, id="not on WhatsApp any more"),
        pytest.param({"whatsapp_opted_in": True}, 1, Channel.SMS, id="either would do: the cheaper"),
        pytest.param({"whatsapp_opted_in": True}, 3, Channel.WHATSAPP, id="a long text is cheaper as a template"),
        pytest.param({"whatsapp_opted_in": True, "sms_ok": False}, 1, Channel.WHATSAPP, id="a landline"),
        pytest.param({"stops": frozenset({"*/sms"})}, 1, None, id="left SMS, never agreed to WhatsApp"),
        pytest.param({"stops": frozenset({"*/*"}), **ON_WHATSAPP}, 1, None, id="left"),
        pytest.param({"stops": frozenset({"*/whatsapp"}), **ON_WHATSAPP}, 1, Channel.SMS, id="left WhatsApp"),
    ],
)
def test_choice(reach: dict[str, Any], segments: int, expected: Channel | None) -> None:
    assert choose(Reach(**reach), "invitation", segments, PRICES, NOON, template_approved=True) is expected


def test_without_an_approved_template_it_is_an_sms() -> None:
    assert choose(Reach(**ON_WHATSAPP), "invitation", 1, PRICES, NOON, template_approved=False) is Channel.SMS


def test_a_preview_says_what_folding_saves() -> None:
    told = preview("¿Cómo está? " * 10, PRICES)
    assert (told.unfolded.encoding, told.sms.encoding) == ("UCS-2", "GSM-7")
    assert (told.unfolded.count, told.sms.count, told.saved) == (2, 1, 1)
    assert told.sms_cost == Decimal("0.02")


@pytest.mark.parametrize(
    ("total", "ends"),
    [
        pytest.param(3600, datetime(2026, 11, 24, 13, tzinfo=BOGOTA), id="an hour"),
        pytest.param(8 * 3600, datetime(2026, 11, 25, 9, tzinfo=BOGOTA), id="over the night"),
        pytest.param(48 * 3600, datetime(2026, 11, 30, 9, tzinfo=BOGOTA), id="over the weekend"),
    ],
)
def test_when_a_campaign_ends(total: int, ends: datetime) -> None:
    assert end_of_sending(NOON, total, 1.0, ContactHours()) == ends


def whatsapp(database: Database, contact_id: int, status: str) -> None:
    message = outgoing(contact_id, "¿Cuál día?", channel=Channel.WHATSAPP)
    with database.transaction() as connection:
        outbox.enqueue(connection, [message], NOON)
        receipts.apply(connection, message.id, f"SM{message.id.hex}", status, None, NOON)


@pytest.mark.parametrize(
    ("status", "after", "written"),
    [
        pytest.param("undelivered", HOUR, 1, id="failed: at once"),
        pytest.param("delivered", HOUR, 0, id="unread for an hour: not yet"),
        pytest.param("delivered", 5 * HOUR, 1, id="unread for too long"),
        pytest.param("read", 5 * HOUR, 0, id="read"),
        pytest.param("undelivered", 30 * HOUR, 0, id="too late"),
    ],
)
def test_falls_back_to_sms_once(database: Database, maria: int, status: str, after: timedelta, written: int) -> None:
    whatsapp(database, maria, status)
    assert fallback.fall_back(database, NOON + after) == written
    assert fallback.fall_back(database, NOON + after) == 0
    if written:
        assert scalar(database, "SELECT body FROM messages WHERE channel = 'sms'") == "¿Cual dia?"


def test_somebody_who_wrote_since_gets_no_second_message(database: Database, maria: int) -> None:
    whatsapp(database, maria, "delivered")
    scalar(database, "UPDATE contacts SET last_inbound_at = :at RETURNING 1", at=NOON + HOUR)
    assert fallback.fall_back(database, NOON + 5 * HOUR) == 0
