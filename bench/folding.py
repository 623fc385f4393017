"""Folding, rebuilding and reading the figures of a country, beside a plain GROUP BY over the same answers.

1.5 million families in 33 departments and 1,100 municipalities, half of them invited to each of two anonymous waves of
12 questions like those of the Libreta, all made by the database itself. `BENCH_ANSWERS` sets how many answers there are
in all: 18000000 is the country's own size, and a tenth of it is measured unless said otherwise.
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

import psutil
from sqlalchemy import Connection, TextClause, text

import tables
from bench.columnar import report_columnar
from db import Database
from local import environment
from local.environment import missing_servers
from local.keeper import leave
from surveys import folding, library, live, publications, waves
from surveys.compile import compile_form
from surveys.forms.build import WORKBOOK

ANSWERS = int(os.environ.get("BENCH_ANSWERS", "1800000"))
QUESTIONS = 12
WAVES = 2
WAITING = 400_000
ROUNDS = 5
READS = 60
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

_DEPARTMENTS = ", ".join(f"'{code:02}'" for code in range(1, 34))

_ANSWERS = f"""
    SELECT wave AS wave_id, (ARRAY[{_DEPARTMENTS}])[1 + family % 33] || lpad((1 + family / 33 % 34)::text, 3, '0')
               AS municipality,
           (ARRAY['urban', 'rural'])[1 + family % 2] AS zone, (ARRAY['sms', 'whatsapp'])[1 + family % 3 / 2] AS channel,
           CASE WHEN number % {QUESTIONS} < 7 THEN
               (ARRAY['salud', 'sena', 'colegio', 'icbf', 'banco', 'vivienda', 'familias', 'registraduria'])
                   [1 + family % 8]
           ELSE (ARRAY['gestor', 'gestor', 'municipio', 'coordinacion', '', ''])[number % {QUESTIONS} - 6] END AS actor,
           (ARRAY['nota_programa', 'facilidad', 'trato', 'informacion', 'problema', 'resuelto', 'pago',
                  'visita', 'nota_gestor', 'nota_municipio', 'nota_coordinacion', 'usa'])[1 + number % {QUESTIONS}]
               AS question,
           CASE WHEN number % {QUESTIONS} = 11 THEN 'choices' ELSE 'choice' END AS counted,
           CASE WHEN number % {QUESTIONS} = 11 THEN 'salud sena'
                WHEN number % {QUESTIONS} BETWEEN 4 AND 7 THEN (ARRAY['si', 'no'])[1 + (random() * 1.99)::int % 2]
                ELSE (1 + (random() * 4.99)::int % 5)::text END AS value,
           1 + family % 4 AS weight
    FROM (SELECT number, number / {QUESTIONS} AS family, {{wave}} AS wave
          FROM generate_series(1, {{n}}) AS number) AS drawn
"""
_PLAIN = "SELECT question, municipality, count(*) FROM anonymous_answers GROUP BY question, municipality"
_CELLS = """
    SELECT count(*) FROM (
        SELECT wave_id, municipality, question, actor, zone, channel, value, count(*) AS n, sum(weight) AS weight,
               sum(weight * weight) AS weight2
        FROM anonymous_answers GROUP BY wave_id, municipality, question, actor, zone, channel, value
    ) AS cells
"""


def main() -> None:
    with database() as (ours, folder):
        print(f"{ANSWERS:,} answers in {WAVES} waves")
        wave_ids = prepare(ours)
        report_rebuild(ours)
        report_folding(ours, wave_ids[1])
        report_live(ours, wave_ids[1])
        report_publishing(ours, wave_ids[0])
        report_reading(ours, wave_ids)
        report_size(ours)
        report_columnar(ours, folder, _PLAIN, _CELLS)
        print(f"memory of this process: {psutil.Process().memory_info().rss / 2**20:,.0f} MB")


@contextmanager
def database() -> Iterator[tuple[Database, Path]]:
    """A durable server and database of the benchmark's own, and a folder for its files."""
    folder = Path(tempfile.mkdtemp(prefix="libreta-bench-"))
    folder.chmod(0o711)
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    env["LIBRETA_VAR"] = str(folder)
    servers = missing_servers(env)
    try:
        ours = Database(environment(env)["DATABASE_URL"])
        tables.metadata.create_all(ours.engine)
        yield ours, folder
        ours.close()
    finally:
        for server in servers.values():
            leave(server)
        shutil.rmtree(folder, ignore_errors=True)


