"""Writing to people first: invitations, reminders. They go through the outbox, and there through the gate."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from bot import openings, register
from bot.catalogue import Catalogue
from bot.dialogues import who
from bot.dialogues.machine import Frame, Option, Say
from bot.rendering import render
from bot.templates import templated
from messaging import outbox, prices
from messaging.address import Channel
from messaging.choice import Reach, choose, in_session
from messaging.contacts import ContactRow
from messaging.content import Content
from messaging.encoding import segments
from messaging.outbox import Outgoing, Priority
from messaging.providers import registry

ANSWERED_WITHIN = timedelta(days=7)
"""How long after its last moment a letter may still be answered."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One text of the catalogue to one contact. Letters with the same `dedupe_key` are sent once.

    `values` fill the text; `options` are ids with the keys of their texts; `opens` is the dialogue that the letter
    begins, for whoever answers it.
    """

    contact_id: int
    key: str
    dedupe_key: str
    values: Mapping[str, str] = field(default_factory=dict)
    options: Sequence[tuple[str, str]] = ()
    opens: Frame | None = None

    def say(self, texts: Catalogue, language: str) -> Say:
        """What the letter says in a language."""
        options = tuple(Option(id, texts.text(key, language)) for id, key in self.options)
        return Say(texts.text(self.key, language, **self.values), options)

    def template(self, language: str, approved: Collection[str]) -> Content | None:
        """The approved template that says it, if there is one."""
        return templated(self.key, language, self.values, approved, [id for id, _ in self.options])

    def after_silence(self, texts: Catalogue, language: str) -> "Letter":
        """What goes instead to a phone that may have another owner: whether it is still the same person, no more."""
        opens = who.doubting(self.say(texts, language).text, self.opens)
        options = (("yes", "who.still_there.yes"), ("no", "who.still_there.no"))
        return Letter(self.contact_id, "who.still_there", self.dedupe_key, options=options, opens=opens)


def send(
    connection: Connection,
    texts: Catalogue,
    letters: Iterable[Letter],
    purpose: str,
    priority: Priority,
    now: datetime,
    not_after: datetime,
    campaign_id: int = 0,
    due_at: datetime | None = None,
) -> int:
    """Put letters into the outbox, each in its contact's language and by the channel that reaches it.

    One letter per contact at a call. They go at `due_at`, or at once. Returns how many are new. The caller rings for
    the dispatcher after its commit.
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
    doubtful = register.doubtful(connection, by_contact, now)
    costs, approved = prices.current(connection), registry.usable(connection)
    messages, opened = [], []
    for row in rows:
        letter = by_contact[row.id]
        if row.id in doubtful:
            letter = letter.after_silence(texts, row.language)
        said = [letter.say(texts, row.language)]
        template = letter.template(row.language, approved)
        reach = _reach(row)
        parts = segments(render(said, Channel.SMS).text).count
        channel = choose(reach, purpose, parts, costs, now, template_approved=template is not None) or Channel.SMS
        content = render(said, channel)
        if template is not None and channel is Channel.WHATSAPP and not in_session(reach, now):
            content = replace(template, text=content.text)
        message = Outgoing(
            contact_id=row.id,
            channel=channel,
            purpose=purpose,
            priority=priority,
            content=content,
            body=content.text,
            segments=segments(content.text).count if channel is Channel.SMS else 1,
            not_after=not_after,
            due_at=due_at,
            campaign_id=campaign_id,
            dedupe_key=letter.dedupe_key,
        )
        messages.append(message)
        if letter.opens is not None:
            opened.append((message.id, letter.opens, not_after + ANSWERED_WITHIN))
    written = outbox.enqueue(connection, messages, now)
    openings.note(connection, opened)
    return written


def _reach(contact: Any) -> Reach:
    """How a contact can be reached. Where nothing reaches it SMS is chosen, so that the gate refuses and counts it."""
    return Reach(
        sms_ok=contact.sms_ok,
        whatsapp_ok=contact.whatsapp_ok,
        last_channel=contact.last_channel and Channel(contact.last_channel),
        whatsapp_inbound_at=contact.whatsapp_inbound_at,
        whatsapp_opted_in=contact.whatsapp_opt_in_at is not None,
        stops=frozenset(contact.stops),
    )
