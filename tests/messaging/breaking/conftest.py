"""The campaign that every test here breaks, at the size that `BREAKING_PEOPLE` names."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from db import Database
from settings import Settings
from tests.local_twilio.process import Control
from tests.messaging.breaking.harness import LIST_LAG, Trial
from tests.messaging.breaking.servers import Servers

PEOPLE = int(os.environ.get("BREAKING_PEOPLE", "1000"))


@pytest.fixture
def trial(database: Database, settings: Settings, twilio: Control) -> Iterator[Trial]:
    """On the servers that all tests share."""
    twilio.faults(list_lag=LIST_LAG, latency=0.05)
    with Trial(database, settings, twilio, PEOPLE).under_way() as trial:
        yield trial


@pytest.fixture(scope="session")
def own_servers() -> Iterator[Servers]:
    folder = Path(tempfile.mkdtemp(prefix="libreta-breaking-"))
    folder.chmod(0o711)
    servers = Servers(folder)
    yield servers
    servers.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_trial(own_servers: Servers, twilio: Control) -> Iterator[Trial]:
    """On durable servers of its own, which may be killed."""
    settings = own_servers.fresh_settings()
    database = Database(settings.database_url)
    twilio.faults(list_lag=LIST_LAG, latency=0.05)
    with Trial(database, settings, twilio, PEOPLE).under_way() as trial:
        yield trial
    database.close()
