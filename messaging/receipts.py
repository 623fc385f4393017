"""What the provider reports of a message after it took it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from messaging import claims, contacts, fallback
from messaging.address import Channel
from messaging.claims import RANK
from messaging.providers.errors import Remedy, reported

MOVES = f"{RANK.format('before.status')} < {RANK.format('CAST(:status AS text)')}"
APPLY = text(f"""
    WITH before AS (
        SELECT status FROM messages WHERE id = :message_id FOR UPDATE
    ), changed AS (
        UPDATE messages SET
            provider_id = :provider_id,
            status = CASE WHEN {MOVES} THEN :status ELSE messages.status END,
            error_code = coalesce(:error_code, error_code),
            sent_at = coalesce(sent_at, :now),
            delivered_at = CASE WHEN :status IN ('delivered', 'read') THEN coalesce(delivered_at, :now)
                                ELSE delivered_at END,
            read_at = CASE WHEN :status = 'read' THEN coalesce(read_at, :now) ELSE read_at END
        FROM before
        WHERE id = :message_id AND (provider_id IS NULL OR provider_id = :provider_id)
        RETURNING id, contact_id, channel, segments, {MOVES} AS moves
    ), settled AS (
        DELETE FROM outbox_queue USING changed WHERE outbox_queue.message_id = changed.id
        RETURNING outbox_queue.campaign_id
    )
    SELECT contact_id, channel, segments, coalesce(moves, false) AS moves, settled.campaign_id
    FROM changed LEFT JOIN settled ON true
""")


def apply(
    connection: Connection,
    message_id: UUID,
    provider_id: str,
    status: str,
    error_code: int | None,
    now: datetime,
) -> bool:
    """Note a status callback; repeated and late ones change nothing. A report also settles an unknown fate.

    An error that says something about the recipient (left, wrong number, not on this channel) is noted on the
    contact, once: who has come back since is not sent away by the same report again. What WhatsApp refused for its
    buttons or picture is said again plainly. Returns False if there is no such message, or if it is known to the
    provider under another id.
    """
    parameters = {
        "message_id": message_id,
        "provider_id": provider_id,
        "status": status,
        "error_code": error_code,
        "now": now,
    }
    row = connection.execute(APPLY, parameters).one_or_none()
    if row is None:
        return False
    if row.campaign_id:
        claims.spend(connection, {row.campaign_id: max(row.segments, 1)})
    if error_code is not None and row.moves:
        remedy = reported(error_code)
        care_for_recipient(connection, row.contact_id, Channel(row.channel), remedy, now)
        if remedy is Remedy.CONTENT:
            fallback.say_plainly(connection, message_id, now)
    return True


def care_for_recipient(
    connection: Connection, contact_id: int, channel: Channel, remedy: Remedy, now: datetime
) -> None:
    """Note on the contact what an error of the provider says about it."""
    match remedy:
        case Remedy.OPT_OUT:
            contacts.stop(connection, contact_id, now, channel=channel.value, source="provider")
        case Remedy.QUARANTINE:
            contacts.quarantine(connection, contact_id, now, source="provider")
        case Remedy.UNREACHABLE:
            contacts.unreachable(connection, contact_id, channel)
