"""Server time and statements of every page of the staff's web, for every role, with 80,000 families.

The demo is loaded and its families are copied, with everything that is kept of each, over the municipalities of the
pilot, to gestores with fifty families each. Pages are asked for one after another in this process; what a proxy and the
network take comes on top.
"""

import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from flask.testing import FlaskClient
from sqlalchemy import Connection, event, text

from admin import permission
from bench.turn import bench_environment, prepare
from bot import demo
from bot.catalogue import Catalogue
from families import folio
from messaging import contacts
from startup import Services, create_app

FAMILIES: Final = 80_000
MUNICIPALITIES: Final = 33
FAMILIES_OF_A_GESTOR: Final = 50
ROUNDS: Final = 40
MEDIAN_MS, P99_MS, MOST_STATEMENTS = 150.0, 400.0, 15
LOGINS: Final = ("nacional", "admin", "auditoria", "ut.sucre", "zonal.sincelejo", "gestor.sincelejo1", "sena")

AS_BROWSERS: Final = {"Accept-Encoding": "gzip"}

COPY_FAMILIES: Final = """
    CREATE TEMPORARY TABLE copies AS
    SELECT new.id AS copy, new.folio, old.id AS family,
           places.codes[1 + (new.id % cardinality(places.codes))::int] AS municipality,
           row_number() OVER (ORDER BY new.id) AS n
    FROM unnest(CAST(:ids AS bigint[]), CAST(:folios AS text[])) WITH ORDINALITY AS new (id, folio, n)
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM families) AS old
         ON old.n = new.n % (SELECT count(*) FROM families)
    CROSS JOIN (SELECT array_agg(code) AS codes FROM (
        SELECT code FROM municipalities ORDER BY code IN (SELECT municipality_code FROM families) DESC, code
        LIMIT :municipalities) AS chosen) AS places
"""

HIRE: Final = """
    INSERT INTO staff (login, name, role, territories, password_hash)
    SELECT 'copia.' || n, 'Gestora ' || n, 'gestor', ARRAY[municipality], '!'
    FROM (SELECT DISTINCT municipality FROM copies) AS places
    CROSS JOIN LATERAL generate_series(1, :each) AS number
    CROSS JOIN LATERAL (SELECT municipality || '.' || number AS n) AS named
"""

ASSIGN: Final = """
    INSERT INTO gestor_assignments (family_id, gestor_id, since)
    SELECT copies.copy, team.ids[1 + (copies.n % cardinality(team.ids))::int], :now
    FROM copies JOIN (SELECT territories[1] AS municipality, array_agg(id ORDER BY id) AS ids
                      FROM staff WHERE login LIKE 'copia.%' GROUP BY territories[1]) AS team USING (municipality)
"""

PHONES: Final = """
    INSERT INTO family_contacts (family_id, contact_id)
    SELECT * FROM unnest(CAST(:families AS bigint[]), CAST(:contacts AS bigint[]))
"""

COLUMNS: Final = """
    SELECT c.table_name, c.column_name FROM information_schema.columns AS c
    WHERE c.table_schema = 'public' AND c.is_identity = 'NO' AND c.is_generated = 'NEVER' AND c.table_name IN (
        SELECT table_name FROM information_schema.columns
        WHERE table_schema = 'public' AND column_name = 'family_id')
    AND c.table_name NOT IN ('gestor_assignments', 'family_contacts')
    ORDER BY c.table_name, c.ordinal_position
"""

