"""One message, from the person to the reply, in one transaction."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from psycopg.errors import DivisionByZero
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError

from bell import Bell
from bot import conversations, openings, progress_words, register
from bot.catalogue import Catalogue
from bot.conversation import Conversation, step
from bot.desk import Desk, Office
from bot.dialogues.machine import Context, Effect, Event, Heard, Say, Silence
from bot.effects import Hand
from bot.receiving import Received, receive
from bot.rendering import render
from db import Database, Statement, execute
from encryption import Cipher
from messaging import contacts, loops, outbox, twiml
from messaging.address import Channel
from messaging.contacts import Contact
from messaging.content import Content
from messaging.encoding import segments
from messaging.inbox import Inbound, storable
from surveys import attachments, library

DRAIN = "jobs.drain"
"""The job that sends what waits in the outbox."""
REPLY_LIFE = timedelta(hours=24)
"""A reply later than this answers nothing any more; WhatsApp's window closes then too."""
ROUNDS_MAX = 8
"""Events that one message may lead to; more would be dialogues asking in a circle."""
log = structlog.get_logger()

BOGOTA = ZoneInfo("America/Bogota")


class Manner(Enum):
    """How a turn is taken."""

    USUAL = "usual"
    CAREFUL = "careful"
    """Answer by answer, to find out whose response has ended."""
    APOLOGETIC = "apologetic"
    """Something failed: note the message, leave the conversation as it is, and ask the person to write again."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back to the provider: TwiML, and whether something waits for the dispatcher."""

    twiml: str
    queued: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """Takes turns with people: whatever a person sends gets its answer here, whichever channel it came by."""

    database: Database
    cipher: Cipher
    texts: Catalogue
    bell: Bell
    public_url: str
    code_key: bytes
    rich: bool = False
    """Whether buttons and lists can leave by the provider (their contents are registered there)."""

    def take(self, inbound: Inbound, *, now: datetime | None = None) -> str:
        """Record a message, carry the conversation on and return the reply as TwiML.

        A message that was recorded before changes nothing and is answered as before. Raises
        sqlalchemy.exc.DBAPIError when PostgreSQL is not to be had.
        """
        moment = now or self.database.now()
        try:
            reply = self._safely(inbound, moment, Manner.USUAL)
        except (OperationalError, TimeoutError):
            raise
        except Exception as error:
            if isinstance(error, DBAPIError) and isinstance(error.orig, DivisionByZero):
                # The response ended while its answer came in (see `responses.saving`).
                reply = self._safely(inbound, moment, Manner.CAREFUL)
            else:
                # A fault of ours must not leave a person without an answer, nor the provider knocking for ever.
                log.exception("turn failed", inbound=inbound.provider_id)
                reply = self._safely(inbound, moment, Manner.APOLOGETIC)
        if reply.queued:
            self.bell.ring(DRAIN)
        return reply.twiml

    def _safely(self, inbound: Inbound, now: datetime, manner: Manner) -> Reply:
        return self.database.idempotent(lambda connection: self._take(connection, inbound, now, manner))

    def status_url(self, message_id: UUID) -> str:
        """Where the provider reports what became of a message."""
        return f"{self.public_url}/webhooks/twilio/status/{message_id}"

    def _take(self, connection: Connection, inbound: Inbound, now: datetime, manner: Manner) -> Reply:
        received = receive(connection, self.cipher, inbound, now)
        if received.inbound_id is None:
            return self._repeated(connection, inbound)
        contact, channel = received.contact, inbound.address.channel
        desk = Desk(connection, Office(self.cipher, self.texts), contact.id, channel, received.inbound_id, now)
        hand = Hand(desk, self.code_key, manner is Manner.CAREFUL)
        if inbound.opt_out_type is not None:
            return self._answered_by_provider(desk, inbound.opt_out_type, received.conversation)
        if contact.last_inbound_at is None or now - contact.last_inbound_at > register.recycled_after(connection):
            register.doubt(connection, contact.id, now)
        context = self._context(connection, contact, channel, now)
        if manner is Manner.APOLOGETIC:
            conversation, said = received.conversation, [context.say("error.try_later")]
        else:
            conversation, said = converse(received.conversation, heard(inbound), context, hand.carry_out)
        saving = conversations.saving(contact.id, conversation, now)
        forgetting = [openings.forgetting(received.opened)] if received.opened else []
        if loops.goes_round(contact):
            loops.note(connection, contact, now)
            said = []
        if not said:
            execute(connection, *hand.pending, *forgetting, saving, commit=True)
            return Reply(twiml.EMPTY)
        reply, replying = self._reply(received, channel, render(said, channel), conversation, now)
        execute(connection, *hand.pending, *forgetting, saving, replying, commit=True)
        return reply

    def _context(self, connection: Connection, contact: Contact, channel: Channel, now: datetime) -> Context:
        return Context(
            now=now,
            zone=BOGOTA,
            channel=channel,
            language=contact.language,
            texts=self.texts,
            form=lambda version: library.load(connection, version),
            file=lambda version, name: self._file_url(connection, version, name),
            notice_given=contact.notice_at is not None,
            stopped=contact.stopped_at is not None,
            reported=lambda text, asked: progress_words.reported(connection, text, asked),
            public_url=self.public_url,
        )

    def _file_url(self, connection: Connection, version: int, name: str) -> str | None:
        """Where WhatsApp fetches a file of a form; `admin/attachments.py` serves it."""
        file_id = attachments.address(connection, version, name)
        return None if file_id is None else f"{self.public_url}/archivos/{file_id}"

    def _repeated(self, connection: Connection, inbound: Inbound) -> Reply:
        """The provider sent this before: leave everything as it was, and say the same again if that may help."""
        stored = outbox.reply_to(connection, inbound.provider_id)
        connection.rollback()
        return Reply(twiml.EMPTY if stored is None else self._twiml(stored.message_id, stored.body))

    def _answered_by_provider(self, desk: Desk, opt_out_type: str, conversation: Conversation) -> Reply:
        """Twilio has answered a stop, start or help word itself: take note, say nothing."""
        match opt_out_type:
            case "STOP":
                contacts.stop(desk.connection, desk.contact_id, desk.now, source="provider", inbound_id=desk.inbound_id)
                conversations.save(desk.connection, desk.contact_id, conversation.left(), desk.now)
            case "START":
                contacts.start(
                    desk.connection, desk.contact_id, desk.now, source="provider", inbound_id=desk.inbound_id
                )
        return Reply(twiml.EMPTY)

    def _reply(
        self, received: Received, channel: Channel, content: Content, conversation: Conversation, now: datetime
    ) -> tuple[Reply, Statement]:
        """Choose the reply's door, in the HTTP response or by the dispatcher; gives what writes it down."""
        message = outgoing(received, channel, content, conversation, now)
        if not received.contact.demo and (received.unsent or self._needs_rest(content)):
            return Reply(twiml.EMPTY, queued=True), outbox.enqueueing([message], now)
        return Reply(self._twiml(message.id, message.body)), outbox.replying(message, now)

    def _needs_rest(self, content: Content) -> bool:
        return bool(content.media_url) or (self.rich and not content.plain)

    def _twiml(self, message_id: UUID, body: str) -> str:
        return twiml.render(body, self.status_url(message_id))


