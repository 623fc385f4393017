"""The environment of a process, completed by what this machine provides."""

import contextlib
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from local import keeper
from local.postgres import Postgres
from local.redis import Redis
from local.server import Server, ServerError
from settings import Settings, SettingsError

SECRET = "secret_key"
SERVERS: Mapping[str, type[Server]] = {"DATABASE_URL": Postgres, "REDIS_URL": Redis}


def var_folder(env: Mapping[str, str]) -> Path:
    """Where all that the service keeps on this machine lives: `LIBRETA_VAR`, else `var/` of the checkout."""
    return Path(env.get("LIBRETA_VAR") or keeper.ROOT / "var").resolve()


def missing_servers(env: Mapping[str, str], *, throwaway: bool = False) -> dict[str, Server]:
    """Our own servers by the setting that would name another: none for a setting that is set."""
    var = var_folder(env)
    return {name: kind(var, throwaway=throwaway) for name, kind in SERVERS.items() if not env.get(name)}


def environment(env: Mapping[str, str] = os.environ, *, throwaway: bool = False) -> dict[str, str]:
    """`env` with `DATABASE_URL` and `REDIS_URL` of our own servers where they are unset, started if need be.

    They run at least as long as the calling process. A secret key is made once and kept under `var/` where
    PostgreSQL is our own, and where `bin/run` made one; a shared database needs a `SECRET_KEY` that its machines share.

    Raises:
        ServerError: a server does not start.
    """
    servers = missing_servers(env, throwaway=throwaway)
    addresses = dict(zip(servers, keeper.use(servers.values()), strict=True))
    var = var_folder(env)
    if not env.get("SECRET_KEY") and ("DATABASE_URL" in servers or (var / SECRET).exists()):
        addresses["SECRET_KEY"] = secret_key(var)
    return {**env, **addresses}


def read_settings() -> Settings:
    """The settings of a process at its entry; ends it with one clear line where they cannot be used."""
    try:
        return Settings.read(environment())
    except (SettingsError, ServerError) as error:
        sys.exit(f"libreta: {error}")


def secret_key(var: Path) -> str:
    """The secret of this machine, made the first time; nobody ever sees half of it."""
    path = var / SECRET
    if not path.exists():
        draft = var / f"{SECRET}.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text("utf-8")