TRACED: Final = re.compile(r'<tbody>.*?href="(/admin[^"]+)"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Measured:
    """A page as one role sees it; times in milliseconds."""

    login: str
    page: str
    statements: int
    median: float
    p99: float
    size: int

    @property
    def kept(self) -> bool:
        return self.median <= MEDIAN_MS and self.p99 <= P99_MS and self.statements <= MOST_STATEMENTS


def main() -> None:
    with TemporaryDirectory(prefix="libreta-bench-") as folder:
        Path(folder).chmod(0o711)
        services = prepare(bench_environment(Path(folder)))
        load(services)
        measured = sorted(measure(services), key=lambda one: -one.median)
        services.database.close()
    print(f"{'page':<48}{'login':<20}{'statements':>10}{'median ms':>10}{'p99 ms':>8}{'KB':>6}")
    for one in measured:
        figures = f"{one.statements:>10}{one.median:>10.1f}{one.p99:>8.1f}{one.size / 1000:>6.0f}"
        print(f"{one.page:<48}{one.login:<20}{figures}{'' if one.kept else '  OVER'}")
    medians = [one.median for one in measured]
    over = sum(not one.kept for one in measured)
    print(f"{len(measured)} pages, {over} over the limits; median of medians {statistics.median(medians):.1f} ms")


def load(services: Services) -> None:
    """The demo, and its families copied until there are enough."""
    now = datetime.now(UTC)
    settings = services.settings
    demo.load(services.database, services.cipher, Catalogue.read(), settings.secret_key, now)
    started = time.perf_counter()
    with services.database.transaction() as connection:
        wanted = FAMILIES - connection.execute(text("SELECT count(*) FROM families")).scalar_one()
        first = connection.execute(text("SELECT max(id) + 1 FROM families")).scalar_one()
        ids = list(range(first, first + wanted))
        given = {"ids": ids, "folios": [folio.issue(one) for one in ids], "municipalities": MUNICIPALITIES}
        connection.execute(text(COPY_FAMILIES), given)
        _copy(connection)
        each = -(-FAMILIES // MUNICIPALITIES // FAMILIES_OF_A_GESTOR)
        connection.execute(text(HIRE), {"each": each})
        connection.execute(text(ASSIGN), {"now": now})
        numbers = [f"+57301{one % 10_000_000:07}" for one in ids]
        reached = contacts.ensure_many(connection, services.cipher, numbers, now, demo=True)
        connection.execute(text(PHONES), {"families": ids, "contacts": [reached[number] for number in numbers]})
    with services.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    print(f"{FAMILIES:,} families in {time.perf_counter() - started:.0f} s")


def _copy(connection: Connection) -> None:
    """Copy the families, then every row of every table that belongs to one."""
    connection.execute(
        text(
            "INSERT INTO families (id, folio, municipality_code, zone, language, status, registered_at, signed_at)"
            " OVERRIDING SYSTEM VALUE SELECT copy, copies.folio, municipality, zone, language, status, registered_at,"
            " signed_at FROM copies JOIN families ON families.id = copies.family"
        )
    )
    tables: dict[str, list[str]] = {}
    for table, column in connection.execute(text(COLUMNS)):
        tables.setdefault(table, []).append(column)
    for table, columns in tables.items():
        taken = ["copies.copy" if column == "family_id" else f"kept.{column}" for column in columns]
        connection.execute(
            text(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(taken)}"
                f" FROM {table} AS kept JOIN copies ON copies.family = kept.family_id ON CONFLICT DO NOTHING"
            )
        )


def measure(services: Services) -> Iterator[Measured]:
    """Every page that needs no argument, and the first page that its table leads to, for each role."""
    app = create_app(services)
    app.config["WTF_CSRF_ENABLED"] = False
    statements: list[str] = []

    def count(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(services.database.engine, "before_cursor_execute", count)
    for login in LOGINS:
        client = app.test_client()
        password = demo.password(services.settings.secret_key, login)
        client.post("/admin/entrar", data={"login": login, "password": password})
        for page in pages(client):
            client.get(page)
            statements.clear()
            size = len(client.get(page, headers=AS_BROWSERS).get_data())
            yield _timed(client, login, page, len(statements), size)


def pages(client: FlaskClient) -> Iterator[str]:
    """Addresses of whoever is logged in, and what they lead to."""
    app = client.application
    seen: set[str] = set()
    for route in sorted(app.url_map.iter_rules(), key=str):
        page = str(route)
        if route.arguments or "GET" not in (route.methods or ()) or not page.startswith("/admin"):
            continue
        answer = client.get(page)
        if permission.rule(app, route.endpoint) is permission.ANYONE or answer.status_code != 200:
            continue
        linked = TRACED.search(answer.text) if answer.mimetype == "text/html" else None
        for found in (page, *([linked[1].replace("&amp;", "&")] if linked else [])):
            kind = re.sub(r"\d+", "#", found.partition("?")[0])
            if kind not in seen:
                seen.add(kind)
                yield found


def _timed(client: FlaskClient, login: str, page: str, statements: int, size: int) -> Measured:
    taken = []
    for _round in range(ROUNDS):
        started = time.perf_counter()
        client.get(page, headers=AS_BROWSERS)
        taken.append(1000 * (time.perf_counter() - started))
    p99 = statistics.quantiles(taken, n=100, method="inclusive")[98]
    return Measured(login, page, statements, statistics.median(taken), p99, size)
