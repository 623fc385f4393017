"""Which phone belongs to which family.

`families/` knows no phones and `messaging/` no families, so the link between them lives here. A phone may serve
several families, and a family may have several phones.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    ForeignKey,
    Index,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

import options
from db import Base
from encryption import Cipher
from families import families
from messaging.contacts import HANDLE, ContactRow

SHOWN_DIGITS = 3
"""Of a phone number, to those who accompany the family."""


class FamilyContact(Base):
    """A phone (`contacts.id`) through which a family (`families.id`) can be reached."""

    __tablename__ = "family_contacts"
    __table_args__ = (Index("ix_family_contacts_contact_id", "contact_id"),)

    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    confirmed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    """When somebody last said that this is a phone of the family."""
    doubted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """Since when somebody else may have it: it wrote after a long silence, and was asked."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone of a family, without its number: `masked` has the last digits, enough to tell it from another."""

    masked: str
    heard_at: datetime | None
    channel: str
    confirmed_at: datetime
    doubted: bool
    stopped: bool
    quarantined: bool


def families_of(connection: Connection, contact_id: int) -> Sequence[int]:
    """The ids of the families that a phone serves, the oldest first."""
    return connection.scalars(
        select(FamilyContact.family_id).where(FamilyContact.contact_id == contact_id).order_by(FamilyContact.family_id)
    ).all()


def serves(connection: Connection, contact_id: int, family_id: int) -> bool:
    """Whether a phone serves this family: only then may it speak for it."""
    return family_id in families_of(connection, contact_id)


def phones_of(connection: Connection, family_id: int) -> Sequence[int]:
    """The ids of the contacts of a family's phones."""
    return connection.scalars(
        select(FamilyContact.contact_id).where(FamilyContact.family_id == family_id).order_by(FamilyContact.contact_id)
    ).all()


def has_phone(family_id: Any) -> ColumnElement[bool]:
    """The condition that a family, given by the column of its id, has a phone that may be written to."""
    usable = (FamilyContact.contact_id == ContactRow.id) & ContactRow.quarantined_at.is_(None)
    return exists().where(FamilyContact.family_id == family_id, usable)


def phones(connection: Connection, cipher: Cipher, family_id: int) -> list[Phone]:
    """The phones of a family as its gestor sees them, the one heard from last first."""
    rows = connection.execute(
        select(
            ContactRow.handle,
            ContactRow.last_inbound_at,
            ContactRow.last_channel,
            ContactRow.stopped_at,
            ContactRow.quarantined_at,
            FamilyContact.confirmed_at,
            FamilyContact.doubted_at,
        )
        .join(FamilyContact, FamilyContact.contact_id == ContactRow.id)
        .where(FamilyContact.family_id == family_id)
        .order_by(ContactRow.last_inbound_at.desc().nulls_last(), ContactRow.id)
    )
    return [
        Phone(
            f"···{cipher.open(row.handle, HANDLE)[-SHOWN_DIGITS:]}",
            row.last_inbound_at,
            row.last_channel or "",
            row.confirmed_at,
            doubted=row.doubted_at is not None,
            stopped=row.stopped_at is not None,
            quarantined=row.quarantined_at is not None,
        )
        for row in rows
    ]


def link(connection: Connection, family_id: int, contact_id: int, now: datetime) -> bool:
    """Note that a phone is of a family. Returns whether that is new."""
    if serves(connection, contact_id, family_id):
        return False
    connection.execute(insert(FamilyContact).values(family_id=family_id, contact_id=contact_id, confirmed_at=now))
    return True


def unlink(connection: Connection, contact_id: int) -> Sequence[int]:
    """Note that a phone is of no family any more. Returns the ids of those it was of."""
    return connection.scalars(
        delete(FamilyContact).where(FamilyContact.contact_id == contact_id).returning(FamilyContact.family_id)
    ).all()


def confirm(connection: Connection, contact_id: int, now: datetime) -> None:
    """Whoever has the phone says that it is still of its families."""
    connection.execute(
        update(FamilyContact).where(FamilyContact.contact_id == contact_id).values(confirmed_at=now, doubted_at=None)
    )


def doubt(connection: Connection, contact_id: int, now: datetime) -> None:
    """A phone writes after a long silence: until it is confirmed, nothing of its families is told it."""
    connection.execute(
        update(FamilyContact)
        .where(
            FamilyContact.contact_id == contact_id,
            FamilyContact.confirmed_at < now - recycled_after(connection),
            FamilyContact.doubted_at.is_(None),
        )
        .values(doubted_at=now)
    )


def doubtful(connection: Connection, contact_ids: Iterable[int], now: datetime) -> set[int]:
    """Those of these phones that somebody else may have: in doubt, or silent for too long."""
    heard_from = func.greatest(ContactRow.last_inbound_at, FamilyContact.confirmed_at)
    silent = heard_from < now - recycled_after(connection)
    return set(
        connection.scalars(
            select(FamilyContact.contact_id)
            .join(ContactRow, ContactRow.id == FamilyContact.contact_id)
            .where(FamilyContact.contact_id.in_(list(contact_ids)), or_(FamilyContact.doubted_at.is_not(None), silent))
        )
    )


def recycled_after(connection: Connection) -> timedelta:
    """How long a silence makes one doubt whose phone it is."""
    return timedelta(days=options.value(connection, options.RECYCLED_DAYS))


def labels(connection: Connection, cipher: Cipher, family_ids: Iterable[int]) -> Mapping[int, str]:
    """What families are called on a phone they share: first name and initial of the head, no more."""
    return {id: short(name) for id, name in families.head_names(connection, cipher, family_ids).items()}


def short(name: str) -> str:
    """A name as it may stand on a shared phone: «Luz Marina Pérez» → «Luz P.»."""
    first, *others = name.split() or [""]
    return f"{first} {others[-1][0]}." if others else first
