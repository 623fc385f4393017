"""Messages to people: each is a row before it leaves. `messages` is the history, `outbox_queue` what still
must go.

A message leaves by one of two doors: as TwiML in the answer to the webhook (history only), or through the
dispatcher (a row in the queue too). A queue row is claimed under a lease with a token. If the lease ends and
the row is still there, nobody knows whether the message left: such a row is never claimed again before
reconciliation has asked the provider. Leases run on the database's clock, so that the clocks of the hosts do
not matter.

Whoever changes both tables changes `messages` first.

`messages` is partitioned by month (`months`), by the time in its ids; what must be unique beyond a month, the keys that
keep a message from being written twice, has a table of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, Connection, Date, DateTime, ForeignKey, Identity, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db import Base, Statement, execute
from messaging import message_id
from messaging.address import Channel
from messaging.content import Content
from messaging.priority import Priority as Priority

Moment = DateTime(timezone=True)


class Door(StrEnum):
    """How a message leaves."""

    TWIML = "twiml"
    REST = "rest"


class Route(StrEnum):
    """The transport that takes a queued message. Demo contacts never leave by a real one."""

    SMS = "sms"
    WHATSAPP = "whatsapp"
    DEMO = "demo"


class Message(Base):
    """A message to a person, and what became of it."""

    __tablename__ = "messages"
    __table_args__ = (
        Index(None, "contact_id", "created_at"),
        Index(None, "created_at", postgresql_using="brin"),
        Index("ix_messages_provider_id", "provider_id", postgresql_where=text("provider_id IS NOT NULL")),
        Index("ix_messages_in_reply_to", "in_reply_to", postgresql_where=text("in_reply_to IS NOT NULL")),
        Index("ix_messages_campaign_id", "campaign_id", postgresql_where=text("campaign_id <> 0")),
        Index(
            "ix_messages_conversation",
            "conversation_ref",
            postgresql_where=text("conversation_ref IS NOT NULL"),
        ),
        Index("ix_messages_replied", "created_at", postgresql_where=text("status = 'replied'")),
        Index("ix_messages_redact", "id", postgresql_where=text("redact")),
        Index(
            "ix_messages_not_brought",
            *("created_at", "id"),
            postgresql_where=text("channel = 'whatsapp' AND priority > 0 AND status NOT IN ('read', 'canceled')"),
        ),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Of version 7: it begins with the time, and so tells the month."""
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    channel: Mapped[str]
    purpose: Mapped[str]
    priority: Mapped[int] = mapped_column(SmallInteger)
    door: Mapped[str]
    body: Mapped[str]
    """The text as it is sent; empty once blanked."""
    content: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What is more than the text: options, media, template."""
    in_reply_to: Mapped[int | None] = mapped_column(BigInteger)
    conversation_ref: Mapped[UUID | None]
    """The dialogue it belongs to, so that an anonymous one can be blanked."""
    campaign_id: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """0 for none."""
    dedupe_key: Mapped[str | None]
    status: Mapped[str]
    reason: Mapped[str | None]
    """Why it was refused or failed."""
    error_code: Mapped[int | None]
    provider_id: Mapped[str | None]
    segments: Mapped[int] = mapped_column(SmallInteger)
    price: Mapped[Decimal | None]
    """What the provider took for it, once it says so."""
    price_currency: Mapped[str | None]
    not_after: Mapped[datetime] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    delivered_at: Mapped[datetime | None] = mapped_column(Moment)
    read_at: Mapped[datetime | None] = mapped_column(Moment)
    redact: Mapped[bool] = mapped_column(server_default="false")
    """The provider's copy is still to be blanked."""


