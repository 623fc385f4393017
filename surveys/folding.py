"""Folding: answers that wait in `answer_deltas` become figures in `rollups`, each exactly once.

A delta says «these n answers came» (n > 0) or «went» (n < 0) and carries all that the figures need. Folding
deletes deltas and adds them to the rollups in one transaction, so a killed process has done both or neither.
It takes what it sees, in no order, so transactions may commit as they like.

An answer counts in three territories: its municipality, its department, the country. A page of any of them reads one
range of the primary key.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from sqlalchemy import BigInteger, Column, Connection, Numeric, String, Table, text
from sqlalchemy.orm import Mapped, mapped_column

from db import Base, Database

BATCH = 200_000
BATCHES = 20
WORK_MEMORY = "64MB"
"""What sorting and grouping may use, so that they need no disk."""

# `counted` says how `value` counts: as one choice, as several choices (names with spaces between), as a number, or as
# an event of an invitation. Rows live for seconds and need no key; vacuumed eagerly, as each is written and deleted.
answer_deltas = Table(
    "answer_deltas",
    Base.metadata,
    Column("wave_id", BigInteger, nullable=False),
    Column("municipality", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("question", String, nullable=False),
    Column("counted", String, nullable=False),
    Column("value", String, nullable=False),
    Column("weight", Numeric, nullable=False),
    Column("n", BigInteger, nullable=False),
    postgresql_with={"autovacuum_vacuum_scale_factor": "0", "autovacuum_vacuum_threshold": "10000"},
)


class Rollup(Base):
    """What is known of one cell. `weight2` is the sum of squared weights, for the effective sample size.

    `category` is a choice; '' stands for everybody who answered, where that is not the sum of the choices. `total`
    and `total2` are weighted sums of a number and of its square. Questions that begin with '#' count invitations.
    """

    __tablename__ = "rollups"

    wave_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    territory: Mapped[str] = mapped_column(primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True)
    actor: Mapped[str] = mapped_column(primary_key=True)
    zone: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)
    weight: Mapped[Decimal] = mapped_column(Numeric)
    weight2: Mapped[Decimal] = mapped_column(Numeric)
    total: Mapped[Decimal] = mapped_column(Numeric)
    total2: Mapped[Decimal] = mapped_column(Numeric)


Progress: TypeAlias = Callable[[int, int], None]
"""Is told how many waves of how many are done."""


def untold(_done: int, _of: int) -> None:
    """For whom progress is of no interest."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell whose folded figures differ from a recount of the answers."""

    wave_id: int
    territory: str
    question: str
    actor: str
    zone: str
    channel: str
    category: str
    folded: int
    counted: int


_KEY = "wave_id, territory, question, actor, zone, channel, category"
_SUMS = "n, weight, weight2, total, total2"

_DELTA = "wave_id, municipality, zone, channel, actor, question, counted, value, weight, n"

# Equal answers are summed first, with the weights and squared weights they bring: the rest then works on cells, whether
# of thousands of answers or of millions.
_SUMMED = """
    SELECT wave_id, municipality, question, actor, zone, channel, counted, value,
           sum(n) AS n, sum(weight) AS weight, sum(weight2) AS weight2
    FROM ({source}) AS source
    GROUP BY wave_id, municipality, question, actor, zone, channel, counted, value
"""

# Departments are sums of municipalities, the country one of departments.
_CELLS = """
    WITH summed AS MATERIALIZED ({summed}), municipalities AS MATERIALIZED (
        SELECT wave_id, municipality AS territory, question, actor, zone, channel, value AS category, n, weight,
               weight2, 0::numeric AS total, 0::numeric AS total2
        FROM summed WHERE counted IN ('choice', 'event')
        UNION ALL
        SELECT wave_id, municipality, question, actor, zone, channel, category, sum(n), sum(weight), sum(weight2), 0, 0
        FROM summed CROSS JOIN LATERAL unnest(string_to_array(value, ' ') || ARRAY['']) AS category
        WHERE counted = 'choices'
        GROUP BY wave_id, municipality, question, actor, zone, channel, category
        UNION ALL
        SELECT wave_id, municipality, question, actor, zone, channel, '', sum(n), sum(weight), sum(weight2),
               sum(weight * value::numeric), sum(weight * value::numeric * value::numeric)
        FROM summed WHERE counted = 'number'
        GROUP BY wave_id, municipality, question, actor, zone, channel
    ), departments AS MATERIALIZED (
        SELECT wave_id, left(territory, 2) AS territory, question, actor, zone, channel, category,
               sum(n) AS n, sum(weight) AS weight, sum(weight2) AS weight2, sum(total) AS total, sum(total2) AS total2
        FROM municipalities
        GROUP BY wave_id, left(territory, 2), question, actor, zone, channel, category
    )
    SELECT * FROM municipalities
    UNION ALL
    SELECT * FROM departments
    UNION ALL
    SELECT wave_id, '', question, actor, zone, channel, category,
           sum(n), sum(weight), sum(weight2), sum(total), sum(total2)
    FROM departments
    GROUP BY wave_id, question, actor, zone, channel, category
"""

