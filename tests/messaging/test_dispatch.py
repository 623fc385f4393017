"""The dispatcher against the local Twilio: what is due leaves once, and every answer of the provider has its effect."""

import asyncio
import logging
import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from db import Database
from encryption import Cipher
from messaging import contacts, outbox
from messaging.address import Channel
from messaging.content import Content, Option
from messaging.dispatch import Sender
from messaging.gate import Policy
from messaging.outbox import Outgoing, Route
from messaging.priority import Priority
from messaging.providers.errors import failure
from messaging.providers.simulator import Simulator
from messaging.providers.transport import Draft, Receipt
from messaging.providers.twilio import TwilioTransport
from messaging.reconciliation import reconcile
from tests.local_twilio.process import Control
from tests.messaging.conftest import ANY_HOUR, NOON, dispatcher, outgoing, people, scalar


def enqueue(database: Database, *messages: Outgoing) -> None:
    with database.transaction() as connection:
        outbox.enqueue(connection, messages, NOON)


def states(database: Database) -> Mapping[str, Any]:
    """Statuses of all messages and how many rows still wait."""
    with database.transaction() as connection:
        rows = connection.execute(text("SELECT status, count(*) AS n FROM messages GROUP BY 1"))
        statuses = {row.status: row.n for row in rows}
        waiting = connection.execute(text("SELECT count(*) FROM outbox_queue")).scalar_one()
    return statuses | ({"in queue": waiting} if waiting else {})


def test_everything_due_leaves_once(database: Database, cipher: Cipher, twilio: Control) -> None:
    enqueue(database, *(outgoing(person, f"Hola {person}") for person in people(database, cipher, 600)))

    assert dispatcher(database, cipher, twilio).drain() == 600
    assert twilio.counts()["times"] == {"1": 600}
    assert states(database) == {"queued": 600}
    assert dispatcher(database, cipher, twilio).drain() == 0


def test_several_messages_to_one_person_leave_in_order(
    database: Database, cipher: Cipher, twilio: Control, maria: int
) -> None:
    enqueue(database, *(outgoing(maria, f"{n}", priority=Priority.REPLY) for n in range(5)))
    dispatcher(database, cipher, twilio).drain()

    with database.transaction() as connection:
        sent = connection.execute(text("SELECT body FROM messages ORDER BY provider_id")).scalars().all()
    assert sent == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("details", "status", "reason"),
    [
        pytest.param({"not_after": NOON}, "refused", "too_late", id="past its time"),
        pytest.param({"purpose": "stopped purpose"}, "refused", "stopped", id="the person left"),
        pytest.param({"purpose": "stopped purpose", "priority": Priority.REPLY}, "queued", None, id="but asks"),
        pytest.param({"channel": Channel.WHATSAPP}, "refused", "window_closed", id="WhatsApp out of session"),
    ],
)
def test_the_gate_is_asked_at_the_claim(
    database: Database,
    cipher: Cipher,
    twilio: Control,
    maria: int,
    details: dict[str, Any],
    status: str,
    reason: str | None,
) -> None:
    enqueue(database, outgoing(maria, **details))
    with database.transaction() as connection:
        contacts.stop(connection, maria, NOON, purpose="stopped purpose")
    dispatcher(database, cipher, twilio).drain()

    assert scalar(database, "SELECT status FROM messages") == status
    assert scalar(database, "SELECT reason FROM messages") == reason


def test_bulk_waits_for_the_contact_hours(database: Database, cipher: Cipher, twilio: Control, maria: int) -> None:
    enqueue(database, outgoing(maria))
    night = NOON + timedelta(hours=9)
    dispatcher(database, cipher, twilio, clock=lambda: night).drain()
    assert scalar(database, "SELECT reason FROM outbox_queue") == "hours"

    morning = NOON + timedelta(hours=20)
    dispatcher(database, cipher, twilio, clock=lambda: morning).drain()
    assert states(database) == {"queued": 1}


