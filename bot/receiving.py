"""What a turn begins with: the contact locked, the message recorded, the conversation as it stands."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from bot import openings
from bot.conversation import Conversation
from bot.openings import Opened
from db import Statement, execute
from encryption import Cipher
from messaging import contacts, inbox, loops, outbox
from messaging.contacts import HANDLE, Contact
from messaging.inbox import Inbound


@dataclass(frozen=True, slots=True)
class Received:
    """A message and who it is from. `inbound_id` is None if it was recorded before.

    `unsent` says whether a message to this contact is on its way, so that a reply must queue behind it.
    """

    contact: Contact
    inbound_id: int | None
    conversation: Conversation
    unsent: bool
    opened: tuple[Opened, ...] = ()
    """Dialogues that messages of ours have begun since the person last wrote; they are on the conversation's stack."""


# A statement of its own after the lock, so that it sees what the turn before has committed.
_RECORD = text(
    f"""
    WITH contact AS (SELECT id FROM contacts WHERE handle = :handle), recorded AS ({inbox.RECORD_SQL})
    SELECT (SELECT id FROM recorded) AS inbound_id,
           (SELECT state FROM conversations WHERE contact_id = contact.id) AS state,
           {outbox.UNSENT_SQL} AS unsent, ({openings.ARRIVED_SQL}) AS opened
    FROM contact
    """
)


def receive(connection: Connection, cipher: Cipher, inbound: Inbound, now: datetime) -> Received:
    """Lock the contact that wrote, record its message, and read its conversation."""
    parameters = {"handle": cipher.seal(inbound.address.handle, HANDLE), **inbox.as_stored(inbound, now)}
    locking = contacts.locking(cipher, inbound.address, now, mark=loops.mark(inbound.body))
    (contact,), (row,) = execute(connection, locking, Statement(_RECORD, parameters))
    conversation = Conversation.from_json(row.state) if row.state else Conversation()
    opened = openings.arrived(row.opened)
    conversation = conversation.opened_by(each.frame for each in opened)
    return Received(contacts.as_contact(contact), row.inbound_id, conversation, row.unsent, opened)
