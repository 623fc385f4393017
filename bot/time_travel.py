"""A jump into tomorrow, for training: everything in the demo becomes a day older, and what was for tomorrow is due.

Moments and days of all tables move back together, so that a session of tomorrow is one of today and its reminder goes.
Kept as they are: birth dates, what the database refuses to change, and days that are part of a key.
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, text

KEPT: Final = ("birth_date", "left_on")
STILL: Final = ("alembic_version", "staff_sessions", "staff_links", "staff_second_steps", "settings_values")
"""Tables that have nothing to do with the families' time."""

_COLUMNS: Final = text("""
    SELECT tables.relname AS table, columns.attname AS column
    FROM pg_class AS tables JOIN pg_attribute AS columns ON columns.attrelid = tables.oid
    WHERE tables.relnamespace = 'public'::regnamespace AND tables.relkind IN ('r', 'p') AND NOT tables.relispartition
      AND columns.atttypid IN ('timestamptz'::regtype, 'date'::regtype) AND NOT columns.attisdropped
      AND columns.attname <> ALL(:kept) AND tables.relname <> ALL(:still)
      AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = tables.oid AND NOT tgisinternal)
      AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = tables.oid AND indisunique
                      AND columns.attnum = ANY(indkey::smallint[]))
    ORDER BY 1, 2
""")


class RealPeopleError(Exception):
    """There are people in the database who are not invented: their time is nobody's to change."""


def possible(connection: Connection) -> bool:
    """Whether everybody in the database is invented."""
    return not connection.scalar(text("SELECT EXISTS (SELECT FROM contacts WHERE NOT demo)"))


def jump(connection: Connection, days: int = 1) -> None:
    """Let so many days go by for everybody. Raises RealPeopleError where somebody is real."""
    connection.execute(text("LOCK TABLE contacts IN SHARE MODE"))
    if not possible(connection):
        raise RealPeopleError
    for table, columns in _moved(connection):
        moved = ", ".join(f"{column} = {column} - make_interval(days => :days)" for column in columns)
        connection.execute(text(f"UPDATE {table} SET {moved}"), {"days": days})


def _moved(connection: Connection) -> Iterator[tuple[str, list[str]]]:
    """Tables with their columns that move."""
    found: dict[str, list[str]] = {}
    for row in connection.execute(_COLUMNS, {"kept": list(KEPT), "still": list(STILL)}):
        found.setdefault(row.table, []).append(row.column)
    yield from found.items()
