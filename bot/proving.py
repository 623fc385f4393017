"""Whether somebody who says they are of a family knows what it would know, and how often one may try.

The check is four digits of a document: ten thousand possibilities, some of which several members share. So both a
phone and a folio have few tries a day; what is beyond is refused without being looked at.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from encryption import Cipher
from families import families

DAY = timedelta(days=1)
TRIES_OF_PHONE = 5
TRIES_OF_FAMILY = 10


class Proof(StrEnum):
    """What became of a try."""

    PROVED = "proved"
    WRONG = "wrong"
    REFUSED = "refused"
    """Too many tries: come back tomorrow, or ask the gestor."""


class ProofAttempt(Base):
    """One try. `family_id` is empty where the folio belongs to nobody."""

    __tablename__ = "proof_attempts"
    __table_args__ = (
        Index("ix_proof_attempts_contact_id_at", "contact_id", "at"),
        Index("ix_proof_attempts_family_id_at", "family_id", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"))
    family_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    proved: Mapped[bool]


@dataclass(frozen=True, slots=True)
class Tried:
    """The outcome of a try. `family_id` is the family's where it was proved, or where its last try was used up."""

    proof: Proof
    family_id: int | None = None
    last: bool = False


def attempt(connection: Connection, cipher: Cipher, contact_id: int, folio: str, digits: str, now: datetime) -> Tried:
    """Check folio and digits together: which of the two was wrong is not told.

    Tries at the same folio wait for each other, so that many phones at once get no more than one does.
    """
    family = families.by_folio(connection, folio)
    family_id = family.id if family else None
    if family_id is not None:
        connection.execute(_LOCK, {"family_id": family_id})
    since = now - DAY
    of_phone = _failed(connection, ProofAttempt.contact_id == contact_id, since)
    of_family = _failed(connection, ProofAttempt.family_id == family_id, since) if family_id is not None else 0
    if of_phone >= TRIES_OF_PHONE or of_family >= TRIES_OF_FAMILY:
        return Tried(Proof.REFUSED)
    proved = family_id is not None and families.proves(connection, cipher, family_id, digits)
    connection.execute(insert(ProofAttempt).values(contact_id=contact_id, family_id=family_id, at=now, proved=proved))
    if proved:
        return Tried(Proof.PROVED, family_id)
    last = of_phone + 1 >= TRIES_OF_PHONE or of_family + 1 >= TRIES_OF_FAMILY
    return Tried(Proof.WRONG, family_id if last else None, last)


_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('proof of family', :family_id))")


def _failed(connection: Connection, whose: ColumnElement[bool], since: datetime) -> int:
    query = select(func.count()).select_from(ProofAttempt).where(whose, ProofAttempt.at > since, ~ProofAttempt.proved)
    return connection.scalar(query) or 0
