from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from db import Database
from encryption import Cipher
from families import territory


@pytest.fixture
def cipher() -> Cipher:
    return Cipher(bytes(range(64)))


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """A transaction over a database that knows the country's territory."""
    with database.transaction() as connection:
        territory.load(connection)
        yield connection
