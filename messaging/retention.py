"""Texts are not kept longer than they are needed, here and at the provider's. What remains is that a message was sent,
and after two years how many were.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row, TextClause, text

from db import Database
from messaging import months, watermarks
from messaging.providers.errors import NOT_FOUND, SendError
from messaging.providers.twilio import Account
from settings import TwilioSettings

log = structlog.get_logger()

KEPT = timedelta(days=180)
"""How long the texts of messages are kept."""
ROWS_KEPT = timedelta(days=730)
"""How long it is kept that a message was sent or came: a month of messages is dropped when it ended so long ago."""
CHUNK = 5000
REDACTED_AT_ONCE = 16
REDACT_CHUNK = 500

BLANKED = "texts blanked"
BLANK_MESSAGES = text("""
    UPDATE messages SET body = '', content = NULL WHERE id IN (
        SELECT id FROM messages
        WHERE created_at >= :since AND created_at < :before AND body <> '' AND NOT EXISTS (
            SELECT FROM outbox_queue WHERE outbox_queue.message_id = messages.id)
        LIMIT :chunk FOR UPDATE SKIP LOCKED)
""")
BLANK_INBOUND = text("""
    UPDATE inbound_messages SET body = '', extras = NULL WHERE id IN (
        SELECT id FROM inbound_messages
        WHERE received_at >= :since AND received_at < :before AND (body <> '' OR extras IS NOT NULL)
        LIMIT :chunk FOR UPDATE SKIP LOCKED)
""")
OLDEST_WAITING = text("""
    SELECT min(messages.created_at) FROM outbox_queue JOIN messages ON messages.id = outbox_queue.message_id
    WHERE messages.created_at < :before
""")


def blank_old(database: Database, now: datetime, kept: timedelta = KEPT) -> int:
    """Job: blank the texts older than `kept`, chunk by chunk. Returns how many.

    It begins where the last run ended; what still waited then keeps its text, and is come back to.
    """
    before = now - kept
    with database.transaction() as connection:
        since = watermarks.read(connection, BLANKED) or datetime.min.replace(tzinfo=UTC)
    blanked = 0
    for statement in (BLANK_MESSAGES, BLANK_INBOUND):
        while count := _chunk(database, statement, since=since, before=before):
            blanked += count
    with database.transaction() as connection:
        waiting = connection.execute(OLDEST_WAITING, {"before": before}).scalar_one()
        watermarks.advance(connection, BLANKED, waiting or before)
    return blanked


DELETE_INBOUND = text("""
    DELETE FROM inbound_messages WHERE id IN (
        SELECT id FROM inbound_messages WHERE received_at < :before LIMIT :chunk FOR UPDATE SKIP LOCKED)
""")
DELETE_KEYS = text("""
    DELETE FROM message_keys WHERE key IN (
        SELECT key FROM message_keys WHERE created_at < :before LIMIT :chunk FOR UPDATE SKIP LOCKED)
""")


def forget_old(database: Database, now: datetime, kept: timedelta = ROWS_KEPT) -> int:
    """Job: drop the months of messages that ended longer than `kept` ago, and delete as old what came in and the keys.

    Returns how many rows were deleted.
    """
    before = now - kept
    months.drop(database, before)
    deleted = 0
    for statement in (DELETE_INBOUND, DELETE_KEYS):
        while count := _chunk(database, statement, before=before):
            deleted += count
    return deleted


def _chunk(database: Database, statement: TextClause, **moments: datetime) -> int:
    with database.transaction() as connection:
        return connection.execute(statement, {**moments, "chunk": CHUNK}).rowcount


TO_REDACT = text("""
    SELECT 'messages' AS origin, messages.id::text AS id, provider_id FROM messages
    WHERE redact AND (provider_id IS NOT NULL OR status IN ('failed', 'refused')) AND NOT EXISTS (
        SELECT FROM outbox_queue WHERE outbox_queue.message_id = messages.id)
    UNION ALL
    SELECT 'inbound_messages', id::text, provider_id FROM inbound_messages WHERE redact
    LIMIT :chunk
""")
REDACTED_MESSAGES = text("""
    UPDATE messages SET redact = false, body = '', content = NULL WHERE id = ANY(CAST(:ids AS uuid[]))
""")
REDACTED_INBOUND = text("UPDATE inbound_messages SET redact = false WHERE id = ANY(CAST(:ids AS bigint[]))")


def redact(database: Database, twilio: TwilioSettings | None) -> int:
    """Job: blank the provider's copies of anonymised messages, and ours where one was still to be sent.

    Ends at the first chunk in which the provider refuses any, for the next run to try again. Returns how
    many.
    """
    redacted = 0
    while True:
        with database.transaction() as connection:
            rows = connection.execute(TO_REDACT, {"chunk": REDACT_CHUNK}).all()
        done = asyncio.run(_redact(twilio, rows)) if twilio else list(rows)
        with database.transaction() as connection:
            ours = [row.id for row in done if row.origin == "messages"]
            theirs = [int(row.id) for row in done if row.origin == "inbound_messages"]
            connection.execute(REDACTED_MESSAGES, {"ids": ours})
            connection.execute(REDACTED_INBOUND, {"ids": theirs})
        redacted += len(done)
        if len(done) < len(rows) or len(rows) < REDACT_CHUNK:
            return redacted


async def _redact(twilio: TwilioSettings, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    at_once = asyncio.Semaphore(REDACTED_AT_ONCE)
    done: list[Row[Any]] = []

    async def one(account: Account, row: Row[Any]) -> None:
        async with at_once:
            try:
                if row.provider_id and not row.provider_id.startswith("SIM"):
                    await account.redact(row.provider_id)
            except SendError as error:
                if error.code != NOT_FOUND:
                    log.warning("not redacted", error=str(error))
                    return
            done.append(row)

    async with Account(twilio) as account:
        await asyncio.gather(*(one(account, row) for row in rows))
    return done
