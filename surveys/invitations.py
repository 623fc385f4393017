"""Invitations: who may answer in a wave, once each.

An invitation belongs to a subject (a family, by a number that means nothing here) or, linked to nobody, to a
one-time code. It also keeps what was drawn for it: the module and the probability of that draw.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from random import Random
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    UniqueConstraint,
    bindparam,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from surveys import codes

MODULE, MODULE_PROBABILITY = "modulo", "probabilidad_modulo"
"""The hidden questions of a form that an invitation presets."""

CHUNK = 5_000
MUNICIPALITY_DIGITS = 5


class InvitationRow(Base):
    """`status` is invited, unreachable, redeemed (a code), started, finished, partial or expired."""

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("wave_id", "subject"),
        Index("ix_invitations_subject", "subject"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    wave_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("waves.id"))
    subject: Mapped[int | None] = mapped_column(BigInteger)
    municipality: Mapped[str]
    zone: Mapped[str]
    stratum: Mapped[dict[str, str]] = mapped_column(JSONB)
    reachable: Mapped[bool]
    preset: Mapped[dict[str, str]] = mapped_column(JSONB)
    status: Mapped[str]
    code_digest: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody to invite: a family by its number. `stratum` may hold what figures are compared by, never names."""

    id: int
    municipality: str
    zone: str
    reachable: bool = True
    stratum: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_municipality(self.municipality)


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a dialogue needs to begin a response."""

    id: int
    wave_id: int
    form_version_id: int
    anonymous: bool
    subject: int | None
    preset: Mapping[str, str]


def require_municipality(code: str) -> None:
    """Raise ValueError unless this is a code of five digits: figures of departments are made from the first two."""
    if len(code) != MUNICIPALITY_DIGITS or not code.isdigit():
        raise ValueError(f"{code!r} is no code of a municipality")


def draw_module(modules: Mapping[str, float], random: Random) -> Mapping[str, str]:
    """The preset of one invitation: a module drawn by its probability; empty where nothing is drawn."""
    if not modules:
        return {}
    (module,) = random.choices(list(modules), weights=list(modules.values()))
    return {MODULE: module, MODULE_PROBABILITY: repr(modules[module])}


_CREATE = text(
    """
    WITH created AS (
        INSERT INTO invitations (wave_id, subject, municipality, zone, stratum, reachable, preset, status)
        SELECT :wave_id, s.id, s.municipality, s.zone, s.stratum, s.reachable, s.preset,
               CASE WHEN s.reachable THEN 'invited' ELSE 'unreachable' END
        FROM jsonb_to_recordset(:subjects)
             AS s(id bigint, municipality text, zone text, reachable bool, stratum jsonb, preset jsonb)
        ON CONFLICT (wave_id, subject) DO NOTHING
        RETURNING municipality, zone, reachable
    ), told AS (
        INSERT INTO answer_deltas
            (wave_id, municipality, zone, channel, actor, question, counted, value, weight, n)
        SELECT :wave_id, municipality, zone, '', '', '#families', 'event', 'invited', 1, count(*)
        FROM created GROUP BY municipality, zone
        UNION ALL
        SELECT :wave_id, municipality, zone, '', '', '#families', 'event', 'unreachable', 1, count(*)
        FROM created WHERE NOT reachable GROUP BY municipality, zone
    )
    SELECT count(*) FROM created
    """
).bindparams(bindparam("subjects", type_=JSONB))

_CREATE_CODES = text(
    """
    WITH created AS (
        INSERT INTO invitations
            (wave_id, municipality, zone, stratum, reachable, preset, status, code_digest)
        SELECT :wave_id, :municipality, '', '{}', true, d.preset, 'invited', decode(d.digest, 'hex')
        FROM jsonb_to_recordset(:drawn) AS d(digest text, preset jsonb)
        ON CONFLICT (code_digest) DO NOTHING
        RETURNING code_digest
    ), told AS (
        INSERT INTO answer_deltas
            (wave_id, municipality, zone, channel, actor, question, counted, value, weight, n)
        SELECT :wave_id, :municipality, '', '', '', '#codes', 'event', 'invited', 1, count(*)
        FROM created HAVING count(*) > 0
    )
    SELECT code_digest FROM created
    """
).bindparams(bindparam("drawn", type_=JSONB))

_REDEEM = text(
    """
    UPDATE invitations i SET status = 'redeemed' FROM waves w
    WHERE i.code_digest = :digest AND i.status = 'invited' AND w.id = i.wave_id AND w.status = 'open'
    RETURNING i.id, i.wave_id, w.form_version_id, w.anonymous, i.subject, i.preset
    """
)

_OPEN_TO = text(
    """
    SELECT i.id, i.wave_id, w.form_version_id, w.anonymous, i.subject, i.preset
    FROM invitations i JOIN waves w ON w.id = i.wave_id
    WHERE i.subject = ANY(:subjects) AND i.status IN ('invited', 'unreachable') AND w.status = 'open'
    ORDER BY i.id
    """
)

_REACHABLE = text(
    """
    SELECT i.id, i.wave_id, w.form_version_id, w.anonymous, i.subject, i.preset
    FROM invitations i JOIN waves w ON w.id = i.wave_id
    WHERE i.wave_id = :wave_id AND i.subject IS NOT NULL AND i.status = 'invited' AND i.id > :after
    ORDER BY i.id LIMIT :limit
    """
)

_UNREACHABLE = text(
    """
    WITH lost AS (
        UPDATE invitations SET reachable = false, status = 'unreachable'
        WHERE wave_id = :wave_id AND subject = ANY(:subjects) AND status = 'invited'
        RETURNING municipality, zone
    )
    INSERT INTO answer_deltas
        (wave_id, municipality, zone, channel, actor, question, counted, value, weight, n)
    SELECT :wave_id, municipality, zone, '', '', '#families', 'event', 'unreachable', 1, count(*)
    FROM lost GROUP BY municipality, zone
    """
)


def create(
    connection: Connection,
    wave_id: int,
    subjects: Iterable[Subject],
    random: Random,
    *,
    modules: Mapping[str, float],
    sample_size: int | None = None,
) -> int:
    """Invite all subjects, or `sample_size` of them drawn at random; returns how many invitations are new.

    Whoever is invited already stays so. A wave whose sample is drawn draws no second one.
    """
    if sample_size is not None:
        if connection.scalar(text("SELECT EXISTS (SELECT FROM invitations WHERE wave_id = :w)"), {"w": wave_id}):
            return 0
        subjects = _sample(subjects, sample_size, random)
    created = 0
    for chunk in _chunks(subjects):
        rows = [asdict(subject) | {"preset": draw_module(modules, random)} for subject in chunk]
        created += connection.execute(_CREATE, {"wave_id": wave_id, "subjects": rows}).scalar_one()
    return created


def create_codes(
    connection: Connection,
    wave_id: int,
    municipality: str,
    count: int,
    key: bytes,
    random: Random,
    *,
    modules: Mapping[str, float],
) -> list[str]:
    """Draw a batch of one-time codes for a municipality and return them: they cannot be had again.

    `random` should be a `SystemRandom`. Codes are linked to nobody.
    """
    require_municipality(municipality)
    live = connection.execute(
        text("SELECT count(*) FROM invitations WHERE code_digest IS NOT NULL AND status = 'invited'")
    ).scalar_one()
    digits = codes.length(live + count)
    batch: list[str] = []
    while len(batch) < count:
        drawn = {codes.digest(code, key): code for code in _draw(random, digits, count - len(batch))}
        rows = [{"digest": digest.hex(), "preset": draw_module(modules, random)} for digest in drawn]
        parameters = {"wave_id": wave_id, "municipality": municipality, "drawn": rows}
        batch += [drawn[bytes(row.code_digest)] for row in connection.execute(_CREATE_CODES, parameters)]
    return batch


def redeem(connection: Connection, code: str, key: bytes) -> Invitation | None:
    """Use up a one-time code, as `codes.read` gave it. None if unknown, used, or its wave is not open."""
    row = connection.execute(_REDEEM, {"digest": codes.digest(code, key)}).one_or_none()
    return None if row is None else Invitation(**row._mapping)


def open_to(connection: Connection, subjects: Sequence[int]) -> list[Invitation]:
    """The invitations that these subjects may still begin, in open waves, oldest first."""
    return _read(connection, _OPEN_TO, subjects=list(subjects))


def reachable(connection: Connection, wave_id: int, *, after: int = 0, limit: int = 1_000) -> list[Invitation]:
    """The next invitations to be sent, by id: reachable subjects of the wave that have not begun."""
    return _read(connection, _REACHABLE, wave_id=wave_id, after=after, limit=limit)


def unreachable(connection: Connection, wave_id: int, subjects: Sequence[int]) -> None:
    """Note that these subjects cannot be reached: their numbers are wrong, gone, or want no messages."""
    connection.execute(_UNREACHABLE, {"wave_id": wave_id, "subjects": list(subjects)})


def expire(connection: Connection, wave_id: int) -> None:
    """End the invitations that nobody has begun. Figures keep counting them as invited."""
    connection.execute(
        text(
            """
            UPDATE invitations SET status = 'expired'
            WHERE wave_id = :wave_id AND status IN ('invited', 'unreachable', 'redeemed')
            """
        ),
        {"wave_id": wave_id},
    )


def _read(connection: Connection, statement: Any, **parameters: object) -> list[Invitation]:
    return [Invitation(**row._mapping) for row in connection.execute(statement, parameters)]


def _draw(random: Random, digits: int, count: int) -> Iterator[str]:
    return (codes.draw(random, digits) for _ in range(count))


def _chunks(subjects: Iterable[Subject]) -> Iterator[list[Subject]]:
    remaining = iter(subjects)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def _sample(subjects: Iterable[Subject], size: int, random: Random) -> list[Subject]:
    """A simple random sample in one pass (reservoir: A. Waterman, in Knuth, TAOCP 2, 3.4.2, algorithm R)."""
    reservoir: list[Subject] = []
    for seen, subject in enumerate(subjects):
        if seen < size:
            reservoir.append(subject)
        elif (place := random.randrange(seen + 1)) < size:
            reservoir[place] = subject
    return reservoir
