"""Forms written as Markdown tables, the way pyxform's own tests write them, → workbook bytes or sheets.

A one-cell row names a sheet, the rows under it begin with an empty cell::

    | survey |
    |        | type    | name | label   |
    |        | integer | age  | ¿Edad?  |
"""

import io
import re

import openpyxl


def tables(markdown: str) -> dict[str, list[list[str]]]:
    """Sheet name → its rows, the header first."""
    sheets: dict[str, list[list[str]]] = {}
    rows: list[list[str]] = []
    for line in markdown.strip().splitlines():
        cells = [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
        if not cells or set("".join(cells)) <= set("-: "):
            continue
        if cells[0] and not any(cells[1:]):
            rows = sheets.setdefault(cells[0], [])
        else:
            rows.append(cells[1:])
    return sheets


def workbook(markdown: str) -> bytes:
    """An .xlsx of the tables, cells as text."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in tables(markdown).items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([cell or None for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
