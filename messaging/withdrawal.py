"""Taking back what has not left yet: the undo of a gestor, a reminder that no longer holds."""

from collections.abc import Collection

from sqlalchemy import Connection, text

WITHDRAW = text("""
    WITH waiting AS (
        SELECT queue.message_id, messages.dedupe_key
        FROM outbox_queue AS queue JOIN messages ON messages.id = queue.message_id
        WHERE queue.contact_id = ANY(CAST(:contact_ids AS bigint[])) AND queue.lease_until IS NULL
          AND messages.dedupe_key = ANY(CAST(:keys AS text[]))
        FOR UPDATE OF queue SKIP LOCKED
    ), ended AS (
        UPDATE messages SET status = 'canceled', reason = 'withdrawn'
        FROM waiting WHERE messages.id = waiting.message_id
    )
    DELETE FROM outbox_queue USING waiting WHERE outbox_queue.message_id = waiting.message_id
    RETURNING waiting.dedupe_key
""")


def withdraw(connection: Connection, contact_ids: Collection[int], keys: Collection[str]) -> set[str]:
    """Take the messages with these dedupe keys, to these contacts, out of the queue. Returns the keys of those that
    will not leave; the others have left, or are leaving.
    """
    if not keys:
        return set()
    parameters = {"contact_ids": list(contact_ids), "keys": list(keys)}
    return set(connection.scalars(WITHDRAW, parameters))
