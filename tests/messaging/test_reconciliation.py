"""Unknown fates: the provider is asked before anything is sent again, and what we missed is fetched once."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from db import Database
from encryption import Cipher
from messaging import claims, contacts, inbox, outbox, reconciliation
from messaging.address import Address
from messaging.claims import Deferred
from messaging.inbox import Inbound
from messaging.outbox import Outgoing, Route
from messaging.priority import Priority
from messaging.reconciliation import Patience, Settled, reconcile
from tests.local_twilio.process import Control
from tests.local_twilio.store import SERVICE, SMS_FROM
from tests.messaging.conftest import ANY_HOUR, dispatcher, outgoing, scalar

MARIA = "+573101234567"
AT_ONCE = Patience(listing=timedelta(0), twiml=timedelta(0), hold=timedelta(hours=1))
SPENT = timedelta(0)
"""A lease that has run out when the claim ends."""
BULK = ((Priority.BULK, 10),)


@pytest.fixture
def now() -> datetime:
    """The provider's clock runs, so ours must."""
    return datetime.now(UTC)


def lose(database: Database, message: Outgoing, now: datetime) -> None:
    """Claim the message and die: the lease has run out, nobody knows whether it left."""
    with database.transaction() as connection:
        outbox.enqueue(connection, [message], now)
        claims.claim(connection, Route.SMS, BULK, now, SPENT)


def waiting(contact_id: int, now: datetime, said: str = "Hola") -> Outgoing:
    return outgoing(contact_id, said, not_after=now + timedelta(days=1))


def taken(twilio: Control, said: str, direction: str = "outbound-api") -> None:
    """The provider did take it."""
    twilio.receive(**{"from": SMS_FROM, "to": MARIA, "body": said, "direction": direction})


def settle(database: Database, cipher: Cipher, twilio: Control, now: datetime) -> Settled:
    return reconcile(database, cipher, twilio.settings, now, patience=AT_ONCE)


@pytest.mark.parametrize(
    ("said", "listed"),
    [
        pytest.param("Hola", "Hola", id="as it was"),
        pytest.param("Hola… ¿«sí» o «no»?\n1 Sí ", 'Hola... ¿"si" o "no"?\r\n1 Si', id="smartly encoded"),
    ],
)
def test_what_had_left_is_not_sent_again(
    database: Database, cipher: Cipher, twilio: Control, maria: int, now: datetime, said: str, listed: str
) -> None:
    lose(database, waiting(maria, now, said), now)
    taken(twilio, listed)

    assert settle(database, cipher, twilio, now) == Settled(sent=1)
    assert scalar(database, "SELECT provider_id FROM messages").startswith("SM")
    assert scalar(database, "SELECT count(*) FROM outbox_queue") == 0


def test_what_had_not_left_is_sent_now(
    database: Database, cipher: Cipher, twilio: Control, maria: int, now: datetime
) -> None:
    lose(database, waiting(maria, now), now)
    taken(twilio, "Otra cosa")

    assert settle(database, cipher, twilio, now) == Settled(again=1)
    dispatcher(database, cipher, twilio, clock=lambda: now, policy=ANY_HOUR).drain()
    assert twilio.counts()["times"] == {"1": 2}
    assert scalar(database, "SELECT status FROM messages") == "queued"


def test_the_same_text_sent_before_is_not_mistaken_for_it(
    database: Database, cipher: Cipher, twilio: Control, maria: int, now: datetime
) -> None:
    with database.transaction() as connection:
        outbox.enqueue(connection, [waiting(maria, now)], now)
    dispatcher(database, cipher, twilio, clock=lambda: now, policy=ANY_HOUR).drain()
    lose(database, waiting(maria, now), now)

    assert settle(database, cipher, twilio, now) == Settled(again=1)


def test_what_was_put_off_often_is_not_taken_for_often_lost(
    database: Database, cipher: Cipher, twilio: Control, maria: int, now: datetime
) -> None:
    lose(database, waiting(maria, now), now)
    assert settle(database, cipher, twilio, now) == Settled(again=1)
    for _ in range(20):
        with database.transaction() as connection:
            (claimed,) = claims.claim(connection, Route.SMS, BULK, now, SPENT)
            claims.deferred(connection, [Deferred(claimed.message_id, claimed.token, now, "too many requests")])
    for _ in range(AT_ONCE.losses - 1):
        with database.transaction() as connection:
            claims.claim(connection, Route.SMS, BULK, now, SPENT)
        assert settle(database, cipher, twilio, now) == Settled(again=1)
    with database.transaction() as connection:
        claims.claim(connection, Route.SMS, BULK, now, SPENT)
    assert settle(database, cipher, twilio, now) == Settled(held=1), "a person decides before it goes round for ever"


def test_a_list_that_is_late_is_not_believed_too_early(
    database: Database, cipher: Cipher, twilio: Control, maria: int, now: datetime
) -> None:
    lose(database, waiting(maria, now), now)
    patient = Patience(listing=timedelta(minutes=5))
    assert reconcile(database, cipher, twilio.settings, now, patience=patient) == Settled()


