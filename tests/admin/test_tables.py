"""Tables that sort, page and export, and the files that leave."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask, render_template_string
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import Integer, Text, column, event, func, select, values

from admin import exports, tables
from admin.tables import Column, Table
from db import Database

PEOPLE = select(
    func.generate_series(1, 120).label("id"),
).subquery()
QUERY = select(PEOPLE.c.id, (PEOPLE.c.id % 7).label("rest"))
COLUMNS = (
    Column("id", "Número", PEOPLE.c.id, figure=True),
    Column("rest", "Resto", PEOPLE.c.id % 7),
    Column("name", "Nombre", show=lambda row: f"Familia {row.id}"),
)
NASTY = ["=1+1", "+57", "-x", "@SUM(A1)", "\tx", "\rx", "<b>", '"', "😀", "a" * 10_000]
PAGE = '{% import "macros/tables.html" as tables with context %}{{ tables.table(table, "Familias") }}'


def sheet(body: bytes) -> Worksheet:
    """The only sheet of a workbook."""
    return load_workbook(BytesIO(body)).worksheets[0]


@pytest.fixture
def read(app: Flask, database: Database) -> Callable[[str], Table]:
    def at(address: str) -> Table:
        with app.test_request_context(address), database.transaction() as connection:
            return tables.read(connection, QUERY, COLUMNS, key=PEOPLE.c.id, sort="id")

    return at


def test_the_first_page_in_the_usual_order(read: Callable[[str], Table]) -> None:
    table = read("/x")
    assert [row.id for row in table.rows] == list(range(1, 51))
    assert (table.first, table.last, table.total) == (1, 50, 120)


@pytest.mark.parametrize(
    ("address", "first"),
    [
        pytest.param("/x?orden=-id", 120, id="downwards"),
        pytest.param("/x?orden=rest&pagina=2", 107, id="by another column, its second page"),
        pytest.param("/x?pagina=3", 101, id="the last page"),
        pytest.param("/x?pagina=99", 101, id="beyond the last page"),
        pytest.param("/x?pagina=-1", 1, id="before the first page"),
        pytest.param("/x?orden=name", 1, id="a column that cannot be sorted"),
        pytest.param("/x?orden=password_hash;drop", 1, id="no column"),
        pytest.param("/x?pagina=" + "9" * 4000, 1, id="thousands of digits"),
    ],
)
def test_what_the_address_asks_for(read: Callable[[str], Table], address: str, first: int) -> None:
    assert read(address).rows[0].id == first


def test_a_page_takes_two_statements(read: Callable[[str], Table], database: Database) -> None:
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    read("/x?pagina=2")
    assert len(asked) == 2


def test_the_page_links_to_order_pages_and_files_and_keeps_the_filters(app: Flask, database: Database) -> None:
    with app.test_request_context("/x?texto=%3Cb%3E&orden=-id&pagina=2"), database.transaction() as connection:
        table = tables.read(connection, QUERY, COLUMNS, key=PEOPLE.c.id, sort="id")
        page = render_template_string(PAGE, table=table)
    assert 'href="?texto=%3Cb%3E&amp;orden=id"' in page
    assert 'href="?texto=%3Cb%3E&amp;orden=-id&amp;pagina=3"' in page
    assert 'href="?texto=%3Cb%3E&amp;orden=-id&amp;formato=xlsx"' in page
    assert 'aria-sort="descending"' in page
    assert "51 a 100 de 120" in page


def test_filters_keep_the_order_and_can_be_taken_off(app: Flask) -> None:
    words = '{% import "macros/tables.html" as tables with context %}{% call tables.filters() %}<b></b>{% endcall %}'
    with app.test_request_context("/x?texto=a&orden=-id&pagina=2"):
        form = render_template_string(words)
    assert '<input type="hidden" name="orden" value="-id">' in form
    assert "<b></b>" in form
    assert 'href="/x"' in form
    with app.test_request_context("/x"):
        assert "Quitar filtros" not in render_template_string(words)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_holds_all_that_was_found_in_its_order(app: Flask, database: Database, kind: str) -> None:
    with app.test_request_context(f"/x?formato={kind}&orden=-id"), database.transaction() as connection:
        table = tables.read(connection, QUERY, COLUMNS, key=PEOPLE.c.id, sort="id")
        answer = tables.file(table, kind, "familias")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="familias.{kind}"'
    body = answer.get_data()
    if kind == "csv":
        lines = body.decode("utf-8-sig").splitlines()
        assert (lines[0], lines[1], len(lines)) == ("Número,Resto,Nombre", "120,1,Familia 120", 121)
    else:
        rows = list(sheet(body).iter_rows(values_only=True))
        assert (rows[0], rows[1], len(rows)) == (("Número", "Resto", "Nombre"), (120, 1, "Familia 120"), 121)


@pytest.mark.parametrize("text", [pytest.param(text, id=text[:6].strip() or "blank") for text in NASTY])
def test_no_cell_is_a_formula_and_none_is_lost(app: Flask, text: str) -> None:
    def cells(kind: str) -> Any:
        return exports.download(kind, "x", ["a"], [[text]]).get_data()

    with app.test_request_context():
        cell = sheet(cells("xlsx"))["A2"]
        csv = cells("csv").decode("utf-8-sig")
    assert cell.data_type == "s"
    assert str(cell.value).lstrip("'").strip() == text.strip()
    assert csv.splitlines()[1].lstrip('"')[:1] not in ("=", "+", "-", "@", "\t", "\r")


def test_cells_on_a_page_are_text(app: Flask, database: Database) -> None:
    rows = values(column("id", Integer), column("name", Text), name="people").data(list(enumerate(NASTY)))
    columns = (Column("name", "Nombre", rows.c.name, link=lambda row: f"?id={row.id}"),)
    with app.test_request_context("/x"), database.transaction() as connection:
        table = tables.read(connection, select(rows.c.id, rows.c.name), columns, key=rows.c.id, sort="name")
        page = render_template_string(PAGE, table=table)
    assert "<b>" not in page
    assert "&lt;b&gt;" in page


def test_of_very_many_rows_only_the_first_are_counted(
    app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_COUNTED", 100)
    with app.test_request_context("/x?pagina=99"), database.transaction() as connection:
        table = tables.read(connection, QUERY, COLUMNS, key=PEOPLE.c.id, sort="id")
        page = render_template_string(PAGE, table=table)
    assert (table.total, table.more, table.page) == (100, True, 2)
    assert "más de 100" in page
