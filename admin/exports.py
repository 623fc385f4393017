"""Tables that a person takes along, as CSV or for Excel: what the page shows, and no formula in it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Final

from flask import Response
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from admin.language import BOGOTA
from surveys.export import csv_lines, harmless

CSV: Final = "csv"
XLSX: Final = "xlsx"
KINDS: Final = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it Excel reads UTF-8 as something else."""

LONGEST_CELL: Final = 32_767
"""Characters that Excel takes in one cell."""

Cell = str | int | float | None


def download(kind: str, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A table as a file called `name`. Text that a spreadsheet would run as a formula gets a quote first."""
    written = [[_cell(value) for value in row] for row in rows]  # now, while the request's language is known
    body = _csv(header, written) if kind == CSV else _xlsx(header, written)
    return Response(
        body,
        content_type=KINDS[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}.{kind}"'},
    )


def _csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    yield BYTE_ORDER_MARK
    yield from csv_lines(header, rows)


def _xlsx(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (header, *rows):
        sheet.append([_legal(harmless(value)) for value in row])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(value: object) -> Cell:
    """A value as spreadsheets read it: hours are Colombia's, days and hours as ISO 8601."""
    match value:
        case None | int() | float():
            return value
        case datetime():
            return value.astimezone(BOGOTA).strftime("%Y-%m-%d %H:%M")
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _legal(value: Cell) -> Cell:
    """A cell that Excel opens: no control characters, no more characters than it takes."""
    return ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST_CELL] if isinstance(value, str) else value
