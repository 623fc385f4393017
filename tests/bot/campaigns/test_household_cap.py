"""At most so many bulk messages a week for a household, whichever of its phones they go to."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlalchemy import Connection

import options
from bot.campaigns.household_cap import LOOK_AGAIN, HouseholdCap
from messaging import campaigns, claims, outbox
from messaging.address import Channel
from messaging.content import Content
from messaging.dispatch import Dispatcher, Sender
from messaging.outbox import Outgoing, Route
from messaging.priority import Priority
from messaging.providers.simulator import Simulator
from tests.bot.campaigns.conftest import NOON, District, family

DAY = timedelta(days=1)
WAITS_FOR_A_LOCK = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def write(district: District, *phones: int, priority: Priority = Priority.BULK, campaign_id: int = 0) -> None:
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
            campaign_id=campaign_id,
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


def test_two_dispatchers_do_not_each_send_the_last_message_of_a_week_to_one_phone(district: District) -> None:
    """Each has claimed the message of another campaign, which the other's transaction does not show yet."""
    district.settle(family(), family())
    for phones in ((1,), (2, 1)):
        with district.database.transaction() as connection:
            campaign = campaigns.create(connection, "Ronda", district.now)
        write(district, *phones, campaign_id=campaign)
    with district.database.transaction() as connection:
        options.change(connection, options.WEEKLY_CAP, 1, None, district.now)
    cap, phone = HouseholdCap(lambda: district.now), district.phones[1]

    def claim(connection: Connection) -> Mapping[int, datetime]:
        claimed = claims.claim(connection, Route.SMS, ((Priority.BULK, 1),), district.now, DAY)
        return cap(connection, [each.contact_id for each in claimed])

    def other() -> Mapping[int, datetime]:
        with district.database.transaction() as connection:
            return claim(connection)

    with ThreadPoolExecutor(1) as beside, district.database.transaction() as connection:
        assert claim(connection) == {}
        asked = beside.submit(other)
        while not (asked.done() or district.scalar(WAITS_FOR_A_LOCK)):
            continue
        connection.commit()
        assert asked.result() == {phone: district.now + LOOK_AGAIN}


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
