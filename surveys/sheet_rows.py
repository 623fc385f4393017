"""Rows of an XLSForm sheet with their columns understood: values by column name, texts by language, extra columns."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from surveys.columns import COLUMNS, TRANSLATABLE, Column, columns
from surveys.problems import Problem
from surveys.workbook import Sheet

# One text for all languages, or a text a language.
Text: TypeAlias = "str | dict[str, str]"

_SMART_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"'})
_MEDIA = ("image", "big-image", "audio", "video")
YES = frozenset({"yes", "true", "true()", "si", "sí", "1"})
NO = frozenset({"no", "false", "false()", "0"})


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: ``values`` of columns that have no language, ``texts`` of those that may, ``extra`` of unknown ones."""

    sheet: str
    number: int
    values: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, Text] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)

    def get(self, column: str) -> str:
        return self.values.get(column, "")

    def text(self, column: str) -> Text:
        return self.texts.get(column, "")

    def media(self) -> dict[str, Text]:
        return {kind: self.texts[kind] for kind in _MEDIA if self.texts.get(kind)}

    def problem(self, code: str, found: str = "", column: str = "") -> Problem:
        return Problem(code, self.sheet, self.number, found, column=column)

    def warning(self, code: str, found: str = "", column: str = "") -> Problem:
        return Problem(code, self.sheet, self.number, found, "warning", column)


def clean(text: str, collapse: bool) -> str:
    """Typographic quotes become plain ones, which expressions need; runs of spaces become one."""
    if collapse:
        text = re.sub(" +", " ", text.strip())
    return text.translate(_SMART_QUOTES)


def read_rows(sheet: Sheet, kind: str, default_language: str, collapse: bool = False) -> Iterator[SheetRow]:
    """The rows of a sheet of one kind (survey, choices, external_choices, settings)."""
    meaning = columns(kind, sheet.headers)
    for number, cells in sheet.rows:
        values: dict[str, str] = {}
        texts: dict[str, dict[str | None, str]] = {}
        extra: dict[str, str] = {}
        for header, cell in cells.items():
            column, text = meaning[header], clean(cell, collapse)
            if not column.known:
                extra[header] = text
            elif column.name in TRANSLATABLE:
                texts.setdefault(column.name, {})[column.language] = text
            else:
                values.setdefault(column.name, text)
        joined = {name: _joined(found, default_language) for name, found in texts.items()}
        yield SheetRow(sheet.name, number, values, joined, extra)


def _joined(texts: dict[str | None, str], default_language: str) -> Text:
    if set(texts) == {None}:
        return texts[None]
    named = {default_language: texts[None]} if None in texts else {}
    return named | {language: text for language, text in texts.items() if language is not None}


def header_problems(sheet: Sheet, kind: str) -> list[Problem]:
    """Headers that look like a known column misspelled."""
    meaning = columns(kind, sheet.headers)
    known = set(COLUMNS[kind].values())
    found = [column.name for column in meaning.values() if not column.known]
    return [
        Problem("unknown_column", sheet.name, 1, name, "warning")
        for name in found
        if any(close_names(name, other) for other in known) or _lost_language(name, known)
    ]


def close_names(name: str, known: str) -> bool:
    """One letter added, lost or changed."""
    short, long = sorted((name.lower().replace(" ", "_"), known), key=len)
    if short == long or len(long) - len(short) > 1 or len(long) < 5:
        return False
    start = 0
    while start < len(short) and short[start] == long[start]:
        start += 1
    return short[start + (len(short) == len(long)) :] == long[start + 1 :]


def _lost_language(name: str, known: set[str]) -> bool:
    first, _, rest = name.partition(":")
    return bool(rest) and first.strip().lower() in known


def sheet_languages(sheet: Sheet, kind: str) -> list[str]:
    """The languages that columns of texts name, in their order."""
    meaning: list[Column] = list(columns(kind, sheet.headers).values())
    return list(dict.fromkeys(column.language for column in meaning if column.known and column.language))
