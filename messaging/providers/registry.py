"""The contents we have registered at the provider: which ContentSid each has, and how far its approval is.

Apart from `contents`, which talks to the provider and brings its client along.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, DateTime, delete, text
from sqlalchemy.exc import DBAPIError, TimeoutError
from sqlalchemy.orm import Mapped, mapped_column

from db import Base, Database

NO_APPROVAL_NEEDED = "session"
UNSUBMITTED, APPROVED, REJECTED = "unsubmitted", "approved", "rejected"
FRESH_SECONDS: Final = 30.0
"""How long a process may not know of a new approval."""


class ProviderContent(Base):
    """A content registered at Twilio."""

    __tablename__ = "provider_contents"

    name: Mapped[str] = mapped_column(primary_key=True)
    sid: Mapped[str]
    approval: Mapped[str]
    """session (none needed) | unsubmitted | received | pending | approved | rejected | paused | disabled"""
    rejection: Mapped[str | None]
    checked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Known:
    """A content as it was last heard of."""

    name: str
    sid: str
    approval: str
    rejection: str | None
    checked_at: datetime


KNOWN = text("SELECT name, sid, approval, rejection, checked_at FROM provider_contents ORDER BY name")
REMEMBER = text("""
    INSERT INTO provider_contents (name, sid, approval, rejection, checked_at)
    VALUES (:name, :sid, :approval, :rejection, :now)
    ON CONFLICT (name) DO UPDATE SET approval = excluded.approval, rejection = excluded.rejection,
                                     checked_at = excluded.checked_at
""")


def known(connection: Connection) -> list[Known]:
    """Every content ever registered."""
    return [Known(*row) for row in connection.execute(KNOWN)]


def usable(connection: Connection) -> dict[str, str]:
    """ContentSid of every content that may be sent now, by name."""
    return {each.name: each.sid for each in known(connection) if each.approval in (NO_APPROVAL_NEEDED, APPROVED)}


def remember(
    connection: Connection, name: str, sid: str, approval: str, now: datetime, rejection: str | None = None
) -> None:
    """Note a registered content, or how its approval went on."""
    parameters = {"name": name, "sid": sid, "approval": approval, "rejection": rejection, "now": now}
    connection.execute(REMEMBER, parameters)


def forget(connection: Connection, name: str) -> None:
    """Remove a content that the provider has no more."""
    connection.execute(delete(ProviderContent).where(ProviderContent.name == name))


class Usable(Mapping[str, str]):
    """ContentSid of what may be sent, by name, read again every half minute, so that a process that runs for weeks
    learns of approvals. While PostgreSQL does not answer, what was read last holds.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read_at = -FRESH_SECONDS
        self._found: Mapping[str, str] = {}

    def __getitem__(self, name: str) -> str:
        return self._fresh()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fresh())

    def __len__(self) -> int:
        return len(self._fresh())

    def _fresh(self) -> Mapping[str, str]:
        if time.monotonic() - self._read_at > FRESH_SECONDS:
            self._read_at = time.monotonic()
            with suppress(DBAPIError, TimeoutError), self._database.transaction() as connection:
                self._found = usable(connection)
        return self._found
