"""Folding, rebuilding and reading figures, beside a plain GROUP BY over the same answers in the same run.

A country of 33 departments and 1,100 municipalities, one anonymous wave, answers to questions like those of the
Libreta. `BENCH_ANSWERS` sets how many (18000000 is the country's own size).
"""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Connection, TextClause, text

import tables
from db import Database
from local import environment
from local.environment import missing_servers
from local.keeper import leave
from surveys import aggregates, folding, library, publications, waves
from surveys.compile import compile_form
from surveys.forms.build import WORKBOOK

ANSWERS = int(os.environ.get("BENCH_ANSWERS", "2000000"))
WAITING = 400_000
ROUNDS = 5
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

_COUNTRY = """
    (ARRAY[{departments}])[1 + family % 33] || lpad((1 + family / 33 % 34)::text, 3, '0')
"""
_ANSWERS = """
    SELECT {wave} AS wave_id, {municipality} AS municipality,
           (ARRAY['urban', 'rural'])[1 + family % 2] AS zone, (ARRAY['sms', 'whatsapp'])[1 + family % 3 / 2] AS channel,
           (ARRAY['salud', 'sena', 'colegio', 'icbf', 'banco', 'vivienda', 'familias', 'registraduria'])[1 + number % 8]
               AS actor,
           (ARRAY['nota_programa', 'trato', 'facilidad', 'informacion'])[1 + number / 8 % 4] AS question,
           'choice' AS counted, (1 + (random() * 4.99)::int % 5)::text AS value, 1 + family % 4 AS weight
    FROM (SELECT number, number / 4 AS family FROM generate_series(1, {n}) AS number) AS drawn
"""
_PLAIN = text("SELECT question, municipality, count(*) FROM anonymous_answers GROUP BY question, municipality")
_SAME_CELLS = text(
    """
    SELECT count(*) FROM (
        SELECT municipality, question, actor, zone, channel, value, sum(weight), sum(weight * weight)
        FROM anonymous_answers GROUP BY municipality, question, actor, zone, channel, value
    ) AS cells
    """
)


def main() -> None:
    with database() as ours:
        wave_id = prepare(ours)
        report_folding(ours, wave_id)
        report_rebuild(ours)
        report_reading(ours, wave_id)
        report_size(ours)


@contextmanager
def database() -> Iterator[Database]:
    """A durable server and database of the benchmark's own."""
    folder = Path(tempfile.mkdtemp(prefix="libreta-bench-"))
    folder.chmod(0o711)
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    env["LIBRETA_VAR"] = str(folder)
    servers = missing_servers(env)
    try:
        ours = Database(environment(env)["DATABASE_URL"])
        tables.metadata.create_all(ours.engine)
        yield ours
        ours.close()
    finally:
        for server in servers.values():
            leave(server)
        shutil.rmtree(folder, ignore_errors=True)


def prepare(ours: Database) -> int:
    """An open wave with its answers already in place, and as many more waiting to be folded."""
    form = compile_form(WORKBOOK.read_bytes()).form
    assert form is not None
    with ours.transaction() as connection:
        wave_id = waves.plan(
            connection,
            name="Ronda",
            form_version_id=library.publish(connection, form, b"", NOW),
            territory="",
            period=(date(2026, 11, 1), date(2026, 11, 30)),
        )
        waves.open(connection, wave_id, NOW)
        connection.execute(
            text(
                f"""
                INSERT INTO anonymous_answers
                    (response, wave_id, municipality, zone, channel, actor, question, counted, value, weight)
                SELECT gen_random_uuid(), a.* FROM ({answers(wave_id, ANSWERS)}) AS a
                """
            )
        )
    with ours.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE anonymous_answers"))
    return wave_id


def answers(wave_id: int, n: int) -> str:
    """A query that makes up `n` answers."""
    departments = ", ".join(f"'{code:02}'" for code in range(1, 34))
    municipality = _COUNTRY.format(departments=departments)
    return _ANSWERS.format(wave=wave_id, municipality=municipality, n=n)


def report_folding(ours: Database, wave_id: int) -> None:
    def wait(connection: Connection) -> None:
        connection.execute(text(f"INSERT INTO answer_deltas SELECT a.*, 1 FROM ({answers(wave_id, WAITING)}) AS a"))

    rates = []
    for _ in range(ROUNDS):
        with ours.transaction() as connection:
            wait(connection)
        taken = timed(lambda: folding.fold(ours))
        rates.append(WAITING / taken)
    print(f"folding in bulk: {statistics.median(rates):,.0f} answers/s (median of {ROUNDS} × {WAITING:,})")


def report_rebuild(ours: Database) -> None:
    def run(statement: TextClause) -> float:
        with ours.transaction() as connection:
            return timed(lambda: connection.execute(statement).all())

    by_municipality = statistics.median(run(_PLAIN) for _ in range(ROUNDS))
    by_cell = statistics.median(run(_SAME_CELLS) for _ in range(ROUNDS))
    rebuilt = timed(lambda: folding.rebuild(ours))
    print(f"rebuild of {ANSWERS:,} answers: {rebuilt:.2f} s; {len(folding.verify(ours))} differences afterwards")
    print(f"  plain GROUP BY question × municipality {by_municipality:.2f} s ({rebuilt / by_municipality:.1f} times)")
    print(f"  plain GROUP BY of the same cells {by_cell:.2f} s ({rebuilt / by_cell:.1f} times)")


def report_reading(ours: Database, wave_id: int) -> None:
    for name, territory in (("municipality", "01001"), ("department", "01"), ("country", "")):

        def read(territory: str = territory) -> None:
            with ours.transaction() as connection:
                aggregates.report_card(connection, wave_id, territory)

        read()
        print(f"report card of a {name}: {1000 * statistics.median(timed(read) for _ in range(50)):.1f} ms")
    with ours.transaction() as connection:
        taken = timed(lambda: publications.freeze(connection, wave_id, NOW))
    print(f"freezing the public figures of all territories: {taken:.1f} s")


def report_size(ours: Database) -> None:
    with ours.transaction() as connection:
        for table in ("anonymous_answers", "rollups", "answer_deltas", "publications"):
            size = connection.scalar(text("SELECT pg_size_pretty(pg_total_relation_size(:t))"), {"t": table})
            rows = connection.scalar(text(f"SELECT count(*) FROM {table}"))
            print(f"{table}: {rows:,} rows, {size}")


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


if __name__ == "__main__":
    main()