# What each delta brings.
_DELTAS = """
    SELECT wave_id, municipality, question, actor, zone, channel, counted, value, n, n * weight AS weight,
           n * weight * weight AS weight2
    FROM {deltas}
"""

_WAITING = _DELTAS.format(deltas="answer_deltas WHERE wave_id = :wave_id")

# Everything that has been counted in a wave, taken from where it is kept.
_KEPT = (
    """
    SELECT r.wave_id, r.municipality, a.question, a.actor, r.zone, r.channel, a.counted, a.value, 1 AS n, a.weight,
           a.weight * a.weight AS weight2
    FROM answers a JOIN responses r ON r.id = a.response_id
    WHERE a.current AND a.counted <> '' AND r.wave_id = :wave_id
    """,
    """
    SELECT wave_id, municipality, question, actor, zone, channel, counted, value, 1 AS n, weight,
           weight * weight AS weight2
    FROM anonymous_answers
    WHERE counted <> '' AND wave_id = :wave_id
    """,
    """
    SELECT CAST(:wave_id AS bigint) AS wave_id, municipality,
           CASE WHEN code THEN '#codes' ELSE '#families' END AS question, '' AS actor, zone, '' AS channel,
           'event' AS counted, event AS value, n, n AS weight, n AS weight2
    FROM (
        SELECT municipality, zone, subject IS NULL AS code, reachable, status, count(*) AS n
        FROM invitations WHERE wave_id = :wave_id GROUP BY municipality, zone, code, reachable, status
    ) AS invited
    CROSS JOIN LATERAL unnest(ARRAY[
        'invited',
        CASE WHEN NOT reachable THEN 'unreachable' END,
        CASE WHEN status IN ('started', 'finished', 'partial') THEN 'started' END,
        CASE WHEN status IN ('finished', 'partial') THEN status END
    ]) AS event
    WHERE event IS NOT NULL
    """,
)
_RECOUNT = " UNION ALL ".join(_KEPT)

# Cells are added in the order of their key, so that two folding processes cannot wait for each other in a
# circle.
_ADD = f"""
    WITH taken AS (
        DELETE FROM answer_deltas WHERE {{which}} RETURNING {_DELTA}
    ), folded AS (
        INSERT INTO rollups AS kept ({_KEY}, {_SUMS})
        SELECT * FROM ({_CELLS.format(summed=_SUMMED.format(source=_DELTAS.format(deltas="taken")))}) AS cells
        ORDER BY {_KEY}
        ON CONFLICT ({_KEY}) DO UPDATE
        SET n = kept.n + excluded.n, weight = kept.weight + excluded.weight,
            weight2 = kept.weight2 + excluded.weight2, total = kept.total + excluded.total,
            total2 = kept.total2 + excluded.total2
    )
    SELECT count(*) FROM taken
"""
_FOLD = text(
    _ADD.format(which="ctid = ANY (ARRAY(SELECT ctid FROM answer_deltas LIMIT :limit FOR UPDATE SKIP LOCKED))")
)
_FOLD_WAVE = text(_ADD.format(which="wave_id = :wave_id"))

# Each place is summed by itself into a table: that PostgreSQL does with several processes, but not an INSERT, and not
# all places together. A statement that makes a table takes no parameters, so the id of the wave is written into it.
_COUNT = f"""
    CREATE TEMP TABLE recount ON COMMIT DROP AS
    {" UNION ALL ".join(_SUMMED.format(source=kept) for kept in _KEPT)}
"""
_REPLACE = text(
    f"""
    INSERT INTO rollups ({_KEY}, {_SUMS})
    SELECT * FROM ({_CELLS.format(summed=_SUMMED.format(source="SELECT * FROM recount"))}) AS cells
    ORDER BY {_KEY}
    """
)

_UNCOUNTED = text(
    """
    SELECT w.id FROM waves w
    WHERE NOT EXISTS (SELECT FROM rollups r WHERE r.wave_id = w.id)
      AND (EXISTS (SELECT FROM anonymous_answers a WHERE a.wave_id = w.id)
           OR EXISTS (SELECT FROM responses r WHERE r.wave_id = w.id)
           OR EXISTS (SELECT FROM invitations i WHERE i.wave_id = w.id))
    ORDER BY w.id
    """
)

