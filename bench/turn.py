"""A whole durable turn (signed webhook → commit → TwiML) beside bare Flask endpoints under the same server settings.

Every turn is an answer to a question of the Libreta, by a phone in the middle of it.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import uuid4

import psutil

from bench.load import Measured, run, webhook
from local import environment
from startup import Services
from surveys import codes, invitations, library, waves
from surveys.compile import compile_form

WORKBOOK = Path("surveys/forms/libreta.xlsx")
TOKEN = "a token of the benchmark"
CONNECTIONS = 16
ROUNDS = 3
PHONES = 300
OPENING = 1
"""Messages of each phone before the measured ones: its one-time code, which begins the response."""
MUNICIPALITY = "11001"
BARE_REQUESTS = 6_000


def main() -> None:
    with TemporaryDirectory(prefix="libreta-bench-") as folder:
        Path(folder).chmod(0o711)
        env = bench_environment(Path(folder))
        services = prepare(env)
        with serving("bench.bare:app", env) as bare, serving("wsgi:app", env) as service:
            report(env, services, bare, service)
            spent(env, services, service, Path(folder))
            print(f"memory of a web process: {memory(service):.0f} MB unique (USS), {memory(bare):.0f} MB bare Flask")
        services.database.close()


def bench_environment(folder: Path) -> dict[str, str]:
    """Durable servers of the benchmark's own, and settings with a Twilio account that is nobody's."""
    env = {**os.environ, "LIBRETA_VAR": str(folder)}
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        env.pop(name, None)
    return {
        **environment(env),
        "PUBLIC_URL": "http://libreta.test",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_SMS_FROM": "+573100000000",
        "TWILIO_API_URL": "http://127.0.0.1:9",
    }


def prepare(env: Mapping[str, str]) -> Services:
    """A migrated database with an open wave of the Libreta."""
    os.environ.update(env)
    subprocess.run([sys.executable, "-m", "alembic", "upgrade", "head"], env=dict(env), check=True)
    return Services()


def answering(port: int, services: Services, phones: int, env: Mapping[str, str]) -> list[list[bytes]]:
    """Requests of so many phones in the middle of the Libreta: what they sent before has been delivered."""
    all_of_them = scripts(services, phones, env, Random())
    run(port, [script[:OPENING] for script in all_of_them], CONNECTIONS)
    return [script[OPENING:] for script in all_of_them]


def scripts(services: Services, phones: int, env: Mapping[str, str], random: Random) -> list[list[bytes]]:
    """Requests of so many phones: each sends a one-time code and then answers questions."""
    now = datetime.now(UTC)
    data = WORKBOOK.read_bytes()
    form = compile_form(data).form
    assert form is not None
    with services.database.transaction() as connection:
        version = library.publish(connection, form, data, now)
        wave_id = waves.plan(
            connection,
            name="bench",
            form_version_id=version,
            territory=MUNICIPALITY,
            period=(date(2026, 11, 1), date(2026, 11, 30)),
        )
        waves.open(connection, wave_id, now)
        drawn = invitations.create_codes(
            connection, wave_id, MUNICIPALITY, phones, services.code_key, random, modules={}
        )
    return [
        [request(env, phone, body) for body in bodies(code)] for phone, code in enumerate(drawn, first_phone(random))
    ]


def bodies(code: str) -> list[str]:
    """What one phone sends: never to the end, so that every measured turn stores an answer."""
    return [f"LIBRETA {codes.display(code)}", "1 3", "4", "si", "no", "no"]


def first_phone(random: Random) -> int:
    """Numbers that no run before has used."""
    return 573_110_000_000 + random.randrange(9_000) * 1_000_000


def request(env: Mapping[str, str], phone: int, body: str) -> bytes:
    fields = {
        "MessageSid": f"SM{uuid4().hex}",
        "AccountSid": env["TWILIO_ACCOUNT_SID"],
        "From": f"+{phone}",
        "To": env["TWILIO_SMS_FROM"],
        "Body": body,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
    }
    return webhook("/webhooks/twilio/inbound", env["PUBLIC_URL"], TOKEN, fields)


def constant(env: Mapping[str, str], path: str) -> list[list[bytes]]:
    """Requests to an endpoint that does not care what they say."""
    fields = {"MessageSid": "SM" + "0" * 32, "From": "+573110000001", "To": env["TWILIO_SMS_FROM"], "Body": "4"}
    one = webhook(path, env["PUBLIC_URL"], TOKEN, fields)
    return [[one] * (BARE_REQUESTS // CONNECTIONS)] * CONNECTIONS


def report(env: Mapping[str, str], services: Services, bare: psutil.Process, service: psutil.Process) -> None:
    """Measure the three side by side, some rounds of each in turn, and print medians."""
    ports = {"bare": port_of(bare), "signed": port_of(bare), "turn": port_of(service)}
    rates: dict[str, list[Measured]] = {name: [] for name in ports}
    run(ports["turn"], scripts(services, 40, env, Random()), CONNECTIONS)
    for _ in range(ROUNDS):
        for name in ("bare", "signed"):
            rates[name].append(run(ports[name], constant(env, f"/{name}"), CONNECTIONS))
        rates["turn"].append(run(ports["turn"], answering(ports["turn"], services, PHONES, env), CONNECTIONS))
    medians = {name: sorted(runs, key=lambda each: each.rate)[len(runs) // 2] for name, runs in rates.items()}
    print(f"{'':<28}{'requests/s':>11}{'ratio':>7}{'p50 ms':>8}{'p99 ms':>8}{'failed':>8}")
    for name, label in {
        "bare": "bare Flask endpoint",
        "signed": "with the signature check",
        "turn": "durable turn, at its peak",
    }.items():
        row(label, medians[name], medians["bare"].rate)
    peak = medians["turn"].rate
    half = run(ports["turn"], answering(ports["turn"], services, PHONES, env), CONNECTIONS, rate=peak / 2)
    row("durable turn, at half of it", half, medians["bare"].rate)


def row(label: str, measured: Measured, bare: float) -> None:
    p50, p99 = measured.percentile(50), measured.percentile(99)
    print(f"{label:<28}{measured.rate:>11.0f}{measured.rate / bare:>7.2f}{p50:>8.1f}{p99:>8.1f}{measured.failed:>8}")


def spent(env: Mapping[str, str], services: Services, service: psutil.Process, folder: Path) -> None:
    """Print the processor time that one turn takes in each kind of process."""
    requests = answering(port_of(service), services, PHONES, env)
    kinds = {"web": service, "PostgreSQL": postmaster(folder), "load generator": psutil.Process()}
    before = {name: cpu(process) for name, process in kinds.items()}
    measured = run(port_of(service), requests, CONNECTIONS)
    each = {name: (cpu(process) - before[name]) / measured.requests * 1000 for name, process in kinds.items()}
    print("processor time per turn: " + ", ".join(f"{name} {took:.2f} ms" for name, took in each.items()))


def cpu(process: psutil.Process) -> float:
    """Seconds of processor time of a process and its children, those that live."""
    times = [process.cpu_times()]
    if process.pid != os.getpid():
        times += [child.cpu_times() for child in process.children(recursive=True)]
    return sum(each.user + each.system for each in times)


def postmaster(folder: Path) -> psutil.Process:
    """The PostgreSQL server that keeps its data below `folder`."""
    for process in psutil.process_iter(["name", "cmdline"]):
        if process.info["name"] == "postgres" and any(str(folder) in word for word in process.info["cmdline"] or []):
            return process
    raise LookupError("no PostgreSQL of the benchmark's own is running")


@contextmanager
def serving(app: str, env: Mapping[str, str]) -> Iterator[psutil.Process]:
    """gunicorn with the service's own settings, on a free port, until the end of the block."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", app]
    process = subprocess.Popen(command, env={**env, "PORT": str(port)})
    try:
        wait_for(port)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(port: int) -> None:
    """Until something answers HTTP on a port, whatever it says."""
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError(f"nothing answers on port {port}")


def port_of(master: psutil.Process) -> int:
    return int(master.cmdline()[master.cmdline().index("--bind") + 1].rpartition(":")[2])


def memory(master: psutil.Process) -> float:
    """Megabytes that one worker has for itself, on average."""
    sizes = [worker.memory_full_info().uss for worker in master.children()]
    return sum(sizes) / len(sizes) / 1e6
