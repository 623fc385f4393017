"""What a gestor should know of a family, and has not seen yet: a goal that is stuck, a phone that came or went."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from families.families import Family, one_of


class Kind(StrEnum):
    """What happened."""

    GOAL_STUCK = "goal_stuck"
    """`about` is the code of the achievement."""
    QUESTIONS_STOPPED = "questions_stopped"
    PHONE_ADDED = "phone_added"
    PHONE_LEFT = "phone_left"
    """Whoever has the phone says that they are not of this family."""
    PROOF_FAILED = "proof_failed"
    """Somebody gave the folio of this family again and again, without knowing what it would know."""


class FamilyNews(Base):
    """One thing that happened, until somebody has seen it."""

    __tablename__ = "family_news"
    __table_args__ = (
        one_of("kind", Kind),
        Index("ix_family_news_family_id", "family_id"),
        Index("ix_family_news_unseen", "at", "family_id", postgresql_where=text("seen_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"))
    kind: Mapped[str]
    about: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    seen_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    seen_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of news, and whose."""

    id: int
    family_id: int
    folio: str
    kind: Kind
    about: str
    at: datetime


def tell(connection: Connection, family_id: int, kind: Kind, now: datetime, about: str = "") -> None:
    """Let the family's gestor know."""
    connection.execute(insert(FamilyNews).values(family_id=family_id, kind=kind, about=about, at=now))


def unseen(connection: Connection, where: ColumnElement[bool], limit: int) -> list[Item]:
    """News that nobody has seen, the oldest first; `where` is a condition on `Family`."""
    rows = connection.execute(
        select(FamilyNews.id, FamilyNews.family_id, Family.folio, FamilyNews.kind, FamilyNews.about, FamilyNews.at)
        .join(Family, Family.id == FamilyNews.family_id)
        .where(where, FamilyNews.seen_at.is_(None))
        .order_by(FamilyNews.at, FamilyNews.id)
        .limit(limit)
    )
    return [Item(row.id, row.family_id, row.folio, Kind(row.kind), row.about, row.at) for row in rows]


def see(connection: Connection, news_id: int, where: ColumnElement[bool], staff_id: int, now: datetime) -> int | None:
    """Note that somebody has seen a piece of news of a family for which `where` holds. Returns the family's id."""
    family_id: int | None = connection.scalar(
        update(FamilyNews)
        .where(
            FamilyNews.id == news_id,
            FamilyNews.seen_at.is_(None),
            FamilyNews.family_id.in_(select(Family.id).where(where)),
        )
        .values(seen_at=now, seen_by=staff_id)
        .returning(FamilyNews.family_id)
    )
    return family_id
