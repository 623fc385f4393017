"""The process that keeps one server running while somebody uses it.

Two locks under `var` say all there is to know, and the system gives them back however a process ends:
`NAME.users` is held, shared, by every process that uses the server; `NAME.keeper` by the one that keeps it.
A keeper restarts its server when it dies, and ends, with its server, a while after the last user has gone.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Final

from local.server import STOPPING, Server, ServerError

ROOT: Final = Path(__file__).resolve().parent.parent
LINGER = 5.0  # seconds without a user, so that one command after another finds the servers warm
RECOVERY = 120.0  # seconds that a start may take: crash recovery after a power cut
TICK = 0.1
MAX_PAUSE = 5.0
NOT_FOR_KEEPERS = {"LIBRETA_RUN", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DATA_KEY", "TWILIO_AUTH_TOKEN"}

_using: dict[Path, int] = {}  # open for the life of the process: closing one would give the lock back
_started: dict[Path, subprocess.Popen[bytes]] = {}  # the last keeper of each log, to be waited for


def use(servers: Iterable[Server]) -> list[str]:
    """Make sure that the servers run for as long as this process does; gives their addresses.

    Raises:
        ServerError: one does not start.
    """
    servers = list(servers)
    for server in servers:
        users = server.var / f"{server.name}.users"
        if users not in _using:
            server.var.mkdir(mode=0o755, parents=True, exist_ok=True)
            _using[users] = _open(users)
            fcntl.flock(_using[users], fcntl.LOCK_SH)  # waits while a keeper is closing down
        _start_keeper(server)
    for server in servers:
        deadline = time.monotonic() + RECOVERY
        while not server.answers():
            if time.monotonic() > deadline:
                raise ServerError(f"{server.name} does not answer: see {server.log}")
            time.sleep(0.03)
            _start_keeper(server)
    return [server.url for server in servers]


def leave(server: Server) -> None:
    """Give up the use of a server, and stop it if nobody else uses it."""
    users = server.var / f"{server.name}.users"
    handle = _using.pop(users, None)
    if handle is None:
        return
    for _ in range(3):  # the keeper itself takes the lock for a moment to see whether it is still needed
        if _try_lock(handle):
            stop(server)
            break
        time.sleep(TICK / 3)
    os.close(handle)


def stop(server: Server) -> None:
    """Stop a server, whoever uses it, and wait until it is gone."""
    deadline = time.monotonic() + STOPPING
    while (pid := keeper_of(server)) is not None and time.monotonic() < deadline:
        if pid:
            os.kill(pid, signal.SIGTERM)
        time.sleep(TICK / 2)
    server.end_orphan()
    if keeper := _started.pop(server.log, None):
        keeper.wait()


def keeper_of(server: Server) -> int | None:
    """The keeper's process id, 0 while it is starting, None when there is none."""
    try:
        handle = _open(server.var / f"{server.name}.keeper")
    except FileNotFoundError:
        return None
    try:
        if _try_lock(handle):
            return None
        return int(os.pread(handle, 20, 0) or b"0")
    finally:
        os.close(handle)


def keep(server: Server, lock: int) -> None:
    """Run as the keeper. `lock` is the open `NAME.keeper`, locked by the process that started us."""
    os.set_inheritable(lock, False)
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    users = _open(server.var / f"{server.name}.users")
    asked_to_stop = False

    def on_signal(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked_to_stop
        asked_to_stop = True

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    pause = 0.0
    last_used = time.monotonic()
    process = server.launch(sys.stdout.fileno())
    started = time.monotonic()
    while not asked_to_stop:
        time.sleep(TICK)
        now = time.monotonic()
        if not _try_lock(users):
            last_used = now
        elif now - last_used > LINGER:
            break  # holding the lock, so that a new user waits until we are gone
        else:
            fcntl.flock(users, fcntl.LOCK_UN)
        if process.poll() is not None and now - started > pause:
            pause = min(2 * pause + 0.5, MAX_PAUSE) if now - started < MAX_PAUSE else 0.0
            process = server.launch(sys.stdout.fileno())
            started = now
    process.send_signal(server.stop_signal)
    try:
        process.wait(STOPPING / 2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _start_keeper(server: Server) -> None:
    """Start a keeper unless there is one; the lock passes to it, so that there never are two."""
    lock = _open(server.var / f"{server.name}.keeper")
    try:
        if not _try_lock(lock):
            return
        earlier = _started.pop(server.log, None)
        if earlier is not None and earlier.wait() > 0:
            raise ServerError(_last_line(server.log))
        server.log.parent.mkdir(mode=0o755, exist_ok=True)
        os.ftruncate(lock, 0)
        with server.log.open("ab") as log:
            keeper = subprocess.Popen(
                [sys.executable, "-m", "local", "keep", server.name, str(lock), str(server.var)]
                + (["--throwaway"] if server.throwaway else []),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={name: value for name, value in os.environ.items() if name not in NOT_FOR_KEEPERS},
                pass_fds=[lock],
                start_new_session=True,
            )
        _started[server.log] = keeper
    finally:
        os.close(lock)


def _last_line(log: Path) -> str:
    lines = log.read_text("utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else f"see {log}"


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
