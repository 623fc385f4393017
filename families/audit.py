"""What the staff did and whose data they looked at. Entries are added and never changed: the database refuses it.

No entry holds personal data: people and things are named by their ids, details are codes, counts and days.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, DateTime, ForeignKey, Identity, Index, Select, insert, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db import Base

_CODE = re.compile(r"[A-Za-z0-9_.:/+-]{0,80}")
_PHONE = re.compile(r"\d{10}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Its digits are drawn, and may stand in a row as those of a phone do."""

Detail = str | int | float | bool | date | None


class AuditEntry(Base):
    """One thing that a member of the staff did, or the system in nobody's name."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_object", "object_kind", "object_id", "id"),
        Index("ix_audit_entries_staff_id_id", "staff_id", "id"),
        Index("ix_audit_entries_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    staff_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    action: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)


@dataclass(frozen=True, slots=True)
class Question:
    """What to look for in the log; what is None is not asked."""

    staff_id: int | None = None
    action: str | None = None
    object_kind: str | None = None
    object_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def record(
    connection: Connection,
    staff_id: int | None,
    action: str,
    object_kind: str,
    object_id: int | str,
    now: datetime,
    **details: Detail | Sequence[Detail],
) -> None:
    """Add an entry. `action` is a verb as code calls it («viewed», «assigned»), `object_kind` a noun («family»).

    Raises ValueError where a detail is anything but a code, a number or a day: words of people and phone numbers
    do not belong here.
    """
    entry = _entry(staff_id, action, object_kind, object_id, now, details)
    connection.execute(insert(AuditEntry).values(entry))


def record_many(
    connection: Connection,
    staff_id: int | None,
    action: str,
    object_kind: str,
    object_ids: Iterable[int | str],
    now: datetime,
    **details: Detail | Sequence[Detail],
) -> None:
    """Add the same entry for many objects, in one statement: a list of names is a view of each of them."""
    entries = [_entry(staff_id, action, object_kind, object_id, now, details) for object_id in object_ids]
    if entries:
        connection.execute(insert(AuditEntry), entries)


def search(question: Question) -> Select[AuditEntry]:
    """The query of the entries that answer a question, in no order."""
    asked = {
        AuditEntry.staff_id: question.staff_id,
        AuditEntry.action: question.action,
        AuditEntry.object_kind: question.object_kind,
        AuditEntry.object_id: question.object_id,
    }
    query = select(AuditEntry).where(*(column == value for column, value in asked.items() if value is not None))
    if question.since is not None:
        query = query.where(AuditEntry.at >= question.since)
    return query if question.until is None else query.where(AuditEntry.at < question.until)


def _entry(
    staff_id: int | None,
    action: str,
    object_kind: str,
    object_id: int | str,
    now: datetime,
    details: Mapping[str, Detail | Sequence[Detail]],
) -> dict[str, object]:
    return {
        "at": now,
        "staff_id": staff_id,
        "action": action,
        "object_kind": object_kind,
        "object_id": str(_plain("object_id", object_id)),
        "details": {name: _plain(name, value) for name, value in details.items()},
    }


def _plain(name: str, value: Detail | Sequence[Detail]) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case date():
            return value.isoformat()
        case str():
            if not _CODE.fullmatch(value) or (_PHONE.search(value) and not _UUID.fullmatch(value)):
                raise ValueError(f"{name} of an audit entry must be a code, not what people wrote")
            return value
        case _:
            return [_plain(name, one) for one in value]
