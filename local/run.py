"""`bin/run`: the whole service on one machine, until Ctrl-C or SIGTERM.

The processes of the Procfile run under supervisord, which starts again the one that dies. Every process
that is started here carries a mark in its environment, so that whatever a killed run left behind is found.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from configparser import RawConfigParser
from pathlib import Path
from types import FrameType
from typing import NoReturn
from urllib.parse import urlsplit

import psutil
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from db import Database
from local import keeper
from local.environment import environment, missing_servers, secret_key, var_folder
from local.keeper import ROOT
from local.server import ServerError
from settings import Settings, SettingsError

MARK = "LIBRETA_RUN"
READY = 60.0  # seconds for the processes to be ready
ENDING = 15.0  # seconds for them to end
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Run:
    """One run of the service under `var`."""

    def __init__(self) -> None:
        self.var = var_folder(os.environ)
        self.var.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.demo = os.environ.get("BIN_RUN_DEMO", "1") != "0"
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        self.env = {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1", MARK: str(self.var)}

    def start(self) -> Settings:
        """Everything up to the processes; gives the settings they will find."""
        self.end_leftovers()
        self.env["SECRET_KEY"] = os.environ.get("SECRET_KEY") or secret_key(self.var)
        # The addresses of our own servers stay out of the environment: each process asks for them itself, and
        # so counts as a user that they must go on for.
        settings = Settings.read({**environment(), "SECRET_KEY": self.env["SECRET_KEY"]})
        check_port(settings)
        check_database(settings)
        if not is_migrated(settings):
            self.do("alembic", "upgrade", "head")
            if self.demo:
                # The first time nobody is let in before it is there: whoever texts from a demo phone is of the demo.
                self.do("flask", "--app", "wsgi", "demo", "load")
        return settings

    def serve(self, settings: Settings) -> NoReturn:
        """Run the processes for ever; a supervisor that dies is started again as well."""
        supervisor = self.supervise()
        if self.demo:
            self.do("flask", "--app", "wsgi", "demo", "load")
        self.wait_until_ready(settings, supervisor)
        print(
            f"\nhttp://{settings.host}:{settings.port}/  (logs in {self.var / 'log'}, Ctrl-C stops)\n",
            flush=True,
        )
        if self.demo:
            self.do("flask", "--app", "wsgi", "demo", "guide")
        while True:
            supervisor.wait()
            self.end_leftovers()
            supervisor = self.supervise()

    def stop(self) -> None:
        """End every process that was started, then our servers if nobody else uses them."""
        self.end_leftovers()
        for server in missing_servers(os.environ).values():
            keeper.leave(server)

    def do(self, module: str, *arguments: str) -> None:
        """Run one command to its end."""
        command = [sys.executable, "-m", module, *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=self.env, start_new_session=True)
        if process.wait():
            raise ServerError(f"«{module} {' '.join(arguments)}» failed: see above")

    def supervise(self) -> subprocess.Popen[bytes]:
        """Start the supervisor over the processes of the Procfile."""
        logs = self.var / "log"
        logs.mkdir(exist_ok=True)
        file = self.var / "supervisord.conf"
        with file.open("w", encoding="utf-8") as configuration:
            supervisor_configuration((ROOT / "Procfile").read_text("utf-8"), logs).write(configuration)
        return subprocess.Popen(
            [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "--configuration", file],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait_until_ready(self, settings: Settings, supervisor: subprocess.Popen[bytes]) -> None:
        host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host
        deadline = time.monotonic() + READY
        while time.monotonic() < deadline and supervisor.poll() is None:
            try:
                with urllib.request.urlopen(f"http://{host}:{settings.port}/readyz", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        log = self.var / "log" / "web.log"
        tail = log.read_text("utf-8", errors="replace").splitlines()[-20:] if log.exists() else []
        raise ServerError("\n".join([*tail, f"the service did not get ready: see {log.parent}"]))

    def end_leftovers(self) -> None:
        """End every process that carries our mark: this run's at its end, a killed run's at our start."""
        deadline = time.monotonic() + ENDING
        while processes := marked(self.var):
            number = signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL
            for process in processes:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(number)
            psutil.wait_procs(processes, timeout=3)


def marked(var: Path) -> list[psutil.Process]:
    """The living processes that a run under `var` started."""
    found = []
    for process in psutil.process_iter(["status"]):
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == str(var):
                found.append(process)
        except (psutil.Error, OSError):  # gone, or somebody else's
            continue
    return found


def supervisor_configuration(procfile: str, logs: Path) -> RawConfigParser:
    """supervisord's configuration for the lines «name: command» of a Procfile."""

    folder = os.path.relpath(logs, ROOT)  # supervisord stumbles over a % in a path, so it gets short ones
    parser = RawConfigParser()
    parser["supervisord"] = {
        "logfile": f"{folder}/supervisord.log",
        "logfile_maxbytes": "1MB",
        "logfile_backups": "1",
        "pidfile": f"{folder}/supervisord.pid",
        "childlogdir": folder,
    }
    for line in procfile.splitlines():
        name, separator, command = line.partition(":")
        if separator and not name.startswith("#"):
            parser[f"program:{name.strip()}"] = {
                "command": command.strip(),
                "redirect_stderr": "true",
                "stdout_logfile": f"{folder}/{name.strip()}.log",
                "stdout_logfile_maxbytes": "10MB",
                "stdout_logfile_backups": "2",
                "autorestart": "true",
                "startretries": "1000000",
                "stopwaitsecs": f"{ENDING - 5:.0f}",
                "killasgroup": "true",
            }
    return parser


def is_migrated(settings: Settings) -> bool:
    """Whether the database is at the newest revision; asking here is quicker than alembic's own process."""
    scripts = ScriptDirectory(ROOT / "migrations")
    with Database(settings.database_url).transaction() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == set(scripts.get_heads())


def check_database(settings: Settings) -> None:
    if not Database(settings.database_url).answers():
        parts = urlsplit(settings.database_url)
        raise ServerError(f"PostgreSQL at {parts.hostname}:{parts.port or 5432} does not answer: see DATABASE_URL")


def check_port(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise ServerError(
                f"cannot listen on port {settings.port} ({error.strerror}): set PORT to another"
            ) from None


def on_signal(_number: int, _frame: FrameType | None) -> None:
    """Begin to stop; a second signal finds us at it already."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    sys.exit(0)


def main() -> None:
    for number in SIGNALS:
        signal.signal(number, on_signal)
    run = Run()
    lock = (run.var / "run.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"libreta: bin/run is running already for {run.var}")
    try:
        run.serve(run.start())
    except (ServerError, SettingsError) as error:
        sys.exit(f"libreta: {error}")
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        run.stop()


if __name__ == "__main__":
    main()
