"""Writing to people first: invitations, reminders. They go through the outbox, and there through the gate."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from bot.catalogue import Catalogue
from bot.dialogues.machine import Say
from bot.rendering import render
from messaging import outbox
from messaging.address import Channel
from messaging.choice import Reach, choose
from messaging.contacts import ContactRow
from messaging.content import Content
from messaging.cost import Prices
from messaging.encoding import segments
from messaging.outbox import Outgoing, Priority

PRICES = Prices(segment=Decimal(1), template=Decimal(1))
"""They decide between a template and an SMS; nothing here offers a template yet."""


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
        select(
            ContactRow.id,
            ContactRow.language,
            ContactRow.sms_ok,
            ContactRow.whatsapp_ok,
            ContactRow.last_channel,
            ContactRow.whatsapp_inbound_at,
            ContactRow.whatsapp_opt_in_at,
            ContactRow.stops,
        ).where(ContactRow.id.in_(by_contact))
    )
    messages = []
    for row in rows:
        letter = by_contact[row.id]
        said = [Say(texts.text(letter.key, row.language))]
        channel = _channel(row, purpose, render(said, Channel.SMS), now)
        content = render(said, channel)
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


def _channel(contact: Any, purpose: str, as_sms: Content, now: datetime) -> Channel:
    """How to reach a contact; SMS where nothing does, so that the gate refuses and counts the message."""
    reach = Reach(
        sms_ok=contact.sms_ok,
        whatsapp_ok=contact.whatsapp_ok,
        last_channel=contact.last_channel and Channel(contact.last_channel),
        whatsapp_inbound_at=contact.whatsapp_inbound_at,
        whatsapp_opted_in=contact.whatsapp_opt_in_at is not None,
        stops=frozenset(contact.stops),
    )
    parts = segments(as_sms.text).count
    return choose(reach, purpose, parts, PRICES, now, template_approved=False) or Channel.SMS