def prepare(ours: Database) -> list[int]:
    """A closed wave and an open one with their answers in place, written as closing a wave leaves them."""
    form = compile_form(WORKBOOK.read_bytes()).form
    assert form is not None
    wave_ids = []
    with ours.transaction() as connection:
        version = library.publish(connection, form, b"", NOW)
        connection.execute(text("ALTER TABLE anonymous_answers DROP CONSTRAINT pk_anonymous_answers"))
        connection.execute(text("DROP INDEX ix_anonymous_answers_wave_id"))
        for number in range(WAVES):
            period = (date(2026, 9 + number, 1), date(2026, 9 + number, 30))
            wave_id = waves.plan(connection, name="Ronda", form_version_id=version, territory="", period=period)
            waves.open(connection, wave_id, NOW)
            wave_ids.append(wave_id)
    for wave_id in wave_ids:
        with ours.transaction() as connection:
            connection.execute(
                text(
                    f"""
                    INSERT INTO anonymous_answers
                        (response, wave_id, municipality, zone, channel, actor, question, counted, value, weight)
                    SELECT md5((row_number() OVER () / {QUESTIONS})::text)::uuid, a.*
                    FROM ({answers(wave_id, ANSWERS // WAVES)}) AS a
                    """
                )
            )
    with ours.transaction() as connection:
        connection.execute(text("ALTER TABLE anonymous_answers ADD CONSTRAINT pk_anonymous_answers PRIMARY KEY (id)"))
        connection.execute(text("CREATE INDEX ix_anonymous_answers_wave_id ON anonymous_answers (wave_id)"))
        connection.execute(text("UPDATE waves SET status = 'closed' WHERE id = :id"), {"id": wave_ids[0]})
    vacuum(ours, "anonymous_answers")
    return wave_ids


def vacuum(ours: Database, table: str) -> None:
    with ours.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"VACUUM ANALYZE {table}"))


def answers(wave_id: int, n: int) -> str:
    """A query that makes up `n` answers of a wave."""
    return _ANSWERS.format(wave=wave_id, n=n)


def report_folding(ours: Database, wave_id: int) -> None:
    def wait(connection: Connection) -> None:
        query = answers(wave_id, WAITING)
        connection.execute(text(f"INSERT INTO answer_deltas SELECT a.*, 1 FROM ({query}) AS a"))

    rates = []
    for _ in range(ROUNDS):
        with ours.transaction() as connection:
            wait(connection)
        taken = timed(lambda: folding.fold(ours))
        rates.append(WAITING / taken)
    print(f"folding in bulk: {statistics.median(rates):,.0f} answers/s (median of {ROUNDS} × {WAITING:,})")
    folding.rebuild(ours, waves=[wave_id])
    vacuum(ours, "rollups")


def report_rebuild(ours: Database) -> None:
    def run(statement: TextClause) -> float:
        with ours.transaction() as connection:
            return timed(lambda: connection.execute(statement).all())

    plain = [run(text(_PLAIN)) for _ in range(3)]
    cells = [run(text(_CELLS)) for _ in range(3)]
    rebuilt = [timed(lambda: folding.rebuild(ours)) for _ in range(2)]
    vacuum(ours, "rollups")
    took = statistics.median(rebuilt)
    print(f"rebuild of all waves: {took:.2f} s; {len(folding.verify(ours))} differences afterwards")
    for name, times in (("question × municipality", plain), ("the same cells", cells)):
        alone = statistics.median(times)
        print(f"  plain GROUP BY of {name}: {alone:.2f} s ({took / alone:.1f} times)")


def report_live(ours: Database, wave_id: int) -> None:
    with ours.transaction() as connection:
        first = timed(lambda: live.advance_wave(connection, wave_id))
    print(f"figures for staff moved on in all territories: {first:.1f} s")


def report_publishing(ours: Database, wave_id: int) -> None:
    with ours.transaction() as connection:
        taken = timed(lambda: publications.freeze(connection, wave_id, NOW))
    print(f"freezing the public figures of all territories: {taken:.1f} s")
    with ours.transaction() as connection:
        connection.execute(text("UPDATE waves SET published_at = :now WHERE id = :id"), {"id": wave_id, "now": NOW})


def report_reading(ours: Database, wave_ids: list[int]) -> None:
    """What pages ask for: a card, the cards below a territory, one programme everywhere; published and under way."""
    published, under_way = wave_ids
    below = {"01001": [], "01": [f"01{n:03}" for n in range(1, 35)], "": [f"{n:02}" for n in range(1, 34)]}
    for name, territory in (("municipality", "01001"), ("department", "01"), ("country", "")):
        for state, wave_id in (("published", published), ("under way", under_way)):

            def read(territory: str = territory, wave_id: int = wave_id) -> None:
                with ours.transaction() as connection:
                    publications.for_staff(connection, wave_id, territory)

            def compare(territory: str = territory, wave_id: int = wave_id) -> None:
                with ours.transaction() as connection:
                    publications.compared_for_staff(connection, wave_id, below[territory], "grade")

            print(f"card of a {name}, {state}: {milliseconds(read)}; the grades below it {milliseconds(compare)}")

    def programme() -> None:
        with ours.transaction() as connection:
            publications.of_actor(connection, published, "sena")

    print(f"one programme in all territories: {milliseconds(programme)}")


def milliseconds(read: Callable[[], None]) -> str:
    read()
    return f"{1000 * statistics.median(timed(read) for _ in range(READS)):.1f} ms"


def report_size(ours: Database) -> None:
    with ours.transaction() as connection:
        for table in ("anonymous_answers", "rollups", "live_figures", "publications"):
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
