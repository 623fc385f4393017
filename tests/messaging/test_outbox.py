"""The outbox: what is written is sent once, in order, and a repeated webhook finds its reply again."""

from datetime import timedelta
from uuid import uuid4

from db import Database
from encryption import Cipher
from messaging import campaigns, claims, contacts, inbox, outbox, receipts
from messaging.address import Address
from messaging.claims import Claimed, Deferred, Ended, Sent
from messaging.inbox import Inbound
from messaging.outbox import Route
from messaging.priority import Priority
from tests.messaging.conftest import NOON, outgoing, scalar

LEASE = timedelta(seconds=60)
ANY = tuple((priority, 10) for priority in Priority)


def claim(database: Database, route: Route = Route.SMS) -> list[Claimed]:
    with database.transaction() as connection:
        return claims.claim(connection, route, ANY, NOON, LEASE)


def bodies(claimed: list[Claimed]) -> list[str]:
    return [each.body for each in claimed]


def test_a_message_is_claimed_once(database: Database, maria: int) -> None:
    with database.transaction() as connection:
        assert outbox.enqueue(connection, [outgoing(maria, "Hola")], NOON) == 1

    assert bodies(claim(database)) == ["Hola"]
    assert claim(database) == []


def test_the_same_dedupe_key_is_one_message(database: Database, maria: int) -> None:
    with database.transaction() as connection:
        both = [outgoing(maria, dedupe_key="wave 1"), outgoing(maria, dedupe_key="wave 1")]
        assert outbox.enqueue(connection, both, NOON) == 1
        assert outbox.enqueue(connection, [outgoing(maria, dedupe_key="wave 1")], NOON) == 0


def test_of_one_person_only_the_oldest_goes(database: Database, maria: int) -> None:
    with database.transaction() as connection:
        outbox.enqueue(connection, [outgoing(maria, "first"), outgoing(maria, "second")], NOON)

    (first,) = claim(database)
    assert first.body == "first"
    assert claim(database) == []
    with database.transaction() as connection:
        claims.sent(connection, [Sent(first.message_id, 0, "SM1", "queued", 1)], NOON)
    assert bodies(claim(database)) == ["second"]


def test_replies_go_before_reminders_before_bulk(database: Database, cipher: Cipher) -> None:
    handles = ["+573100000001", "+573100000002", "+573100000003"]
    with database.transaction() as connection:
        ids = contacts.ensure_many(connection, cipher, handles, NOON)
        people = zip(handles, (Priority.BULK, Priority.REPLY, Priority.REMINDER), strict=True)
        messages = [outgoing(ids[handle], priority.name, priority=priority) for handle, priority in people]
        outbox.enqueue(connection, messages, NOON)

    assert bodies(claim(database)) == ["REPLY", "REMINDER", "BULK"]


def test_a_reply_does_not_wait_for_a_message_of_unknown_fate(database: Database, maria: int) -> None:
    with database.transaction() as connection:
        outbox.enqueue(connection, [outgoing(maria, "campaign")], NOON)
        claims.claim(connection, Route.SMS, ANY, NOON, timedelta(seconds=-1))
        another = outgoing(maria, "another campaign")
        answer = outgoing(maria, "answer", priority=Priority.REPLY)
        outbox.enqueue(connection, [another, answer], NOON)

    assert bodies(claim(database)) == ["answer"]


def test_a_demo_contact_goes_to_the_simulator_only(database: Database, cipher: Cipher) -> None:
    with database.transaction() as connection:
        ids = contacts.ensure_many(connection, cipher, ["+573000000001"], NOON, demo=True)
        outbox.enqueue(connection, [outgoing(ids["+573000000001"])], NOON)

    assert claim(database, Route.SMS) == claim(database, Route.WHATSAPP) == []
    assert bodies(claim(database, Route.DEMO)) == ["Hola"]


def test_a_paused_campaign_is_not_claimed_until_it_is_resumed(database: Database, maria: int) -> None:
    with database.transaction() as connection:
        campaign = campaigns.create(connection, "Ronda", NOON)
        outbox.enqueue(connection, [outgoing(maria, campaign_id=campaign)], NOON)
        campaigns.pause(connection, campaign)
    assert claim(database) == []

    with database.transaction() as connection:
        campaigns.resume(connection, campaign)
    assert bodies(claim(database)) == ["Hola"]


