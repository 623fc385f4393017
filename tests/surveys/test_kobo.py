"""What KoboToolbox's users expect to find in an export."""

import io
from datetime import UTC, datetime
from uuid import UUID

from openpyxl import load_workbook

from surveys import kobo
from tests.forms import form

RESPONSE = kobo.Response(UUID(int=7), "70001", "sms", "finished", datetime(2026, 11, 24, 15, tzinfo=UTC))
GIVEN = {
    ("home/people", ""): "4",
    ("home/land", ""): "2.5",
    ("home/zone", ""): "rural",
    ("home/crops", ""): "corn other",
    ("home/crops_other", ""): "=ají",
    ("where", ""): "4.6 -74.1 0.0 0.0",
    ("person/called", "1"): "Ana",
    ("person/paper/which", "1.1"): "id",
    ("person/paper/which", "1.2"): "birth",
    ("person/called", "2"): "Luis",
}


def rows(table: kobo.Table) -> list[dict[str, kobo.Cell]]:
    return [
        {name: cell for name, cell in zip(table.header, row, strict=True) if cell is not None} for row in table.rows
    ]


def test_names_with_groups_before_them_and_a_column_for_each_choice() -> None:
    responses, *_ = kobo.tables(form("everything"), [(RESPONSE, GIVEN)])
    assert rows(responses) == [
        {
            "home/people": 4,
            "home/land": 2.5,
            "home/zone": "rural",
            "home/crops": "corn other",
            "home/crops/corn": 1,
            "home/crops/yuca": 0,
            "home/crops/rice": 0,
            "home/crops/other": 1,
            "home/crops_other": "=ají",
            "where": "4.6 -74.1 0.0 0.0",
            "_where_latitude": 4.6,
            "_where_longitude": -74.1,
            "_where_altitude": 0.0,
            "_where_precision": 0.0,
            "_uuid": str(RESPONSE.id),
            "_submission_time": "2026-11-24T15:00:00+00:00",
            "_status": "finished",
            "_municipality": "70001",
            "_channel": "sms",
            "_index": 1,
        }
    ]


def test_repeats_have_tables_of_their_own_that_name_the_row_around() -> None:
    _, persons, papers, _ = kobo.tables(form("everything"), [(RESPONSE, GIVEN), (RESPONSE, GIVEN)])
    places = ["_index", "_parent_table_name", "_parent_index"]
    assert [[row["person/called"], *(row[name] for name in places)] for row in rows(persons)] == [
        ["Ana", 1, "everything", 1],
        ["Luis", 2, "everything", 1],
        ["Ana", 3, "everything", 2],
        ["Luis", 4, "everything", 2],
    ]
    assert [[row["person/paper/which"], *(row[name] for name in places)] for row in rows(papers)] == [
        ["id", 1, "person", 1],
        ["birth", 2, "person", 1],
        ["id", 3, "person", 3],
        ["birth", 4, "person", 3],
    ]


def test_labels_in_a_language_instead_of_names() -> None:
    given = {("department", ""): "narino", ("water", ""): "river rain"}
    responses, _ = kobo.tables(form("household"), [(RESPONSE, given)], labels=True, language="English (en)")
    (row,) = rows(responses)
    assert row["Which department do you live in?"] == "Nariño"
    assert row["Where does your water come from?"] == "River or stream Rain"
    assert row["Where does your water come from?/River or stream"] == 1


def test_a_workbook_with_a_sheet_for_each_table_and_nothing_that_runs() -> None:
    file = io.BytesIO()
    kobo.write_xlsx(kobo.tables(form("everything"), [(RESPONSE, GIVEN)]), file)
    book = load_workbook(file)
    assert book.sheetnames == ["everything", "person", "paper", "visit"]
    cells = [cell for row in book["everything"].iter_rows() for cell in row]
    assert "'=ají" in [cell.value for cell in cells]
    assert "f" not in {cell.data_type for cell in cells}
