"""A campaign groups bulk messages, so that they can be planned, undone, paused, resumed, stopped and accounted for
together.

draft → planned (nothing is written yet, so that it can be undone) → running ⇄ paused → finished, or stopped.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import BigInteger, Connection, DateTime, Identity, text
from sqlalchemy.orm import Mapped, mapped_column

from db import Base, Database
from messaging import message_id
from messaging.address import Channel
from messaging.content import Content

DRAFT, PLANNED, RUNNING, PAUSED = "draft", "planned", "running", "paused"
STOPPED, FINISHED = "stopped", "finished"
CHUNK = 5000
Moment = DateTime(timezone=True)


class Campaign(Base):
    """Messages of a campaign are claimed while it is running; those already claimed (seconds ahead) still go when it
    is paused or stopped.
    """

    __tablename__ = "campaigns"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=RUNNING)
    budget_segments: Mapped[int | None] = mapped_column(BigInteger)
    """How many segments it may cost; None for no limit."""
    segments: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Segments sent so far."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    starts_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a planned campaign begins to run."""
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was stopped, or nothing waited any more."""


CREATE = text("""
    INSERT INTO campaigns (name, status, budget_segments, created_at)
    VALUES (:name, :status, :budget, :now) RETURNING id
""")


def create(
    connection: Connection,
    name: str,
    now: datetime,
    *,
    status: str = RUNNING,
    budget_segments: int | None = None,
) -> int:
    """A new campaign; its messages are enqueued with the id returned."""
    parameters = {"name": name, "status": status, "budget": budget_segments, "now": now}
    return int(connection.execute(CREATE, parameters).scalar_one())


MOVE = text("""
    UPDATE campaigns
    SET status = CAST(:status AS text), starts_at = CASE WHEN :status = 'draft' THEN NULL
            ELSE coalesce(CAST(:starts_at AS timestamptz), starts_at) END,
        ended_at = CASE WHEN :status IN ('stopped', 'finished') THEN CAST(:now AS timestamptz) END
    WHERE id = :id AND status = ANY(CAST(:before AS text[]))
      AND (:status <> 'draft' OR starts_at > CAST(:now AS timestamptz))
""")


def _move(
    connection: Connection,
    campaign_id: int,
    before: Sequence[str],
    status: str,
    *,
    now: datetime | None = None,
    starts_at: datetime | None = None,
) -> bool:
    parameters = {"id": campaign_id, "before": list(before), "status": status, "now": now, "starts_at": starts_at}
    return connection.execute(MOVE, parameters).rowcount == 1


def plan(connection: Connection, campaign_id: int, starts_at: datetime) -> bool:
    """Let a draft begin at `starts_at`. Returns whether it was a draft; so do the others with their states."""
    return _move(connection, campaign_id, [DRAFT], PLANNED, starts_at=starts_at)


def undo(connection: Connection, campaign_id: int, now: datetime) -> bool:
    """Make a planned campaign a draft again, as long as it has not begun."""
    return _move(connection, campaign_id, [PLANNED], DRAFT, now=now)


def pause(connection: Connection, campaign_id: int) -> bool:
    """Claim no more of its messages until it is resumed."""
    return _move(connection, campaign_id, [RUNNING], PAUSED)


def resume(connection: Connection, campaign_id: int) -> bool:
    """Go on where it was paused; does nothing to a stopped campaign."""
    return _move(connection, campaign_id, [PAUSED], RUNNING)


def stop(connection: Connection, campaign_id: int, now: datetime) -> bool:
    """Claim no more of its messages, ever. `sweep` then takes them out of the queue."""
    return _move(connection, campaign_id, [DRAFT, PLANNED, RUNNING, PAUSED, FINISHED], STOPPED, now=now)


START_DUE = text("""
    UPDATE campaigns SET status = 'running'
    WHERE id IN (SELECT id FROM campaigns WHERE status = 'planned' AND starts_at <= :now FOR UPDATE SKIP LOCKED)
    RETURNING id
""")


def start_due(connection: Connection, now: datetime) -> list[int]:
    """Let the planned campaigns run whose moment has come. Returns their ids."""
    return list(connection.scalars(START_DUE, {"now": now}))


WAITING_SQL = """
    (EXISTS (SELECT FROM outbox_queue WHERE route IN ('sms', 'whatsapp', 'demo') AND priority = 2
               AND campaign_id = campaigns.id AND lease_until IS NULL)
     OR EXISTS (SELECT FROM outbox_queue WHERE lease_until IS NOT NULL AND campaign_id = campaigns.id))
"""
"""Whether a message of `campaigns.id` must still leave, or nobody knows whether it has; by the queue's two indexes."""
HOLD = text("SELECT id FROM campaigns WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id FOR UPDATE")
FINISH = text(f"""
    UPDATE campaigns SET status = 'finished', ended_at = :now
    WHERE id = ANY(CAST(:ids AS bigint[])) AND status = 'running' AND NOT {WAITING_SQL}
    RETURNING id
""")


def finish(connection: Connection, campaign_ids: Collection[int], now: datetime) -> list[int]:
    """End those of these running campaigns of which nothing waits. The caller knows that all is written.

    They are held first: whoever is writing more for one has then committed, and what it wrote is seen.
    """
    connection.execute(HOLD, {"ids": list(campaign_ids)})
    return list(connection.scalars(FINISH, {"ids": list(campaign_ids), "now": now}))


