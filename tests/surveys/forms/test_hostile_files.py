"""Files that are broken, huge or meant to harm: refused with a reason, never opened far enough to hurt."""

import io
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.check import check
from surveys.workbook import MAXIMUM_BYTES, MAXIMUM_MEMBERS, WorkbookError, read_workbook
from tests.surveys.markdown import workbook

GOOD = workbook("| survey | | | |\n| | type | name | label |\n| | text | a | A |")


def with_member(name: str, content: bytes, flag: int = 0) -> bytes:
    """The good workbook with another part in its archive."""
    out = io.BytesIO(GOOD)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def bomb() -> bytes:
    return with_member("xl/media/image1.bin", b"\0" * 60_000_000)


def many_members() -> bytes:
    out = io.BytesIO(GOOD)
    with zipfile.ZipFile(out, "a") as archive:
        for number in range(MAXIMUM_MEMBERS):
            archive.writestr(f"xl/x{number}.xml", b"x")
    return out.getvalue()


def entities() -> bytes:
    """A cell that would become a billion letters."""
    laughs = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.infolist():
            content = old.read(member)
            if member.filename.endswith("sheet1.xml"):
                content = f"{laughs}]>".encode() + content.replace(b"label", b"&i;")
            new.writestr(member, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("made", "code"),
    [
        pytest.param(lambda: b"", "file_format", id="nothing"),
        pytest.param(lambda: b"type,name,label\ntext,a,A\n", "file_format", id="a CSV"),
        pytest.param(lambda: GOOD[:-40], "file_format", id="cut short"),
        pytest.param(lambda: b"PK\x03\x04" + b"\xff" * 500, "file_format", id="a zip in name only"),
        pytest.param(
            lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4_000, "file_format", id="an old one, broken"
        ),
        pytest.param(lambda: b"PK" + b"\0" * MAXIMUM_BYTES, "file_size", id="huge"),
        pytest.param(bomb, "file_bomb", id="a bomb"),
        pytest.param(many_members, "file_bomb", id="thousands of parts"),
        pytest.param(lambda: with_member("xl/vbaProject.bin", b"x"), "file_macros", id="macros"),
        pytest.param(lambda: with_member("xl/externalLinks/externalLink1.xml", b"x"), "file_links", id="links"),
        pytest.param(entities, "file_bomb", id="entities in entities"),
        pytest.param(
            lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600,
            "file_encrypted",
            id="a password",
        ),
    ],
)
def test_refused(made: Callable[[], bytes], code: str) -> None:
    data = made()
    with pytest.raises(WorkbookError) as raised:
        read_workbook(data)
    assert raised.value.problem.code == code
    assert [problem.code for problem in check(data)] == [code]


def test_a_cell_at_the_far_corner_does_no_harm() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "survey"
    for row in (["type", "name", "label"], ["text", "a", "A"]):
        sheet.append(row)
    sheet["XFD1048576"] = "lejos"
    out = io.BytesIO()
    book.save(out)
    assert len(read_workbook(out.getvalue())["survey"].rows) == 1


def test_a_formula_is_not_worked_out() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["type", "name", "label"], ["text", "a", '=HYPERLINK("file:///etc/passwd")']):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    ((_, cells),) = read_workbook(out.getvalue())["survey"].rows
    assert cells == {"type": "text", "name": "a"}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_file_is_read_or_refused(position: int, damage: bytes) -> None:
    for problem in check(GOOD[:position] + damage + GOOD[position + len(damage) :]):
        assert problem.text("es")
