"""Which phone belongs to which family.

`families/` knows no phones and `messaging/` no families, so the link between them lives here. A phone may serve
several families, and a family may have several phones.
"""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Connection, ForeignKey, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from db import Base


class FamilyContact(Base):
    """A phone (`contacts.id`) through which a family (`families.id`) can be reached."""

    __tablename__ = "family_contacts"
    __table_args__ = (Index("ix_family_contacts_contact_id", "contact_id"),)

    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)


def families_of(connection: Connection, contact_id: int) -> Sequence[int]:
    """The ids of the families that a phone serves, the oldest first."""
    return connection.scalars(
        select(FamilyContact.family_id).where(FamilyContact.contact_id == contact_id).order_by(FamilyContact.family_id)
    ).all()


def serves(connection: Connection, contact_id: int, family_id: int) -> bool:
    """Whether a phone serves this family: only then may it speak for it."""
    return family_id in families_of(connection, contact_id)
