"""Breaking the dispatcher on purpose, and counting at the provider what became of every message."""

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from db import Database
from messaging import campaigns, contacts, outbox, receipts, twilio_webhook
from messaging.reconciliation import Patience, reconcile
from settings import Settings
from tests.local_twilio.process import Control
from tests.local_twilio.store import TOKEN
from tests.messaging.conftest import CIPHER, outgoing

ROOT = Path(__file__).resolve().parents[3]
LIST_LAG, LEASE, TIMEOUT = 1.5, 4.0, 1.5
"""Seconds. The lag is the provider's; everything here is the real thing, only faster."""
PATIENCE = Patience(listing=timedelta(seconds=LIST_LAG + 1.0))
HELD_MAX = 0.001
"""Part of the messages that may wait for a person."""


@dataclass
class Trial:
    """A campaign in which every person gets the same text twice, and the processes that send it."""

    database: Database
    settings: Settings
    twilio: Control
    people: int
    rate: int = 500
    redis_url: str = ""
    port: int = 9
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    campaign: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(20261123))
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def planned(self) -> int:
        return self.people * 2

    @contextmanager
    def under_way(self) -> Iterator[Self]:
        """With the campaign in the outbox, and unknown fates being settled; ends every process."""
        self.plan()
        reconciling = threading.Thread(target=self.reconcile_now_and_then)
        reconciling.start()
        try:
            yield self
        finally:
            self.over.set()
            reconciling.join()
            self.stop()

    def plan(self) -> None:
        """Write the campaign into the outbox."""
        now = datetime.now(UTC)
        handles = [f"+57310{number:07d}" for number in range(self.people)]
        with self.database.transaction() as connection:
            ids = contacts.ensure_many(connection, CIPHER, handles, now)
            self.campaign = campaigns.create(connection, "break-it", now)
            details: dict[str, Any] = {"not_after": now + timedelta(days=2), "campaign_id": self.campaign}
            for _ in range(2):
                outbox.enqueue(connection, (outgoing(ids[each], **details) for each in handles), now)

    def start_worker(self, jump: float = 0.0) -> None:
        """One more dispatch process, on a host whose clock jumps by so many seconds to and fro."""
        arguments = [
            self.settings.database_url,
            self.redis_url or self.settings.redis_url,
            self.twilio.url,
            *(str(number) for number in (LEASE, TIMEOUT, self.rate, self.port, jump)),
        ]
        command = [sys.executable, "-m", "tests.messaging.breaking.worker", *arguments]
        self.workers.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL))

    def kill_worker(self) -> None:
        """SIGKILL the oldest one."""
        worker = self.workers.pop(0)
        worker.send_signal(signal.SIGKILL)
        worker.wait()

    def taken(self) -> int:
        """How many messages the provider has."""
        return int(self.twilio.counts()["taken"])

    def wait_for(self, taken: int, seconds: float = 60.0) -> None:
        """Until the provider has so many."""
        until = time.monotonic() + seconds
        while self.taken() < taken and time.monotonic() < until:
            time.sleep(0.02)

    def waiting(self) -> int:
        """Rows in the queue that no person must decide on."""
        query = text("SELECT count(*) FROM outbox_queue WHERE held_at IS NULL")
        return self.database.idempotent(lambda connection: int(connection.execute(query).scalar_one()))

    def reconcile_now_and_then(self) -> None:
        """What the clock has done all the time, in a thread of the test; PostgreSQL may be away meanwhile."""
        while not self.over.wait(0.5):
            with suppress(SQLAlchemyError):
                reconcile(self.database, CIPHER, self.twilio.settings, datetime.now(UTC), patience=PATIENCE)

    def finish(self, seconds: float = 90.0) -> None:
        """Until nothing waits."""
        until = time.monotonic() + seconds
        while waiting := self.waiting():
            assert time.monotonic() < until, f"{waiting} messages still wait"
            time.sleep(0.2)

    def report(self, title: str) -> Mapping[str, Any]:
        """Count, and print the figures."""
        times = {int(often): people for often, people in self.twilio.counts()["times"].items()}
        doubled = sum((often - 2) * people for often, people in times.items() if often > 2)
        missing = self.planned - sum(min(often, 2) * people for often, people in times.items())
        with self.database.transaction() as connection:
            ledger = campaigns.ledger(connection, self.campaign)
        figures = {
            "planned": self.planned,
            "taken": self.taken(),
            "doubled": doubled,
            "lost": missing - ledger["unknown"],
            "held": ledger["unknown"],
            "ledger balances": sum(ledger.values()) == self.planned,
        }
        print(f"\n{title}: {figures}")
        return figures

    def stop(self) -> None:
        """End every process."""
        while self.workers:
            self.kill_worker()


def assert_exactly_once(figures: Mapping[str, Any]) -> None:
    assert figures["doubled"] == 0
    assert figures["lost"] == 0
    assert figures["held"] <= figures["planned"] * HELD_MAX
    assert figures["ledger balances"]


@contextmanager
def callbacks(database: Database) -> Iterator[int]:
    """A small web server that applies status callbacks as the real one does. Yields its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            fields = twilio_webhook.read_fields(self.rfile.read(int(self.headers["Content-Length"])))
            url = f"http://127.0.0.1:{server.server_port}{self.path}"
            signed = twilio_webhook.verify(TOKEN, url, fields, self.headers["X-Twilio-Signature"])
            if signed:
                provider_id, status, code = twilio_webhook.parse_status(twilio_webhook.decode(fields))
                message_id = UUID(self.path.rpartition("/")[2])
                now = datetime.now(UTC)
                database.idempotent(
                    lambda connection: receipts.apply(connection, message_id, provider_id, status, code, now)
                )
            self.send_response(204 if signed else 403)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 256
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