def test_a_stopped_campaign_is_swept_out_of_the_queue_and_balances(database: Database, maria: int) -> None:
    with database.transaction() as connection:
        campaign = campaigns.create(connection, "Ronda", NOON)
        messages = [outgoing(maria, campaign_id=campaign) for _ in range(3)]
        outbox.enqueue(connection, messages, NOON)
    (first,) = claim(database)
    with database.transaction() as connection:
        claims.sent(connection, [Sent(first.message_id, campaign, "SM1", "queued", 1)], NOON)
        receipts.apply(connection, first.message_id, "SM1", "delivered", None, NOON)
        campaigns.stop(connection, campaign, NOON)
        campaigns.resume(connection, campaign)
    assert campaigns.sweep(database) == 2
    with database.transaction() as connection:
        ledger = campaigns.ledger(connection, campaign)
    assert scalar(database, "SELECT DISTINCT reason FROM messages WHERE status = 'refused'") == "campaign_stopped"
    assert ledger == dict.fromkeys(campaigns.FATES, 0) | {"delivered": 1, "refused": 2}


def test_only_the_holder_of_the_claim_may_give_it_back(database: Database, maria: int) -> None:
    with database.transaction() as connection:
        outbox.enqueue(connection, [outgoing(maria)], NOON)
    (claimed,) = claim(database)
    with database.transaction() as connection:
        claims.deferred(connection, [Deferred(claimed.message_id, uuid4(), NOON, None)])
        claims.ended(connection, [Ended(claimed.message_id, uuid4(), "failed", "stale")])
    assert claim(database) == []

    with database.transaction() as connection:
        claims.deferred(connection, [Deferred(claimed.message_id, claimed.token, NOON, "hours")])
    assert bodies(claim(database)) == ["Hola"]


def test_a_receipt_that_outruns_the_dispatcher_is_not_taken_back(database: Database, maria: int) -> None:
    with database.transaction() as connection:
        outbox.enqueue(connection, [outgoing(maria)], NOON)
    (claimed,) = claim(database)
    with database.transaction() as connection:
        assert receipts.apply(connection, claimed.message_id, "SM1", "delivered", None, NOON)
        claims.sent(connection, [Sent(claimed.message_id, 0, "SM1", "queued", 1)], NOON)

    assert scalar(database, "SELECT status FROM messages") == "delivered"
    assert scalar(database, "SELECT count(*) FROM outbox_queue") == 0


def heard(database: Database, cipher: Cipher, provider_id: str) -> int | None:
    """Record a message the way the turn does."""
    me, you = Address.parse("+573101234567"), Address.parse("85432")
    with database.transaction() as connection:
        contact = contacts.lock(connection, cipher, me, NOON)
        return inbox.record(connection, contact.id, Inbound(provider_id, me, you, "hola"), NOON)


def test_a_repeated_webhook_gets_its_reply_until_it_is_known(database: Database, cipher: Cipher, maria: int) -> None:
    inbound_id = heard(database, cipher, "SMin")
    answer = outgoing(maria, "¿Qué necesita?", in_reply_to=inbound_id)
    with database.transaction() as connection:
        outbox.reply(connection, answer, NOON)
    assert heard(database, cipher, "SMin") is None

    with database.transaction() as connection:
        again = outbox.reply_to(connection, "SMin")
        assert again is not None
        assert (again.message_id, again.body) == (answer.id, "¿Qué necesita?")
        receipts.apply(connection, answer.id, "SMout", "sent", None, NOON)
        assert outbox.reply_to(connection, "SMin") is None


def test_blanking_a_dialogue_takes_both_sides_of_it(database: Database, cipher: Cipher, maria: int) -> None:
    dialogue = uuid4()
    inbound_id = heard(database, cipher, "SMin")
    said = outgoing(maria, "Gracias por su 5", in_reply_to=inbound_id, conversation_ref=dialogue)
    waiting = outgoing(maria, "Adiós", conversation_ref=dialogue, priority=Priority.REPLY)
    with database.transaction() as connection:
        outbox.reply(connection, said, NOON)
        outbox.enqueue(connection, [waiting], NOON)
        outbox.blank(connection, dialogue)
        assert outbox.reply_to(connection, "SMin") is None

    assert scalar(database, "SELECT body FROM inbound_messages") == ""
    assert scalar(database, "SELECT count(*) FROM messages WHERE conversation_ref IS NOT NULL") == 0
    assert scalar(database, "SELECT body FROM messages WHERE id = :id", id=said.id) == ""
    assert bodies(claim(database)) == ["Adiós"], "what must still be sent keeps its text until then"


def test_a_reply_queues_behind_one_that_waits_but_not_behind_a_campaign(database: Database, maria: int) -> None:
    with database.transaction() as connection:
        outbox.enqueue(connection, [outgoing(maria, "campaign")], NOON)
        assert not outbox.has_unsent(connection, maria, NOON)
        outbox.enqueue(connection, [outgoing(maria, "buttons", priority=Priority.REPLY)], NOON)
        assert outbox.has_unsent(connection, maria, NOON)
        report = outbox.status_report(connection, NOON)

    assert [(line["priority"], line["state"], line["messages"]) for line in report] == [
        ("reply", "waiting", 1),
        ("bulk", "waiting", 1),
    ]
