"""Every answer counts exactly once, whatever happens meanwhile."""

import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from db import Database
from surveys import folding, responses, waves
from surveys.answers import Changes
from tests.surveys.data.conftest import NOW, Field, answer, say

ROOT = Path(__file__).parents[3]


def cell(database: Database, question: str, category: str, territory: str = "11001", actor: str = "sena") -> int:
    """The folded count of one cell over zones and channels."""
    with database.transaction() as connection:
        found: int = connection.execute(
            text(
                """
                SELECT coalesce(sum(n), 0)::int FROM rollups
                WHERE territory = :territory AND question = :question AND category = :category AND actor =
                :actor
                """
            ),
            {"territory": territory, "question": question, "category": category, "actor": actor},
        ).scalar_one()
        return found


def waiting(database: Database) -> int:
    with database.transaction() as connection:
        n: int = connection.execute(text("SELECT count(*) FROM answer_deltas")).scalar_one()
        return n


def test_an_answer_counts_in_its_municipality_its_department_and_the_country(
    database: Database, open_wave: Callable[..., Field]
) -> None:
    wave = open_wave()
    with database.transaction() as connection:
        say(connection, wave.begin(connection, 1), answer("nota", "4", "sena"))
    folding.fold(database)
    for territory in ("11001", "11", ""):
        assert cell(database, "nota", "4", territory) == 1
    assert folding.verify(database) == []


