"""The contact hours that the coordination sets, and what they do to what waits."""

from datetime import timedelta

import options
from db import Database
from encryption import Cipher
from messaging import policy
from messaging.gate import Policy
from messaging.priority import Priority
from options import Hours, Option
from tests.local_twilio.process import Control
from tests.messaging.conftest import NOON, dispatcher, outgoing, people
from tests.messaging.test_dispatch import enqueue, states

SATURDAY_NOON = NOON + timedelta(days=4)


def set_to(database: Database, option: Option[Hours], written: str) -> None:
    with database.transaction() as connection:
        options.change(connection, option, option.read(written), None, NOON)


def test_until_somebody_sets_them_they_are_those_of_the_law_and_the_regulator(database: Database) -> None:
    with database.transaction() as connection:
        assert policy.current(connection) == Policy()


def test_each_kind_of_message_has_its_own(database: Database) -> None:
    set_to(database, options.BULK_SATURDAY_HOURS, "8:00 – 11:30")
    with database.transaction() as connection:
        bulk, reminders = (policy.hours(connection, kind) for kind in (Priority.BULK, Priority.REMINDER))
    assert bulk.next_open(SATURDAY_NOON) > SATURDAY_NOON
    assert reminders.next_open(SATURDAY_NOON) == SATURDAY_NOON


def test_a_saturday_may_be_left_alone(database: Database) -> None:
    set_to(database, options.BULK_SATURDAY_HOURS, "No")
    with database.transaction() as connection:
        bulk, reminders = (policy.hours(connection, kind) for kind in (Priority.BULK, Priority.REMINDER))
    assert bulk.on(SATURDAY_NOON.date()) is None
    assert bulk.next_open(SATURDAY_NOON).date() == SATURDAY_NOON.date() + timedelta(days=2)
    assert reminders.next_open(SATURDAY_NOON) == SATURDAY_NOON


def test_wider_hours_bring_forward_what_was_put_off(database: Database, cipher: Cipher, twilio: Control) -> None:
    office = dispatcher(database, cipher, twilio, policy=None)
    set_to(database, options.BULK_WEEKDAY_HOURS, "14:00-18:00")
    enqueue(database, *(outgoing(person) for person in people(database, cipher, 2)))
    assert office.drain(seconds=1) == 0
    with database.transaction() as connection:
        assert policy.bring_forward(connection, NOON) == 0, "nothing has changed"
    set_to(database, options.BULK_WEEKDAY_HOURS, "08:00-18:00")
    with database.transaction() as connection:
        assert policy.bring_forward(connection, NOON) == 2
    later = dispatcher(database, cipher, twilio, policy=None, clock=lambda: NOON + policy.KNOWN_EVERYWHERE)
    assert later.drain(seconds=1) == 2


def test_what_waits_is_sent_by_the_hours_set_now(database: Database, cipher: Cipher, twilio: Control) -> None:
    office = dispatcher(database, cipher, twilio, policy=None)
    set_to(database, options.BULK_WEEKDAY_HOURS, "14:00-18:00")
    enqueue(database, *(outgoing(person) for person in people(database, cipher, 2)))
    assert office.drain(seconds=1) == 0
    assert states(database)["in queue"] == 2
    set_to(database, options.BULK_WEEKDAY_HOURS, "08:00-18:00")
    enqueue(database, outgoing(people(database, cipher, 3)[2]))
    assert office.drain(seconds=1) == 1, "the process that sends was not started anew"
