"""A campaign's budget: never overspent however many are under way, and each message counted once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from db import Database
from encryption import Cipher
from messaging import campaigns, claims, outbox, receipts
from messaging.claims import Sent
from messaging.outbox import Outgoing, Route
from messaging.priority import Priority
from tests.local_twilio.process import Control
from tests.messaging.conftest import NOON, dispatcher, outgoing, people, scalar

MINUTE = timedelta(minutes=1)
BULK = ((Priority.BULK, 100),)


def limited(database: Database, cipher: Cipher, count: int, budget: int, **details: Any) -> list[Outgoing]:
    """A campaign with a budget, and so many messages of it."""
    persons = people(database, cipher, count)
    with database.transaction() as connection:
        campaign = campaigns.create(connection, "Ronda", NOON, budget_segments=budget)
        messages = [outgoing(person, campaign_id=campaign, **details) for person in persons]
        outbox.enqueue(connection, messages, NOON)
    return messages


def spent(database: Database) -> int:
    return int(scalar(database, "SELECT segments FROM campaigns"))


@pytest.mark.parametrize(("segments", "sent"), [(1, 10), (20, 0)])
def test_a_campaign_sends_what_its_budget_pays_and_no_more(
    database: Database, cipher: Cipher, twilio: Control, segments: int, sent: int
) -> None:
    limited(database, cipher, 60, 10, segments=segments)
    dispatcher(database, cipher, twilio).drain()
    later = NOON + 2 * MINUTE
    dispatcher(database, cipher, twilio, clock=lambda: later).drain()

    assert twilio.counts()["taken"] == sent
    assert scalar(database, "SELECT count(*) FROM messages WHERE reason = 'budget'") == 60 - sent
    assert scalar(database, "SELECT count(*) FROM outbox_queue") == 0


def test_what_another_dispatcher_is_sending_is_waited_for(database: Database, cipher: Cipher, twilio: Control) -> None:
    """The other's claim fails at the provider, so that its part is free again."""
    limited(database, cipher, 5, 3)
    with database.transaction() as connection:
        claimed = claims.claim(connection, Route.SMS, ((Priority.BULK, 2),), NOON, MINUTE)
    dispatcher(database, cipher, twilio).drain()
    assert twilio.counts()["taken"] == 1
    assert scalar(database, "SELECT count(*) FROM outbox_queue WHERE reason = 'budget'") == 2

    with database.transaction() as connection:
        claims.ended(connection, [claims.Ended(each.message_id, each.token, "failed", "no") for each in claimed])
    later = NOON + 2 * MINUTE
    dispatcher(database, cipher, twilio, clock=lambda: later).drain()
    assert twilio.counts()["taken"] == spent(database) == 3


def test_what_may_have_left_counts_as_spent(database: Database, cipher: Cipher, twilio: Control) -> None:
    limited(database, cipher, 3, 2)
    with database.transaction() as connection:
        claims.claim(connection, Route.SMS, ((Priority.BULK, 1),), NOON, timedelta(0))
    for now in (NOON, NOON + 2 * MINUTE):
        dispatcher(database, cipher, twilio, clock=lambda now=now: now).drain()
    assert twilio.counts()["taken"] == 1
    assert scalar(database, "SELECT count(*) FROM messages WHERE reason = 'budget'") == 1


Report = Callable[[Connection, UUID, int], object]


def recorded(connection: Connection, message_id: UUID, campaign_id: int) -> None:
    """By the dispatcher, or by reconciliation."""
    claims.sent(connection, [Sent(message_id, campaign_id, "SM1", "queued", 1)], NOON)


def reported(connection: Connection, message_id: UUID, _campaign_id: int) -> None:
    """By the provider."""
    receipts.apply(connection, message_id, "SM1", "delivered", None, NOON)


@pytest.mark.parametrize(
    "reports",
    [
        pytest.param((recorded, recorded), id="recorded twice, since the first answer of PostgreSQL was lost"),
        pytest.param((reported, reported), id="the dispatcher died, and the callback came twice"),
        pytest.param((reported, recorded), id="the callback was faster"),
        pytest.param((recorded, reported), id="as usual"),
    ],
)
def test_each_message_is_counted_once(database: Database, cipher: Cipher, reports: tuple[Report, ...]) -> None:
    (message,) = limited(database, cipher, 1, 10)
    for report in reports:
        with database.transaction() as connection:
            report(connection, message.id, message.campaign_id)
    assert spent(database) == 1
