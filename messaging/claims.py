"""What dispatchers do with the queue: claim rows under a lease, and record in bulk what became of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, text

from messaging.address import Channel
from messaging.content import Content
from messaging.gate import Facts, Item
from messaging.outbox import Route
from messaging.priority import Priority
from messaging.stops import covering

CLAIM = text("""
    WITH streams AS (
        SELECT CAST(0 AS bigint) AS id UNION ALL SELECT id FROM campaigns WHERE status = 'running'
    ), candidates AS (
        SELECT candidate.*, row_number() OVER (PARTITION BY streams.id ORDER BY candidate.due_at) AS turn,
               row_number() OVER (PARTITION BY candidate.contact_id ORDER BY candidate.due_at, candidate.id) AS own
        FROM streams CROSS JOIN LATERAL (
            SELECT id, message_id, contact_id, campaign_id, due_at FROM outbox_queue AS queue
            WHERE route = :route AND priority = :priority AND campaign_id = streams.id
              AND lease_until IS NULL AND due_at <= :now
              AND NOT EXISTS (
                SELECT FROM outbox_queue AS other
                WHERE other.contact_id = queue.contact_id AND other.id <> queue.id AND (
                  other.lease_until > clock_timestamp()
                  OR other.lease_until <= clock_timestamp() AND queue.priority > 0
                  OR other.lease_until IS NULL AND other.id < queue.id AND other.due_at <= :now
                     AND other.priority <= queue.priority AND other.campaign_id = queue.campaign_id))
            ORDER BY due_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
        ) AS candidate
    ), picked AS (
        SELECT * FROM candidates WHERE own = 1 ORDER BY turn, due_at LIMIT :limit
    )
    UPDATE outbox_queue AS queue
    SET lease_until = clock_timestamp() + CAST(:lease AS interval), claimed_at = clock_timestamp(),
        token = :token, attempts = queue.attempts + 1, reason = NULL
    FROM picked
    JOIN messages ON messages.id = picked.message_id
    JOIN contacts ON contacts.id = picked.contact_id
    WHERE queue.id = picked.id
    RETURNING queue.message_id, queue.contact_id, queue.token, queue.attempts, queue.campaign_id,
        messages.priority, messages.channel, messages.purpose, messages.body, messages.content,
        messages.segments, messages.not_after, contacts.handle, contacts.stops, contacts.quarantined_at,
        contacts.sms_ok, contacts.whatsapp_ok, contacts.whatsapp_inbound_at, contacts.whatsapp_opt_in_at
""")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message this process may send until the lease ends, with what the gate must know."""

    message_id: UUID
    contact_id: int
    campaign_id: int
    token: UUID
    attempts: int
    handle: bytes
    """Sealed."""
    body: str
    content: Content
    item: Item
    facts: Facts


def claim(
    connection: Connection,
    route: Route,
    priorities: Sequence[tuple[Priority, int]],
    now: datetime,
    lease: timedelta,
) -> list[Claimed]:
    """Claim what is due on a route: of each priority in turn, up to its limit. The caller commits before
    sending.

    Of one contact only the oldest goes, and nothing proactive while another message to it is of unknown fate.
    """
    token = uuid4()
    rows: list[Claimed] = []
    for priority, limit in priorities:
        if limit - len(rows) > 0:
            parameters = {
                "route": route.value,
                "priority": int(priority),
                "now": now,
                "limit": limit - len(rows),
                "lease": lease,
                "token": token,
            }
            rows.extend(_claimed(row) for row in connection.execute(CLAIM, parameters))
    return rows


def _claimed(row: Row[Any]) -> Claimed:
    content = Content(row.body) if row.content is None else Content.from_json(row.content)
    channel = Channel(row.channel)
    item = Item(
        priority=Priority(row.priority),
        channel=channel,
        not_after=row.not_after,
        covering=covering(row.purpose, row.channel),
        segments=row.segments,
        template=content.template is not None,
    )
    return Claimed(
        row.message_id,
        row.contact_id,
        row.campaign_id,
        row.token,
        row.attempts,
        bytes(row.handle),
        row.body,
        content,
        item,
        facts_of(row, channel),
    )


def facts_of(contact: Row[Any], channel: Channel) -> Facts:
    """What the gate must know of a contact, from its row."""
    return Facts(
        stops=frozenset(contact.stops),
        quarantined=contact.quarantined_at is not None,
        reachable=contact.sms_ok if channel is Channel.SMS else contact.whatsapp_ok,
        whatsapp_inbound_at=contact.whatsapp_inbound_at,
        whatsapp_opted_in=contact.whatsapp_opt_in_at is not None,
    )


@dataclass(slots=True)
class Budget:
    """What a campaign may still send, in segments."""

    left: int
    """Not spent yet. What may have left, of unknown fate, counts as spent."""
    free: int
    """Nor taken up by what is being sent."""


LIMITED = text("""
    SELECT id FROM campaigns
    WHERE id = ANY(CAST(:ids AS bigint[])) AND budget_segments IS NOT NULL ORDER BY id FOR UPDATE
""")
BUDGETS = text("""
    SELECT campaigns.id, budget_segments - campaigns.segments - coalesce(queued.unknown, 0) AS left,
           coalesce(queued.sending, 0) AS sending
    FROM campaigns CROSS JOIN LATERAL (
        SELECT sum(messages.segments) FILTER (WHERE lease_until <= clock_timestamp()) AS unknown,
               sum(messages.segments) FILTER (WHERE lease_until > clock_timestamp()) AS sending
        FROM outbox_queue AS queue JOIN messages ON messages.id = queue.message_id
        WHERE queue.campaign_id = campaigns.id AND queue.lease_until IS NOT NULL
          AND queue.message_id <> ALL(CAST(:claimed AS uuid[]))
    ) AS queued
    WHERE campaigns.id = ANY(CAST(:ids AS bigint[]))
""")