def test_the_provider_knows_who_left_and_which_numbers_do_not_exist(
    database: Database, cipher: Cipher, twilio: Control
) -> None:
    left, nobody, family = people(database, cipher, 3)
    twilio.people(opted_out=["+573100000000"], invalid=["+573100000001"])
    enqueue(database, *(outgoing(person) for person in (left, nobody, family)))
    dispatcher(database, cipher, twilio).drain()

    assert states(database) == {"failed": 2, "queued": 1}
    assert scalar(database, "SELECT stops FROM contacts WHERE id = :id", id=left) == ["*/sms"]
    assert scalar(database, "SELECT quarantined_at FROM contacts WHERE id = :id", id=nobody) == NOON
    assert scalar(database, "SELECT count(*) FROM consents WHERE source = 'provider'") == 2


def test_a_provider_that_is_down_is_tried_again_later_and_not_in_a_circle(
    database: Database, cipher: Cipher, twilio: Control
) -> None:
    enqueue(database, *(outgoing(person) for person in people(database, cipher, 300)))
    twilio.faults(unavailable=1.0)
    dispatcher(database, cipher, twilio).drain(seconds=4)
    tried = twilio.counts()["requests"]["create"]
    assert tried < 150, "a few at a time, further and further apart"
    assert states(database) == {"queued": 300, "in queue": 300}

    twilio.faults(unavailable=0.0)
    later = NOON + timedelta(minutes=20)
    assert dispatcher(database, cipher, twilio, clock=lambda: later).drain() == 300


def test_a_pause_that_the_provider_asked_for_outlives_the_drain(
    database: Database, cipher: Cipher, twilio: Control
) -> None:
    enqueue(database, *(outgoing(person) for person in people(database, cipher, 100)))
    twilio.faults(too_many=1.0, retry_after=3600)
    office = dispatcher(database, cipher, twilio)
    for _ in range(3):
        office.drain(seconds=5)
    assert twilio.counts()["requests"]["create"] <= 16, "the next drains do not knock again"


