"""The service as it runs for real: `bin/run` with its Procfile processes, on servers that can be stopped."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from local import environment, keeper
from local.environment import missing_servers
from tests.end_to_end.phone import Phone

ROOT = Path(__file__).parents[2]
TOKEN = "a token of the tests"
READY = 120.0


class Service:
    """A running service, and the servers it stands on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.servers_env = {
            **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")},
            "LIBRETA_VAR": str(folder / "servers"),
        }
        self.env = {
            **os.environ,
            "DATABASE_URL": environment(self.servers_env)["DATABASE_URL"],
            "REDIS_URL": environment(self.servers_env)["REDIS_URL"],
            "SECRET_KEY": "a secret of the end to end tests, of no use elsewhere",
            "LIBRETA_VAR": str(folder / "run"),
            "PORT": str(self.port),
            "PUBLIC_URL": "https://libreta.test",
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_SMS_FROM": "+573100000000",
            "TWILIO_WHATSAPP_FROM": "whatsapp:+573100000000",
            "TWILIO_API_URL": "http://127.0.0.1:9",
        }
        self.run: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.run = subprocess.Popen([ROOT / "bin/run"], env=self.env, cwd=self.folder)
        self.wait_until_ready()

    def stop(self) -> None:
        if self.run is not None:
            self.run.send_signal(signal.SIGTERM)
            self.run.wait(30)
        for server in missing_servers(self.servers_env).values():
            keeper.stop(server)

    def wait_until_ready(self, seconds: float = READY) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.run is not None
            assert self.run.poll() is None, "bin/run has ended"
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            time.sleep(0.1)
        raise TimeoutError("the service did not get ready")

    def phone(self, number: int, channel: str = "sms") -> Phone:
        """The phone of a demo family, by its ordinal."""
        return Phone(self.url, self.env, f"+57300{number:07}", channel)

    def flask(self, *arguments: str, given: str | None = None) -> str:
        """The output of a command."""
        command = [str(ROOT / ".venv/bin/python"), "-m", "flask", "--app", "wsgi", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, input=given, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def kill_web(self) -> None:
        """Kill every web process the hard way; the supervisor starts them again."""
        for process in psutil.process_iter(["cmdline"]):
            command = process.info["cmdline"] or []
            if any("gunicorn" in word for word in command) and self._ours(process):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()

    def stop_server(self, setting: str) -> None:
        """Stop PostgreSQL (`DATABASE_URL`) or Redis (`REDIS_URL`)."""
        keeper.stop(missing_servers(self.servers_env)[setting])

    def start_server(self, setting: str) -> None:
        """Start it again, at the same address."""
        assert environment(self.servers_env)[setting] == self.env[setting]

    def _ours(self, process: psutil.Process) -> bool:
        with contextlib.suppress(psutil.Error):
            return process.environ().get("LIBRETA_VAR") == self.env["LIBRETA_VAR"]
        return False


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    folder = Path(tempfile.mkdtemp(prefix="libreta-e2e-"))
    folder.chmod(0o711)
    running = Service(folder)
    try:
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)
