"""Forgetting what was said by somebody who filed a complaint without a name.

The complaint stays; the messages in which it was told, and the reply with its number, go an hour later, when the
provider will not ask for that reply again. Until then only the retention of messages links the two. What is still to
leave tells nothing of the complaint, and keeps its text.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

import timers
from bot.desk import Office

KIND = "forget_complaint"
BEGAN_WITHIN = timedelta(days=1)
"""A complaint is told within so long, also by who is called away in the middle."""
AFTER = timedelta(hours=1)

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
