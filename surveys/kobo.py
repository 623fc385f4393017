"""The answers of a named wave as KoboToolbox exports them: a table of responses, and one for each repeat.

Columns are headed by the path of their question (`home/people`) or by labels. Of a select_multiple there is the whole
answer and a column of 1 and 0 for each choice (`water/river`); of a geopoint its four parts (`_where_latitude`).
Rows of repeats name their row in the table around by `_parent_table_name` and `_parent_index`. Calculated and hidden
values are not stored with the answers and have no column. Source: KoboToolbox, «Exporting and downloading your data».
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any, BinaryIO
from uuid import UUID

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from sqlalchemy import Connection, Row, text

from surveys import export
from surveys.answers import question_name
from surveys.form import Form, Group, Node, Question, Texts, chosen

Cell = str | int | float | None
Given = Mapping[tuple[str, str], str]
"""One response: the question's path below the root and the instance of the repeats around it → the stored value."""

PLACE = ("latitude", "longitude", "altitude", "precision")
SHEET_NAME_MAX = 31
NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\]")
BATCH = 2_000

_RESPONSES = text(
    """
    SELECT r.id, r.municipality, r.channel, r.status, r.last_at, a.question, a.instance, a.value
    FROM responses r LEFT JOIN answers a ON a.response_id = r.id AND a.current
    WHERE r.wave_id = :wave_id ORDER BY r.started_at, r.id
    """
)


@dataclass(frozen=True, slots=True)
class Response:
    """What is known of a response besides its answers."""

    id: UUID
    municipality: str
    channel: str
    status: str
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Column:
    """`cell` makes of a stored value what stands in the column."""

    header: str
    question: str
    cell: Callable[[str], Cell]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The responses (`depth` 0), or the instances of a repeat so many repeats deep."""

    name: str
    depth: int = 0
    parent: "Table | None" = None
    columns: list[Column] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)

    @property
    def header(self) -> list[str]:
        own = [column.header for column in self.columns]
        if self.parent is None:
            return [*own, "_uuid", "_submission_time", "_status", "_municipality", "_channel", "_index"]
        return [*own, "_index", "_parent_table_name", "_parent_index", "_submission__uuid"]


def responses(connection: Connection, wave_id: int) -> Iterator[tuple[Response, Given]]:
    """The responses of a named wave, oldest first. Raises export.AnonymousWaveError for one that is not."""
    export.refuse_anonymous(connection, wave_id)
    rows = connection.execution_options(yield_per=BATCH).execute(_RESPONSES, {"wave_id": wave_id})
    for response, answers in groupby(rows, key=_response):
        yield response, {(row.question, row.instance): row.value for row in answers if row.question is not None}


def tables(
    form: Form, given: Iterable[tuple[Response, Given]], *, labels: bool = False, language: str | None = None
) -> list[Table]:
    """All tables, that of the responses first. `labels` heads and fills them with labels in `language`."""
    found = _Layout(form, labels, language or form.default_language).tables
    for response, answers in given:
        _add(found, response, answers)
    return found


def write_xlsx(tables: Iterable[Table], file: BinaryIO) -> None:
    """A sheet for each table. Text that a spreadsheet would run as a formula gets a quote first."""
    book = Workbook(write_only=True)
    for table in tables:
        sheet = book.create_sheet(NOT_IN_SHEET_NAMES.sub("_", table.name)[:SHEET_NAME_MAX])
        rows: list[Sequence[Cell]] = [table.header, *table.rows]
        for row in rows:
            sheet.append([_legal(export.harmless(cell)) for cell in row])
    book.save(file)


class _Layout:
    """The tables of a form and their columns."""

    def __init__(self, form: Form, labels: bool, language: str) -> None:
        self.form = form
        self.labels = labels
        self.language = language
        self.tables = [Table(form.name)]
        self._fill(form.root, self.tables[0], ())

    def _fill(self, nodes: Iterable[Node], table: Table, titles: tuple[str, ...]) -> None:
        for node in nodes:
            title = self._text(node.label, node.name)
            if isinstance(node, Question):
                if not (node.is_silent or node.is_note or node.layout):
                    table.columns.extend(self._columns(node, (*titles, title)))
            elif isinstance(node, Group):
                self._fill(node.children, table, (*titles, title))
            else:
                inner = Table(node.name, table.depth + 1, table)
                self.tables.append(inner)
                self._fill(node.children, inner, (*titles, title))

    def _columns(self, question: Question, titles: tuple[str, ...]) -> Iterator[Column]:
        name = question_name(question)
        header = "/".join(titles) if self.labels else name
        offered = self.form.lists.get(question.choices)
        shown = {each.name: self._text(each.label, each.name) for each in offered.choices} if offered else {}
        written = shown if self.labels else {}
        yield Column(header, name, partial(_whole, question, written))
        if question.type == "select_multiple":
            for choice, label in shown.items():
                part = f"{header}/{label if self.labels else choice}"
                yield Column(part, name, partial(_chosen, choice))
        if question.type == "geopoint":
            for place, part in enumerate(PLACE):
                yield Column(f"_{header}_{part}", name, partial(_part, place))

    def _text(self, texts: Texts, otherwise: str) -> str:
        template = chosen(texts, self.language, self.form.default_language)
        return (template.source if template else "") or otherwise


def _response(row: Row[Any]) -> Response:
    return Response(row.id, row.municipality, row.channel, row.status, row.last_at)


def _add(found: list[Table], response: Response, answers: Given) -> None:
    """Write one response into every table, remembering where each instance stands."""
    places: dict[tuple[Table, str], int] = {}
    for table in found:
        for instance in _instances(table, found, answers):
            values = [(column, answers.get((column.question, instance), "")) for column in table.columns]
            cells: list[Cell] = [column.cell(value) if value else None for column, value in values]
            index = places[table, instance] = len(table.rows) + 1
            if table.parent is None:
                moment = response.last_at.isoformat(timespec="seconds")
                of_response = [str(response.id), moment, response.status, response.municipality, response.channel]
                table.rows.append([*cells, *of_response, index])
            else:
                above = places[table.parent, instance.rpartition(".")[0]]
                table.rows.append([*cells, index, table.parent.name, above, str(response.id)])


def _instances(table: Table, found: list[Table], answers: Given) -> list[str]:
    """The instances that have a row: those with an answer in the repeat, or in one inside it."""
    if table.parent is None:
        return [""]
    inside = {column.question for each in found if _within(each, table) for column in each.columns}
    numbers = {tuple(instance.split(".")[: table.depth]) for question, instance in answers if question in inside}
    return [".".join(each) for each in sorted(numbers, key=lambda numbers: [int(number) for number in numbers])]


def _within(table: Table | None, outer: Table) -> bool:
    return table is not None and (table is outer or _within(table.parent, outer))


def _whole(question: Question, labels: Mapping[str, str], value: str) -> Cell:
    if question.is_select:
        names = [value] if question.type == "select_one" else value.split()
        return " ".join(labels.get(name, name) for name in names)
    if question.data_type in ("int", "decimal"):
        number = float(value)
        return int(number) if number.is_integer() else number
    return value


def _chosen(choice: str, value: str) -> Cell:
    return int(choice in value.split())


def _part(place: int, value: str) -> Cell:
    parts = value.split()
    return float(parts[place]) if place < len(parts) else None


def _legal(cell: Cell) -> Cell:
    return ILLEGAL_CHARACTERS_RE.sub("", cell) if isinstance(cell, str) else cell
