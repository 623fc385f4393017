"""Sending through the whole dispatcher beside Twilio's asynchronous client alone, to a server that answers in 100 ms.

Both send from one process to the local Twilio. The dispatcher's figure includes claims, gate, household cap, rate, and
all database writes. `BENCH_MESSAGES` sets how many a round sends, `BENCH_LONG` how many the dispatcher sends at the end
in one go, with its memory told on the way.
"""

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from bell import connect
from bot.campaigns.household_cap import HouseholdCap
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
from messaging.providers.twilio import Account, TwilioTransport
from tests.local_twilio.process import Control, local_twilio

MESSAGES = int(os.environ.get("BENCH_MESSAGES", "10000"))
LONG = int(os.environ.get("BENCH_LONG", "30000"))
PARTS = 10
ROUNDS = 3
UNDER_WAY = 256
LATENCY = 0.1
NO_LIMIT = 100_000.0
CHUNK = 5000
NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
TEXT = "Buenos dias. Le escribe el programa para su Libreta de Calificaciones. Responda LIBRETA para empezar."
CIPHER = Cipher(bytes(64))


def main() -> None:
    with servers() as env, local_twilio() as twilio:
        twilio.faults(latency=LATENCY)
        database = Database(env["DATABASE_URL"])
        dispatcher = dispatching(database, env["REDIS_URL"], twilio)
        report_sending(dispatcher, TwilioTransport(twilio.settings, Channel.SMS, {}).account)
        report_long(dispatcher)
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
        urls = environment(env)
        subprocess.run([sys.executable, "-m", "alembic", "upgrade", "head"], env=urls, check=True)
        yield urls
    finally:
        for server in ours.values():
            leave(server)
        shutil.rmtree(folder, ignore_errors=True)


def dispatching(database: Database, redis_url: str, twilio: Control) -> Dispatcher:
    """A dispatcher like that of the service."""
    transport = TwilioTransport(twilio.settings, Channel.SMS, {})
    bucket = Bucket(connect(redis_url, timeout=0.2), "bench", NO_LIMIT)
    return Dispatcher(
        database,
        CIPHER,
        {Route.SMS: Sender(transport, bucket)},
        lambda message_id: f"http://127.0.0.1:9/webhooks/twilio/status/{message_id}",
        caps=HouseholdCap(lambda: NOON),
        clock=lambda: NOON,
    )


def report_sending(dispatcher: Dispatcher, account: Account) -> None:
    """Both ways in turn, so that they share the machine's mood."""
    bare, whole = [], []
    for round_ in range(ROUNDS):
        bare.append(rate_of_client(account))
        plan(dispatcher.database, MESSAGES, first=round_ * MESSAGES)
        whole.append(rate_of(dispatcher, MESSAGES))
        print(f"  client alone {bare[-1]:.0f}, dispatcher {whole[-1]:.0f} messages/s", flush=True)
    ratio = statistics.median(own / alone for own, alone in zip(whole, bare, strict=True))
    print(f"Twilio client alone, {UNDER_WAY} under way  {statistics.median(bare):7.0f} messages/s")
    print(f"dispatcher, everything included    {statistics.median(whole):7.0f} messages/s")
    print(f"ratio                              {ratio:7.2f}   (aim 0.7)")


def rate_of(dispatcher: Dispatcher, count: int) -> float:
    """Messages a second of the dispatcher, which must send so many."""
    began = time.perf_counter()
    sent = dispatcher.drain(seconds=3600)
    assert sent == count
    return sent / (time.perf_counter() - began)


def report_long(dispatcher: Dispatcher) -> None:
    """A long campaign in parts, each planned beforehand: what it does to the memory of the process."""
    for part in range(PARTS):
        plan(dispatcher.database, LONG // PARTS, first=100_000_000 + part * LONG // PARTS)
        rate = rate_of(dispatcher, LONG // PARTS)
        print(f"  {(part + 1) * (LONG // PARTS):7d} sent, {rate:5.0f} messages/s, memory {memory():.0f} MB", flush=True)


def rate_of_client(account: Account) -> float:
    """Messages a second of Twilio's own client alone, with a session as fit as ours."""

    async def run() -> float:
        at_once = asyncio.Semaphore(UNDER_WAY)

        async def one(number: int) -> None:
            async with at_once:
                await account.client.messages.create_async(
                    to=f"+57311{number:07d}",
                    from_=account.settings.sms_from,
                    body=TEXT,
                    status_callback="http://127.0.0.1:9/status",
                    validity_period=600,
                )

        async with account:
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


def memory() -> float:
    """What this process has for itself now, in MB."""
    return float(psutil.Process().memory_full_info().uss / 1e6)


if __name__ == "__main__":
    main()
