"""Machines that answer each of our messages: they would be answered for ever. Pure, but for noting one.

A person sends neither the same long sentence again and again nor thirty messages a minute. Short texts are answers
(«4», «sí»), which repeat by their nature, so that only the rate counts for them. Of a text only fifteen bits are kept,
until the next: enough to see that it is the same, too little to guess it by. `contacts.LOCK` counts.
"""

import zlib
from datetime import datetime

import structlog
from sqlalchemy import Connection, text

from messaging.contacts import Contact

log = structlog.get_logger()

SHORTEST = 12
"""Characters of a text that is hardly an answer to be chosen."""
REPEATS_MAX = 4
"""So often the same text may follow itself, each within the hour, before it gets no answer."""
PER_MINUTE_MAX = 30
"""So many messages are answered within a minute."""


def mark(said: str) -> int | None:
    """What a text is recognised by when it comes again at once; None for a short one."""
    words = " ".join(said.lower().split())
    return zlib.crc32(words.encode("utf-8", "replace")) & 0x7FFF if len(words) >= SHORTEST else None


def goes_round(contact: Contact) -> bool:
    """Whether what the contact just wrote needs no answer. A different message gets one again."""
    return not contact.demo and (contact.repeats > REPEATS_MAX or contact.in_minute > PER_MINUTE_MAX)


NOTE = text("UPDATE contacts SET loop_at = :now WHERE id = :id")


def note(connection: Connection, contact: Contact, now: datetime) -> None:
    """Remember that a machine seems to answer there."""
    connection.execute(NOTE, {"id": contact.id, "now": now})
    log.warning("a machine answers", contact=contact.id)
