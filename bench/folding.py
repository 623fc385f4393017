"""Folding, rebuilding and reading the figures of a country (`bench.country`), beside a plain GROUP BY of its answers.

`BENCH_ANSWERS` sets how many answers there are in two waves: 18000000 is the country's own size, and a tenth of it is
measured unless said otherwise.
"""

import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
from sqlalchemy import text

from bench import country
from bench.columnar import report_columnar
from bench.country import NOW
from bench.dashboards import report_pages
from bench.turn import postmaster
from db import Database
from surveys import folding, live, publications

WAITING = 400_000
ROUNDS = 5
READS = 60

_PLAIN = "SELECT question, municipality, count(*) FROM anonymous_answers GROUP BY question, municipality"
# All sums are asked for: PostgreSQL leaves out what nobody asks for.
_CELLS = """
    SELECT count(*), sum(n), sum(weight), sum(weight2) FROM (
        SELECT wave_id, municipality, question, actor, zone, channel, value, count(*) AS n, sum(weight) AS weight,
               sum(weight * weight) AS weight2
        FROM anonymous_answers GROUP BY wave_id, municipality, question, actor, zone, channel, value
    ) AS cells
"""
_NUMBERS = """
    SELECT count(*), sum(n) FROM (
        SELECT count(*) AS n FROM anonymous_answers
        GROUP BY wave_id, municipality, question, actor, zone, channel, value
    ) AS cells
"""
# As many families answer once more as it takes; their random ids begin with every number.
_WAIT = """
    INSERT INTO answer_deltas (wave_id, municipality, zone, channel, actor, question, counted, value, weight, n)
    SELECT wave_id, municipality, zone, channel, actor, question, counted, value, weight, 1
    FROM anonymous_answers WHERE wave_id = :wave_id AND response < CAST(to_hex(:share) || repeat('0', 24) AS uuid)
"""


def main() -> None:
    with country.servers() as (env, folder):
        ours = Database(env["DATABASE_URL"])
        began = time.perf_counter()
        published, under_way = country.populate(ours)
        print(f"{country.ANSWERS:,} answers in 2 waves, made in {time.perf_counter() - began:.0f} s")
        report_rebuild(ours, postmaster(folder))
        look(ours, under_way)
        report_folding(ours, under_way)
        print(f"figures for staff moved on in all territories: {look(ours, under_way):.1f} s")
        report_publishing(ours, published)
        report_reading(ours, published, under_way)
        report_pages(env, published, under_way)
        report_size(ours)
        report_columnar(ours, folder, _PLAIN, _CELLS)
        print(f"memory of this process: {psutil.Process().memory_info().rss / 2**20:,.0f} MB; load {os.getloadavg()}")
        ours.close()


def report_rebuild(ours: Database, server: psutil.Process) -> None:
    """Each GROUP BY before and after the rebuild, all with the same memory for sorting and grouping."""

    def group(statement: str) -> float:
        with ours.transaction() as connection:
            connection.execute(text(f"SET LOCAL work_mem = '{folding.WORK_MEMORY}'"))
            return timed(lambda: connection.execute(text(statement)).all())

    plain = {
        "question × municipality": _PLAIN,
        "the same cells, numbers alone": _NUMBERS,
        "the same cells, with weights": _CELLS,
    }
    before = {name: group(statement) for name, statement in plain.items()}
    with peak_memory(server) as peak:
        took = timed(lambda: folding.rebuild(ours))
    alone = {name: [before[name], group(statement)] for name, statement in plain.items()}
    print(f"rebuild of all waves: {took:.1f} s, with {peak[0] / 2**20:,.0f} MB in PostgreSQL besides shared buffers")
    for name, times in alone.items():
        mean = statistics.mean(times)
        print(f"  plain GROUP BY of {name}: {mean:.1f} s (rebuild {took / mean:.1f} times)")
    print(f"compared with a recount: {len(folding.verify(ours))} differences")


def report_folding(ours: Database, wave_id: int) -> None:
    share = 16**7 + int(15 * 16**7 * min(1, 2 * WAITING / country.ANSWERS))
    rates = []
    for _ in range(ROUNDS):
        with ours.transaction() as connection:
            waiting = connection.execute(text(_WAIT), {"wave_id": wave_id, "share": share}).rowcount
        rates.append(waiting / timed(lambda: folding.fold(ours)))
    print(f"folding in bulk: {statistics.median(rates):,.0f} answers/s (median of {ROUNDS} × some {WAITING:,})")


def look(ours: Database, wave_id: int) -> float:
    """Move on the figures that staff see; returns the seconds. What is shown is one look behind what is known."""
    with ours.transaction() as connection:
        return timed(lambda: live.advance_wave(connection, wave_id))


def report_publishing(ours: Database, wave_id: int) -> None:
    with ours.transaction() as connection:
        taken = timed(lambda: publications.freeze(connection, wave_id, NOW))
    print(f"freezing the public figures of all territories: {taken:.1f} s")
    with ours.transaction() as connection:
        connection.execute(text("UPDATE waves SET published_at = :now WHERE id = :id"), {"id": wave_id, "now": NOW})


def report_reading(ours: Database, published: int, under_way: int) -> None:
    """What pages ask for: a card, the cards below a territory, one programme everywhere; published and under way."""
    with ours.transaction() as connection:
        codes = publications.territories(connection, published)
    for name, territory in (("municipality", "70001"), ("department", "70"), ("country", "")):
        length = {0: 2, 2: 5}.get(len(territory), 0)
        below = [code for code in codes if length and len(code) == length and code.startswith(territory)]
        for state, wave_id in (("published", published), ("under way", under_way)):

            def read(territory: str = territory, wave_id: int = wave_id) -> None:
                with ours.transaction() as connection:
                    publications.for_staff(connection, wave_id, territory)

            def compare(below: list[str] = below, wave_id: int = wave_id) -> None:
                with ours.transaction() as connection:
                    publications.compared_for_staff(connection, wave_id, below, "grade")

            beside = f"; {len(below)} grades below it {milliseconds(compare)}" if below else ""
            print(f"card of a {name}, {state}: {milliseconds(read)}{beside}")

    def programme() -> None:
        with ours.transaction() as connection:
            publications.of_actor(connection, published, "sena", departments)

    departments = [code for code in codes if len(code) == 2]
    print(f"one programme in {len(departments)} departments: {milliseconds(programme)}")


def milliseconds(read: Callable[[], None]) -> str:
    read()
    return f"{1000 * statistics.median(timed(read) for _ in range(READS)):.1f} ms"


def report_size(ours: Database) -> None:
    with ours.transaction() as connection:
        for table in ("invitations", "anonymous_answers", "rollups", "live_figures", "publications"):
            size = connection.scalar(text("SELECT pg_size_pretty(pg_total_relation_size(:t))"), {"t": table})
            rows = connection.scalar(text(f"SELECT count(*) FROM {table}"))
            print(f"{table}: {rows:,} rows, {size}")


@contextmanager
def peak_memory(server: psutil.Process) -> Iterator[list[int]]:
    """The most bytes that processes of a server had of their own, together, during the block; one number in a list."""
    peak, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            peak[0] = max(peak[0], sum(own_memory(child) for child in server.children()))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def own_memory(process: psutil.Process) -> int:
    """Bytes that only this process has; none of one that has ended."""
    try:
        return int(process.memory_full_info().uss)
    except psutil.NoSuchProcess:
        return 0


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


if __name__ == "__main__":
    main()
