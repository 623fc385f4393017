"""Forgetting, in the history of messages, the words that are sealed in a record of their own.

A complaint stays; the messages in which it was told, and the reply with its number, go an hour later, when the
provider will not ask for that reply again. Until then only the retention of messages links the two. What is still to
leave tells nothing of the complaint, and keeps its text. Letters between people, and the answers to complaints, go from
the history after a week: by then they have arrived, or are past their time.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

import timers
from bot.desk import Office

KIND = "forget_complaint"
BEGAN_WITHIN = timedelta(days=1)
"""A complaint is told within so long, also by who is called away in the middle."""
AFTER = timedelta(hours=1)
LETTERS_KEPT = timedelta(days=7)
LOOK_BACK = timedelta(days=30)
"""So far back is looked for letters that were still to leave the last time."""

_BLANK = (
    text(
        """
        UPDATE messages SET body = '', content = NULL, redact = true
        WHERE contact_id = :contact_id AND created_at BETWEEN :since AND :until
          AND NOT EXISTS (SELECT FROM outbox_queue WHERE message_id = messages.id)
        """
    ),
    text(
        """
        UPDATE inbound_messages SET body = '', extras = NULL, redact = true
        WHERE contact_id = :contact_id AND received_at BETWEEN :since AND :until
        """
    ),
)


def soon(connection: Connection, contact_id: int, now: datetime) -> None:
    """Have forgotten what this contact and the service said to each other until now."""
    payload = {"since": (now - BEGAN_WITHIN).isoformat(), "until": now.isoformat()}
    timers.arm(connection, KIND, str(contact_id), now + AFTER, payload)


def carry_out(connection: Connection, timer: timers.Due, _office: Office, _now: datetime) -> None:
    """Blank the messages, ours and the provider's copies."""
    since, until = (datetime.fromisoformat(timer.payload[end]) for end in ("since", "until"))
    for statement in _BLANK:
        connection.execute(statement, {"contact_id": int(timer.key), "since": since, "until": until})


_LETTERS = (
    text(
        """
        WITH sealed AS (
            SELECT message_id FROM message_keys WHERE key IN (
                SELECT 'letter:' || id FROM correspondence_letters
                WHERE at BETWEEN :since AND :until AND staff_id IS NOT NULL
                UNION ALL
                SELECT 'complaint.answered:' || radicado FROM complaints WHERE answered_at BETWEEN :since AND :until)
        ), again AS (
            SELECT message_id FROM message_keys WHERE key IN (SELECT 'fallback/' || message_id FROM sealed)
        )
        UPDATE messages SET body = '', content = NULL, redact = true
        WHERE id IN (SELECT message_id FROM sealed UNION ALL SELECT message_id FROM again) AND body <> ''
          AND NOT EXISTS (SELECT FROM outbox_queue WHERE message_id = messages.id)
        """
    ),
    text(
        """
        UPDATE inbound_messages AS heard SET body = '', extras = NULL, redact = true
        FROM correspondence_letters AS letter JOIN correspondences AS thread ON thread.id = letter.correspondence_id
        WHERE letter.at BETWEEN :since AND :until AND letter.staff_id IS NULL
          AND heard.contact_id = thread.contact_id AND heard.received_at = letter.at AND heard.body <> ''
        """
    ),
)


def forget_letters(connection: Connection, now: datetime) -> int:
    """Blank the messages that carried letters and answers older than `LETTERS_KEPT`. Returns how many."""
    until = now - LETTERS_KEPT
    return sum(
        connection.execute(statement, {"since": until - LOOK_BACK, "until": until}).rowcount for statement in _LETTERS
    )
