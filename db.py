"""PostgreSQL: the declarative base of all tables, and the transactions in which everything happens."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from math import inf
from typing import Any, TypeVar

import orjson
import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, MetaData, TextClause, create_engine, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase

Result = TypeVar("Result")


class Base(DeclarativeBase):
    """Base of every table. Names of constraints follow one rule, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with its parameters, not yet sent."""

    text: TextClause
    parameters: Mapping[str, object]


def execute(connection: Connection, *statements: Statement, commit: bool = False) -> list[list[Any]]:
    """Run statements by the driver itself, then commit if wanted. Returns the rows of each, as named tuples.

    For the path of every message, where SQLAlchemy's own work costs more than the statements do. (psycopg's pipeline
    mode was measured too: it saves round trips, and costs more processor time than they do on one machine.)
    Parameters must be what psycopg takes as it is: JSON as text. Raises DBAPIError like SQLAlchemy's own execution;
    the pool is emptied when the server has gone.
    """
    driver = connection.connection.driver_connection
    assert driver is not None
    try:
        found = []
        with driver.cursor(row_factory=namedtuple_row) as cursor:
            for statement in statements:
                cursor.execute(_driver_sql(statement.text), statement.parameters)
                found.append(cursor.fetchall() if cursor.description else [])
        if commit:
            driver.commit()
        return found
    except psycopg.Error as error:
        if driver.closed:
            connection.invalidate(error)
            connection.engine.dispose()
        kind = OperationalError if isinstance(error, psycopg.OperationalError) else DBAPIError
        raise kind(None, None, error, connection_invalidated=driver.closed) from error


@cache
def _driver_sql(statement: TextClause) -> str:
    return str(statement.compile(dialect=postgresql.psycopg.dialect()))  # type: ignore[no-untyped-call]


NOW = text("SELECT clock_timestamp()")
CLOCK_SECONDS = 30.0
"""How long the server's clock is trusted to have gone on as ours."""


class Database:
    """A pool of connections, as many as threads that use it.

    Everything fails within seconds rather than wait: a server that is down, a row that another transaction
    holds, a pool that is drained. Sessions speak UTC.
    """

    def __init__(self, url: str, *, pool_size: int = 4) -> None:
        self._told = datetime.min.replace(tzinfo=UTC), -inf
        self.engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=3,
            pool_use_lifo=True,
            hide_parameters=True,  # they hold what people wrote
            json_deserializer=orjson.loads,
            connect_args={
                "connect_timeout": 2,
                "application_name": "libreta",
                "options": "-c timezone=UTC -c lock_timeout=3s -c idle_in_transaction_session_timeout=60s",
            },
        )

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection whose statements are committed together at the end, or not at all on an exception.

        Raises:
            sqlalchemy.exc.OperationalError: PostgreSQL is down, or a lock was not had within 3 seconds.
            sqlalchemy.exc.TimeoutError: no connection was free within 3 seconds.
        """
        with self.engine.begin() as connection:
            yield connection

    def idempotent(self, work: Callable[[Connection], Result]) -> Result:
        """Do `work` in a transaction, once more if its connection turns out to be dead.

        Connections are not tried out before use; after a restart of PostgreSQL the first statement fails,
        which empties the pool, and the second try gets a fresh connection. The first try may have been
        committed all the same, so `work` must do no harm when done twice.
        """
        try:
            with self.transaction() as connection:
                return work(connection)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        with self.transaction() as connection:
            return work(connection)

    def now(self) -> datetime:
        """The time by PostgreSQL's clock, which all hosts share.

        What falls due, and what was sent when, must not hang on the clock of one host, which may jump. Asked every
        half minute, counted on by the monotonic clock in between.

        Raises:
            sqlalchemy.exc.OperationalError: PostgreSQL is down.
        """
        told, at = self._told
        if time.monotonic() - at > CLOCK_SECONDS:
            told = self.idempotent(lambda connection: connection.execute(NOW).scalar_one())
            at = time.monotonic()
            self._told = told, at
        return told + timedelta(seconds=time.monotonic() - at)

    def answers(self) -> bool:
        """Whether PostgreSQL takes queries, for `/readyz`."""
        try:
            return self.idempotent(lambda connection: connection.scalar(text("SELECT true")) is True)
        except DBAPIError:
            return False

    def close(self) -> None:
        """Close every idle connection; the pool fills again when used."""
        self.engine.dispose()
