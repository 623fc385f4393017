"""What a gestor writes down about a family, for those who accompany it. Sealed, and never changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Connection, DateTime, ForeignKey, Identity, Index, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from encryption import Cipher
from families.staff import StaffMember

NOTE = "family note"
"""What the cipher is told that it seals."""
LONGEST = 10_000
SHOWN = 50


class FamilyNote(Base):
    """A note on a family."""

    __tablename__ = "family_notes"
    __table_args__ = (Index("ix_family_notes_family_id", "family_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"))
    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    body: Mapped[bytes]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Note:
    """A note, opened."""

    id: int
    author: str
    body: str
    at: datetime


def add(connection: Connection, cipher: Cipher, family_id: int, staff_id: int, body: str, now: datetime) -> None:
    """Keep a note. Raises ValueError for an empty one."""
    written = body.strip()[:LONGEST]
    if not written:
        raise ValueError("a note says something")
    sealed = cipher.seal(written, NOTE)
    connection.execute(insert(FamilyNote).values(family_id=family_id, staff_id=staff_id, body=sealed, at=now))


def listing(connection: Connection, cipher: Cipher, family_id: int) -> list[Note]:
    """The last notes on a family, the latest first."""
    rows = connection.execute(
        select(FamilyNote.id, StaffMember.name, FamilyNote.body, FamilyNote.at)
        .join(StaffMember, StaffMember.id == FamilyNote.staff_id)
        .where(FamilyNote.family_id == family_id)
        .order_by(FamilyNote.id.desc())
        .limit(SHOWN)
    )
    return [Note(row.id, row.name, cipher.open(row.body, NOTE), row.at) for row in rows]
