"""A country that has answered two waves of the Libreta, made by the database itself: data for benchmarks of figures.

All municipalities there are, and with `BENCH_ANSWERS=18000000` 1.5 million families. All of them are invited to both
waves; half of them answer each, 12 questions. Municipality, zone, channel, programme, weight and answers are drawn
independently, so that there are as many different figures as there can be.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import text

from db import Database
from families import territory
from local import environment
from local.environment import missing_servers
from local.keeper import leave
from surveys import library, waves
from surveys.compile import compile_form
from surveys.forms.build import WORKBOOK
from tests.conftest import migrate

ANSWERS = int(os.environ.get("BENCH_ANSWERS", "1800000"))
PERIODS = (date(2026, 9, 1), date(2026, 9, 30)), (date(2026, 10, 1), date(2026, 10, 31))
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

MARKS, YES_NO = list("1233444555"), ["si", "no", "no"]
SEVERAL = ["familias", "salud", "salud sena", "familias salud colegio"]
PROGRAMMES = ["familias", "salud", "colegio", "icbf", "sena", "registraduria", "banco", "vivienda"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, who may be rated in it, and what is answered, each as likely as the next."""

    name: str
    actors: Sequence[str]
    values: Sequence[str]
    counted: str = "choice"


QUESTIONS = (
    Asked("usa", [""], SEVERAL, "choices"),
    *(Asked(name, PROGRAMMES, MARKS) for name in ("nota_programa", "facilidad", "trato", "informacion")),
    *(Asked(name, PROGRAMMES, YES_NO) for name in ("problema", "resuelto", "pago")),
    Asked("visita", ["gestor"], YES_NO),
    *(Asked(f"nota_{actor}", [actor], MARKS) for actor in ("gestor", "municipio", "coordinacion")),
)

_FAMILIES = """
    CREATE TEMP TABLE drawn ON COMMIT DROP AS
    SELECT number AS family, gen_random_uuid() AS response, random() < 0.5 AS answers,
           codes[1 + floor(random() * cardinality(codes))::int] AS municipality,
           CASE WHEN random() < 0.6 THEN 'urban' ELSE 'rural' END AS zone,
           CASE WHEN random() < 0.7 THEN 'sms' ELSE 'whatsapp' END AS channel,
           random() AS rated, (ARRAY[1, 1.5, 2, 3])[1 + floor(random() * 4)::int] AS weight
    FROM generate_series(1, :families) AS number,
         (SELECT array_agg(code::text ORDER BY code) AS codes FROM municipalities) AS listed
"""
_INVITATIONS = """
    INSERT INTO invitations (wave_id, subject, municipality, zone, stratum, reachable, preset, status)
    SELECT :wave_id, family, municipality, zone, '{}', reachable, '{}',
           CASE WHEN answers THEN 'finished' WHEN reachable THEN 'invited' ELSE 'unreachable' END
    FROM (SELECT *, answers OR random() < 0.8 AS reachable FROM drawn) AS asked
"""
# Question by question, so that neighbouring rows are of different places, as they are once a wave was closed.
_ANSWERS = """
    INSERT INTO anonymous_answers
        (response, wave_id, municipality, zone, channel, actor, question, counted, value, weight)
    SELECT response, :wave_id, municipality, zone, channel, actors[1 + floor(rated * cardinality(actors))::int],
           :question, :counted, given[1 + floor(random() * cardinality(given))::int], weight
    FROM drawn, (SELECT CAST(:actors AS text[]) AS actors, CAST(:values AS text[]) AS given) AS asked
    WHERE answers
"""


@contextmanager
def servers() -> Iterator[tuple[Mapping[str, str], Path]]:
    """Settings of a durable server with a migrated database, of the benchmark's own, and a folder for its files."""
    folder = Path(tempfile.mkdtemp(prefix="libreta-bench-"))
    folder.chmod(0o711)
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    env["LIBRETA_VAR"] = str(folder)
    ours = missing_servers(env)
    try:
        env = environment(env)
        migrate(env["DATABASE_URL"])
        yield env, folder
    finally:
        for server in ours.values():
            leave(server)
        shutil.rmtree(folder, ignore_errors=True)


def populate(database: Database) -> list[int]:
    """A closed wave and an open one with their answers in place; returns their ids.

    The answers' table is written without its indexes and without a log, and gets its indexes in the end.
    """
    form = compile_form(WORKBOOK.read_bytes()).form
    assert form is not None
    with database.transaction() as connection:
        territory.load(connection)
        version = library.publish(connection, form, WORKBOOK.read_bytes(), NOW)
        connection.execute(text("ALTER TABLE anonymous_answers DROP CONSTRAINT pk_anonymous_answers"))
        connection.execute(text("DROP INDEX ix_anonymous_answers_wave_id"))
        connection.execute(text("ALTER TABLE anonymous_answers SET UNLOGGED"))
        wave_ids = []
        for period in PERIODS:
            wave_id = waves.plan(connection, name="Ronda", form_version_id=version, territory="", period=period)
            waves.open(connection, wave_id, NOW)
            wave_ids.append(wave_id)
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda wave_id: _answer(database, wave_id), wave_ids))
    with database.transaction() as connection:
        connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
        connection.execute(text("ALTER TABLE anonymous_answers ADD CONSTRAINT pk_anonymous_answers PRIMARY KEY (id)"))
        connection.execute(text("CREATE INDEX ix_anonymous_answers_wave_id ON anonymous_answers (wave_id)"))
        connection.execute(text("UPDATE waves SET status = 'closed' WHERE id = :id"), {"id": wave_ids[0]})
    vacuum(database)
    return wave_ids


def vacuum(database: Database) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _answer(database: Database, wave_id: int) -> None:
    """All families are invited, half of them answer."""
    with database.transaction() as connection:
        connection.execute(text(_FAMILIES), {"families": ANSWERS // len(QUESTIONS)})
        connection.execute(text(_INVITATIONS), {"wave_id": wave_id})
        for asked in QUESTIONS:
            parameters = {"wave_id": wave_id, "question": asked.name, "counted": asked.counted}
            lists = {"actors": asked.actors, "values": asked.values}
            connection.execute(text(_ANSWERS), parameters | lists)
