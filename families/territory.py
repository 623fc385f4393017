"""Where families live: departments, municipalities and populated places, keyed by DIVIPOLA code.

A *territory code* names one of the three levels the programme works at: '' is the country, '11' a department,
'11001' a municipality. A municipality lies in a territory when its code begins with the territory's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CHAR,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    TextClause,
    bindparam,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from families import divipola

COUNTRY = ""
MUNICIPALITY = 5  # digits of a municipality's code


class Department(Base):
    """A department; `code` has two digits."""

    __tablename__ = "departments"

    code: Mapped[str] = mapped_column(CHAR(2), primary_key=True)
    name: Mapped[str]


class Municipality(Base):
    """A municipality; `code` has five digits, the first two of which are the department's."""

    __tablename__ = "municipalities"
    __table_args__ = (Index("ix_municipalities_department_code", "department_code"),)

    code: Mapped[str] = mapped_column(CHAR(5), primary_key=True)
    department_code: Mapped[str] = mapped_column(CHAR(2), ForeignKey("departments.code"))
    name: Mapped[str]


class Place(Base):
    """A town or village (*centro poblado*); `code` has eight digits, the first five of which are the
    municipality's.
    """

    __tablename__ = "populated_places"
    __table_args__ = (Index("ix_populated_places_municipality_code", "municipality_code"),)

    code: Mapped[str] = mapped_column(CHAR(8), primary_key=True)
    municipality_code: Mapped[str] = mapped_column(CHAR(5), ForeignKey("municipalities.code"))
    name: Mapped[str]
    seat: Mapped[bool]


@dataclass(frozen=True, slots=True)
class Territory:
    """A territory as people read it: 'Sincelejo (Sucre)', 'Sucre', 'Colombia'."""

    code: str
    name: str


def _upsert(table: str, columns: str, values: str) -> TextClause:
    """The statement that brings a table up to `rows`, a list of lists of which these are the columns."""
    return text(
        f"""
        INSERT INTO {table} AS known ({columns})
        SELECT {values} FROM jsonb_array_elements(:rows) AS row
        ON CONFLICT (code) DO UPDATE SET name = excluded.name WHERE known.name <> excluded.name
        """
    ).bindparams(bindparam("rows", type_=JSONB))


_DEPARTMENTS = _upsert("departments", "code, name", "row ->> 0, row ->> 1")
_MUNICIPALITIES = _upsert("municipalities", "code, name, department_code", "row ->> 0, row ->> 1, left(row ->> 0, 2)")
_PLACES = _upsert(
    "populated_places",
    "code, name, seat, municipality_code",
    "row ->> 0, row ->> 1, (row ->> 2)::boolean, left(row ->> 0, 5)",
)


def load(connection: Connection) -> int:
    """Bring the three tables up to the lists of DANE; returns the number of municipalities.

    A place that a new list no longer carries stays, because families may be recorded there.
    """
    lists = divipola.read()
    connection.execute(_DEPARTMENTS, {"rows": list(lists.departments.items())})
    connection.execute(_MUNICIPALITIES, {"rows": list(lists.municipalities.items())})
    connection.execute(_PLACES, {"rows": [(place.code, place.name, place.seat) for place in lists.places]})
    return len(lists.municipalities)


def within(column: ColumnElement[str] | Any, territories: Iterable[str]) -> ColumnElement[bool]:
    """The condition that a column of municipality codes lies in one of the territories; false where there are
    none.
    """
    codes = sorted(set(territories))
    if COUNTRY in codes:
        return true()
    whole = [code for code in codes if len(code) < MUNICIPALITY]
    single = [code for code in codes if len(code) == MUNICIPALITY]  # equality, so that an index serves it
    return or_(column.in_(single), *(column.startswith(code, autoescape=True) for code in whole))


def contains(territory: str, other: str) -> bool:
    """Whether `other`, a territory code, is `territory` itself or a part of it."""
    return other.startswith(territory)


def named(connection: Connection, code: str) -> Territory | None:
    """The territory of a code, or None where there is none."""
    if code == COUNTRY:
        return Territory(COUNTRY, "Colombia")
    if len(code) == 2:
        department = connection.scalar(select(Department.name).where(Department.code == code))
        return Territory(code, department) if department else None
    found = connection.execute(
        select(Municipality.name, Department.name.label("department"))
        .join(Department, Department.code == Municipality.department_code)
        .where(Municipality.code == code)
    ).first()
    return Territory(code, f"{found.name} ({found.department})") if found else None


def municipality_names(connection: Connection, codes: Iterable[str] | None = None) -> Mapping[str, str]:
    """Names of municipalities by code: those asked for, or all."""
    query = select(Municipality.code, Municipality.name).order_by(Municipality.code)
    if codes is not None:
        query = query.where(Municipality.code.in_(sorted(set(codes))))
    return {row.code: row.name for row in connection.execute(query)}


def department_names(connection: Connection) -> Mapping[str, str]:
    """Names of all departments by code."""
    return {
        row.code: row.name
        for row in connection.execute(select(Department.code, Department.name).order_by(Department.code))
    }
