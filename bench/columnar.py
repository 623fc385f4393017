"""DuckDB on the same answers, as a measure of what a column store does with them. For development only."""

import statistics
import time
from pathlib import Path

import duckdb
import psycopg

from db import Database

_COLUMNS = "wave_id, municipality, zone, channel, actor, question, counted, value, weight"


def report_columnar(ours: Database, folder: Path, *statements: str) -> None:
    """Copy the answers out to Parquet, and group them as PostgreSQL did."""
    csv, parquet = folder / "answers.csv", folder / "anonymous_answers.parquet"
    address = ours.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    query = f"COPY (SELECT {_COLUMNS} FROM anonymous_answers) TO STDOUT (FORMAT csv)"
    with psycopg.connect(address) as connection, csv.open("wb") as file, connection.cursor().copy(query) as blocks:
        for block in blocks:
            file.write(block)
    with duckdb.connect() as store:
        store.execute("SET memory_limit = '2GB'")
        names = [name.strip() for name in _COLUMNS.split(",")]
        kinds = dict.fromkeys(names, "VARCHAR") | {"wave_id": "BIGINT", "weight": "DECIMAL(12, 4)"}
        store.execute(f"COPY (SELECT * FROM read_csv('{csv}', header = false, columns = {kinds})) TO '{parquet}'")
        csv.unlink()
        store.execute(f"CREATE VIEW anonymous_answers AS SELECT * FROM '{parquet}'")
        for name, statement in zip(("question × municipality", "the same cells"), statements, strict=True):
            times = []
            for _ in range(3):
                before = time.perf_counter()
                store.execute(statement).fetchall()
                times.append(time.perf_counter() - before)
            print(f"DuckDB on Parquet, {name}: {statistics.median(times):.2f} s")
    print(f"Parquet: {parquet.stat().st_size / 2**20:,.0f} MB")
