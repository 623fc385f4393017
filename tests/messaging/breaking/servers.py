"""A PostgreSQL and a Redis that are killed and come back, at the same addresses and with what was committed."""

import os
import signal
import uuid
from pathlib import Path

import psutil

from local import environment, keeper
from local.environment import missing_servers
from local.postgres import connect, create_database
from settings import Settings
from tests.conftest import database_url, migrate

DATABASE, REDIS = "DATABASE_URL", "REDIS_URL"


class Servers:
    """Both, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        unset = {name: value for name, value in os.environ.items() if name not in (DATABASE, REDIS)}
        self.env = {**unset, "LIBRETA_VAR": str(folder)}
        self.servers = missing_servers(self.env)
        self.urls = {"SECRET_KEY": "a secret of the tests, of no use elsewhere", **environment(self.env)}
        with connect(self.urls[DATABASE], "postgres") as administration:
            create_database(administration, "migrated")
        migrate(database_url(self.urls, "migrated"))

    def fresh_settings(self) -> Settings:
        """Settings of a service with a database of its own."""
        name = f"test_{uuid.uuid4().hex}"
        with connect(self.urls[DATABASE], "postgres") as administration:
            create_database(administration, name, "migrated")
        return Settings.read({**self.urls, DATABASE: database_url(self.urls, name)})

    def restart(self, setting: str) -> None:
        """Stop a server as an operator does, and start it again."""
        keeper.stop(self.servers[setting])
        assert environment(self.env)[setting] == self.urls[setting]

    def kill(self, setting: str) -> None:
        """SIGKILL a server and every process of it; its keeper starts it again, which recovers what was committed."""
        server = self.servers[setting]
        keeping = psutil.Process(keeper.keeper_of(server) or 0)
        for process in keeping.children(recursive=True):
            process.send_signal(signal.SIGKILL)
        keeper.use([server])

    def stop(self) -> None:
        """End both."""
        for server in self.servers.values():
            keeper.leave(server)