def budgets(connection: Connection, claimed: Collection[Claimed]) -> dict[int, Budget]:
    """The budgets of the campaigns of which these were claimed, where they have one.

    They are locked until the claim is committed, so that two dispatchers do not both spend the same.
    """
    asked = sorted({each.campaign_id for each in claimed} - {0})
    ids = list(connection.scalars(LIMITED, {"ids": asked})) if asked else []
    if not ids:
        return {}
    parameters = {"ids": ids, "claimed": [each.message_id for each in claimed]}
    return {row.id: Budget(row.left, row.left - row.sending) for row in connection.execute(BUDGETS, parameters)}


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took the message."""

    message_id: UUID
    campaign_id: int
    provider_id: str
    status: str
    segments: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The message will never go: `status` is 'refused' (by the gate) or 'failed' (by the provider)."""

    message_id: UUID
    token: UUID
    status: str
    reason: str
    error_code: int | None = None


@dataclass(frozen=True, slots=True)
class Deferred:
    """The message certainly did not leave; claim it again from `until` on."""

    message_id: UUID
    token: UUID
    until: datetime
    reason: str | None


STATUSES = (
    *("queued", "replied", "accepted", "scheduled", "sending", "sent"),
    *("canceled", "failed", "undelivered", "partially_delivered", "delivered", "read"),
)
"""A status only moves forward in this order, whatever order the reports come in."""

RANK = f"array_position(CAST(ARRAY{list(STATUSES)} AS text[]), {{}})"

SENT = text(f"""
    WITH changed AS (
        UPDATE messages SET
            provider_id = result.provider_id, sent_at = coalesce(sent_at, :now),
            delivered_at = CASE WHEN result.status IN ('delivered', 'read') THEN coalesce(delivered_at, :now)
                                ELSE delivered_at END,
            segments = CASE WHEN result.segments > 0 THEN result.segments ELSE messages.segments END,
            status = CASE WHEN {RANK.format("messages.status")} < {RANK.format("result.status")}
                          THEN result.status ELSE messages.status END
        FROM unnest(CAST(:ids AS uuid[]), CAST(:provider_ids AS text[]), CAST(:statuses AS text[]),
                    CAST(:segments AS smallint[])) AS result (id, provider_id, status, segments)
        WHERE messages.id = result.id AND (messages.provider_id IS NULL OR messages.provider_id =
        result.provider_id)
        RETURNING messages.id
    )
    DELETE FROM outbox_queue USING changed WHERE outbox_queue.message_id = changed.id
    RETURNING outbox_queue.message_id
""")
SPENT = text("UPDATE campaigns SET segments = segments + :segments WHERE id = :id")


def sent(connection: Connection, results: Collection[Sent], now: datetime) -> None:
    """Record what left. This needs no token: a message that has left must not go again, whoever holds its
    row.
    """
    parameters = {
        "ids": [result.message_id for result in results],
        "provider_ids": [result.provider_id for result in results],
        "statuses": [result.status for result in results],
        "segments": [result.segments for result in results],
        "now": now,
    }
    left = set(connection.execute(SENT, parameters).scalars())
    spent: dict[int, int] = {}
    for result in results:
        if result.message_id in left:
            spent[result.campaign_id] = spent.get(result.campaign_id, 0) + max(result.segments, 1)
    spend(connection, spent)


def spend(connection: Connection, segments: Mapping[int, int]) -> None:
    """Count what campaigns have spent: once for each message, by whoever takes it out of the queue."""
    for campaign_id in sorted(segments.keys() - {0}):
        connection.execute(SPENT, {"id": campaign_id, "segments": segments[campaign_id]})


ENDED = text("""
    WITH changed AS (
        UPDATE messages SET status = result.status, reason = result.reason, error_code = result.error_code
        FROM unnest(CAST(:ids AS uuid[]), CAST(:tokens AS uuid[]), CAST(:statuses AS text[]),
                    CAST(:reasons AS text[]), CAST(:codes AS integer[])) AS result (id, token, status, reason,
                    error_code)
        JOIN outbox_queue AS held ON held.message_id = result.id AND held.token = result.token
        WHERE messages.id = result.id
        RETURNING messages.id
    )
    DELETE FROM outbox_queue USING changed WHERE outbox_queue.message_id = changed.id
""")


def ended(connection: Connection, results: Collection[Ended]) -> None:
    """Take messages that will never go out of the queue, where this process still holds them."""
    parameters = {
        "ids": [result.message_id for result in results],
        "tokens": [result.token for result in results],
        "statuses": [result.status for result in results],
        "reasons": [result.reason for result in results],
        "codes": [result.error_code for result in results],
    }
    connection.execute(ENDED, parameters)


DEFERRED = text("""
    UPDATE outbox_queue SET lease_until = NULL, token = NULL, due_at = result.until, reason = result.reason
    FROM unnest(CAST(:ids AS uuid[]), CAST(:tokens AS uuid[]), CAST(:untils AS timestamptz[]),
                CAST(:reasons AS text[])) AS result (id, token, until, reason)
    WHERE outbox_queue.message_id = result.id AND outbox_queue.token = result.token
""")


def deferred(connection: Connection, results: Collection[Deferred]) -> None:
    """Give rows back to the queue, where this process still holds them."""
    parameters = {
        "ids": [result.message_id for result in results],
        "tokens": [result.token for result in results],
        "untils": [result.until for result in results],
        "reasons": [result.reason for result in results],
    }
    connection.execute(DEFERRED, parameters)
