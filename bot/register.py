"""Which phone belongs to which family.

`families/` knows no phones and `messaging/` no families, so the link between them lives here. A phone may serve
several families, and a family may have several phones.
"""

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db import Base


class FamilyContact(Base):
    """A phone (`contacts.id`) through which a family (`families.id`) can be reached."""

    __tablename__ = "family_contacts"
    __table_args__ = (Index("ix_family_contacts_contact_id", "contact_id"),)

    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
