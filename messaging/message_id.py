"""Ids of messages: UUIDs of version 7 (RFC 9562, section 5.7), which begin with the time in milliseconds.

`messages` is partitioned by them: an id alone, as it comes back in a status callback, leads to its month.
"""

import os
from datetime import UTC, datetime
from uuid import UUID

VERSION = 7 << 76
VARIANT = 2 << 62
RANDOM = ~(0xF << 76 | 0x3 << 62)


def new(at: datetime | None = None) -> UUID:
    """An id for a message made `at` some time, now by default."""
    made = at or datetime.now(UTC)
    chance = int.from_bytes(os.urandom(10)) & RANDOM
    return UUID(int=_milliseconds(made) << 80 | VERSION | VARIANT | chance)


def first(moment: datetime) -> UUID:
    """The lowest id of messages made at `moment` or later."""
    return UUID(int=_milliseconds(moment) << 80)


def made_at(id: UUID) -> datetime:
    """When the message with this id was made."""
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