REOPEN = text("""
    UPDATE campaigns SET status = 'running', ended_at = NULL
    WHERE id = ANY(CAST(:ids AS bigint[])) AND status = 'finished'
""")


def reopen(connection: Connection, campaign_ids: Collection[int]) -> None:
    """Let finished campaigns run again because something of theirs must still leave: an SMS for what WhatsApp did not
    bring. None of these ends before the caller has committed it.
    """
    connection.execute(HOLD, {"ids": list(campaign_ids)})
    connection.execute(REOPEN, {"ids": list(campaign_ids)})


@dataclass(frozen=True, slots=True)
class Wording:
    """What a campaign says to everybody whom it reaches in the same way."""

    channel: Channel
    content: Content
    body: str
    segments: int


ENQUEUE = text("""
    WITH wordings AS (
        SELECT * FROM jsonb_to_recordset(CAST(:wordings AS jsonb)) AS wordings (
            place int, channel text, body text, content jsonb, segments smallint)
    ), recipients AS (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:contact_ids AS bigint[]), CAST(:places AS int[]))
            AS recipients (id, contact_id, place)
    ), stored AS (
        INSERT INTO messages (id, contact_id, channel, purpose, priority, door, body, content, campaign_id,
                              status, segments, not_after, created_at)
        SELECT id, contact_id, channel, :purpose, 2, 'rest', body, content, :campaign_id,
               'queued', segments, :not_after, :now
        FROM recipients JOIN wordings USING (place)
        RETURNING id, contact_id, channel
    )
    INSERT INTO outbox_queue (message_id, contact_id, route, priority, campaign_id, due_at)
    SELECT stored.id, contact_id, CASE WHEN contacts.demo THEN 'demo' ELSE channel END, 2, :campaign_id, :now
    FROM stored JOIN contacts ON contacts.id = contact_id
    ORDER BY stored.id
""")


def enqueue(
    connection: Connection,
    campaign_id: int,
    purpose: str,
    batches: Sequence[tuple[Wording, Sequence[int]]],
    now: datetime,
    not_after: datetime,
) -> int:
    """Write to contacts, by wording, some thousands at a time, in one statement. They are due at once.

    The caller sees to it that nobody gets two messages of a campaign, and rings for the dispatcher after its commit.
    Returns how many were written.
    """
    contact_ids = [contact_id for _, listed in batches for contact_id in listed]
    parameters = {
        "campaign_id": campaign_id,
        "purpose": purpose,
        "wordings": orjson.dumps([_as_row(place, wording) for place, (wording, _) in enumerate(batches)]).decode(),
        "ids": [message_id.new(now) for _ in contact_ids],
        "contact_ids": contact_ids,
        "places": [place for place, (_, listed) in enumerate(batches) for _ in listed],
        "now": now,
        "not_after": not_after,
    }
    connection.execute(ENQUEUE, parameters)
    return len(contact_ids)


def _as_row(place: int, wording: Wording) -> dict[str, object]:
    return {
        "place": place,
        "channel": wording.channel.value,
        "body": wording.body,
        "content": None if wording.content.plain else wording.content.to_json(),
        "segments": wording.segments,
    }


SWEEP = text("""
    WITH dropped AS (
        SELECT queue.message_id FROM outbox_queue AS queue
        JOIN campaigns ON campaigns.id = queue.campaign_id AND campaigns.status = 'stopped'
        WHERE queue.lease_until IS NULL LIMIT :limit FOR UPDATE OF queue SKIP LOCKED
    ), refused AS (
        UPDATE messages SET status = 'refused', reason = 'campaign_stopped'
        FROM dropped WHERE messages.id = dropped.message_id
    )
    DELETE FROM outbox_queue USING dropped WHERE outbox_queue.message_id = dropped.message_id
""")


def sweep(database: Database) -> int:
    """Job: refuse the waiting messages of stopped campaigns, some thousands at a time. Returns how many."""
    swept = 0
    while True:
        with database.transaction() as connection:
            count = connection.execute(SWEEP, {"limit": CHUNK}).rowcount
        if not count:
            return swept
        swept += count


FATE_SQL = """
    CASE WHEN queue.held_at IS NOT NULL OR queue.lease_until <= clock_timestamp() THEN 'unknown'
         WHEN queue.id IS NOT NULL AND queue.reason IS NOT NULL THEN 'deferred'
         WHEN queue.id IS NOT NULL THEN 'waiting'
         WHEN messages.status = 'refused' THEN 'refused'
         WHEN messages.status IN ('failed', 'undelivered', 'canceled') THEN 'failed'
         WHEN messages.status IN ('delivered', 'read', 'partially_delivered') THEN 'delivered'
         ELSE 'sent' END
"""
"""What became of a row of `messages`, beside its `queue` row if it has one. «sent»: the provider took it and has not
said more.
"""
FATES = ("waiting", "deferred", "refused", "failed", "sent", "delivered", "unknown")

LEDGER = text(f"""
    SELECT {FATE_SQL} AS fate, count(*) AS n
    FROM messages LEFT JOIN outbox_queue AS queue ON queue.message_id = messages.id
    WHERE messages.campaign_id = :id GROUP BY 1
""")


def ledger(connection: Connection, campaign_id: int) -> dict[str, int]:
    """How many messages of the campaign stand where. The fates exclude each other: their sum is what was written."""
    counts = {row.fate: row.n for row in connection.execute(LEDGER, {"id": campaign_id})}
    return {fate: counts.get(fate, 0) for fate in FATES}
