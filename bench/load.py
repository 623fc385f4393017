"""A small HTTP/1.1 load generator: requests made beforehand, kept-alive connections, nothing else in the loop."""

import asyncio
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus

from messaging.twilio_webhook import sign


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run took. Latencies in seconds, in no order."""

    requests: int
    seconds: float
    latencies: Sequence[float]
    failed: int

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds

    def percentile(self, percent: int) -> float:
        """A percentile of the latency, in milliseconds."""
        return statistics.quantiles(self.latencies, n=100, method="inclusive")[percent - 1] * 1000


def webhook(path: str, url: str, token: str, fields: dict[str, str]) -> bytes:
    """A signed request as Twilio would send it."""
    body = "&".join(f"{name}={quote_plus(value)}" for name, value in fields.items()).encode()
    signature = sign(token, url + path, {name.encode(): value.encode() for name, value in fields.items()})
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def run(port: int, scripts: Sequence[Sequence[bytes]], connections: int, rate: float | None = None) -> Measured:
    """Play scripts, each in its order, over so many connections; with `rate`, no faster than that many a second."""
    return asyncio.run(_run(port, scripts, connections, rate))


async def _run(port: int, scripts: Sequence[Sequence[bytes]], connections: int, rate: float | None) -> Measured:
    latencies: list[float] = []
    failed = 0
    remaining = iter(scripts)
    started = time.perf_counter()
    total = sum(map(len, scripts))
    tickets = iter(range(total))

    async def play(script: Iterable[bytes], streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        nonlocal failed
        for request in script:
            due = started + next(tickets) / rate if rate else 0.0
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            before = max(due, time.perf_counter()) if rate else time.perf_counter()
            status = await _exchange(*streams, request)
            latencies.append(time.perf_counter() - before)
            failed += status != 200

    async def client() -> None:
        streams = await asyncio.open_connection("127.0.0.1", port)
        for script in remaining:
            await play(script, streams)
        streams[1].close()

    await asyncio.gather(*(client() for _ in range(connections)))
    return Measured(total, time.perf_counter() - started, latencies, failed)


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])
