"""Writing to people first: invitations, reminders. They go through the outbox, and there through the gate."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from bot.catalogue import Catalogue
from bot.dialogues.machine import Say
from bot.rendering import render
from messaging import outbox
from messaging.address import Channel
from messaging.contacts import ContactRow
from messaging.encoding import segments
from messaging.outbox import Outgoing, Priority

WINDOW = timedelta(hours=23, minutes=55)
"""WhatsApp takes free text for 24 hours after the person's last message; a little less, for the way there."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One text of the catalogue to one contact. Letters with the same `dedupe_key` are sent once."""

    contact_id: int
    key: str
    dedupe_key: str


def send(
    connection: Connection,
    texts: Catalogue,
    letters: Iterable[Letter],
    purpose: str,
    priority: Priority,
    now: datetime,
    not_after: datetime,
    campaign_id: int = 0,
) -> int:
    """Put letters into the outbox, each in its contact's language and by the channel that reaches it.

    Returns how many are new. The caller rings for the dispatcher after its commit.
    """
    by_contact = {letter.contact_id: letter for letter in letters}
    rows = connection.execute(
        select(ContactRow.id, ContactRow.language, ContactRow.whatsapp_inbound_at).where(ContactRow.id.in_(by_contact))
    )
    messages = []
    for row in rows:
        letter = by_contact[row.id]
        talking = row.whatsapp_inbound_at is not None and now - row.whatsapp_inbound_at < WINDOW
        channel = Channel.WHATSAPP if talking else Channel.SMS
        content = render([Say(texts.text(letter.key, row.language))], channel)
        messages.append(
            Outgoing(
                contact_id=row.id,
                channel=channel,
                purpose=purpose,
                priority=priority,
                content=content,
                body=content.text,
                segments=segments(content.text).count if channel is Channel.SMS else 1,
                not_after=not_after,
                campaign_id=campaign_id,
                dedupe_key=letter.dedupe_key,
            )
        )
    return outbox.enqueue(connection, messages, now)
