"""Servers, settings and databases for every test.

Tests run on real PostgreSQL and Redis: those of `DATABASE_URL` and `REDIS_URL` where set, else throw-away
ones in a temporary folder. Each test that asks for `database` gets an empty copy of one migrated template.
"""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from alembic import command
from alembic.config import Config
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import create_engine, make_url

from db import Database
from local import environment
from local.environment import missing_servers
from local.keeper import ROOT, leave
from local.postgres import connect, create_database
from settings import Settings
from tests.databases import Databases, drop_database

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
left_out: list[pytest.Item] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the tests marked `browser` out where there is no Chromium."""
    if CHROMIUM is None:
        left_out.extend(item for item in items if item.get_closest_marker("browser"))
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if left_out:
        terminalreporter.write_line(
            f"{len(left_out)} browser tests were left out: there is no Chromium (on Debian: the package chromium)"
        )


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright, whose event loop runs for as long: no longer than a module needs it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, str]]:
    """The environment of a process of the service, with throw-away servers that run for the session."""
    folder = Path(tempfile.mkdtemp(prefix="libreta-tests-"))
    folder.chmod(0o711)  # the servers of root run as somebody else
    env = {**os.environ, "LIBRETA_VAR": str(folder)}
    ours = missing_servers(env, throwaway=True)
    try:
        yield {"SECRET_KEY": "a secret of the tests, of no use elsewhere", **environment(env, throwaway=True)}
    finally:
        for server in ours.values():
            leave(server)
            shutil.rmtree(server.home)
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def template(servers: dict[str, str]) -> Iterator[str]:
    """The name of a migrated, otherwise empty database that others are copied from."""
    name = f"template_{uuid.uuid4().hex}"
    with connect(servers["DATABASE_URL"], "postgres") as administration:
        create_database(administration, name)
        migrate(database_url(servers, name))
        try:
            yield name
        finally:
            drop_database(administration, name)


@pytest.fixture(scope="session")
def databases(servers: dict[str, str], template: str) -> Iterator[Databases]:
    """Copies of the template."""
    with connect(servers["DATABASE_URL"], "postgres") as administration:
        copies = Databases(administration, servers["DATABASE_URL"], template)
        yield copies
        copies.close()


@pytest.fixture
def settings(servers: dict[str, str], databases: Databases) -> Iterator[Settings]:
    """Settings of a service with a database of its own and an empty Redis."""
    name = databases.take()
    with redis.Redis.from_url(servers["REDIS_URL"]) as client:
        client.flushdb()
    try:
        yield Settings.read({**servers, "DATABASE_URL": database_url(servers, name)})
    finally:
        databases.give_back(name)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """A migrated, empty database of the test's own."""
    database = Database(settings.database_url)
    yield database
    database.close()


@pytest.fixture
def redis_url(settings: Settings) -> str:
    """An empty Redis."""
    return settings.redis_url


def database_url(env: dict[str, str], name: str) -> str:
    return make_url(env["DATABASE_URL"]).set(database=name).render_as_string(hide_password=False)


def migrate(url: str) -> None:
    """Bring an empty database to the newest revision."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    engine = create_engine(url)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