class Greedy(Simulator):
    """The second message keeps the only connection to PostgreSQL for longer than anybody waits for one."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.sent = 0

    async def send(self, draft: Draft) -> Receipt:
        self.sent += 1
        if self.sent == 2:
            with self.database.transaction():
                await asyncio.sleep(4)
        return await super().send(draft)


def test_results_are_kept_while_no_connection_is_free(database: Database, cipher: Cipher, twilio: Control) -> None:
    enqueue(database, *(outgoing(person) for person in people(database, cipher, 2)))
    alone = Database(database.engine.url.render_as_string(hide_password=False), pool_size=1)
    office = dispatcher(alone, cipher, twilio, senders={Route.SMS: Sender(Greedy(alone))}, policy=ANY_HOUR)
    with suppress(NoConnectionFree):  # for the next claim neither
        office.drain()
    alone.close()
    assert states(database) == {"delivered": 2}


class Elsewhere(Simulator):
    """What is not Twilio answers, as a proxy does."""

    def __init__(self, status: int) -> None:
        self.status = status

    async def send(self, draft: Draft) -> Receipt:
        raise failure(self.status, None)


@pytest.mark.parametrize(
    ("status", "told"),
    [(302, "sending halted"), (404, "sending halted"), (405, "sending halted"), (200, "fate unknown")],
)
def test_an_answer_that_is_not_twilios_costs_no_message(
    database: Database, cipher: Cipher, twilio: Control, capsys: pytest.CaptureFixture[str], status: int, told: str
) -> None:
    enqueue(database, *(outgoing(person) for person in people(database, cipher, 5)))
    dispatcher(database, cipher, twilio, senders={Route.SMS: Sender(Elsewhere(status))}).drain()
    assert states(database) == {"queued": 5, "in queue": 5}
    assert told in "".join(capsys.readouterr())


def test_wrong_credentials_are_one_clear_line(
    database: Database,
    cipher: Cipher,
    twilio: Control,
    capsys: pytest.CaptureFixture[str],
) -> None:
    enqueue(database, *(outgoing(person) for person in people(database, cipher, 50)))
    settings = replace(twilio.settings, auth_token="wrong")
    wrong = {Route.SMS: Sender(TwilioTransport(settings, Channel.SMS, {}))}
    office = dispatcher(database, cipher, twilio, senders=wrong)
    for _ in range(3):
        office.drain()

    told = "".join(capsys.readouterr())
    assert told.count("check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN") == 1
    assert states(database) == {"queued": 50, "in queue": 50}


def test_without_an_account_nothing_pretends_to_be_sent(
    database: Database, cipher: Cipher, twilio: Control, maria: int, capsys: pytest.CaptureFixture[str]
) -> None:
    enqueue(database, outgoing(maria))
    office = dispatcher(database, cipher, twilio, senders={})
    for _ in range(3):
        office.drain()
    assert scalar(database, "SELECT reason FROM messages") == "no_sender"
    assert "".join(capsys.readouterr()).count("no sender is set") == 1


def test_demo_contacts_never_leave_by_rest(database: Database, cipher: Cipher, twilio: Control) -> None:
    with database.transaction() as connection:
        ids = contacts.ensure_many(connection, cipher, ["+573000000001"], NOON, demo=True)
    enqueue(database, outgoing(ids["+573000000001"]))
    dispatcher(database, cipher, twilio).drain()

    assert states(database) == {"delivered": 1}
    assert twilio.counts()["requests"] == {}


def test_buttons_leave_as_a_registered_content_and_else_as_text(
    database: Database, cipher: Cipher, twilio: Control, maria: int
) -> None:
    yes_no = Content("¿Asistirá? 1 Sí, 2 No", "¿Asistirá?", (Option("1", "Sí"), Option("2", "No")))
    channel, priority = Channel.WHATSAPP, Priority.REPLY
    enqueue(database, outgoing(maria, yes_no.text, channel=channel, priority=priority, content=yes_no))
    with database.transaction() as connection:
        connection.execute(text("UPDATE contacts SET whatsapp_inbound_at = :now"), {"now": NOON})
    dispatcher(database, cipher, twilio).drain()
    assert states(database) == {"queued": 1}


def test_no_phone_number_or_text_is_logged(
    database: Database,
    cipher: Cipher,
    twilio: Control,
    maria: int,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    enqueue(database, outgoing(maria, "un secreto"))
    twilio.faults(accept_then_500=1.0)
    with caplog.at_level(logging.DEBUG):
        dispatcher(database, cipher, twilio).drain()

    told = caplog.text + "".join(capsys.readouterr())
    assert "fate unknown" in told
    assert "3101234567" not in told
    assert "un secreto" not in told


def test_two_dispatchers_whose_clocks_jump_send_everything_once(
    database: Database, cipher: Cipher, twilio: Control
) -> None:
    now = datetime.now(UTC)
    persons = people(database, cipher, 300)
    enqueue(database, *(outgoing(person, due_at=now, not_after=now + timedelta(days=9)) for person in persons * 2))
    chance = random.Random(4)

    def jumping() -> datetime:
        return now + timedelta(hours=chance.choice((-30, -1, 0, 1, 30)))

    offices = [dispatcher(database, cipher, twilio, clock=jumping, policy=Policy(hours={})) for _ in range(2)]
    with ThreadPoolExecutor() as pool:
        while states(database).get("in queue"):
            list(pool.map(lambda office: office.drain(seconds=2), offices))
            reconcile(database, cipher, twilio.settings, jumping())

    assert twilio.counts()["times"] == {"2": 300}


class Garbled(Simulator):
    """Gives one message an id that PostgreSQL cannot hold."""

    def __init__(self) -> None:
        self.given = 0

    async def send(self, draft: Draft) -> Receipt:
        self.given += 1
        return Receipt("SM\0" if self.given == 3 else f"SM{self.given}", "sent", 1)


def test_a_result_that_cannot_be_recorded_takes_no_other_with_it(
    database: Database, cipher: Cipher, twilio: Control
) -> None:
    enqueue(database, *(outgoing(person) for person in people(database, cipher, 5)))
    senders = {Route.SMS: Sender(Garbled())}
    assert dispatcher(database, cipher, twilio, senders=senders).drain(seconds=5) == 5
    assert states(database) == {"queued": 1, "sent": 4, "in queue": 1}
