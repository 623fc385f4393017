"""The environment of a process, completed by what this machine provides."""

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
    PostgreSQL is our own; a shared database needs a `SECRET_KEY` that its machines share.

    Raises:
        ServerError: a server does not start.
    """
    servers = missing_servers(env, throwaway=throwaway)
    addresses = dict(zip(servers, keeper.use(servers.values()), strict=True))
    if not env.get("SECRET_KEY") and "DATABASE_URL" in servers:
        addresses["SECRET_KEY"] = secret_key(var_folder(env))
    return {**env, **addresses}


def read_settings() -> Settings:
    """The settings of a process at its entry; ends it with one clear line where they cannot be used."""
    try:
        return Settings.read(environment())
    except (SettingsError, ServerError) as error:
        sys.exit(f"libreta: {error}")


def secret_key(var: Path) -> str:
    """The secret of this machine, made the first time."""
    path = var / "secret_key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("utf-8")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text("utf-8")