def replied(database: Database, cipher: Cipher, now: datetime, said: str = "¿Qué necesita?") -> Outgoing:
    """A person wrote, and was answered by TwiML."""
    me, you = Address.parse(MARIA), Address.parse(SMS_FROM)
    with database.transaction() as connection:
        contact = contacts.lock(connection, cipher, me, now)
        inbound_id = inbox.record(connection, contact.id, Inbound("SMin", me, you, "hola"), now)
        answer = outgoing(
            contact.id,
            said,
            priority=Priority.REPLY,
            in_reply_to=inbound_id,
            not_after=now + timedelta(days=1),
        )
        outbox.reply(connection, answer, now)
    return answer


def test_a_reply_that_was_fetched_is_known_by_the_list(
    database: Database, cipher: Cipher, twilio: Control, now: datetime
) -> None:
    replied(database, cipher, now - timedelta(seconds=1))
    taken(twilio, "¿Qué necesita?", "outbound-reply")
    assert settle(database, cipher, twilio, now) == Settled(sent=1)


def test_a_reply_that_was_never_fetched_leaves_by_rest_once(
    database: Database, cipher: Cipher, twilio: Control, now: datetime
) -> None:
    replied(database, cipher, now - timedelta(seconds=1))
    assert settle(database, cipher, twilio, now) == Settled(again=1)
    with database.transaction() as connection:
        assert outbox.reply_to(connection, "SMin") is None, "the repeated webhook must not answer too"
    assert settle(database, cipher, twilio, now) == Settled()
    dispatcher(database, cipher, twilio, clock=lambda: now).drain()
    assert twilio.counts()["taken"] == 1


def test_a_reply_too_old_to_help_is_given_up(
    database: Database, cipher: Cipher, twilio: Control, now: datetime
) -> None:
    replied(database, cipher, now - timedelta(hours=2))
    assert settle(database, cipher, twilio, now) == Settled()
    assert scalar(database, "SELECT reason FROM messages") == "never reported"


def test_messages_that_came_while_we_were_down_are_handled_in_order_once_and_answered_by_rest(
    database: Database, cipher: Cipher, twilio: Control, now: datetime
) -> None:
    second = int(time.time()) - 400  # Twilio tells times to the second
    at = {"first": second - 100, "second": second, "third": second + 0.1, "just being delivered": time.time()}
    for said, moment in at.items():
        twilio.receive(**{"from": MARIA, "to": SMS_FROM, "body": said, "at": moment})
    handled: list[str] = []

    def take_turn(message: Inbound) -> None:
        with database.transaction() as connection:
            contact = contacts.lock(connection, cipher, message.address, now)
            inbound_id = inbox.record(connection, contact.id, message, now)
            not_after = now + timedelta(days=1)
            said = f"answer to {message.body}"
            answer = outgoing(contact.id, said, priority=Priority.REPLY, in_reply_to=inbound_id, not_after=not_after)
            outbox.reply(connection, answer, now)
        handled.append(message.body)

    assert reconciliation.catch_up(database, twilio.settings, now, take_turn, most=2) == 2
    assert scalar(database, "SELECT count(*) FROM watermarks") == 0, "not everything is done"
    assert reconciliation.catch_up(database, twilio.settings, now, take_turn, most=2) == 1
    assert handled == ["first", "second", "third"]
    assert reconciliation.catch_up(database, twilio.settings, now, take_turn) == 0
    assert dispatcher(database, cipher, twilio, clock=lambda: now).drain() == 3
    assert set(twilio.bodies()) >= {"answer to first", "answer to second", "answer to third"}


@pytest.mark.parametrize("sms_from", [pytest.param(None, id="one of many"), pytest.param(SMS_FROM, id="the one told")])
def test_what_came_to_a_number_of_a_messaging_service_is_found(
    database: Database, twilio: Control, now: datetime, sms_from: str | None
) -> None:
    twilio.receive(**{"from": MARIA, "to": SMS_FROM, "body": "hola", "at": time.time() - 400})
    twilio.receive(**{"from": SMS_FROM, "to": MARIA, "body": "Hola", "direction": "outbound-api"})
    found: list[str] = []
    behind = replace(twilio.settings, messaging_service_sid=SERVICE, sms_from=sms_from, whatsapp_from=None)
    assert reconciliation.catch_up(database, behind, now, lambda message: found.append(message.body)) == 1
    assert found == ["hola"]


def test_the_transport_times_out_and_the_message_is_found(
    database: Database, cipher: Cipher, twilio: Control, maria: int, now: datetime
) -> None:
    with database.transaction() as connection:
        outbox.enqueue(connection, [waiting(maria, now)], now)
    twilio.faults(accept_then_hang=1.0)
    assert dispatcher(database, cipher, twilio, clock=lambda: now, policy=ANY_HOUR, lease=SPENT).drain() == 0

    assert settle(database, cipher, twilio, now) == Settled(sent=1)
    assert twilio.counts()["taken"] == 1
