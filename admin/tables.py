"""Tables that sort, page and export, on the server: a query, its columns, and what the address asks for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, request
from sqlalchemy import Connection, Row, Select, func, select

from admin import exports
from admin.language import gettext

ROWS: Final = 50
"""Of a page."""

MOST_EXPORTED: Final = 100_000
"""Rows of a file: more than a gestor or coordinator has of anything, and what Excel still opens."""

MOST_COUNTED: Final = 10_000
"""Rows that are counted and paged through: nobody reads further, and counting 80,000 takes longer than the page."""

SORT, PAGE, FORMAT = "orden", "pagina", "formato"
"""Names in the address: `?orden=-fecha&pagina=2`, `?formato=csv`."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the address and, if nothing else is said, in the row; and its title, marked for
    translation.

    `order` is what it is sorted by, an SQL expression; without one it cannot be sorted. `show` makes of a row what is
    written, on the page and in the file; `link` the address that the cell leads to.
    """

    name: str
    title: str
    order: Any = None
    show: Callable[[Any], object] | None = None
    link: Callable[[Any], str] | None = None
    figure: bool = False

    def value(self, row: Any) -> object:
        return self.show(row) if self.show else getattr(row, self.name)


@dataclass(frozen=True, slots=True)
class Table:
    """One page of the rows that a query finds."""

    columns: Sequence[Column]
    rows: Sequence[Any]
    total: int
    page: int
    sort: str
    descending: bool
    more: bool = False
    """Whether there are more rows than were counted."""

    @property
    def first(self) -> int:
        return (self.page - 1) * ROWS + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    def sorted_by(self, column: Column) -> str:
        """The address of the table sorted by a column, or the other way round if it is already."""
        descending = column.name == self.sort and not self.descending
        return _address({SORT: f"-{column.name}" if descending else column.name})

    def direction(self, column: Column) -> str | None:
        """How the table is sorted by this column, in ARIA's words."""
        if column.name != self.sort:
            return None
        return "descending" if self.descending else "ascending"

    def at(self, page: int) -> str:
        """The address of another page."""
        return _address({PAGE: str(page)}, keep=(SORT,))

    def exported(self, kind: str) -> str:
        """The address of the file with all rows that were found."""
        return _address({FORMAT: kind}, keep=(SORT,))


def read(
    connection: Connection,
    query: Select[*tuple[Any, ...]],
    columns: Sequence[Column],
    *,
    key: Any,
    sort: str,
    prepare: Callable[[Sequence[Row[Any]]], Sequence[Any]] = list,
) -> Table:
    """The page of a query that the address asks for: two statements, one of which counts.

    `key` is a unique column that settles the order of equals; `sort` the column sorted by if the address names none,
    with a minus for descending. `prepare` turns the rows of a page into what the columns show: it opens names, say.
    All rows come where the address asks for a file.
    """
    wanted = sort if request.args.get(SORT, "").removeprefix("-") not in _sortable(columns) else request.args[SORT]
    name, descending = wanted.removeprefix("-"), wanted.startswith("-")
    order = _sortable(columns)[name]
    query = query.order_by(order.desc().nulls_last() if descending else order.asc().nulls_last(), key)
    if file_wanted():
        rows = prepare(connection.execute(query.limit(MOST_EXPORTED)).all())
        return Table(columns, rows, len(rows), 1, name, descending)
    counted = query.order_by(None).limit(MOST_COUNTED + 1).subquery()
    found = connection.scalar(select(func.count()).select_from(counted)) or 0
    total = min(found, MOST_COUNTED)
    page = min(_page(), max(1, -(-total // ROWS)))
    rows = prepare(connection.execute(query.limit(ROWS).offset((page - 1) * ROWS)).all()) if total else []
    return Table(columns, rows, total, page, name, descending, more=found > total)


def file_wanted() -> str | None:
    """The kind of file that the address asks for, or None for a page."""
    kind = request.args.get(FORMAT)
    return kind if kind in exports.KINDS else None


def file(table: Table, kind: str, name: str) -> Response:
    """The rows of a table as a file called `name`."""
    header = [gettext(column.title) for column in table.columns]
    return exports.download(kind, name, header, ([column.value(row) for column in table.columns] for row in table.rows))


def kept() -> list[tuple[str, str]]:
    """What a form of filters must keep of the address: how the table is sorted."""
    return [(SORT, request.args[SORT])] if SORT in request.args else []


def _sortable(columns: Sequence[Column]) -> dict[str, Any]:
    return {column.name: column.order for column in columns if column.order is not None}


def _page() -> int:
    asked = request.args.get(PAGE, "")
    return max(1, int(asked)) if asked.isascii() and asked.isdecimal() and len(asked) < 8 else 1


def _address(changes: dict[str, str], keep: Sequence[str] = ()) -> str:
    """The current page with its filters and these changes."""
    dropped = {SORT, PAGE, FORMAT} - set(keep)
    filters = [(name, value) for name, value in request.args.items(multi=True) if name not in dropped | set(changes)]
    return "?" + urlencode([*filters, *changes.items()])
