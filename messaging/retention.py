"""Texts are not kept longer than they are needed, here and at the provider's. What remains is that a message
was sent.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row, TextClause, text

from db import Database
from messaging.providers.errors import SendError
from messaging.providers.twilio import Account
from settings import TwilioSettings

log = structlog.get_logger()

KEPT = timedelta(days=180)
"""How long the texts of messages are kept."""
CHUNK = 5000
REDACTED_AT_ONCE = 16
REDACT_CHUNK = 500
NOT_FOUND = 20404
"""Twilio's code for a message that it does not have, or not any more."""

BLANK_MESSAGES = text("""
    UPDATE messages SET body = '', content = NULL WHERE id IN (
        SELECT id FROM messages
        WHERE created_at < :before AND body <> '' AND NOT EXISTS (
            SELECT FROM outbox_queue WHERE outbox_queue.message_id = messages.id)
        LIMIT :chunk FOR UPDATE SKIP LOCKED)
""")
BLANK_INBOUND = text("""
    UPDATE inbound_messages SET body = '', extras = NULL WHERE id IN (
        SELECT id FROM inbound_messages
        WHERE received_at < :before AND (body <> '' OR extras IS NOT NULL) LIMIT :chunk FOR UPDATE SKIP
        LOCKED)
""")


def blank_old(database: Database, now: datetime, kept: timedelta = KEPT) -> int:
    """Job: blank the texts older than `kept`, chunk by chunk. Returns how many."""
    blanked = 0
    for statement in (BLANK_MESSAGES, BLANK_INBOUND):
        while count := _blank_chunk(database, statement, now - kept):
            blanked += count
    return blanked


def _blank_chunk(database: Database, statement: TextClause, before: datetime) -> int:
    with database.transaction() as connection:
        return connection.execute(statement, {"before": before, "chunk": CHUNK}).rowcount


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
