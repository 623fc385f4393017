"""Families and their members.

Names and identity documents are sealed. That a family was displaced by violence, that somebody is pregnant or
lives with a disability is kept for what the programme owes them: it decides which achievements count and goes
into no message, no export and no figure.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Connection,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Row,
    Select,
    SmallInteger,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from encryption import Cipher
from families import folio
from families.applicability import Household, Person

NAME = "member name"
DOCUMENT = "member document"
SHORTEST_BEGINNING, LONGEST_BEGINNING = 3, 8
"""Letters of a word that are enough to find a name, and how many count at all."""


class Status(StrEnum):
    """Where a family stands with the programme."""

    WELCOMED = "welcomed"
    """Invited to enter; the agreement is not signed yet."""
    ACTIVE = "active"
    DECLINED = "declined"
    """Did not sign, so did not enter."""
    GRADUATED = "graduated"
    """Left with the set share of achievements (*egreso*)."""
    WITHDRAWN = "withdrawn"


class Zone(StrEnum):
    """Where in its municipality a family lives."""

    URBAN = "urban"
    RURAL = "rural"


class Relation(StrEnum):
    """What a member is to the head of the household."""

    HEAD = "head"
    PARTNER = "partner"
    CHILD = "child"
    GRANDCHILD = "grandchild"
    PARENT = "parent"
    OTHER = "other"


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """The constraint that a column holds one of the values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Family(Base):
    """A household of the programme. Its id is the serial number of its folio."""

    __tablename__ = "families"
    __table_args__ = (
        one_of("zone", Zone),
        one_of("status", Status),
        CheckConstraint("status <> 'active' OR signed_at IS NOT NULL", name="active_signed"),
        Index("ix_families_municipality_code_id", "municipality_code", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(start=folio.FIRST_SERIAL), primary_key=True)
    folio: Mapped[str] = mapped_column(CHAR(8), unique=True)
    municipality_code: Mapped[str] = mapped_column(CHAR(5), ForeignKey("municipalities.code"))
    place_code: Mapped[str | None] = mapped_column(CHAR(8), ForeignKey("populated_places.code"))
    zone: Mapped[str]
    language: Mapped[str] = mapped_column(server_default="es")
    status: Mapped[str] = mapped_column(server_default=Status.WELCOMED)
    registered_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    signed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    displaced: Mapped[bool] = mapped_column(server_default="false")
    farms: Mapped[bool] = mapped_column(server_default="false")
    owns_land: Mapped[bool] = mapped_column(server_default="false")
    legal_need: Mapped[bool] = mapped_column(server_default="false")


class FamilySearch(Base):
    """By what names a family is found: keyed tokens of the words in them, see `name_tokens`."""

    __tablename__ = "family_search"
    __table_args__ = (Index("ix_family_search_tokens", "tokens", postgresql_using="gin"),)

    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"), primary_key=True)
    tokens: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class FamilyMember(Base):
    """A person of a household; `left_on` is set when they no longer live there."""

    __tablename__ = "family_members"
    __table_args__ = (
        one_of("relation", Relation),
        CheckConstraint("sex IN ('female', 'male')", name="sex"),
        Index("ix_family_members_family_id", "family_id"),
        Index("ix_family_members_document", "document"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"))
    name: Mapped[bytes]
    document: Mapped[bytes | None]
    birth_date: Mapped[date | None]
    sex: Mapped[str]
    relation: Mapped[str]
    disability: Mapped[bool] = mapped_column(server_default="false")
    pregnant: Mapped[bool] = mapped_column(server_default="false")
    grade: Mapped[int | None] = mapped_column(SmallInteger)
    left_on: Mapped[date | None]


@dataclass(frozen=True, slots=True)
class NewMember:
    """A person to be registered. `document` is kind and number ('CC 1102345678'), or None where there is
    none.
    """

    name: str
    sex: str
    relation: Relation
    birth_date: date | None = None
    document: str | None = None
    disability: bool = False
    pregnant: bool = False
    grade: int | None = None


@dataclass(frozen=True, slots=True)
class NewFamily:
    """A family to be registered, its head first among the members."""

    municipality: str
    zone: Zone
    members: tuple[NewMember, ...]
    place: str | None = None
    language: str = "es"
    displaced: bool = False
    farms: bool = False
    owns_land: bool = False
    legal_need: bool = False


@dataclass(frozen=True, slots=True)
class FamilyRecord:
    """A family without its people: what lists and dialogues work with."""

    id: int
    folio: str
    municipality: str
    zone: Zone
    status: Status
    language: str
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Member:
    """A person of a household, name and document opened."""

    id: int
    name: str
    document: str | None
    birth_date: date | None
    sex: str
    relation: Relation


_RECORD = (
    Family.id,
    Family.folio,
    Family.municipality_code,
    Family.zone,
    Family.status,
    Family.language,
    Family.signed_at,
)


def register(
    connection: Connection, cipher: Cipher, families: Sequence[NewFamily], now: datetime
) -> list[FamilyRecord]:
    """Register families as welcomed, with their members; returns them in the given order.

    Raises ValueError if a family has not exactly one head, or its head is not its first member.
    """
    for family in families:
        if [member.relation for member in family.members].count(Relation.HEAD) != 1 or (
            family.members[0].relation is not Relation.HEAD
        ):
            raise ValueError("a family has one head, who stands first among its members")
    records = [
        FamilyRecord(
            serial,
            folio.issue(serial),
            family.municipality,
            family.zone,
            Status.WELCOMED,
            family.language,
            None,
        )
        for serial, family in zip(_serials(connection, len(families)), families, strict=True)
    ]
    if not records:
        return []
    connection.execute(
        insert(Family),
        [_family_row(record, family, now) for record, family in zip(records, families, strict=True)],
    )
    connection.execute(
        insert(FamilyMember),
        [
            _member_row(record.id, member, cipher)
            for record, family in zip(records, families, strict=True)
            for member in family.members
        ],
    )
    connection.execute(
        insert(FamilySearch),
        [
            {"family_id": record.id, "tokens": _search_tokens(cipher, family)}
            for record, family in zip(records, families, strict=True)
        ],
    )
    return records


def name_tokens(cipher: Cipher, name: str) -> list[int]:
    """The keyed tokens of the words that somebody types to find a name, each a word or its beginning.

    A token is the first 64 bits of the sealed word, which without the key tell nothing of it. Words are folded, so that
    «Rosa Núñez» is found by «nunez ros».
    """
    return [_token(cipher, word[:LONGEST_BEGINNING]) for word in _name_words(name)]


def _name_words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return [word for word in re.findall(r"\w+", letters) if len(word) >= SHORTEST_BEGINNING]


def _token(cipher: Cipher, beginning: str) -> int:
    return int.from_bytes(cipher.seal(beginning, "name token")[:8], "big", signed=True)


def _search_tokens(cipher: Cipher, family: NewFamily) -> list[int]:
    words = {word for member in family.members for word in _name_words(member.name)}
    beginnings = {word[:length] for word in words for length in range(SHORTEST_BEGINNING, LONGEST_BEGINNING + 1)}
    return sorted(_token(cipher, beginning) for beginning in beginnings)


def query() -> Select[*tuple[Any, ...]]:
    """All families; narrow it, and read each row with `record`."""
    return select(*_RECORD)


def get(connection: Connection, family_id: int, where: ColumnElement[bool] | None = None) -> FamilyRecord | None:
    """The family of this id, if `where`, a condition on `Family`, holds for it."""
    conditions = [Family.id == family_id] if where is None else [Family.id == family_id, where]
    row = connection.execute(query().where(*conditions)).first()
    return record(row) if row else None


def by_folio(connection: Connection, typed: str) -> FamilyRecord | None:
    """The family of a folio as somebody typed it; None if the folio is wrong or unknown."""
    number = folio.read(typed)
    if number is None:
        return None
    row = connection.execute(query().where(Family.folio == number)).first()
    return record(row) if row else None


def proves(connection: Connection, cipher: Cipher, family_id: int, digits: str) -> bool:
    """Whether somebody who says they are of this family knows the last four digits of a member's document.

    Whoever asks limits the tries: there are few digits to guess.
    """
    if len(digits) != 4 or not digits.isdigit():
        return False
    return any((member.document or "").endswith(digits) for member in members(connection, cipher, family_id))


def members(connection: Connection, cipher: Cipher, family_id: int) -> list[Member]:
    """The people who live in the household now, the head first."""
    rows = connection.execute(
        select(FamilyMember)
        .where(FamilyMember.family_id == family_id, FamilyMember.left_on.is_(None))
        .order_by(FamilyMember.relation != Relation.HEAD, FamilyMember.id)
    )
    return [
        Member(
            row.id,
            cipher.open(row.name, NAME),
            cipher.open(row.document, DOCUMENT) if row.document else None,
            row.birth_date,
            row.sex,
            Relation(row.relation),
        )
        for row in rows
    ]


def head_names(connection: Connection, cipher: Cipher, family_ids: Iterable[int]) -> Mapping[int, str]:
    """Names of the heads of these families, by family id."""
    rows = connection.execute(
        select(FamilyMember.family_id, FamilyMember.name).where(
            FamilyMember.family_id.in_(list(family_ids)),
            FamilyMember.relation == Relation.HEAD,
            FamilyMember.left_on.is_(None),
        )
    )
    return {row.family_id: cipher.open(row.name, NAME) for row in rows}


def household(connection: Connection, family_id: int) -> Household:
    """What decides which achievements count for this family.

    Raises sqlalchemy.exc.NoResultFound if there is no such family.
    """
    found = households(connection, [family_id]).get(family_id)
    if found is None:
        raise NoResultFound(f"there is no family {family_id}")
    return found


def households(connection: Connection, family_ids: Iterable[int]) -> Mapping[int, Household]:
    """What decides which achievements count, for each of these families."""
    rows = connection.execute(
        select(
            Family.id,
            Family.farms,
            Family.owns_land,
            Family.legal_need,
            Family.displaced,
            FamilyMember.id.label("member_id"),
            FamilyMember.birth_date,
            FamilyMember.sex,
            FamilyMember.disability,
            FamilyMember.pregnant,
            FamilyMember.grade,
        )
        .outerjoin(FamilyMember, (FamilyMember.family_id == Family.id) & FamilyMember.left_on.is_(None))
        .where(Family.id.in_(list(family_ids)))
    ).all()
    people: dict[int, list[Person]] = {row.id: [] for row in rows}
    for row in rows:
        if row.member_id is not None:
            people[row.id].append(Person(row.birth_date, row.sex, row.disability, row.pregnant, row.grade))
    return {
        row.id: Household(
            tuple(people[row.id]),
            farms=row.farms,
            owns_land=row.owns_land,
            legal_need=row.legal_need,
            displaced=row.displaced,
        )
        for row in rows
    }


def record(row: Row[*tuple[Any, ...]]) -> FamilyRecord:
    """The record of a row with the columns of `Family`."""
    return FamilyRecord(
        row.id,
        row.folio,
        row.municipality_code,
        Zone(row.zone),
        Status(row.status),
        row.language,
        row.signed_at,
    )


def _serials(connection: Connection, count: int) -> list[int]:
    return list(
        connection.scalars(
            text("SELECT nextval(pg_get_serial_sequence('families', 'id')) FROM generate_series(1, :count)"),
            {"count": count},
        )
    )


def _family_row(record: FamilyRecord, family: NewFamily, now: datetime) -> dict[str, object]:
    return {
        "id": record.id,
        "folio": record.folio,
        "municipality_code": family.municipality,
        "place_code": family.place,
        "zone": family.zone,
        "language": family.language,
        "registered_at": now,
        "displaced": family.displaced,
        "farms": family.farms,
        "owns_land": family.owns_land,
        "legal_need": family.legal_need,
    }


def _member_row(family_id: int, member: NewMember, cipher: Cipher) -> dict[str, object]:
    return {
        "family_id": family_id,
        "name": cipher.seal(member.name, NAME),
        "document": cipher.seal(member.document, DOCUMENT) if member.document else None,
        "birth_date": member.birth_date,
        "sex": member.sex,
        "relation": member.relation,
        "disability": member.disability,
        "pregnant": member.pregnant,
        "grade": member.grade,
    }