_VERIFY = text(
    f"""
    WITH recounted AS ({_CELLS.format(summed=_SUMMED.format(source=_RECOUNT))}),
    waiting AS ({_CELLS.format(summed=_SUMMED.format(source=_WAITING))}),
    folded AS (
        SELECT {_KEY}, sum(n) AS n, sum(weight) AS weight, sum(weight2) AS weight2, sum(total) AS total,
               sum(total2) AS total2
        FROM (
            SELECT {_KEY}, {_SUMS} FROM rollups WHERE wave_id = :wave_id
            UNION ALL
            SELECT {_KEY}, {_SUMS} FROM waiting
        ) AS both_parts
        GROUP BY {_KEY}
    )
    SELECT {_KEY}, coalesce(f.n, 0)::bigint AS folded, coalesce(r.n, 0)::bigint AS counted
    FROM folded f FULL JOIN recounted r USING ({_KEY})
    WHERE (coalesce(f.n, 0), coalesce(f.weight, 0), coalesce(f.weight2, 0), coalesce(f.total, 0),
           coalesce(f.total2, 0))
       <> (coalesce(r.n, 0), coalesce(r.weight, 0), coalesce(r.weight2, 0), coalesce(r.total, 0),
           coalesce(r.total2, 0))
    ORDER BY {_KEY}
    """
)


def fold(database: Database, *, batch: int = BATCH, batches: int = BATCHES) -> int:
    """Fold what waits, at most `batches` transactions of `batch` deltas; returns how many deltas were folded.

    A job: opens its own transactions. Any number of processes may do so at once.
    """
    folded = 0
    for _ in range(batches):
        with database.transaction() as connection:
            _lock(connection, "ROW EXCLUSIVE")
            taken: int = connection.execute(_FOLD, {"limit": batch}).scalar_one()
        folded += taken
        if taken < batch:
            break
    return folded


def fold_wave(connection: Connection, wave_id: int) -> None:
    """Fold all that waits of one wave within the caller's transaction, as before its figures are frozen."""
    _lock(connection, "ROW EXCLUSIVE")
    connection.execute(_FOLD_WAVE, {"wave_id": wave_id})


def rebuild(database: Database, told: Progress = untold, waves: Collection[int] | None = None) -> None:
    """Count all answers anew, of these waves or of all, and put the result in place of the folded figures.

    A job: each wave is one transaction of its own, during which folding waits and readers see the old
    figures. Answers keep coming in; those that come later are folded onto the new figures. `told` hears of
    progress.
    """
    wanted = sorted(waves) if waves is not None else _waves(database)
    for done, wave_id in enumerate(wanted):
        told(done, len(wanted))
        with database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            _recount(connection, wave_id)
            connection.commit()
    told(len(wanted), len(wanted))


def backfill(database: Database, told: Progress = untold) -> list[int]:
    """Count the waves that have answers but no figures, as after an import; returns their ids. A job, see `rebuild`."""
    with database.transaction() as connection:
        missing = list(connection.scalars(_UNCOUNTED))
    rebuild(database, told, missing)
    return missing


def verify(database: Database, told: Progress = untold) -> list[Difference]:
    """Compare folded figures, and what waits to be folded, to a recount of all answers: exact, in n and in weights.

    A job: one statement a wave, so it may run while answers come in and are folded. `told` hears of progress.
    """
    found = []
    wanted = _waves(database)
    for done, wave_id in enumerate(wanted):
        told(done, len(wanted))
        with database.transaction() as connection:
            rows = connection.execute(_VERIFY, {"wave_id": wave_id})
            found += [Difference(**row._mapping) for row in rows]
    told(len(wanted), len(wanted))
    return found


def _recount(connection: Connection, wave_id: int) -> None:
    """Put a recount of one wave in place of its figures, within a transaction that sees one state of the database.

    That state is taken after the lock is had: what waits to be folded and is removed is just what is counted.
    """
    _lock(connection, "EXCLUSIVE")
    parameters = {"wave_id": wave_id}
    connection.execute(text("DELETE FROM answer_deltas WHERE wave_id = :wave_id"), parameters)
    connection.execute(text(_COUNT.replace(":wave_id", str(int(wave_id)))))
    connection.execute(text("DELETE FROM rollups WHERE wave_id = :wave_id"), parameters)
    connection.execute(_REPLACE)


def _waves(database: Database) -> list[int]:
    with database.transaction() as connection:
        return list(connection.scalars(text("SELECT id FROM waves ORDER BY id")))


def _lock(connection: Connection, mode: str) -> None:
    """Keep folding and rebuilding apart; reading goes on.

    A statement of its own, because what follows must see what was committed while this one waited.
    """
    connection.execute(text(f"SET LOCAL lock_timeout = '60s'; SET LOCAL work_mem = '{WORK_MEMORY}'"))
    connection.execute(text(f"LOCK TABLE rollups IN {mode} MODE"))