def converse(
    conversation: Conversation, event: Event, context: Context, carry_out: Callable[[Effect], Event | None]
) -> tuple[Conversation, list[Say]]:
    """Step until nothing more follows from `event`. Returns the conversation as it is then, and all that is said."""
    events, said, silent = deque([event]), list[Say](), False
    for _ in range(ROUNDS_MAX):
        if not events:
            break
        turn = step(conversation, events.popleft(), context)
        conversation = turn.conversation
        for effect in turn.effects:
            silent = silent or isinstance(effect, Silence)
            if isinstance(effect, Say):
                said.append(effect)
            elif (follows := carry_out(effect)) is not None:
                events.append(follows)
    return conversation, said or ([] if silent else [context.say("help.general")])


def heard(inbound: Inbound) -> Heard:
    """What the dialogues hear of a message."""
    location = inbound.location
    return Heard(
        text=storable(inbound.body or inbound.title or ""),
        tapped=inbound.payload,
        location=None if location is None else (location.latitude, location.longitude),
        media=tuple(media.url for media in inbound.media),
    )


def outgoing(
    received: Received, channel: Channel, content: Content, conversation: Conversation, now: datetime
) -> outbox.Outgoing:
    """The reply as the outbox keeps it. One that belongs to a response is blanked with it."""
    return outbox.Outgoing(
        contact_id=received.contact.id,
        channel=channel,
        purpose="reply",
        priority=outbox.Priority.REPLY,
        content=content,
        body=content.text,
        segments=segments(content.text).count if channel is Channel.SMS else 1,
        not_after=now + REPLY_LIFE,
        in_reply_to=received.inbound_id,
        conversation_ref=conversation.response_id,
    )
