"""Messages that came in. Each is recorded once, whatever the provider repeats."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, Connection, DateTime, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from messaging.address import Address

BODY_MAX = 4096
"""Characters kept of a message. No SMS is longer than 1,600; what comes after is no answer to a question of
ours.
"""


class InboundMessage(Base):
    """A message as it was recorded, in the order of recording."""

    __tablename__ = "inbound_messages"
    __table_args__ = (
        Index(None, "contact_id"),
        Index(None, "received_at", postgresql_using="brin"),
        Index("ix_inbound_messages_redact", "id", postgresql_where=text("redact")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    provider_id: Mapped[str] = mapped_column(unique=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    channel: Mapped[str]
    body: Mapped[str]
    extras: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    redact: Mapped[bool] = mapped_column(server_default="false")
    """The provider's copy is still to be blanked."""


@dataclass(frozen=True, slots=True)
class Media:
    """A file that came with a message, still at the provider's."""

    url: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Location:
    """A place sent on WhatsApp, in degrees."""

    latitude: float
    longitude: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message that a person sent.

    `payload` and `title` are those of the button or list item that was tapped. With `opt_out_type` (STOP,
    START, HELP) the provider has answered already: nothing is to be sent.
    """

    provider_id: str
    address: Address
    to: Address
    body: str
    media: tuple[Media, ...] = ()
    payload: str | None = None
    title: str | None = None
    location: Location | None = None
    profile_name: str | None = None
    opt_out_type: str | None = None


RECORD_SQL = """
    INSERT INTO inbound_messages (provider_id, contact_id, channel, body, extras, received_at)
    SELECT :provider_id, contact.id, :channel, :body, CAST(:extras AS jsonb), :now FROM contact
    ON CONFLICT (provider_id) DO NOTHING
    RETURNING id
"""
"""Stores a message of `contact`, which the statement around this gives; takes the parameters of `as_stored`."""
RECORD = text(f"WITH contact AS (SELECT CAST(:contact_id AS bigint) AS id) {RECORD_SQL}")


def record(connection: Connection, contact_id: int, inbound: Inbound, now: datetime) -> int | None:
    """Store the message; None means that it was stored before."""
    parameters = {"contact_id": contact_id, **as_stored(inbound, now)}
    stored: int | None = connection.execute(RECORD, parameters).scalar_one_or_none()
    return stored


def as_stored(inbound: Inbound, now: datetime) -> dict[str, object]:
    """What is kept of a message. Not the profile name: nothing needs it."""
    told = extras(inbound)
    return {
        "provider_id": inbound.provider_id,
        "channel": inbound.address.channel.value,
        "body": storable(inbound.body),
        "extras": None if told is None else orjson.dumps(told).decode(),
        "now": now,
    }


def extras(inbound: Inbound) -> dict[str, Any] | None:
    """What came besides the text, without what is empty; None for a plain message."""
    if not (inbound.media or inbound.payload or inbound.title or inbound.location or inbound.opt_out_type):
        return None
    told = asdict(inbound)
    names = ("media", "payload", "title", "location", "opt_out_type")
    return {name: told[name] for name in names if told[name]}


def storable(body: str) -> str:
    """The text without what PostgreSQL cannot hold (NUL, halves of surrogate pairs), cut to a sensible
    length.
    """
    return body[:BODY_MAX].replace("\0", "").encode("utf-8", "replace").decode()


BLANK = text("UPDATE inbound_messages SET redact = true, body = '', extras = NULL WHERE id = :id")


def blank(connection: Connection, inbound_id: int) -> None:
    """Blank one message. The provider's copy is blanked by a job."""
    connection.execute(BLANK, {"id": inbound_id})
