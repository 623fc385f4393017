"""Whom a wave or a campaign is for: the signed, active families of a territory, all or a random sample."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

from families.families import Family, Status, Zone
from families.territory import within

CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A family of an audience: no more than is needed to invite it."""

    id: int
    municipality: str
    zone: Zone


def audience(connection: Connection, territory: str, chunk: int = CHUNK) -> Iterator[list[Listed]]:
    """The signed, active families of a territory code in chunks, in order of id.

    Every chunk is a query of its own, so the caller may write on the same connection in between.
    """
    last = 0
    while listed := _listed(connection, _eligible(territory).where(Family.id > last).order_by(Family.id).limit(chunk)):
        yield listed
        last = listed[-1].id


def sample(connection: Connection, territory: str, size: int, seed: int) -> list[Listed]:
    """A random sample without replacement of at most `size` families of a territory code, in order of id.

    The same seed draws the same families, so that a draw can be audited.
    """
    draw = func.md5(func.concat(seed, ":", Family.id))
    drawn = _eligible(territory).order_by(draw, Family.id).limit(size)
    return sorted(_listed(connection, drawn), key=lambda family: family.id)


def size(connection: Connection, territory: str) -> int:
    """How many families the audience has."""
    return connection.scalar(select(func.count()).select_from(_eligible(territory).subquery())) or 0


def _eligible(territory: str) -> Select[*tuple[Any, ...]]:
    return select(Family.id, Family.municipality_code, Family.zone).where(
        within(Family.municipality_code, [territory]),
        Family.status == Status.ACTIVE,
        Family.signed_at.is_not(None),
    )


def _listed(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[Listed]:
    return [Listed(row.id, row.municipality_code, Zone(row.zone)) for row in connection.execute(query)]
