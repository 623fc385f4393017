"""The months of `messages`: partitions by the time in their ids, made ahead, dropped whole when their time is over.

What no month takes goes to a partition of its own, so that nothing fails where the months were not made in time; the
next run moves it to its month. Why it is built like this: docs/decisions/partitions.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

import structlog
from sqlalchemy import Connection, text

from db import Database
from messaging import message_id

log = structlog.get_logger()

AHEAD = 3
"""Months made before they begin."""
BRIEFLY = text("SET LOCAL lock_timeout = '500ms'")
"""Less than after what PostgreSQL looks for deadlocks, so that it is never a turn that fails."""
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('messages by month', 0))")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of UTC."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime) -> "Month":
        """The month in which something happened."""
        there = moment.astimezone(UTC)
        return cls(there.year, there.month)

    @property
    def next(self) -> "Month":
        """The month after this."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def begins(self) -> datetime:
        """Its first moment."""
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def first_day(self) -> date:
        """Its first day, by which tables name it."""
        return self.begins.date()

    @property
    def bounds(self) -> tuple[UUID, UUID]:
        """The lowest id of its messages, and the lowest that comes after them."""
        return message_id.first(self.begins), message_id.first(self.next.begins)

    @property
    def table(self) -> str:
        """The partition that holds its messages."""
        return f"message_months.messages_{self.year:04}_{self.number:02}"


EXISTING = text("""
    SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'messages'::regclass AND relname ~ '^messages_[0-9]{4}_[0-9]{2}$' ORDER BY relname
""")


def existing(connection: Connection) -> list[Month]:
    """The months that have a partition, oldest first."""
    names = connection.execute(EXISTING).scalars()
    return [Month(int(name[9:13]), int(name[14:16])) for name in names]


ASTRAY = text("""
    SELECT DISTINCT date_trunc('month', to_timestamp(milliseconds / 1000.0), 'UTC')
    FROM message_months.messages_astray
    CROSS JOIN LATERAL (SELECT ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint AS milliseconds) AS made
""")


def prepare(database: Database, now: datetime) -> int:
    """Job: make the partitions of this month and the next ones, and of messages gone astray. Returns how many.

    Each is made in a transaction of its own, since turns wait for the moment that it takes. Raises
    sqlalchemy.exc.OperationalError where a lock is not had at once; the next run tries again.
    """
    with database.transaction() as connection:
        there = set(existing(connection))
        astray = [Month.of(moment) for moment in connection.execute(ASTRAY).scalars()]
    missing = sorted({*_ahead(now), *astray} - there)
    for month in missing:
        with database.transaction() as connection:
            connection.execute(BRIEFLY)
            make(connection, month)
    return len(missing)


def _ahead(now: datetime) -> Iterable[Month]:
    month = Month.of(now)
    for _ in range(AHEAD + 1):
        yield month
        month = month.next


MAKE = """
    LOCK TABLE contacts IN SHARE ROW EXCLUSIVE MODE;
    LOCK TABLE message_months.messages_astray IN ACCESS EXCLUSIVE MODE;
    CREATE TABLE {table} (LIKE messages INCLUDING ALL);
    WITH moved AS (
        DELETE FROM message_months.messages_astray WHERE id >= '{first}' AND id < '{after}' RETURNING *
    )
    INSERT INTO {table} SELECT * FROM moved;
    ALTER TABLE messages ATTACH PARTITION {table} FOR VALUES FROM ('{first}') TO ('{after}')
"""


def make(connection: Connection, month: Month) -> None:
    """Make a month's partition, with the messages of that month that had none; nothing if it is there."""
    connection.execute(LOCK)
    if month in existing(connection):
        return
    first, after = month.bounds
    for statement in MAKE.format(table=month.table, first=first, after=after).split(";"):
        connection.execute(text(statement))
    log.info("month made", table=month.table)


TOTALS = """
    INSERT INTO message_totals
        (month, campaign_id, channel, purpose, status, reason, messages, segments, cost, currency)
    SELECT :month, campaign_id, channel, purpose, status, coalesce(reason, ''), count(*), sum(segments),
           coalesce(sum(price), 0), coalesce(price_currency, '')
    FROM {table} GROUP BY campaign_id, channel, purpose, status, coalesce(reason, ''), coalesce(price_currency, '')
    ON CONFLICT DO NOTHING
"""
WAITING = text("SELECT EXISTS (SELECT FROM outbox_queue WHERE message_id >= :first AND message_id < :after)")


def drop(database: Database, before: datetime) -> Sequence[Month]:
    """Job: drop the months that ended before a moment, keeping their totals. Returns those dropped.

    A month of which a message still waits stays. Each is dropped in a transaction of its own.
    """
    dropped = []
    with database.transaction() as connection:
        old = [month for month in existing(connection) if month.next.begins <= before]
    for month in old:
        with database.transaction() as connection:
            connection.execute(BRIEFLY)
            if _drop(connection, month):
                dropped.append(month)
    return dropped


def _drop(connection: Connection, month: Month) -> bool:
    connection.execute(LOCK)
    if month not in existing(connection):
        return False
    first, after = month.bounds
    if connection.execute(WAITING, {"first": first, "after": after}).scalar_one():
        log.warning("month kept, a message of it waits", table=month.table)
        return False
    connection.execute(text(TOTALS.format(table=month.table)), {"month": month.first_day})
    connection.execute(text(f"DROP TABLE {month.table}"))
    log.info("month dropped", table=month.table)
    return True
