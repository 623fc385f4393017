"""Conversations at rest: one row per contact, locked by the contact's lock.

`open_responses` is the only link between a response and whoever is writing it; it goes when the response ends.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, Connection, DateTime, ForeignKey, Index, delete, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.conversation import Conversation
from db import Base, Statement, execute


class ConversationRow(Base):
    """The stack of dialogues of one contact."""

    __tablename__ = "conversations"

    contact_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[dict[str, Any]] = mapped_column(JSONB)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class OpenResponse(Base):
    """A response that is being written in a contact's conversation."""

    __tablename__ = "open_responses"
    __table_args__ = (Index("ix_open_responses_contact_id", "contact_id"),)

    response_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"))


_LOAD = text("SELECT state FROM conversations WHERE contact_id = :contact_id").columns(state=JSONB)

_SAVE = text(
    """
    INSERT INTO conversations (contact_id, state, updated_at) VALUES (:contact_id, CAST(:state AS jsonb), :now)
    ON CONFLICT (contact_id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at
    """
)

_LINK = text("INSERT INTO open_responses (response_id, contact_id) VALUES (:response_id, :contact_id)")


def load(connection: Connection, contact_id: int) -> Conversation:
    """The contact's conversation; an empty one if there has been none."""
    state = connection.scalar(_LOAD, {"contact_id": contact_id})
    return Conversation.from_json(state) if state else Conversation()


def save(connection: Connection, contact_id: int, conversation: Conversation, now: datetime) -> None:
    """Keep the contact's conversation."""
    execute(connection, saving(contact_id, conversation, now))


def saving(contact_id: int, conversation: Conversation, now: datetime) -> Statement:
    """`save` as a statement to be sent with others."""
    state = orjson.dumps(conversation.to_json()).decode()
    return Statement(_SAVE, {"contact_id": contact_id, "state": state, "now": now})


def link(connection: Connection, contact_id: int, response_id: UUID) -> None:
    """Note that this response is being written in this conversation."""
    connection.execute(_LINK, {"response_id": response_id, "contact_id": contact_id})


def unlink(connection: Connection, response_ids: Sequence[UUID]) -> None:
    """Forget who was writing these responses."""
    connection.execute(delete(OpenResponse).where(OpenResponse.response_id.in_(response_ids)))


def writer(connection: Connection, response_id: UUID) -> int | None:
    """The contact in whose conversation an open response is being written."""
    return connection.scalar(select(OpenResponse.contact_id).where(OpenResponse.response_id == response_id))
