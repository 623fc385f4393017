"""Messages of which the provider cannot say whether they left: a person decides, seldom and by hand."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection, text

from messaging import claims
from messaging.address import Channel


class Decision(StrEnum):
    """What a person finds out or wants."""

    SENT = "sent"
    """It did leave: count it as sent."""
    RESEND = "resend"
    """It did not leave, or may be sent twice: send it."""
    DROP = "drop"
    """It helps nobody any more."""


@dataclass(frozen=True, slots=True)
class Held:
    """A message that waits for a decision, with what one needs to look it up at the provider."""

    message_id: UUID
    handle: bytes
    """Whose it is, sealed."""
    channel: Channel
    purpose: str
    campaign_id: int
    attempted_at: datetime
    held_at: datetime


HELD = text("""
    SELECT queue.message_id, contacts.handle, messages.channel, messages.purpose, queue.campaign_id,
           queue.claimed_at, queue.held_at
    FROM outbox_queue AS queue
    JOIN messages ON messages.id = queue.message_id JOIN contacts ON contacts.id = queue.contact_id
    WHERE queue.lease_until IS NOT NULL AND queue.held_at IS NOT NULL ORDER BY queue.held_at, queue.id LIMIT :limit
""")


def held(connection: Connection, limit: int = 1000) -> list[Held]:
    """The messages that wait for a person, longest first."""
    return [
        Held(
            row.message_id,
            bytes(row.handle),
            Channel(row.channel),
            row.purpose,
            row.campaign_id,
            row.claimed_at,
            row.held_at,
        )
        for row in connection.execute(HELD, {"limit": limit})
    ]


RESEND = text("""
    UPDATE outbox_queue SET lease_until = NULL, token = NULL, held_at = NULL, due_at = :now
    WHERE message_id = :id AND held_at IS NOT NULL
""")
SETTLE = text("""
    WITH settled AS (
        UPDATE messages SET status = :status, reason = :reason, sent_at = :sent_at FROM outbox_queue AS queue
        WHERE queue.message_id = messages.id AND queue.held_at IS NOT NULL AND messages.id = :id
        RETURNING messages.id, messages.segments
    )
    DELETE FROM outbox_queue USING settled WHERE outbox_queue.message_id = settled.id
    RETURNING outbox_queue.campaign_id, settled.segments
""")


def decide(connection: Connection, message_id: UUID, decision: Decision, now: datetime) -> bool:
    """Carry out a person's decision. Returns False if the message is not held (any more)."""
    if decision is Decision.RESEND:
        return connection.execute(RESEND, {"id": message_id, "now": now}).rowcount == 1
    sent = decision is Decision.SENT
    status, reason = ("sent", "sent, says a person") if sent else ("failed", "dropped by a person")
    how = {"id": message_id, "status": status, "reason": reason, "sent_at": now if sent else None}
    settled = connection.execute(SETTLE, how).one_or_none()
    if settled is not None and sent:
        claims.spend(connection, {settled.campaign_id: max(settled.segments, 1)})
    return settled is not None
