"""What happens to a response that nobody goes on with: one reminder, then the end.

One timer per response, set when it begins. It does not move with every answer (that would cost each turn a write):
when it goes off it looks at how long the silence is, and is set again if that is not long enough.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, select, text

import timers
from bot import conversations
from bot.conversation import Conversation
from messaging import inbox, outbox
from surveys import responses
from surveys.responses import Closed, Response

KIND = "silence"
NUDGE_AFTER = timedelta(hours=20)
"""Before WhatsApp's window of 24 hours closes."""
END_AFTER = timedelta(hours=72)

BUSY = timedelta(seconds=10)
"""When to look again at a contact that is being talked with at this very moment."""

_LOCK_CONTACT = text("SELECT id FROM contacts WHERE id = :id FOR UPDATE SKIP LOCKED")


def watch(connection: Connection, response_id: UUID, now: datetime, *, nudge: bool = True) -> None:
    """Begin to watch a response that has just begun; without `nudge` nobody is reminded of it."""
    due = now + (NUDGE_AFTER if nudge else END_AFTER)
    timers.arm(connection, KIND, str(response_id), due, {"nudged": not nudge})


def went_off(connection: Connection, timer: timers.Due, now: datetime) -> int | None:
    """The timer of a response went off: end the response, or set the timer again.

    Returns the contact to remind, once per response, or None.
    """
    response_id = UUID(timer.key)
    contact_id = conversations.writer(connection, response_id)
    if contact_id is None:
        return None
    if connection.scalar(_LOCK_CONTACT, {"id": contact_id}) is None:
        # Waiting here, with the timer locked, for a turn that may wait for the timer would be a deadlock.
        timers.arm(connection, KIND, timer.key, now + BUSY, timer.payload)
        return None
    last_at = connection.scalar(select(Response.last_at).where(Response.id == response_id, Response.status == "open"))
    if last_at is None:
        return None
    if now - last_at >= END_AFTER:
        if closed := responses.finish(connection, response_id, complete=False):
            end(connection, [closed], now)
        return None
    nudge = not timer.payload["nudged"] and now - last_at >= NUDGE_AFTER
    nudged = nudge or timer.payload["nudged"]
    due = last_at + (END_AFTER if nudged else NUDGE_AFTER)
    timers.arm(connection, KIND, timer.key, due, {"nudged": nudged})
    return contact_id if nudge else None


def end(connection: Connection, closed: Sequence[Closed], now: datetime) -> None:
    """End the dialogues of responses that were ended from outside, their contacts being locked."""
    for response in closed:
        contact_id = conversations.writer(connection, response.id)
        if contact_id is not None:
            conversation = conversations.load(connection, contact_id)
            conversations.save(connection, contact_id, _without(conversation, response.id), now)
    forget(connection, closed)


def forget(connection: Connection, closed: Sequence[Closed], inbound_id: int | None = None) -> None:
    """Cut what links ended responses to their conversations; in anonymous waves blank what was said in them.

    `inbound_id` is the message that ended the response, if one did: it is blanked too.
    """
    for response in closed:
        timers.disarm(connection, KIND, str(response.id))
        if response.anonymous:
            outbox.blank(connection, response.id)
            if inbound_id is not None:
                inbox.blank(connection, inbound_id)
    conversations.unlink(connection, [response.id for response in closed])


def _without(conversation: Conversation, response_id: UUID) -> Conversation:
    kept = tuple(frame for frame in conversation.stack if frame.state.get("response") != str(response_id))
    return replace(conversation, stack=kept)
