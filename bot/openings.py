"""Messages of ours that begin a dialogue: it goes on the person's stack when they write after the message has left.

Until then what they write belongs to what was under way before: somebody in the middle of a survey does not answer a
reminder that has not reached them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, Connection, DateTime, ForeignKey, Index, delete, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.dialogues.machine import Frame
from db import Base, Statement


class Opening(Base):
    """The dialogue that a message begins."""

    __tablename__ = "openings"
    __table_args__ = (Index("ix_openings_contact_id", "contact_id"), Index("ix_openings_not_after", "not_after"))

    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"))
    dialogue: Mapped[str]
    state: Mapped[dict[str, Any]] = mapped_column(JSONB)
    not_after: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """When nobody answers it any more."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A dialogue that a message has begun, and the message."""

    message_id: UUID
    frame: Frame


_NOTE = text(
    """
    INSERT INTO openings (message_id, contact_id, dialogue, state, not_after)
    SELECT message_id, outbox_queue.contact_id, dialogue, state, not_after
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS opening (
        message_id uuid, dialogue text, state jsonb, not_after timestamptz)
    JOIN outbox_queue USING (message_id)
    """
)

_NOTE_CAMPAIGN = text(
    """
    INSERT INTO openings (message_id, contact_id, dialogue, state, not_after)
    SELECT message_id, contact_id, :dialogue, CAST(:state AS jsonb), :not_after FROM outbox_queue
    WHERE campaign_id = :campaign_id AND contact_id = ANY(CAST(:contact_ids AS bigint[]))
    ON CONFLICT DO NOTHING
    """
)

ARRIVED_SQL = """
    SELECT jsonb_agg(jsonb_build_array(opening.message_id, opening.dialogue, opening.state)
                     ORDER BY opening.message_id)
    FROM openings AS opening
    WHERE opening.contact_id = contact.id AND opening.not_after > :now AND EXISTS (
        SELECT FROM messages LEFT JOIN outbox_queue AS waiting ON waiting.message_id = messages.id
        WHERE messages.id = ANY(ARRAY[opening.message_id, (
                SELECT message_id FROM message_keys WHERE key = 'fallback/' || opening.message_id)])
          AND messages.status NOT IN ('refused', 'canceled')
          AND (waiting.id IS NULL OR waiting.lease_until IS NOT NULL))
"""
"""The dialogues begun by messages that have left, by their own way or by SMS in its stead, of `contact`, which the
statement around this gives.
"""

_FORGET = text("DELETE FROM openings WHERE message_id = ANY(CAST(:message_ids AS uuid[]))")


def note(connection: Connection, openings: Iterable[tuple[UUID, Frame, datetime]]) -> None:
    """Note which dialogues these messages begin, and until when. Messages that were not stored anew are passed over."""
    rows = [
        {"message_id": message_id, "dialogue": frame.dialogue, "state": frame.state, "not_after": not_after}
        for message_id, frame, not_after in openings
    ]
    if rows:
        connection.execute(_NOTE, {"rows": orjson.dumps(rows).decode()})


def note_campaign(
    connection: Connection, campaign_id: int, contact_ids: Sequence[int], frame: Frame, not_after: datetime
) -> None:
    """Note that the messages of a campaign that wait for these contacts all begin the same dialogue."""
    begun = {"dialogue": frame.dialogue, "state": orjson.dumps(frame.state).decode(), "not_after": not_after}
    connection.execute(_NOTE_CAMPAIGN, {"campaign_id": campaign_id, "contact_ids": list(contact_ids), **begun})


def arrived(found: Sequence[Sequence[Any]] | None) -> tuple[Opened, ...]:
    """What `ARRIVED_SQL` found."""
    return tuple(Opened(UUID(message_id), Frame(dialogue, state)) for message_id, dialogue, state in found or ())


def forgetting(opened: Iterable[Opened]) -> Statement:
    """The statement that removes openings once they are on the person's stack."""
    return Statement(_FORGET, {"message_ids": [str(each.message_id) for each in opened]})


def retain(connection: Connection, now: datetime) -> int:
    """Remove openings whose time is over. Returns how many."""
    return connection.execute(delete(Opening).where(Opening.not_after < now)).rowcount
