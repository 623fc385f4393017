"""Sending through the whole dispatcher beside Twilio's asynchronous client alone, to a server that answers in 100 ms.

Both send from one process to the local Twilio. The dispatcher's figure includes claims, gate, rate, and all database
writes. `BENCH_MESSAGES` sets how many a round sends, `BENCH_CAMPAIGN` how many families the planned campaign has.
"""

import asyncio
import os
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

import tables
from bell import connect
from db import Database
from encryption import Cipher
from local import environment
from local.environment import missing_servers
from local.keeper import leave
from messaging import campaigns, contacts, gate, outbox
from messaging.address import Channel
from messaging.bucket import Bucket
from messaging.content import Content
from messaging.dispatch import Dispatcher, Sender
from messaging.outbox import Outgoing, Route
from messaging.priority import Priority
from messaging.providers.transport import Draft
from messaging.providers.twilio import TwilioTransport
from tests.local_twilio.process import Control, local_twilio

MESSAGES = int(os.environ.get("BENCH_MESSAGES", "10000"))
CAMPAIGN = int(os.environ.get("BENCH_CAMPAIGN", "100000"))
ROUNDS = 2
UNDER_WAY = 256
LATENCY = 0.1
NO_LIMIT = 100_000.0
CHUNK = 5000
NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
TEXT = "Buenos dias. Le escribe el programa para su Libreta de Calificaciones. Responda LIBRETA para empezar."
CIPHER = Cipher(bytes(64))
SIZE = text("SELECT pg_total_relation_size('messages') / count(*) FROM messages")


def main() -> None:
    with servers() as env, local_twilio() as twilio:
        twilio.faults(latency=LATENCY)
        database = Database(env["DATABASE_URL"])
        tables.metadata.create_all(database.engine)
        report_sending(database, env["REDIS_URL"], twilio)
        report_planning(database)
        database.close()


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """Durable servers of the benchmark's own."""
    folder = Path(tempfile.mkdtemp(prefix="libreta-bench-"))
    folder.chmod(0o711)
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    env["LIBRETA_VAR"] = str(folder)
    ours = missing_servers(env)
    try:
        yield environment(env)
    finally:
        for server in ours.values():
            leave(server)
        shutil.rmtree(folder, ignore_errors=True)


def report_sending(database: Database, redis_url: str, twilio: Control) -> None:
    """Both ways in turn, so that they share the machine's mood."""
    transport = TwilioTransport(twilio.settings, Channel.SMS, {})
    bucket = Bucket(connect(redis_url, timeout=0.2), "bench", NO_LIMIT)
    dispatcher = Dispatcher(
        database,
        CIPHER,
        {Route.SMS: Sender(transport, bucket)},
        lambda message_id: f"http://127.0.0.1:9/webhooks/twilio/status/{message_id}",
        clock=lambda: NOON,
    )
    bare, whole = [], []
    for round_ in range(ROUNDS):
        bare.append(rate_of_client(transport))
        plan(database, MESSAGES, first=round_ * MESSAGES)
        before, began = memory(), time.perf_counter()
        sent = dispatcher.drain(seconds=600)
        whole.append(sent / (time.perf_counter() - began))
        assert sent == MESSAGES
        print(f"  memory of the dispatching process {before:.0f} → {memory():.0f} MB", flush=True)
    print(f"Twilio client alone, {UNDER_WAY} under way  {statistics.median(bare):7.0f} messages/s")
    print(f"dispatcher, everything included    {statistics.median(whole):7.0f} messages/s")
    print(f"ratio                              {statistics.median(whole) / statistics.median(bare):7.2f}   (aim 0.7)")


def rate_of_client(transport: TwilioTransport) -> float:
    """Messages a second of the client alone."""

    async def run() -> float:
        gate_ = asyncio.Semaphore(UNDER_WAY)

        async def one(number: int) -> None:
            async with gate_:
                to = f"+57311{number:07d}"
                await transport.send(Draft(to, TEXT, Content(TEXT), "http://127.0.0.1:9/status", 600))

        async with transport:
            began = time.perf_counter()
            await asyncio.gather(*(one(number) for number in range(MESSAGES)))
            return MESSAGES / (time.perf_counter() - began)

    return asyncio.run(run())


def plan(database: Database, count: int, first: int) -> int:
    """A campaign for so many families, chunk by chunk as the job does it. Returns its id."""
    with database.transaction() as connection:
        campaign_id = campaigns.create(connection, "bench", NOON)
    policy = gate.Policy()
    for start in range(first, first + count, CHUNK):
        numbers = range(start, min(start + CHUNK, first + count))
        handles = [f"+57{3_000_000_000 + number}" for number in numbers]
        due = gate.plan(Priority.BULK, NOON, policy, NOON)
        with database.transaction() as connection:
            ids = contacts.ensure_many(connection, CIPHER, handles, NOON)
            outbox.enqueue(connection, (invitation(ids[each], campaign_id, due) for each in handles), NOON)
    return campaign_id


def invitation(contact_id: int, campaign_id: int, due: datetime) -> Outgoing:
    """What a family gets."""
    return Outgoing(
        contact_id=contact_id,
        channel=Channel.SMS,
        purpose="invitation",
        priority=Priority.BULK,
        content=Content(TEXT),
        body=TEXT,
        segments=1,
        not_after=NOON + timedelta(days=2),
        due_at=due,
        campaign_id=campaign_id,
        dedupe_key=f"invitation/{campaign_id}/{contact_id}",
    )


def report_planning(database: Database) -> None:
    """How long a campaign takes to be planned, contacts included, and what it does to the process."""
    before, began = memory(), time.perf_counter()
    plan(database, CAMPAIGN, first=10_000_000)
    seconds = time.perf_counter() - began
    with database.transaction() as connection:
        rows = connection.execute(text("SELECT count(*) FROM outbox_queue")).scalar_one()
        size = connection.execute(SIZE).scalar_one()
    print(f"planned {rows} messages in {seconds:.1f} s: {rows / seconds:.0f} a second, ", end="")
    print(f"1.5 million in {1_500_000 / rows * seconds:.0f} s; memory {before:.0f} → {memory():.0f} MB")
    print(f"a message takes {size} bytes with its indexes")


def memory() -> float:
    """The most this process has taken so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
