"""The file of a family's consents: what it allowed or refused, when, how, and who took it down.

Ley 1581 of 2012, articles 9 and 10: a public body in its functions informs and needs no authorisation, but
what goes beyond (handing data to an entity, publishing a picture, data of children) does, and must be able to
show it. Nothing is ever changed: what was recorded last holds. What a *phone* allows is kept with the
contact, not here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Connection, DateTime, ForeignKey, Identity, Index, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from families.families import one_of


class Purpose(StrEnum):
    """What a consent is for."""

    INFORMED = "informed"
    """Was told who holds its data, what for, and its rights."""
    ENTITIES = "entities"
    """Its data may go to the entity it is referred to."""
    PICTURES = "pictures"
    CHILDREN = "children"
    """Data of its children beyond what the programme's achievements need."""


class Means(StrEnum):
    """How it was given."""

    PAPER = "paper"
    SPOKEN = "spoken"
    MESSAGE = "message"


class FamilyConsent(Base):
    """One entry of the file. `reference` is where the signed paper or the message is found."""

    __tablename__ = "family_consents"
    __table_args__ = (
        one_of("purpose", Purpose),
        one_of("means", Means),
        Index("ix_family_consents_family_id", "family_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"))
    purpose: Mapped[str]
    given: Mapped[bool]
    means: Mapped[str]
    reference: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    recorded_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it was recorded; `recorded_by` is None for what came by message."""

    purpose: Purpose
    given: bool
    means: Means
    reference: str
    at: datetime
    recorded_by: int | None


def record(connection: Connection, family_id: int, entry: Entry) -> None:
    """Add an entry to the file of a family."""
    connection.execute(
        insert(FamilyConsent).values(
            family_id=family_id,
            purpose=entry.purpose,
            given=entry.given,
            means=entry.means,
            reference=entry.reference,
            at=entry.at,
            recorded_by=entry.recorded_by,
        )
    )


def file(connection: Connection, family_id: int) -> list[Entry]:
    """Everything recorded about a family, the latest first."""
    rows = connection.execute(
        select(FamilyConsent)
        .where(FamilyConsent.family_id == family_id)
        .order_by(FamilyConsent.at.desc(), FamilyConsent.id.desc())
    )
    return [
        Entry(Purpose(row.purpose), row.given, Means(row.means), row.reference, row.at, row.recorded_by) for row in rows
    ]


def standing(connection: Connection, family_id: int) -> Mapping[Purpose, bool]:
    """What holds now, by purpose; nothing for a purpose that was never asked, which is not a yes."""
    return {entry.purpose: entry.given for entry in reversed(file(connection, family_id))}
