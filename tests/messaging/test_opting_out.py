"""People who leave: the stop word wins over every campaign, from the next claim on."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Self
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bell import connect
from db import Database
from encryption import Cipher
from messaging import contacts, outbox
from messaging.address import Address, Channel
from messaging.bucket import Bucket
from messaging.dispatch import STALE, Dispatcher, Sender
from messaging.outbox import Route
from messaging.priority import Priority
from messaging.providers.transport import Draft, Receipt
from tests.messaging.conftest import CIPHER, NOON, outgoing, people, scalar

SLACK = 1.0
"""Seconds that a crowded machine may take between a claim and noting its time."""


class Recorder:
    """A provider in memory, that remembers what it got."""

    def __init__(self) -> None:
        self.got: list[Draft] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def send(self, draft: Draft) -> Receipt:
        self.got.append(draft)
        return Receipt(f"SM{uuid4().hex}", "queued", 1)


def dispatcher(database: Database, recorder: Recorder) -> Dispatcher:
    return Dispatcher(
        database, CIPHER, {Route.SMS: Sender(recorder)}, lambda message_id: str(message_id), clock=lambda: NOON
    )


def test_stopping_for_one_purpose_leaves_the_others(database: Database, maria: int) -> None:
    recorder = Recorder()
    with database.transaction() as connection:
        contacts.stop(connection, maria, NOON, purpose="invitation")
        outbox.enqueue(connection, [outgoing(maria, "invitation"), outgoing(maria, "news", purpose="news")], NOON)
    dispatcher(database, recorder).drain()
    assert [draft.body for draft in recorder.got] == ["news"]


def test_another_message_does_not_bring_anybody_back(database: Database, cipher: Cipher, maria: int) -> None:
    with database.transaction() as connection:
        contacts.stop(connection, maria, NOON)
        address = Address.parse("+573101234567")
        contact = contacts.lock(connection, cipher, address, NOON)
        assert contact.stopped_at == NOON
        contacts.start(connection, maria, NOON)
        assert contacts.lock(connection, cipher, address, NOON).stopped_at is None
    assert scalar(database, "SELECT array_agg(event ORDER BY id) FROM consents") == ["stop", "start"]


class Leaving(RuleBasedStateMachine):
    """Campaigns, replies, stops and returns in any order: nobody who left gets anything but replies."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.stopped: set[int] = set()
        self.recorder = Recorder()
        self.allowed: dict[str, bool] = {}
        self.serial = 0

    @initialize()
    def start(self) -> None:
        self.people = people(self.database, CIPHER, 3)
        with self.database.transaction() as connection:
            for person in self.people:
                contacts.start(connection, person, NOON)

    def write(self, who: int, priority: Priority) -> None:
        self.serial += 1
        said = f"{id(self)}/{self.serial}/{who}/{priority.name}"
        with self.database.transaction() as connection:
            outbox.enqueue(connection, [outgoing(self.people[who], said, priority=priority)], NOON)

    @rule(who=st.integers(0, 2))
    def invite(self, who: int) -> None:
        self.write(who, Priority.BULK)

    @rule(who=st.integers(0, 2))
    def remind(self, who: int) -> None:
        self.write(who, Priority.REMINDER)

    @rule(who=st.integers(0, 2))
    def answer(self, who: int) -> None:
        self.write(who, Priority.REPLY)

    @rule(who=st.integers(0, 2))
    def leave(self, who: int) -> None:
        self.stopped.add(who)
        with self.database.transaction() as connection:
            contacts.stop(connection, self.people[who], NOON)

    @rule(who=st.integers(0, 2))
    def come_back(self, who: int) -> None:
        self.stopped.discard(who)
        with self.database.transaction() as connection:
            contacts.start(connection, self.people[who], NOON)

    @rule()
    def send(self) -> None:
        before = len(self.recorder.got)
        dispatcher(self.database, self.recorder).drain()
        for draft in self.recorder.got[before:]:
            _, _, who, priority = draft.body.split("/")
            assert priority == "REPLY" or int(who) not in self.stopped

    @invariant()
    def nothing_twice(self) -> None:
        bodies = [draft.body for draft in self.recorder.got]
        assert len(bodies) == len(set(bodies))


def test_nobody_who_left_is_written_to(database: Database) -> None:
    Leaving.database = database
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Leaving, settings=settings(max_examples=8, stateful_step_count=12, deadline=None, suppress_health_check=checks)
    )


@pytest.mark.parametrize("route", [Route.SMS, Route.WHATSAPP])
def test_a_stop_reaches_what_was_planned_long_ago(database: Database, maria: int, route: Route) -> None:
    channel = Channel(route.value)
    with database.transaction() as connection:
        outbox.enqueue(connection, [outgoing(maria, channel=channel, due_at=NOON - timedelta(days=1))], NOON)
        contacts.stop(connection, maria, NOON)
    recorder = Recorder()
    senders = {route: Sender(recorder)}
    Dispatcher(database, CIPHER, senders, lambda message_id: str(message_id), clock=lambda: NOON).drain()
    assert recorder.got == []


class Clocked(Recorder):
    """Remembers when each address was written to."""

    def __init__(self) -> None:
        super().__init__()
        self.at: dict[str, float] = {}

    async def send(self, draft: Draft) -> Receipt:
        self.at[draft.to] = time.monotonic()
        return await super().send(draft)


def test_a_stop_while_a_campaign_runs_holds_within_two_seconds(
    database: Database, cipher: Cipher, redis_url: str
) -> None:
    persons = people(database, cipher, 1500)
    with database.transaction() as connection:
        outbox.enqueue(connection, (outgoing(person) for person in persons), NOON)
    recorder, left = Clocked(), dict[int, float]()
    bucket = Bucket(connect(redis_url), "race", 400)
    running = replace(dispatcher(database, recorder), senders={Route.SMS: Sender(recorder, bucket)})
    with ThreadPoolExecutor(1) as beside:
        campaign = beside.submit(running.drain, 60)
        for number in range(1499, 0, -5):  # from the end, which the campaign reaches last
            with database.transaction() as connection:
                contacts.stop(connection, persons[number], NOON)
            left[number] = time.monotonic()
        campaign.result()

    too_late = [number for number, at in left.items() if recorder.at.get(f"+57310{number:07d}", 0) > at + STALE + SLACK]
    refused = scalar(database, "SELECT count(*) FROM messages WHERE reason = 'stopped'")
    print(f"{len(left)} left while the campaign ran: {refused} were not written to, {len(too_late)} too late")
    assert too_late == []
    assert refused > 0
    assert refused + len(recorder.got) == len(persons)
