"""Build the workbook of every questionnaire here (`libreta.xlsx` from `libreta.md`): `python -m surveys.forms.build`.

The Markdown file is what people read, review and change; the workbook is what ODK, Kobo and this service
load.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

FOLDER = Path(__file__).parent
SOURCE, WORKBOOK = FOLDER / "libreta.md", FOLDER / "libreta.xlsx"

EPOCH = datetime(2026, 11, 23)  # noqa: DTZ001  the format knows no zones
MODIFIED = re.compile(rb"<dcterms:modified.*?</dcterms:modified>")

Sheets = Mapping[str, list[list[str]]]


def read(markdown: str) -> Sheets:
    """Sheets of an XLSForm in Markdown: a one-cell row names a sheet, its rows begin with an empty cell."""
    sheets: dict[str, list[list[str]]] = {}
    rows: list[list[str]] = []
    for cells in _rows(markdown):
        if len(cells) == 1:
            rows = sheets.setdefault(cells[0], [])
        else:
            rows.append(cells[1:])
    return sheets


def build(sheets: Sheets) -> bytes:
    """The workbook of these sheets; equal sheets give equal bytes."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    workbook.properties.created = EPOCH
    for name, rows in sheets.items():
        _fill(workbook.create_sheet(name), rows)
    saved = BytesIO()
    workbook.save(saved)
    return _undated(saved)


def _rows(markdown: str) -> Iterator[list[str]]:
    for line in markdown.splitlines():
        if line.startswith("|"):
            yield [cell.strip() for cell in line.strip().strip("|").split("|")]


def _fill(sheet: Worksheet, rows: list[list[str]]) -> None:
    for row in rows:
        sheet.append([cell or None for cell in row])
    for column in sheet.columns:
        width = max(len(str(cell.value or "")) for cell in column)
        sheet.column_dimensions[column[0].coordinate.rstrip("1")].width = min(60, width + 2)
        for cell in column:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        column[0].font = Font(bold=True)
    sheet.freeze_panes = "A2"


def _undated(workbook: BytesIO) -> bytes:
    """The same archive without the moment it was saved at, in its entries and in its properties."""
    result = BytesIO()
    with zipfile.ZipFile(workbook) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = MODIFIED.sub(b"", old.read(name)) if name == "docProps/core.xml" else old.read(name)
            new.writestr(zipfile.ZipInfo(name, EPOCH.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return result.getvalue()


if __name__ == "__main__":
    for source in FOLDER.glob("*.md"):
        source.with_suffix(".xlsx").write_bytes(build(read(source.read_text(encoding="utf-8"))))
