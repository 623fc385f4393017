"""A campaign groups bulk messages, so that they can be paused, resumed, stopped and accounted for
together.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Connection, DateTime, Identity, text
from sqlalchemy.orm import Mapped, mapped_column

from db import Base, Database

RUNNING, PAUSED, STOPPED = "running", "paused", "stopped"
CHUNK = 5000


class Campaign(Base):
    """Messages of a paused or stopped campaign are not claimed; those already claimed (seconds ahead) still
    go.
    """

    __tablename__ = "campaigns"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=RUNNING)
    budget_segments: Mapped[int | None] = mapped_column(BigInteger)
    """How many segments it may cost; None for no limit."""
    segments: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Segments sent so far."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


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
    """A new campaign; its messages are enqueued with the id returned. Start it paused to leave time for an
    undo.
    """
    parameters = {"name": name, "status": status, "budget": budget_segments, "now": now}
    return int(connection.execute(CREATE, parameters).scalar_one())


SET = text("UPDATE campaigns SET status = :status WHERE id = :id AND status <> 'stopped'")


def pause(connection: Connection, campaign_id: int) -> None:
    """Claim no more of its messages until it is resumed."""
    connection.execute(SET, {"id": campaign_id, "status": PAUSED})


def resume(connection: Connection, campaign_id: int) -> None:
    """Go on where it was paused; does nothing to a stopped campaign."""
    connection.execute(SET, {"id": campaign_id, "status": RUNNING})


def stop(connection: Connection, campaign_id: int) -> None:
    """Claim no more of its messages, ever. `sweep` then takes them out of the queue."""
    connection.execute(SET, {"id": campaign_id, "status": STOPPED})


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


LEDGER = text("""
    SELECT coalesce(CASE
             WHEN queue.held_at IS NOT NULL OR queue.lease_until <= clock_timestamp() THEN 'unknown'
             WHEN queue.id IS NOT NULL AND queue.reason IS NOT NULL THEN 'deferred'
             WHEN queue.id IS NOT NULL THEN 'waiting'
             WHEN messages.status = 'refused' THEN 'refused'
             WHEN messages.status IN ('failed', 'undelivered', 'canceled') THEN 'failed'
             WHEN messages.status IN ('delivered', 'read', 'partially_delivered') THEN 'delivered'
             ELSE 'sent'
           END) AS state, count(*) AS n
    FROM messages LEFT JOIN outbox_queue AS queue ON queue.message_id = messages.id
    WHERE messages.campaign_id = :id GROUP BY 1
""")
STATES = ("waiting", "deferred", "refused", "failed", "sent", "delivered", "unknown")


def ledger(connection: Connection, campaign_id: int) -> dict[str, int]:
    """How many messages of the campaign stand where. The states exclude each other: their sum is what was
    planned.
    """
    counts = {row.state: row.n for row in connection.execute(LEDGER, {"id": campaign_id})}
    return {state: counts.get(state, 0) for state in STATES}


UNREACHED = text("""
    SELECT contact_id, coalesce(reason, status) AS reason, error_code
    FROM messages
    WHERE campaign_id = :id AND status IN ('refused', 'failed', 'undelivered', 'canceled')
    ORDER BY contact_id
""")


@dataclass(frozen=True, slots=True)
class Unreached:
    """Somebody whom the campaign did not reach, and why."""

    contact_id: int
    reason: str
    error_code: int | None


def unreached(connection: Connection, campaign_id: int) -> list[Unreached]:
    """Whom the campaign certainly did not reach: the list for a visit."""
    rows = connection.execute(UNREACHED, {"id": campaign_id})
    return [Unreached(row.contact_id, row.reason, row.error_code) for row in rows]
