"""Filters that were given a name (*audiencias*): owned by whoever made them, shared within their territory.

They keep no families: whom one means is looked up whenever it is counted or used.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, DateTime, ForeignKey, Identity, delete, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.campaigns.access import may_use
from bot.campaigns.filters import Filter, FilterError
from db import Base
from families.staff import Staff, StaffMember

LONGEST_NAME: Final = 80


class SavedFilter(Base):
    """A filter and its name."""

    __tablename__ = "saved_filters"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    owner_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    filter: Mapped[dict[str, Any]] = mapped_column(JSONB)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Saved:
    """A filter somebody named."""

    id: int
    name: str
    owner_id: int
    owner: str
    filter: Filter
    changed_at: datetime


def save(connection: Connection, name: str, filter: Filter, owner_id: int, now: datetime) -> int:
    """Keep a filter under a name; returns its id. Raises FilterError without a name."""
    row = {**_columns(name, filter, now), "owner_id": owner_id}
    return connection.execute(insert(SavedFilter).values(row).returning(SavedFilter.id)).scalar_one()


def taken(connection: Connection, person: Staff, name: str, besides: int | None = None) -> bool:
    """Whether a filter that a person may use has this name already, `besides` one of them."""
    wanted = name.strip().casefold()
    return any(one.name.casefold() == wanted and one.id != besides for one in listed(connection, person))


def change(connection: Connection, filter_id: int, name: str, filter: Filter, owner_id: int, now: datetime) -> bool:
    """Write one's own filter anew; returns whether it was one's own. Raises FilterError without a name."""
    mine = (SavedFilter.id == filter_id, SavedFilter.owner_id == owner_id)
    return connection.execute(update(SavedFilter).where(*mine).values(_columns(name, filter, now))).rowcount == 1


def remove(connection: Connection, filter_id: int, owner_id: int) -> bool:
    """Forget one's own filter; campaigns that used it keep what it said. Returns whether it was one's own."""
    mine = (SavedFilter.id == filter_id, SavedFilter.owner_id == owner_id)
    return connection.execute(delete(SavedFilter).where(*mine)).rowcount == 1


def listed(connection: Connection, person: Staff) -> list[Saved]:
    """The filters that a person may use, by name."""
    rows = connection.execute(
        select(SavedFilter, StaffMember.name.label("owner"))
        .join(StaffMember, StaffMember.id == SavedFilter.owner_id)
        .order_by(SavedFilter.name, SavedFilter.id)
    )
    found = [
        Saved(row.id, row.name, row.owner_id, row.owner, Filter.from_json(row.filter), row.changed_at) for row in rows
    ]
    return [saved for saved in found if may_use(person, saved.filter)]


def _columns(name: str, filter: Filter, now: datetime) -> dict[str, object]:
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        raise FilterError("name")
    return {
        "name": name.strip(),
        "filter": filter.to_json(),
        "changed_at": now,
    }
