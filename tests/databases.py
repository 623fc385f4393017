"""Databases for tests: copies of one migrated template, emptied and lent again where the last test left them whole.

A copy is some 750 files, of which a test touches a few dozen: emptying those is five times as fast as copying anew.
"""

import time
import uuid
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from local.postgres import connect, create_database

LENT_MOST = 25
"""A database is copied anew after so many tests: what was deleted still lies in its files."""
LEAVE_SECONDS = 2.0
"""How long those who are still connected may take to be cut off."""

SHAPE = "SELECT count(*), max(oid::bigint) FROM pg_class"
"""Changes when anything was made or dropped, such as a month of messages."""
CUT_OFF = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
EMPTY = """
    DO $$
    DECLARE touched record;
    BEGIN
        SET LOCAL session_replication_role = replica;
        FOR touched IN
            SELECT oid::regclass AS name FROM pg_class
            WHERE relkind = 'r' AND relnamespace IN ('public'::regnamespace, 'message_months'::regnamespace)
              AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
        LOOP
            EXECUTE format('DELETE FROM ONLY %s', touched.name);
        END LOOP;
        PERFORM setval(format('%I.%I', schemaname, sequencename), start_value, false)
        FROM pg_sequences WHERE last_value IS NOT NULL;
    END $$
"""


@dataclass
class Databases:
    """Copies of a template: `take` one, `give_back` when done."""

    administration: psycopg.Connection
    url: str
    """Of any database of the server."""
    template: str
    _spare: list[str] = field(default_factory=list)
    _lent: dict[str, int] = field(default_factory=dict)
    _shape: tuple[int, int] | None = None

    def take(self) -> str:
        """The name of a database that holds what the template holds."""
        if self._spare:
            return self._spare.pop()
        name = f"test_{uuid.uuid4().hex}"
        create_database(self.administration, name, self.template)
        self._lent[name] = 0
        return name

    def give_back(self, name: str) -> None:
        """Take a database back, to be lent again or dropped."""
        self._lent[name] += 1
        if self._lent[name] < LENT_MOST and self._emptied(name):
            self._spare.append(name)
        else:
            drop_database(self.administration, name)

    def close(self) -> None:
        """Drop what was not lent."""
        while self._spare:
            drop_database(self.administration, self._spare.pop())

    def _emptied(self, name: str) -> bool:
        """Empty a database; False if it has another shape than the template, or somebody will not leave it."""
        with connect(self.url, name) as connection:
            shape = connection.execute(SHAPE).fetchone()
            self._shape = self._shape or self._shape_of_template()
            if shape != self._shape or not alone(connection):
                return False
            connection.execute(EMPTY)
            return True

    def _shape_of_template(self) -> tuple[int, int]:
        with connect(self.url, self.template) as connection:
            found = connection.execute(SHAPE).fetchone()
        assert found is not None
        return found[0], found[1]


def alone(connection: psycopg.Connection) -> bool:
    """Cut everybody else off from this database; whether they are gone in time."""
    until = time.monotonic() + LEAVE_SECONDS
    while connection.execute(CUT_OFF).fetchone() != (0,):
        if time.monotonic() > until:
            return False
        time.sleep(0.005)
    return True


def drop_database(administration: psycopg.Connection, name: str) -> None:
    """Drop a database, whoever is connected to it."""
    administration.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
