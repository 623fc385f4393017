"""Programmes (*ofertas*) of the entities: what they are for, where, for how many, and what a family must bring.

A programme has a number of places. Families hold them through referrals (`families.referrals`); how many are held is
kept here as `taken`, which the database keeps from passing `places`. Whoever changes what a programme's referrals are
first locks its row (`lock`).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Row,
    Select,
    SmallInteger,
    Text,
    false,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from families.deadlines import BOGOTA, add_business_days
from families.families import one_of
from families.staff import Role, Staff
from families.territory import contains

EDITORS = frozenset({Role.ENTITY, Role.ZONAL, Role.UT, Role.NATIONAL})
"""Who keeps programmes current: a delegate those of the own entity, a coordinator those of the own territory."""
LAST_HOUR = time(17)
WITHOUT_DATE = timedelta(days=14)
"""How long a family has to go where no date is set."""
SHORTEST_ANSWER = timedelta(hours=2)
MOST_PLACES = 1_000_000
LONGEST_ANSWER = 30


class Status(StrEnum):
    """Whether families may be sent to a programme."""

    DRAFT = "draft"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class Entity(Base):
    """An institution with programmes. Its delegates are the staff whose `entity` is this name."""

    __tablename__ = "entities"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class ProgrammeRow(Base):
    """One programme. `key` names it in figures and never changes; `last_turn` was given last on its waiting list."""

    __tablename__ = "programmes"
    __table_args__ = (
        one_of("status", Status),
        CheckConstraint("taken BETWEEN 0 AND places", name="never_overbooked"),
        CheckConstraint(f"answer_days BETWEEN 1 AND {LONGEST_ANSWER}", name="answer_days"),
        CheckConstraint("closes_on >= opens_on", name="closes_after_opening"),
        Index("ix_programmes_entity_id", "entity_id"),
        Index("ix_programmes_territory", "territory"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    entity_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("entities.id"))
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    achievements: Mapped[list[str]] = mapped_column(ARRAY(Text))
    territory: Mapped[str]
    places: Mapped[int]
    taken: Mapped[int] = mapped_column(server_default="0")
    last_turn: Mapped[int] = mapped_column(BigInteger, server_default="0")
    requirements: Mapped[str]
    bring: Mapped[str]
    address: Mapped[str]
    hours: Mapped[str]
    contact: Mapped[str]
    opens_on: Mapped[date] = mapped_column(Date)
    closes_on: Mapped[date | None] = mapped_column(Date)
    appointment: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answer_days: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class PlaceChange(Base):
    """The number of a programme's places was changed, by whom and when."""

    __tablename__ = "programme_place_changes"
    __table_args__ = (Index("ix_programme_place_changes_programme_id", "programme_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    programme_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("programmes.id", ondelete="CASCADE"))
    before: Mapped[int]
    after: Mapped[int]
    taken: Mapped[int]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))


