"""What PostgreSQL and Redis have in common as servers of our own: an address, a process, an orphan to end."""

import json
import os
import secrets
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import psutil

from local.account import Account, home

HOST = "127.0.0.1"
PORTS = range(15_000, 30_000)  # below what systems hand to outgoing connections, so that a restart finds it free
STOPPING = 60.0


class ServerError(Exception):
    """A server cannot be started; the message says why in one line."""


class Server(ABC):
    """One server under `var`. `throwaway` ones may lose their data when the machine goes down, for speed."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, var: Path, *, throwaway: bool = False) -> None:
        self.var = var.resolve()
        self.throwaway = throwaway
        self.account = Account.current()

    @property
    def home(self) -> Path:
        return home(self.var, self.name, self.account)

    @property
    def log(self) -> Path:
        return self.var / "log" / f"{self.name}.log"

    @property
    def url(self) -> str:
        """The address with its password; made by the first start.

        Raises:
            FileNotFoundError: the server was never started.
        """
        return (self.home / "url").read_text("utf-8").strip()

    @abstractmethod
    def prepare(self) -> None:
        """Make what the server needs on disk, once."""

    @abstractmethod
    def command(self) -> list[str | Path]:
        """The command line that runs the server in the foreground."""

    @abstractmethod
    def configuration(self) -> str:
        """What the server reads on its standard input."""

    @abstractmethod
    def address(self, password: str, port: int) -> str:
        """The URL of the server."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server takes our password and works."""

    def launch(self, output: int) -> subprocess.Popen[str]:
        """Start the process; whatever an earlier keeper left running is ended first."""
        self.end_orphan()
        self._settle_address()
        self.prepare()
        process = self.account.popen(self.command(), folder=self.home, stdin=subprocess.PIPE, output=output)
        self._pid_file.write_text(json.dumps([process.pid, psutil.Process(process.pid).create_time()]), "utf-8")
        assert process.stdin is not None
        process.stdin.write(self.configuration())
        process.stdin.close()
        return process

    def end_orphan(self) -> None:
        """Stop the process whose keeper was killed, if it still runs."""
        try:
            pid, started = json.loads(self._pid_file.read_text("utf-8"))
            orphan = psutil.Process(pid)
            if orphan.create_time() != started:
                return
            orphan.send_signal(self.stop_signal)
            orphan.wait(STOPPING)
        except psutil.TimeoutExpired:
            orphan.kill()
            orphan.wait()
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return

    @property
    def port(self) -> int:
        port = urlsplit(self.url).port
        assert port is not None
        return port

    @property
    def password(self) -> str:
        return urlsplit(self.url).password or ""

    @property
    def _pid_file(self) -> Path:
        return self.home / "pid"

    def _settle_address(self) -> None:
        """Write the address the first time, and again when its port was taken by somebody else."""
        try:
            password, port = self.password, self.port
        except FileNotFoundError:
            password, port = secrets.token_urlsafe(24), 0
        if port and _is_free(port):
            return
        fresh = self.home / f"url.{os.getpid()}"
        fresh.touch(0o600)
        fresh.write_text(self.address(password, _free_port()), "utf-8")
        fresh.rename(self.home / "url")


def _free_port() -> int:
    for port in sorted(PORTS, key=lambda _: secrets.randbits(32)):
        if _is_free(port):
            return port
    raise ServerError(f"no free port between {PORTS.start} and {PORTS.stop}")


def _is_free(port: int) -> bool:
    deadline = time.monotonic() + 0.5
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                if time.monotonic() > deadline:
                    return False
            else:
                return True
        time.sleep(0.05)
