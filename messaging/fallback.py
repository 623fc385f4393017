"""What WhatsApp did not bring, once more: plainly where it took offence at buttons, list or picture, by SMS where a
proactive message failed there or was not read in time.

The person may then have both. Whatever comes back, on either channel, joins the same dialogue, since both are one
contact. Somebody who has written since needs no second message.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db import Database
from messaging import campaigns, outbox
from messaging.address import Channel
from messaging.content import Content
from messaging.encoding import fold_for_sms, segments
from messaging.gate import WHATSAPP_WINDOW, Reason
from messaging.outbox import Outgoing
from messaging.priority import Priority
from messaging.providers.errors import TABLE, Remedy

WAIT = timedelta(hours=4)
"""How long a message may stay unread."""
LOOK_BACK = timedelta(days=14)
"""As long as the message of a campaign lives."""
CHUNK = 1000
START = datetime.min.replace(tzinfo=UTC), UUID(int=0)
"""Before every message."""
WAYS = (Reason.WINDOW_CLOSED, Reason.NO_TEMPLATE, Reason.NO_OPT_IN, Reason.UNREACHABLE, Reason.NO_SENDER)
"""Why the gate refuses what could still go by SMS: nothing is wrong but the way."""
LEFT = [code for code, (remedy, _) in TABLE.items() if remedy is Remedy.OPT_OUT]
"""Codes that say that the person wants nothing from us there: an SMS in its stead would go against their will."""

NOT_BROUGHT = text("""
    SELECT messages.* FROM messages JOIN contacts ON contacts.id = messages.contact_id
    WHERE messages.channel = 'whatsapp' AND messages.priority > 0 AND messages.status NOT IN ('read', 'canceled')
      AND messages.created_at > :now - CAST(:look_back AS interval)
      AND (messages.created_at, messages.id) > (CAST(:since AS timestamptz), CAST(:after AS uuid))
      AND messages.not_after > :now AND messages.body <> ''
      AND (messages.status IN ('failed', 'undelivered')
           OR messages.status = 'refused' AND messages.reason = ANY(CAST(:ways AS text[]))
           OR messages.status IN ('queued', 'accepted', 'sending', 'sent', 'delivered')
              AND messages.sent_at < :now - CAST(:wait AS interval))
      AND coalesce(messages.error_code, 0) <> ALL(CAST(:left AS integer[]))
      AND contacts.sms_ok AND NOT coalesce(contacts.last_inbound_at > messages.created_at, false)
      AND NOT EXISTS (SELECT FROM message_keys WHERE key = 'fallback/' || messages.id)
    ORDER BY messages.created_at, messages.id LIMIT :chunk
""")


def fall_back(database: Database, now: datetime, wait: timedelta = WAIT) -> int:
    """Job: write an SMS for every WhatsApp message that was not brought. Returns how many; ring for dispatch then."""
    total, last = 0, START
    while True:
        with database.transaction() as connection:
            rows = not_brought(connection, now, wait, last)
            total += write(connection, rows, now)
        if not rows:
            return total
        last = rows[-1].created_at, rows[-1].id


def not_brought(
    connection: Connection, now: datetime, wait: timedelta = WAIT, last: tuple[datetime, UUID] = START
) -> Sequence[Row[Any]]:
    """The next messages after `last` that need another way, oldest first."""
    since, after = last
    asked = {"now": now, "wait": wait, "look_back": LOOK_BACK, "ways": list(WAYS), "left": LEFT}
    return connection.execute(NOT_BROUGHT, {**asked, "since": since, "after": after, "chunk": CHUNK}).all()


def write(connection: Connection, rows: Sequence[Row[Any]], now: datetime) -> int:
    """Write the SMS for these messages; returns how many are new."""
    _reopen(connection, rows)
    return outbox.enqueue(connection, [as_sms(row) for row in rows], now) if rows else 0


def as_sms(message: Row[Any]) -> Outgoing:
    """The same message as an SMS, once."""
    content = Content.from_json(message.content) if message.content else Content(message.body)
    body = fold_for_sms(content.text)
    return Outgoing(
        contact_id=message.contact_id,
        channel=Channel.SMS,
        purpose=message.purpose,
        priority=Priority(message.priority),
        content=Content(content.text),
        body=body,
        segments=segments(body).count,
        not_after=message.not_after,
        conversation_ref=message.conversation_ref,
        campaign_id=message.campaign_id,
        dedupe_key=f"fallback/{message.id}",
    )


REFUSED = text("""
    SELECT messages.* FROM messages JOIN contacts ON contacts.id = messages.contact_id
    WHERE messages.id = :id AND messages.channel = 'whatsapp' AND messages.body <> ''
      AND messages.content IS NOT NULL AND messages.content -> 'template' IS NULL AND messages.not_after > :now
      AND contacts.whatsapp_inbound_at > :now - CAST(:window AS interval)
      AND NOT coalesce(contacts.last_inbound_at > messages.created_at, false)
""")


def say_plainly(connection: Connection, message_id: UUID, now: datetime) -> bool:
    """Write again as plain text what WhatsApp refused after it was taken, if the person still waits for it.

    Only within the session; a template goes by SMS. The clock rings for it.
    """
    rows = connection.execute(REFUSED, {"id": message_id, "now": now, "window": WHATSAPP_WINDOW}).all()
    _reopen(connection, rows)
    return outbox.enqueue(connection, [as_text(row) for row in rows], now) == 1


def _reopen(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    campaigns.reopen(connection, {row.campaign_id for row in rows} - {0})


def as_text(message: Row[Any]) -> Outgoing:
    """The same message on WhatsApp as its text alone, once."""
    return Outgoing(
        contact_id=message.contact_id,
        channel=Channel.WHATSAPP,
        purpose=message.purpose,
        priority=Priority(message.priority),
        content=Content(message.body),
        body=message.body,
        segments=1,
        not_after=message.not_after,
        conversation_ref=message.conversation_ref,
        campaign_id=message.campaign_id,
        dedupe_key=f"fallback/{message.id}",
    )
