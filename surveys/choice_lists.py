"""Choices of an XLSForm: the choices sheet, the external choices, and attached CSV files."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from surveys.problems import Problem
from surveys.sheet_rows import SheetRow, Text

Choice = dict[str, Any]
Lists = dict[str, list[Choice]]

MAXIMUM_CSV_BYTES = 8_000_000
MAXIMUM_CSV_ROWS = 50_000


def read_choices(rows: Iterable[SheetRow], allow_duplicates: bool, problems: list[Problem]) -> Lists:
    """Lists of choices by name. A choice is ``{name, label, media, columns, row}``."""
    lists: Lists = {}
    seen: set[tuple[str, str]] = set()
    for row in rows:
        name, list_name = row.get("name"), row.get("list_name")
        if not name and not list_name:
            continue
        if not list_name:
            problems.append(row.warning("no_choice_list", name))
            continue
        if not name:
            problems.append(row.problem("no_choice_name", list_name))
            continue
        if (list_name, name) in seen and not allow_duplicates:
            problems.append(row.problem("duplicate_choice", name))
            continue
        seen.add((list_name, name))
        label, media = row.text("label"), row.media()
        if not label and not media:
            problems.append(row.warning("no_choice_label", name))
        lists.setdefault(list_name, []).append(choice(name, label, media, row.extra, row.number))
    return lists


def choice(
    name: str,
    label: Text,
    media: Mapping[str, Text] | None = None,
    columns: Mapping[str, str] | None = None,
    row: int = 0,
) -> Choice:
    return {
        "name": name,
        "label": label,
        "media": dict(media or {}),
        "columns": dict(columns or {}),
        "row": row,
    }


def with_other(choices: list[Choice], label: str = "Other") -> list[Choice]:
    """The list with a choice ``other`` at its end, in every language that the list has."""
    if any(found["name"] == "other" for found in choices):
        return choices
    languages = {language for found in choices if isinstance(found["label"], dict) for language in found["label"]}
    text: Text = dict.fromkeys(sorted(languages), label) if languages else label
    return [*choices, choice("other", text)]


def read_csv(data: bytes) -> list[dict[str, str]] | None:
    """Rows of an attached CSV in UTF-8, by header; None where it cannot be read."""
    if len(data) > MAXIMUM_CSV_BYTES:
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    rows: list[dict[str, str]] = []
    try:
        for row in csv.DictReader(io.StringIO(text), delimiter=delimiter):
            if len(rows) >= MAXIMUM_CSV_ROWS:
                return None
            rows.append({key.strip(): (value or "").strip() for key, value in row.items() if isinstance(key, str)})
    except csv.Error:
        return None
    return rows


def choices_of_table(rows: Iterable[Mapping[str, str]], value: str = "name", label: str = "label") -> list[Choice]:
    """The choices that a select from a file offers, by its columns of values and labels."""
    return [
        choice(row.get(value, ""), row.get(label, "") or row.get(value, ""), columns=dict(row))
        for row in rows
        if row.get(value, "")
    ]
