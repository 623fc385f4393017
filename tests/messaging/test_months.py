"""Messages lie in months: made ahead, found by their ids, dropped whole with their totals kept."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text

from db import Database
from encryption import Cipher
from local.keeper import ROOT
from messaging import message_id, months, outbox, receipts
from messaging.months import Month
from settings import Settings
from tests.messaging.conftest import outgoing, people, scalar

LONG_AGO = datetime(2020, 2, 10, 12, 0, tzinfo=UTC)
NOW = datetime.now(UTC)
TABLE_OF = "SELECT tableoid::regclass::text FROM messages WHERE id = :id"


def write(database: Database, contact_id: int, at: datetime, **details: Any) -> UUID:
    message = outgoing(contact_id, id=message_id.new(at), not_after=at + timedelta(days=1), **details)
    with database.transaction() as connection:
        outbox.enqueue(connection, [message], at)
    return message.id


def test_an_id_tells_when_its_message_was_made() -> None:
    made = datetime(2026, 11, 23, 4, 5, 6, 789_000, tzinfo=UTC)
    id = message_id.new(made)
    assert message_id.made_at(id) == made
    assert message_id.first(made) < id < message_id.first(made + timedelta(milliseconds=1))
    assert (id.version, id.variant) == (7, "specified in RFC 4122")


@pytest.mark.parametrize(
    ("moment", "table"),
    [
        pytest.param(datetime(2026, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC), "2026_12", id="the last of a year"),
        pytest.param(datetime(2027, 1, 1, tzinfo=UTC), "2027_01", id="the first of the next"),
        pytest.param(datetime(2028, 2, 29, 12, tzinfo=UTC), "2028_02", id="leap day"),
    ],
)
def test_a_message_lies_in_its_month(database: Database, maria: int, moment: datetime, table: str) -> None:
    with database.transaction() as connection:
        months.make(connection, Month.of(moment))
    assert scalar(database, TABLE_OF, id=write(database, maria, moment)) == f"message_months.messages_{table}"


def test_the_coming_months_are_made_once_whoever_makes_them(database: Database) -> None:
    makers = [threading.Thread(target=months.prepare, args=(database, NOW)) for _ in range(3)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    with database.transaction() as connection:
        assert Month.of(NOW) in (made := months.existing(connection))
        assert [each for each in made if each > Month.of(NOW)] == sorted(made)[-months.AHEAD :]
    assert months.prepare(database, NOW) == 0


def test_messages_without_a_month_are_moved_to_theirs(database: Database, maria: int) -> None:
    astray = [write(database, maria, LONG_AGO), write(database, maria, LONG_AGO + timedelta(days=30))]
    assert {scalar(database, TABLE_OF, id=id) for id in astray} == {"message_months.messages_astray"}

    months.prepare(database, NOW)
    assert [scalar(database, TABLE_OF, id=id) for id in astray] == [
        "message_months.messages_2020_02",
        "message_months.messages_2020_03",
    ]
    with database.transaction() as connection:
        assert receipts.apply(connection, astray[0], "SM1", "delivered", None, NOW)
    assert scalar(database, "SELECT status FROM messages WHERE provider_id = 'SM1'") == "delivered"


def test_a_month_that_is_over_is_dropped_and_its_totals_stay(database: Database, cipher: Cipher) -> None:
    persons = people(database, cipher, 3)
    for person in persons:
        id = write(database, person, LONG_AGO, segments=2, campaign_id=7, dedupe_key=f"wave/{person}")
        with database.transaction() as connection:
            receipts.apply(connection, id, f"SM{person}", "delivered", None, LONG_AGO)
    recent = write(database, persons[0], NOW)
    months.prepare(database, NOW)

    assert months.drop(database, LONG_AGO) == [], "it had not ended yet"
    assert months.drop(database, NOW - timedelta(days=60)) == [Month(2020, 2)]
    assert scalar(database, "SELECT array_agg(id) FROM messages") == [recent]
    with database.transaction() as connection:
        (total,) = connection.execute(text("SELECT * FROM message_totals"))
    assert (total.month, total.campaign_id, total.status) == (LONG_AGO.date().replace(day=1), 7, "delivered")
    assert (total.messages, total.segments) == (3, 6)


def test_a_month_of_which_a_message_waits_is_not_dropped(database: Database, maria: int) -> None:
    id = write(database, maria, LONG_AGO)
    months.prepare(database, NOW)
    assert months.drop(database, NOW - timedelta(days=60)) == []
    assert scalar(database, "SELECT id FROM messages") == id


def test_a_key_holds_beyond_the_month(database: Database, maria: int) -> None:
    write(database, maria, LONG_AGO, dedupe_key="wave 1")
    months.prepare(database, NOW)
    write(database, maria, NOW, dedupe_key="wave 1")
    assert scalar(database, "SELECT count(*) FROM messages") == 1


@pytest.fixture
def migrating(settings: Settings) -> Iterator[tuple[Connection, Config]]:
    engine = create_engine(settings.database_url)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        yield connection, config
    engine.dispose()


OLD = "0006"
OLD_MESSAGES = text("""
    WITH contact AS (INSERT INTO contacts (handle, first_seen_at) VALUES ('sealed', now()) RETURNING id), old AS (
        INSERT INTO messages (id, contact_id, channel, purpose, priority, door, body, dedupe_key, status, provider_id,
                              segments, not_after, created_at)
        SELECT gen_random_uuid(), contact.id, 'sms', 'invitation', 2, 'rest', 'Hola ' || n, 'wave/' || n, 'queued',
               'SM' || n, 1, now(), CAST(:now AS timestamptz) - n * interval '10 days'
        FROM contact, generate_series(1, 40) AS n RETURNING id, contact_id
    )
    INSERT INTO outbox_queue (message_id, contact_id, route, priority, campaign_id, due_at)
    SELECT id, contact_id, 'sms', 2, 0, now() FROM old
""")
AS_QUEUED = text("""
    SELECT body, dedupe_key, provider_id, created_at FROM messages JOIN outbox_queue ON message_id = messages.id
    ORDER BY created_at
""")


def test_messages_of_before_are_taken_along(migrating: tuple[Connection, Config], database: Database) -> None:
    connection, config = migrating
    command.downgrade(config, OLD)
    connection.execute(OLD_MESSAGES, {"now": NOW})
    before = connection.execute(AS_QUEUED).all()
    connection.commit()

    command.upgrade(config, "head")
    assert connection.execute(AS_QUEUED).all() == before
    keys = "SELECT count(*) FROM message_keys JOIN messages ON messages.id = message_id AND key = dedupe_key"
    assert connection.execute(text(keys)).scalar_one() == 40
    for id, created_at in connection.execute(text("SELECT id, created_at FROM messages")):
        assert abs(message_id.made_at(id) - created_at) < timedelta(milliseconds=2)
    connection.commit()
    assert months.prepare(database, NOW) >= 13
    assert scalar(database, "SELECT count(*) FROM message_months.messages_astray") == 0
    command.downgrade(config, OLD)
    assert connection.execute(AS_QUEUED).all() == before