class MessageKey(Base):
    """A message that must not be written a second time, under what says that it is the same."""

    __tablename__ = "message_keys"
    __table_args__ = (Index(None, "created_at", postgresql_using="brin"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(Moment)


class MessageTotal(Base):
    """What is left of the messages of a month that was dropped: how many, by what became of them."""

    __tablename__ = "message_totals"

    month: Mapped[date] = mapped_column(Date, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    messages: Mapped[int] = mapped_column(BigInteger)
    segments: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[Decimal]


class Queued(Base):
    """A message that must still leave by the dispatcher."""

    __tablename__ = "outbox_queue"
    __table_args__ = (
        Index(
            "ix_outbox_queue_claim",
            *("route", "priority", "campaign_id", "due_at", "id"),
            postgresql_where=text("lease_until IS NULL"),
        ),
        Index("ix_outbox_queue_leased", "lease_until", postgresql_where=text("lease_until IS NOT NULL")),
        Index(None, "contact_id", "id"),
        {"postgresql_with": {"autovacuum_vacuum_scale_factor": 0.02, "autovacuum_vacuum_cost_delay": 0}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    message_id: Mapped[UUID] = mapped_column(unique=True)
    """Written together with its message; a month of which a message still waits is not dropped."""
    contact_id: Mapped[int] = mapped_column(BigInteger)
    route: Mapped[str]
    priority: Mapped[int] = mapped_column(SmallInteger)
    campaign_id: Mapped[int] = mapped_column(BigInteger)
    due_at: Mapped[datetime] = mapped_column(Moment)
    reason: Mapped[str | None]
    """Why it was deferred."""
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """How often it was claimed."""
    losses: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """How often nobody knew whether it had left, and the provider knew nothing of it."""
    token: Mapped[UUID | None]
    claimed_at: Mapped[datetime | None] = mapped_column(Moment)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    held_at: Mapped[datetime | None] = mapped_column(Moment)
    """Since when a person must decide, because the provider cannot say whether the message left."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be written into the outbox. `body` is the text as it will be sent on `channel`.

    `due_at` None means at once. `not_after` is when it would be too late: past it the message is refused and
    counted. Two messages with the same `dedupe_key` are one: the second is not stored.
    """

    contact_id: int
    channel: Channel
    purpose: str
    priority: Priority
    content: Content
    body: str
    segments: int
    not_after: datetime
    due_at: datetime | None = None
    in_reply_to: int | None = None
    conversation_ref: UUID | None = None
    campaign_id: int = 0
    dedupe_key: str | None = None
    id: UUID = field(default_factory=message_id.new)


REPLY = text("""
    INSERT INTO messages (id, contact_id, channel, purpose, priority, door, body, content, in_reply_to,
                          conversation_ref, status, segments, not_after, created_at)
    VALUES (:id, :contact_id, :channel, :purpose, :priority, 'twiml', :body, CAST(:content AS jsonb), :in_reply_to,
            :conversation_ref, 'replied', :segments, :not_after, :now)
""")


def reply(connection: Connection, message: Outgoing, now: datetime) -> None:
    """Note a message that leaves as TwiML in the answer to the webhook, once the transaction is committed."""
    execute(connection, replying(message, now))


def replying(message: Outgoing, now: datetime) -> Statement:
    """`reply` as a statement to be sent with others."""
    parameters = {
        "id": message.id,
        "contact_id": message.contact_id,
        "channel": message.channel.value,
        "purpose": message.purpose,
        "priority": int(message.priority),
        "body": message.body,
        "content": None if message.content.plain else orjson.dumps(message.content.to_json()).decode(),
        "in_reply_to": message.in_reply_to,
        "conversation_ref": message.conversation_ref,
        "segments": message.segments,
        "not_after": message.not_after,
        "now": now,
    }
    return Statement(REPLY, parameters)


ENQUEUE = text("""
    WITH incoming AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS incoming (
            place int, id uuid, contact_id bigint, channel text, purpose text, priority smallint,
            body text, content jsonb, in_reply_to bigint, conversation_ref uuid, campaign_id bigint,
            dedupe_key text, segments smallint, not_after timestamptz, due_at timestamptz)
    ), fresh AS (
        INSERT INTO message_keys (key, message_id, created_at)
        SELECT dedupe_key, id, :now FROM incoming WHERE dedupe_key IS NOT NULL ORDER BY dedupe_key, place
        ON CONFLICT DO NOTHING
        RETURNING message_id
    ), stored AS (
        INSERT INTO messages (id, contact_id, channel, purpose, priority, door, body, content, in_reply_to,
                              conversation_ref, campaign_id, dedupe_key, status, segments,
                              not_after, created_at)
        SELECT id, contact_id, channel, purpose, priority, 'rest', body, content, in_reply_to,
               conversation_ref, campaign_id, dedupe_key, 'queued', segments, not_after, :now
        FROM incoming WHERE dedupe_key IS NULL OR id IN (SELECT message_id FROM fresh) ORDER BY place
        ON CONFLICT DO NOTHING
        RETURNING id
    )
    INSERT INTO outbox_queue (message_id, contact_id, route, priority, campaign_id, due_at)
    SELECT incoming.id, contact_id, CASE WHEN contacts.demo THEN 'demo' ELSE channel END,
           priority, campaign_id, coalesce(due_at, least(:now, clock_timestamp()))
    FROM stored JOIN incoming ON incoming.id = stored.id JOIN contacts ON contacts.id = incoming.contact_id
    ORDER BY place
""")


def enqueue(connection: Connection, messages: Iterable[Outgoing], now: datetime) -> int:
    """Write messages for the dispatcher, in one statement; some thousands at a time. Returns how many were
    new.

    Those with a `dedupe_key` that is there already are passed over. The caller rings the bell after its
    commit.
    """
    statement = enqueueing(messages, now)
    return connection.execute(statement.text, statement.parameters).rowcount


def enqueueing(messages: Iterable[Outgoing], now: datetime) -> Statement:
    """`enqueue` as a statement to be sent with others."""
    rows = [
        {
            "place": place,
            "id": message.id,
            "contact_id": message.contact_id,
            "channel": message.channel,
            "purpose": message.purpose,
            "priority": message.priority,
            "body": message.body,
            "content": None if message.content.plain else message.content.to_json(),
            "in_reply_to": message.in_reply_to,
            "conversation_ref": message.conversation_ref,
            "campaign_id": message.campaign_id,
            "dedupe_key": message.dedupe_key,
            "segments": message.segments,
            "not_after": message.not_after,
            "due_at": message.due_at,
        }
        for place, message in enumerate(messages)
    ]
    return Statement(ENQUEUE, {"rows": orjson.dumps(rows).decode(), "now": now})


UNSENT_SQL = """
    EXISTS (
        SELECT FROM outbox_queue
        WHERE contact_id = contact.id
          AND (lease_until > clock_timestamp() OR lease_until IS NULL AND priority = 0 AND due_at <= :now))
"""
"""`has_unsent` of `contact`, which the statement around this gives."""
HAS_UNSENT = text(f"SELECT {UNSENT_SQL} FROM (SELECT CAST(:contact_id AS bigint) AS id) AS contact")


def has_unsent(connection: Connection, contact_id: int, now: datetime) -> bool:
    """Whether a message to this contact is on its way, or a reply still waits: then the next must queue
    behind it.

    A campaign's message that still waits its turn holds no reply up.
    """
    return bool(connection.execute(HAS_UNSENT, {"contact_id": contact_id, "now": now}).scalar_one())


REPLY_TO = text("""
    SELECT messages.id, messages.body
    FROM inbound_messages JOIN messages ON messages.in_reply_to = inbound_messages.id
    WHERE inbound_messages.provider_id = :provider_id AND messages.door = 'twiml' AND messages.status =
    'replied'
      AND messages.provider_id IS NULL AND messages.body <> ''
""")


@dataclass(frozen=True, slots=True)
class StoredReply:
    """A TwiML reply that the provider may not have got yet."""

    message_id: UUID
    body: str


def reply_to(connection: Connection, provider_id: str) -> StoredReply | None:
    """What to answer when the inbound message `provider_id` is delivered to us again.

    None (an empty response) once the reply is known to the provider, was sent again or was anonymised.
    """
    row = connection.execute(REPLY_TO, {"provider_id": provider_id}).first()
    return None if row is None else StoredReply(row.id, row.body)


WAITS = "EXISTS (SELECT FROM outbox_queue WHERE outbox_queue.message_id = messages.id)"
BLANK = text(f"""
    WITH blanked AS (
        UPDATE messages SET redact = true, conversation_ref = NULL,
            body = CASE WHEN {WAITS} THEN body ELSE '' END, content = CASE WHEN {WAITS} THEN content END
        WHERE conversation_ref = :conversation_ref
        RETURNING in_reply_to
    )
    UPDATE inbound_messages SET redact = true, body = '', extras = NULL
    FROM blanked WHERE inbound_messages.id = blanked.in_reply_to
""")


def blank(connection: Connection, conversation_ref: UUID) -> None:
    """Blank what was said in a dialogue, both ways: our messages and the ones they answered.

    A message that is still to be sent keeps its text until it is. The provider's copies are blanked by a job.
    """
    connection.execute(BLANK, {"conversation_ref": conversation_ref})


STATUS_REPORT = text("""
    SELECT route, priority, CASE
             WHEN held_at IS NOT NULL THEN 'held'
             WHEN lease_until > clock_timestamp() THEN 'sending'
             WHEN lease_until IS NOT NULL THEN 'unknown'
             WHEN due_at > :now THEN 'deferred'
             ELSE 'waiting'
           END AS state, count(*) AS n, min(due_at) AS oldest
    FROM outbox_queue GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
""")


def status_report(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """What waits, by route, priority and state, with the oldest due time: for the operator and the
    metrics.
    """
    return [
        {
            "route": row.route,
            "priority": Priority(row.priority).name.lower(),
            "state": row.state,
            "messages": row.n,
            "oldest_due_at": row.oldest.isoformat(),
        }
        for row in connection.execute(STATUS_REPORT, {"now": now})
    ]
