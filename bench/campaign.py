"""A campaign for every family of the country: preview, writing, ledger; with the memory of the process that writes.

`BENCH_CAMPAIGN` sets how many families there are; everybody has a phone of their own, one in fifty cannot be reached.
"""

import os
import resource
import time
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from bench.dispatch import servers
from bot.campaigns import expansion, ledger, plans
from bot.campaigns.filters import Filter
from bot.campaigns.plans import Plan
from bot.campaigns.preview import preview
from bot.campaigns.script import Kind
from bot.catalogue import Catalogue
from db import Database
from families import territory
from messaging.address import Channel
from tests.conftest import migrate

FAMILIES = int(os.environ.get("BENCH_CAMPAIGN", "300000"))
NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
TEXTS = Catalogue.read()
PLAN = Plan("Brigada", Kind.ANNOUNCEMENT, Filter(), written={"es": "El jueves hay brigada de salud en el parque."})
PACE = {Channel.SMS: 100.0, Channel.WHATSAPP: 80.0}

FILL = (
    """
    INSERT INTO families (id, folio, municipality_code, zone, status, registered_at, signed_at)
    SELECT n, to_char(n, 'FM00000000'), codes[1 + n % cardinality(codes)],
           CASE WHEN n % 3 = 0 THEN 'rural' ELSE 'urban' END, 'active', :now, :now
    FROM generate_series(1, :families) AS n,
         (SELECT array_agg(code ORDER BY code) AS codes FROM municipalities) AS listed
    """,
    """
    INSERT INTO contacts (id, handle, first_seen_at, last_inbound_at, quarantined_at, stops, whatsapp_inbound_at)
    OVERRIDING SYSTEM VALUE
    SELECT n, int8send(n), :now, CASE WHEN n % 4 = 0 THEN CAST(:now AS timestamptz) END,
           CASE WHEN n % 100 = 1 THEN CAST(:now AS timestamptz) END,
           CASE WHEN n % 100 = 2 THEN ARRAY['*/*'] ELSE '{}' END,
           CASE WHEN n % 10 = 0 THEN CAST(:now AS timestamptz) - interval '5 hours' END
    FROM generate_series(1, :families) AS n
    """,
    "INSERT INTO family_contacts (family_id, contact_id) SELECT n, n FROM generate_series(1, :families) AS n",
)


def main() -> None:
    with servers() as env:
        migrate(env["DATABASE_URL"])
        database = Database(env["DATABASE_URL"])
        with database.transaction() as connection:
            territory.load(connection)
            for statement in FILL:
                connection.execute(text(statement), {"families": FAMILIES, "now": NOON})
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
        print(f"{FAMILIES:,} families")
        report(database)
        database.close()


def report(database: Database) -> None:
    began = time.perf_counter()
    with database.transaction() as connection:
        seen = preview(connection, PLAN, None, TEXTS, PACE, NOON)
    took = time.perf_counter() - began
    print(f"preview: {took:.1f} s; {seen.messages:,} messages in {seen.hours:.0f} hours, left out {seen.left_out}")
    with database.transaction() as connection:
        campaign_id = plans.begin(connection, PLAN, NOON)
    began = time.perf_counter()
    while expansion.expand(database, TEXTS, NOON):
        continue
    took = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"written: {took:.0f} s, {FAMILIES / took:,.0f} families a second, {memory} MB in the worker")
    with database.transaction() as connection:
        report_pages(connection, campaign_id)


def report_pages(connection: Connection, campaign_id: int) -> None:
    campaign = plans.get(connection, campaign_id)
    assert campaign is not None
    began = time.perf_counter()
    ledger.progress(connection, campaign)
    print(f"progress: {1000 * (time.perf_counter() - began):.0f} ms")
    began = time.perf_counter()
    found = ledger.ledger(connection, campaign)
    print(f"ledger: {time.perf_counter() - began:.1f} s; balances: {found.balances}")


if __name__ == "__main__":
    main()
