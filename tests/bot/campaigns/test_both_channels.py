"""WhatsApp did not bring an invitation, so it went again by SMS: whatever comes back, on either, is one dialogue."""

from datetime import timedelta

import pytest

from bot.campaigns import expansion
from bot.catalogue import Catalogue
from messaging import claims, fallback, receipts
from messaging.address import Channel
from messaging.outbox import Route
from messaging.priority import Priority
from messaging.providers import registry
from tests.bot.conftest import START, Village, phone_number, village  # noqa: F401

TEXTS = Catalogue.read()


def invite_by_whatsapp(village: Village) -> None:  # noqa: F811
    """The invitation of the first family leaves as an approved template, since it once wrote by WhatsApp."""
    village.scalar(
        "UPDATE contacts SET last_channel = 'whatsapp', whatsapp_inbound_at = :at WHERE handle = :handle RETURNING 1",
        at=START - timedelta(days=60),
        handle=village.cipher.seal(phone_number(1), "contact.handle"),
    )
    with village.database.transaction() as connection:
        registry.remember(connection, "survey_invitation_es", "HX1", registry.APPROVED, START)
    while expansion.expand(village.database, TEXTS, village.now):
        continue


def send(village: Village, route: Route) -> list[claims.Claimed]:  # noqa: F811
    with village.database.transaction() as connection:
        claimed = claims.claim(connection, route, [(Priority.BULK, 9)], village.now, timedelta(minutes=1))
        taken = ((one.message_id, one.campaign_id, f"SM{one.message_id.hex}") for one in claimed)
        claims.sent(connection, [claims.Sent(*one, "sent", 1) for one in taken], village.now)
    return claimed


@pytest.mark.parametrize("fate", ["undelivered", "unread"])
@pytest.mark.parametrize("first", [Channel.SMS, Channel.WHATSAPP])
def test_a_late_answer_on_either_channel_joins_the_same_dialogue(
    village: Village,  # noqa: F811
    fate: str,
    first: Channel,
) -> None:
    invite_by_whatsapp(village)
    (template,) = send(village, Route.WHATSAPP)
    assert template.content.template == "survey_invitation_es"
    village.later(hours=5)
    if fate == "undelivered":
        with village.database.transaction() as connection:
            provider_id = f"SM{template.message_id.hex}"
            receipts.apply(connection, template.message_id, provider_id, "undelivered", 63024, village.now)
    assert fallback.fall_back(village.database, village.now) == 1
    assert any(one.contact_id == template.contact_id for one in send(village, Route.SMS))

    second = Channel.WHATSAPP if first is Channel.SMS else Channel.SMS
    assert "¿Empezamos?" in village.phone(1, first).answers("LIBRETA")
    question = village.phone(1, second).texts("1")
    assert "su familia este año" in question
    assert village.scalar("SELECT count(*) FROM open_responses") == 1
    village.phone(1, first).texts("1 2")
    assert village.scalar("SELECT count(*) FROM open_responses") == 1
    assert village.scalar("SELECT count(*) FROM invitations WHERE status = 'started'") == 1
    assert fallback.fall_back(village.database, village.now + timedelta(hours=9)) == 0