@dataclass(frozen=True, slots=True)
class Details:
    """What is written about a programme. Families read `bring`, `address`, `hours`, `contact` and `requirements`.

    `achievements` are codes of the catalogue, `territory` a territory code. `appointment` is the one moment for which
    all are called; without it families go within the hours until `closes_on`. An offer is to be answered within
    `answer_days` business days.
    """

    name: str
    achievements: tuple[str, ...]
    territory: str
    requirements: str
    bring: str
    address: str
    hours: str
    contact: str
    opens_on: date
    closes_on: date | None = None
    appointment: datetime | None = None
    answer_days: int = 3

    @property
    def told(self) -> tuple[str, ...]:
        """What families may read of it."""
        return (self.name, self.requirements, self.bring, self.address, self.hours, self.contact)


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme as it is now."""

    id: int
    key: str
    entity: str
    details: Details
    status: Status
    places: int
    taken: int

    @property
    def left(self) -> int:
        """Places that nobody holds."""
        return self.places - self.taken

    def takes(self, today: date) -> bool:
        """Whether families may be sent there today: it is open, and its last day and appointment are not past."""
        moment = self.details.appointment
        ends = (self.details.closes_on, None if moment is None else moment.astimezone(BOGOTA).date())
        return self.status is Status.OPEN and all(end is None or today <= end for end in ends)

    def covers(self, municipality: str) -> bool:
        """Whether families of this municipality may go."""
        return contains(self.details.territory, municipality)

    def answer_by(self, now: datetime) -> datetime:
        """When what is offered or called now is to be answered: so many business days on, before one has to go.

        Business days, so that a message that waits for the hours in which families are written to is not late.
        """
        today = now.astimezone(BOGOTA).date()
        wanted = datetime.combine(add_business_days(today, self.details.answer_days), LAST_HOUR, BOGOTA)
        due = self.due(None)
        return wanted if due is None else max(now + SHORTEST_ANSWER, min(wanted, due - SHORTEST_ANSWER))

    def due(self, accepted_at: datetime | None) -> datetime | None:
        """When a family is to have been there: the appointment, else the last day, else some time after its yes."""
        if self.details.appointment is not None:
            return self.details.appointment
        if self.details.closes_on is not None:
            return datetime.combine(self.details.closes_on, LAST_HOUR, BOGOTA)
        return None if accepted_at is None else accepted_at + WITHOUT_DATE


@dataclass(frozen=True, slots=True)
class Changed:
    """One entry of the history of places. `taken` are those held at that moment."""

    at: datetime
    before: int
    after: int
    taken: int
    by: int | None


class PlacesHeldError(ValueError):
    """More places are held than there would be. `taken` says how many."""

    def __init__(self, taken: int) -> None:
        super().__init__(f"{taken} places are held")
        self.taken = taken


_COLUMNS = (
    ProgrammeRow.id,
    ProgrammeRow.key,
    Entity.name.label("entity"),
    *(getattr(ProgrammeRow, field.name) for field in fields(Details)),
    ProgrammeRow.status,
    ProgrammeRow.places,
    ProgrammeRow.taken,
)
_SLUG = re.compile(r"[^a-z0-9]+")


def entity(connection: Connection, name: str) -> int:
    """The id of the entity of this name, made known if it is not."""
    statement = upsert(Entity).values(name=name).on_conflict_do_nothing()
    connection.execute(statement)
    return connection.execute(select(Entity.id).where(Entity.name == name)).scalar_one()


def entities(connection: Connection, staff: Staff) -> list[str]:
    """The names of the entities with a programme that concerns this person."""
    query = select(Entity.name).join(ProgrammeRow, ProgrammeRow.entity_id == Entity.id).where(seen_by(staff))
    return list(connection.scalars(query.distinct().order_by(Entity.name)))


def create(
    connection: Connection,
    entity_name: str,
    details: Details,
    places: int,
    now: datetime,
    *,
    status: Status = Status.DRAFT,
    by: int | None = None,
) -> int:
    """Make a programme and return its id. Raises ValueError for a negative number of places."""
    if not 0 <= places <= MOST_PLACES:
        raise ValueError("a programme has a number of places")
    statement = insert(ProgrammeRow).values(
        **_stored(details),
        entity_id=entity(connection, entity_name),
        key=_free_key(connection, f"{entity_name} {details.name}"),
        places=places,
        status=status,
        changed_at=now,
    )
    programme_id = connection.execute(statement.returning(ProgrammeRow.id)).scalar_one()
    _note(connection, programme_id, 0, places, 0, now, by)
    return programme_id


def change(connection: Connection, programme_id: int, details: Details, status: Status, now: datetime) -> Programme:
    """Write a programme anew, all but its places; returns it as it was. Raises NoResultFound if there is none."""
    before = lock(connection, programme_id)
    assert before is not None
    connection.execute(
        update(ProgrammeRow)
        .where(ProgrammeRow.id == programme_id)
        .values(**_stored(details), status=status, changed_at=now)
    )
    return before


def set_places(connection: Connection, programme_id: int, places: int, now: datetime, by: int | None = None) -> bool:
    """Change the number of places, with an entry in its history; False if it is so already.

    Raises PlacesHeldError if families hold more than that.
    """
    programme = lock(connection, programme_id)
    assert programme is not None
    if places == programme.places:
        return False
    if not 0 <= places <= MOST_PLACES:
        raise ValueError("a programme has a number of places")
    if places < programme.taken:
        raise PlacesHeldError(programme.taken)
    connection.execute(
        update(ProgrammeRow).where(ProgrammeRow.id == programme_id).values(places=places, changed_at=now)
    )
    _note(connection, programme_id, programme.places, places, programme.taken, now, by)
    return True


def history(connection: Connection, programme_id: int) -> list[Changed]:
    """How the number of places changed, the latest first."""
    rows = connection.execute(
        select(PlaceChange.at, PlaceChange.before, PlaceChange.after, PlaceChange.taken, PlaceChange.by)
        .where(PlaceChange.programme_id == programme_id)
        .order_by(PlaceChange.id.desc())
    )
    return [Changed(*row) for row in rows]


def lock(connection: Connection, programme_id: int, *, wait: bool = True) -> Programme | None:
    """The programme, its row locked until the transaction ends: its places and referrals stand still.

    None if there is none; without `wait` also if somebody else holds it at this moment.
    """
    held = (
        select(ProgrammeRow.id)
        .where(ProgrammeRow.id == programme_id)
        .with_for_update(key_share=True, skip_locked=not wait)
    )
    # A statement of its own after the lock sees what was committed while this one waited.
    return None if connection.scalar(held) is None else get(connection, programme_id)


def get(connection: Connection, programme_id: int) -> Programme | None:
    """The programme of this id."""
    row = connection.execute(query().where(ProgrammeRow.id == programme_id)).first()
    return read(row) if row else None


def query() -> Select[*tuple[Any, ...]]:
    """The query of all programmes, each row for `read`."""
    return select(*_COLUMNS).join(Entity, Entity.id == ProgrammeRow.entity_id)


def read(row: Row[*tuple[Any, ...]]) -> Programme:
    """The programme of a row of `query`."""
    written = {field.name: getattr(row, field.name) for field in fields(Details)}
    details = Details(**written | {"achievements": tuple(row.achievements)})
    return Programme(row.id, row.key, row.entity, details, Status(row.status), row.places, row.taken)


def seen_by(staff: Staff) -> ColumnElement[bool]:
    """The condition that a programme of `query` concerns this person.

    A delegate sees those of the own entity; everybody else those that serve a part of the own territory.
    """
    if staff.role is Role.ENTITY:
        return Entity.name == staff.entity
    if staff.role is Role.ADMIN:
        return false()
    # Either territory may lie in the other: the code of one begins with that of the other.
    return or_(
        *(
            or_(ProgrammeRow.territory.startswith(own, autoescape=True), _begins(own, ProgrammeRow.territory))
            for own in staff.territories
        )
    )


def kept_by(staff: Staff) -> ColumnElement[bool]:
    """The condition that this person keeps a programme of `query` current.

    A coordinator's are those whose whole territory is the coordinator's own.
    """
    if staff.role not in EDITORS:
        return false()
    if staff.role is Role.ENTITY:
        return Entity.name == staff.entity
    return or_(*(ProgrammeRow.territory.startswith(own, autoescape=True) for own in staff.territories))


def serving(municipality: ColumnElement[str] | Any) -> ColumnElement[bool]:
    """The condition that a programme's territory has this municipality, a code or a column of codes, in it."""
    return _begins(municipality, ProgrammeRow.territory)


def _begins(whole: Any, start: Any) -> ColumnElement[bool]:
    return cast("ColumnElement[bool]", func.left(whole, func.length(start)) == start)


def _stored(details: Details) -> Mapping[str, Any]:
    return asdict(details) | {"achievements": list(details.achievements)}


def _note(
    connection: Connection, programme_id: int, before: int, after: int, taken: int, now: datetime, by: int | None
) -> None:
    connection.execute(
        insert(PlaceChange).values(programme_id=programme_id, before=before, after=after, taken=taken, at=now, by=by)
    )


def _free_key(connection: Connection, name: str) -> str:
    """A key of ASCII letters and digits made of a name, numbered if it is taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = _SLUG.sub("-", plain).strip("-")[:48] or "programa"
    taken = set(connection.scalars(select(ProgrammeRow.key).where(ProgrammeRow.key.startswith(slug, autoescape=True))))
    return next(key for key in _numbered(slug) if key not in taken)


def _numbered(slug: str) -> Iterable[str]:
    yield slug
    number = 2
    while True:
        yield f"{slug}-{number}"
        number += 1