def test_a_correction_takes_the_old_answer_back(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave()
    with database.transaction() as connection:
        response = wave.begin(connection, 1)
        say(connection, response, answer("nota", "1", "sena", weight=3))
    folding.fold(database)
    with database.transaction() as connection:
        say(connection, response, answer("nota", "5", "salud", weight=2))
    folding.fold(database)
    assert cell(database, "nota", "1") == 0
    assert cell(database, "nota", "5", actor="salud") == 1
    assert folding.verify(database) == []


def test_an_answer_that_became_irrelevant_is_withdrawn(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave()
    with database.transaction() as connection:
        response = wave.begin(connection, 1)
        say(connection, response, answer("problema", "si", "sena"), answer("resuelto", "no", "sena"))
        responses.save(
            connection,
            response,
            Changes((answer("problema", "no", "sena"),), (("resuelto", ""),)),
            NOW,
        )
    folding.fold(database)
    assert (cell(database, "problema", "no"), cell(database, "resuelto", "no")) == (1, 0)
    assert folding.verify(database) == []


def test_several_choices_count_each_and_the_person_once(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave()
    with database.transaction() as connection:
        say(connection, wave.begin(connection, 1), answer("usa", "salud sena", counted="choices"))
    folding.fold(database)
    counts = [cell(database, "usa", category, actor="") for category in ("salud", "sena", "")]
    assert counts == [1, 1, 1]


def test_a_number_is_summed_and_a_comment_is_not_counted(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave(2)
    with database.transaction() as connection:
        for family, minutes in ((1, "90"), (2, "30.5")):
            say(
                connection,
                wave.begin(connection, family),
                answer("espera", minutes, "sena", weight=2, counted="number"),
                answer("comentario", "mucha fila", counted=""),
            )
    folding.fold(database)
    with database.transaction() as connection:
        row = connection.execute(
            text(
                """
                SELECT sum(n), sum(total), sum(total2) FROM rollups
                WHERE question = 'espera' AND territory = ''
                """
            )
        ).one()
        comments = connection.scalar(text("SELECT count(*) FROM rollups WHERE question = 'comentario'"))
    assert tuple(map(float, row)) == (2, 241, 2 * 90**2 + 2 * 30.5**2)
    assert comments == 0


def test_answers_that_commit_late_are_counted_when_they_do(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave(2)
    with database.engine.connect() as slow, slow.begin():
        say(slow, wave.begin(slow, 1), answer("nota", "2", "sena"))
        with database.transaction() as quick:
            say(quick, wave.begin(quick, 2), answer("nota", "2", "sena"))
        folding.fold(database)
        assert cell(database, "nota", "2") == 1
    folding.fold(database)
    assert cell(database, "nota", "2") == 2
    assert waiting(database) == 0


def test_verify_finds_a_wrong_figure(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave()
    with database.transaction() as connection:
        say(connection, wave.begin(connection, 1), answer("nota", "4", "sena"))
    folding.fold(database)
    with database.transaction() as connection:
        connection.execute(
            text("UPDATE rollups SET n = 2 WHERE territory = '11001' AND question = 'nota' AND category = '4'")
        )
    (wrong,) = folding.verify(database)
    assert (wrong.territory, wrong.question, wrong.folded, wrong.counted) == ("11001", "nota", 2, 1)
    folding.rebuild(database)
    assert folding.verify(database) == []


FAMILIES = 240


class Families(threading.Thread):
    """Families that answer, correct, give up and finish, each in transactions of their own."""

    def __init__(self, database: Database, wave: Field, families: range) -> None:
        super().__init__()
        self.database, self.wave, self.families = database, wave, families
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            for family in self.families:
                self.answer(family, Random(family))
        except BaseException as error:
            self.failed = error

    def answer(self, family: int, random: Random) -> None:
        with self.database.transaction() as connection:
            response = self.wave.begin(connection, family, random.choice(["sms", "whatsapp"]))
        for _ in range(random.randint(1, 4)):
            with self.database.transaction() as connection:
                actor, weight = random.choice(["sena", "salud"]), random.randint(1, 5)
                say(
                    connection,
                    response,
                    answer("nota", str(random.randint(1, 5)), actor, weight),
                    answer("usa", random.choice(["sena", "salud", "salud sena"]), counted="choices"),
                    answer("espera", str(random.randint(0, 300) / 2), actor, weight, counted="number"),
                )
                if random.random() < 0.2:
                    connection.rollback()
            if random.random() < 0.2:
                with self.database.transaction() as connection:
                    assert responses.save(connection, response, Changes((), (("espera", ""),)), NOW)
        if random.random() < 0.7:
            with self.database.transaction() as connection:
                responses.finish(connection, response, complete=random.random() < 0.5)


@pytest.mark.parametrize("anonymous", [pytest.param(True, id="anonymous"), pytest.param(False, id="named")])
def test_folding_is_exact_under_writers_folders_kills_and_rebuilds(
    database: Database, open_wave: Callable[..., Field], anonymous: bool
) -> None:
    """Figures are compared with the service's own recount while all that goes on, and in the end with one made here."""
    wave = open_wave(FAMILIES, anonymous=anonymous, municipalities=("11001", "05001", "05002"))
    writers = [Families(database, wave, range(first, FAMILIES + 1, 2)) for first in (1, 2)]
    for writer in writers:
        writer.start()
    with ThreadPoolExecutor() as rebuilding, folding_process(database):
        kills = 0
        while any(writer.is_alive() for writer in writers) or kills < 4:
            rebuilt = rebuilding.submit(folding.rebuild, database)
            with folding_process(database) as folder:
                time.sleep(Random(kills).random() / 4)
                folder.kill()
            kills += 1
            assert folding.verify(database) == []
            rebuilt.result()
    assert [writer.failed for writer in writers] == [None, None]
    folding.fold(database)
    with database.transaction() as connection:
        waves.close(connection, wave.wave_id, NOW)
    folding.fold(database)
    assert waiting(database) == 0
    assert folding.verify(database) == []
    assert cell(database, "#families", "started", "", actor="") == FAMILIES
    assert folded(database) == recounted(database)


Cells = Mapping[tuple[str, ...], tuple[Decimal, ...]]
"""Respondents, weights, squared weights, weighted numbers and their squares, by everything that tells figures apart."""


def folded(database: Database) -> Cells:
    """The figures of all answers, as they stand in the rollups."""
    with database.transaction() as connection:
        rows = connection.execute(
            text(
                """
                SELECT territory, question, actor, zone, channel, category, n, weight, weight2, total, total2
                FROM rollups WHERE question NOT LIKE '#%'
                """
            )
        ).all()
    return {tuple(row[:6]): tuple(map(Decimal, row[6:])) for row in rows if any(row[6:])}


def recounted(database: Database) -> Cells:
    """The same, counted one answer after another."""
    with database.transaction() as connection:
        rows = connection.execute(
            text(
                """
                SELECT municipality, question, actor, zone, channel, counted, value, weight FROM anonymous_answers
                UNION ALL
                SELECT municipality, question, actor, zone, channel, counted, value, weight
                FROM answers JOIN responses ON responses.id = response_id WHERE current
                """
            )
        ).all()
    found: dict[tuple[str, ...], tuple[Decimal, ...]] = defaultdict(lambda: (Decimal(0),) * 5)
    for row in rows:
        categories = {"choice": [row.value], "choices": [*row.value.split(), ""], "number": [""]}[row.counted]
        number = Decimal(row.value) if row.counted == "number" else Decimal(0)
        adds = (1, row.weight, row.weight**2, row.weight * number, row.weight * number**2)
        for territory in (row.municipality, row.municipality[:2], ""):
            for category in categories:
                key = (territory, row.question, row.actor, row.zone, row.channel, category)
                found[key] = tuple(one + more for one, more in zip(found[key], adds, strict=True))
    return dict(found)


@contextmanager
def folding_process(database: Database) -> Iterator[subprocess.Popen[bytes]]:
    """A process that folds without end, a few deltas at a time, and has begun to."""
    command = [sys.executable, "-c", FOLD_FOREVER, url(database)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"folding\n"
        try:
            yield process
        finally:
            process.kill()


FOLD_FOREVER = """
import sys
from db import Database
from surveys import folding
database = Database(sys.argv[1])
folding.fold(database, batch=7, batches=1)
print("folding", flush=True)
while True:
    folding.fold(database, batch=7, batches=1)
"""


def url(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)
