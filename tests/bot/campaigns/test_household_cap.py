"""At most so many bulk messages a week for a household, whichever of its phones they go to."""

from datetime import datetime, timedelta

import options
from bot.campaigns.household_cap import HouseholdCap
from messaging import outbox
from messaging.address import Channel
from messaging.content import Content
from messaging.dispatch import Dispatcher, Sender
from messaging.outbox import Outgoing, Route
from messaging.priority import Priority
from messaging.providers.simulator import Simulator
from tests.bot.campaigns.conftest import NOON, District, family

DAY = timedelta(days=1)


def write(district: District, *phones: int, priority: Priority = Priority.BULK) -> None:
    messages = [
        Outgoing(
            contact_id=district.phones[phone],
            channel=Channel.SMS,
            purpose="announcement",
            priority=priority,
            content=Content("Hola"),
            body="Hola",
            segments=1,
            not_after=district.now + 30 * DAY,
        )
        for phone in phones
    ]
    with district.database.transaction() as connection:
        outbox.enqueue(connection, messages, district.now)


def drain(district: District, most: int = 2) -> int:
    """Send what is due now, as the dispatcher does; returns how many left."""
    sender = Sender(Simulator())
    with district.database.transaction() as connection:
        options.change(connection, options.WEEKLY_CAP, most, None, district.now)

    def clock() -> datetime:
        return district.now

    return Dispatcher(
        district.database,
        district.cipher,
        {Route.SMS: sender},
        lambda message_id: f"http://127.0.0.1:9/{message_id}",
        caps=HouseholdCap(clock),
        clock=clock,
    ).drain(5)


def test_a_third_message_waits_until_the_week_of_the_first_is_over(district: District) -> None:
    district.settle(family())
    for _ in range(3):
        write(district, 1)
        drain(district)
        district.now += DAY
    assert district.rows("SELECT reason, due_at FROM outbox_queue") == [("cap", NOON + 7 * DAY)]
    district.now = NOON + 7 * DAY
    assert drain(district) == 1


def test_two_phones_of_one_family_share_its_week(district: District) -> None:
    (home,) = district.settle(family())
    with district.database.transaction() as connection:
        district.link(connection, home, 2)
    write(district, 1, 2)
    assert drain(district) == 2
    write(district, 1, 2)
    assert drain(district) == 0
    assert district.rows("SELECT DISTINCT reason, due_at FROM outbox_queue") == [("cap", NOON + 7 * DAY)]


def test_the_last_message_of_a_week_goes_to_one_of_two_phones(district: District) -> None:
    (home,) = district.settle(family())
    with district.database.transaction() as connection:
        district.link(connection, home, 2)
    write(district, 1, 2)
    assert drain(district, most=1) == 1
    district.now += timedelta(minutes=2)
    assert drain(district, most=1) == 0
    assert district.rows("SELECT reason, due_at FROM outbox_queue") == [("cap", NOON + 7 * DAY)]


def test_two_families_on_one_phone_are_each_spared(district: District) -> None:
    """One of them has a second phone that used up its week: the shared phone waits too."""
    first, _ = district.settle(family(), family(), phones=[1, 1])
    with district.database.transaction() as connection:
        district.link(connection, first, 2)
    write(district, 2)
    drain(district)
    write(district, 2)
    drain(district)
    write(district, 1)
    assert drain(district) == 0


def test_a_phone_of_no_family_is_a_household_of_its_own(district: District) -> None:
    district.settle(family())
    district.rows("DELETE FROM family_contacts RETURNING 1")
    for _ in range(3):
        write(district, 1)
        drain(district)
    assert district.scalar("SELECT count(*) FROM messages WHERE sent_at IS NOT NULL") == 2


def test_only_bulk_counts_and_only_bulk_waits(district: District) -> None:
    district.settle(family())
    for _ in range(3):
        write(district, 1, priority=Priority.REMINDER)
        assert drain(district) == 1
    write(district, 1)
    assert drain(district) == 1


def test_what_failed_or_went_again_by_sms_does_not_count_twice(district: District) -> None:
    district.settle(family())
    write(district, 1)
    drain(district)
    district.rows("UPDATE messages SET status = 'undelivered' RETURNING 1")
    for _ in range(2):
        write(district, 1)
        assert drain(district) == 1
