"""Transactions on real PostgreSQL."""

import time

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from db import Database


def count(database: Database) -> int:
    with database.transaction() as connection:
        return connection.scalar(text("SELECT count(*) FROM drops")) or 0


@pytest.fixture
def drops(database: Database) -> Database:
    with database.transaction() as connection:
        connection.execute(text("CREATE TABLE drops (number integer PRIMARY KEY)"))
    return database


def put(connection: Connection, number: int) -> None:
    connection.execute(text("INSERT INTO drops VALUES (:number) ON CONFLICT DO NOTHING"), {"number": number})


def test_a_transaction_is_all_or_nothing(drops: Database) -> None:
    def put_and_fail() -> None:
        with drops.transaction() as connection:
            put(connection, 1)
            put(connection, 1 // 0)

    with pytest.raises(ZeroDivisionError):
        put_and_fail()
    assert count(drops) == 0


def test_idempotent_work_survives_the_loss_of_its_connections(drops: Database) -> None:
    with drops.transaction() as killer:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        with drops.transaction() as connection:
            put(connection, 1)
        killer.execute(text(others + " AND pid <> pg_backend_pid()"))
    drops.idempotent(lambda connection: put(connection, 2))
    assert count(drops) == 2


def test_a_held_row_is_waited_for_three_seconds_at_most(drops: Database) -> None:
    with drops.transaction() as holder:
        put(holder, 1)
        holder.execute(text("LOCK TABLE drops"))
        started = time.monotonic()
        with pytest.raises(OperationalError), drops.transaction() as connection:
            put(connection, 2)
        assert 2.5 < time.monotonic() - started < 4


def test_sessions_speak_utc(database: Database) -> None:
    with database.transaction() as connection:
        assert connection.scalar(text("SHOW timezone")) == "UTC"


def test_a_server_that_is_down_is_told_at_once() -> None:
    started = time.monotonic()
    assert not Database("postgresql+psycopg://libreta:x@127.0.0.1:9/libreta").answers()
    assert time.monotonic() - started < 1
