"""What the hands of the service work with: the wired parts, and, in a turn, who writes and when."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.catalogue import Catalogue
from encryption import Cipher
from messaging.address import Channel


@dataclass(frozen=True, slots=True)
class Office:
    """What writing to people takes besides a connection."""

    cipher: Cipher
    texts: Catalogue


@dataclass(frozen=True, slots=True)
class Desk:
    """What a handler works with: all it does happens in the turn's transaction, for the contact that wrote."""

    connection: Connection
    office: Office
    contact_id: int
    channel: Channel
    inbound_id: int
    now: datetime
