"""Bytes of an Excel workbook → sheets of text with their row numbers. Hostile files are refused unopened.

The limits are what an XLSForm may need and a worker can bear. Nothing in a workbook is executed: cells are read as
values.
"""

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import openpyxl
import xlrd

from surveys.problems import Problem

MAXIMUM_BYTES = 8_000_000
MAXIMUM_UNPACKED_BYTES = 80_000_000
MAXIMUM_RATIO = 200
MAXIMUM_MEMBERS = 500
MAXIMUM_ROWS = 20_000
MAXIMUM_COLUMNS = 300
MAXIMUM_CELL = 32_767
EMPTY_ROWS_END = 60

# openpyxl warns of styles and properties, which nobody here looks at.
warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class WorkbookError(ValueError):
    """A workbook that is not read; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Sheet:
    """``headers`` as written, and rows of header → text with the spreadsheet's row number; empty cells are absent."""

    name: str
    headers: tuple[str, ...] = ()
    rows: tuple[tuple[int, Mapping[str, str]], ...] = ()
    problems: tuple[Problem, ...] = field(default=(), compare=False)


def read_workbook(data: bytes) -> dict[str, Sheet]:
    """Sheets by lower-case name, in their order. A lone sheet is the survey, whatever its name.

    Raises WorkbookError.
    """
    if len(data) > MAXIMUM_BYTES:
        raise _refused("file_size", f"{len(data) // 1_000_000} MB")
    if data.startswith(_OLE):
        tables = _xls_tables(data)
    else:
        _check_archive(data)
        tables = _xlsx_tables(data)
    sheets = {name.strip().lower(): _sheet(name, rows) for name, rows in tables}
    if len(sheets) == 1 and "survey" not in sheets:
        sheets = {"survey": next(iter(sheets.values()))}
    return sheets


def _refused(code: str, found: str = "") -> WorkbookError:
    return WorkbookError(Problem(code, found=found))


def _check_archive(data: bytes) -> None:
    """Look at the archive's directory, and then for document types: no workbook needs one, and entities hide there."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise _refused("file_format", "zip") from error
    _check_directory(data, members)
    try:
        if any(_has_document_type(archive.read(member)) for member in members):
            raise _refused("file_bomb", "DOCTYPE")
    except (zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError, OSError) as error:
        raise _refused("file_format", type(error).__name__) from error


def _has_document_type(content: bytes) -> bool:
    return any("<!DOCTYPE".encode(coding) in content for coding in ("ascii", "utf-16-le", "utf-16-be"))


def _check_directory(data: bytes, members: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(member.file_size for member in members)
    if len(members) > MAXIMUM_MEMBERS:
        raise _refused("file_bomb", f"{len(members)} partes")
    if unpacked > MAXIMUM_UNPACKED_BYTES or unpacked > MAXIMUM_RATIO * max(len(data), 10_000):
        raise _refused("file_bomb", f"{unpacked // 1_000_000} MB")
    names = [member.filename.lower() for member in members]
    if any(name.endswith("vbaproject.bin") for name in names):
        raise _refused("file_macros")
    if any(member.flag_bits & 1 for member in members):
        raise _refused("file_encrypted")
    if any("externallinks/" in name for name in names):
        raise _refused("file_links", "externalLinks")


def _xlsx_tables(data: bytes) -> Iterator[tuple[str, list[tuple[int, list[str]]]]]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl raises whatever the broken part happens to raise
        raise _refused("file_format", type(error).__name__) from error
    try:
        for name in book.sheetnames:
            sheet = book[name]
            if not hasattr(sheet, "iter_rows"):
                continue
            sheet.reset_dimensions()
            try:
                cells = sheet.iter_rows(max_row=MAXIMUM_ROWS + 2, max_col=MAXIMUM_COLUMNS, values_only=True)
                yield name, _used_rows(list(row) for row in cells)
            except Exception as error:
                raise _refused("file_format", f"{name}: {type(error).__name__}") from error
    finally:
        book.close()


def _xls_tables(data: bytes) -> Iterator[tuple[str, list[tuple[int, list[str]]]]]:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise _refused("file_encrypted")
    if "_VBA_PROJECT".encode("utf-16-le") in data:
        raise _refused("file_macros")
    try:
        book = xlrd.open_workbook(file_contents=data, on_demand=True, logfile=io.StringIO())
    except Exception as error:
        code = "file_encrypted" if "encrypt" in str(error).lower() else "file_format"
        raise _refused(code, type(error).__name__) from error
    for name in book.sheet_names():
        try:
            sheet = book.sheet_by_name(name)
            rows = range(min(sheet.nrows, MAXIMUM_ROWS + 2))
            yield (
                name,
                _used_rows([_xls_value(cell, book.datemode) for cell in sheet.row(row)] for row in rows),
            )
        except Exception as error:
            raise _refused("file_format", f"{name}: {type(error).__name__}") from error


def _xls_value(cell: xlrd.sheet.Cell, datemode: Literal[0, 1]) -> object:
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_DATE and isinstance(cell.value, float):
        moment = xlrd.xldate_as_datetime(cell.value, datemode)
        return moment.time() if cell.value < 1 else moment
    return None if cell.ctype in (xlrd.XL_CELL_ERROR, xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK) else cell.value


def _used_rows(rows: Iterable[list[object]]) -> list[tuple[int, list[str]]]:
    """Rows that hold something; a long run of empty ones is the end."""
    used: list[tuple[int, list[str]]] = []
    empty = 0
    for number, row in enumerate(rows, 1):
        texts = [cell_text(value) for value in row[:MAXIMUM_COLUMNS]]
        if any(texts):
            used.append((number, texts))
            empty = 0
        else:
            empty += 1
            if empty > EMPTY_ROWS_END:
                break
    return used


def cell_text(value: object) -> str:
    """A cell as the text its author saw: whole numbers without decimals, non-breaking spaces as spaces."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)[:MAXIMUM_CELL].replace("\xa0", " ").strip()


def _sheet(name: str, table: list[tuple[int, list[str]]]) -> Sheet:
    if not table:
        return Sheet(name)
    problems: list[Problem] = []
    headers = [" ".join(text.split()) for text in table[0][1]]
    seen: set[str] = set()
    for index, header in enumerate(headers):
        if header and header in seen:
            problems.append(Problem("duplicate_column", name, table[0][0], header))
            headers[index] = ""
        seen.add(header)
    body = table[1:]
    if len(body) > MAXIMUM_ROWS:
        problems.append(Problem("rows_limit", name, 0, str(MAXIMUM_ROWS)))
    rows = tuple(
        (number, {header: text for header, text in zip(headers, texts, strict=False) if header and text})
        for number, texts in body[:MAXIMUM_ROWS]
    )
    return Sheet(name, tuple(header for header in headers if header), rows, tuple(problems))
