# ruff: noqa: E501  (a form's table is as wide as a form)
"""What changed between two versions, and the numbers that a question takes."""

import pytest

from surveys.bounds import Bounds, bounds
from surveys.diff import diff
from tests.surveys.chat import form

BEFORE = """
| survey   |                  |        |                |               |            |
|          | type             | name   | label          | required      | relevant   |
|          | text             | name   | ¿Su nombre?    | yes           |            |
|          | integer          | age    | ¿Su edad?      |               |            |
|          | select_one si_no | happy  | ¿Contenta?     |               | ${age} > 3 |
| choices  |                  |        |                |               |            |
|          | list_name        | name   | label          |               |            |
|          | si_no            | si     | Sí             |               |            |
|          | si_no            | no     | No             |               |            |
| settings |                  |        |                |               |            |
|          | form_title       | version |               |               |            |
|          | Visita           | 1      |                |               |            |
"""
AFTER = """
| survey   |                  |        |                |               |            |
|          | type             | name   | label          | required      | relevant   |
|          | text             | town   | ¿Su pueblo?    |               |            |
|          | select_one si_no | happy  | ¿Contenta?     |               | ${town} != '' |
|          | text             | name   | ¿Su nombre?    |               |            |
| choices  |                  |        |                |               |            |
|          | list_name        | name   | label          |               |            |
|          | si_no            | si     | Claro          |               |            |
|          | si_no            | no     | No             |               |            |
|          | si_no            | ns     | No sé          |               |            |
| settings |                  |        |                |               |            |
|          | form_title       | version |               |               |            |
|          | Visita           | 2      |                |               |            |
"""


def test_changes_are_told_one_by_one() -> None:
    assert [change.text("es") for change in diff(form(BEFORE), form(AFTER))] == [
        "Quitada: /data/age",
        "Nueva: /data/town",
        "/data/happy, relevant: «${age} > 3» → «${town} != ''»",
        "/data/name, required: «true()» → «»",
        "Cambió de lugar: /data/happy",
        "choices/si_no/si, label: «Sí» → «Claro»",
        "Nueva: choices/si_no/ns",
    ]


def test_the_same_form_has_no_changes() -> None:
    assert diff(form(BEFORE), form(BEFORE)) == []


def test_a_change_is_told_in_english_too() -> None:
    assert diff(form(BEFORE), form(AFTER))[0].text("en") == "Removed: /data/age"


@pytest.mark.parametrize(
    ("kind", "constraint", "expected"),
    [
        pytest.param("integer", ". >= 0 and . <= 120", Bounds(0, 120), id="from and to"),
        pytest.param("integer", ". > 0 and 120 > .", Bounds(1, 119), id="strict, either way round"),
        pytest.param("decimal", ". > 0.5", Bounds(0.5, None), id="decimals keep the number"),
        pytest.param("integer", ". >= -4", Bounds(-4, None), id="below nothing"),
        pytest.param("integer", ". < 10 or . = 99", Bounds(), id="or promises nothing"),
        pytest.param("integer", ". <= ${other}", Bounds(), id="another answer is not known yet"),
        pytest.param("integer", "", Bounds(), id="no constraint"),
    ],
)
def test_bounds_of_a_constraint(kind: str, constraint: str, expected: Bounds) -> None:
    compiled = form(
        f"| survey | | | | |\n| | type | name | label | constraint |\n| | integer | other | O | |\n| | {kind} | q | Q | {constraint} |"
    )
    assert bounds(compiled, compiled.question("q")) == expected


def test_bounds_of_a_scale() -> None:
    compiled = form(
        """
        | survey  |                  |       |         |                        |
        |         | type             | name  | label   | parameters             |
        |         | range            | r     | R       | start=0 end=10 step=2  |
        |         | select_one nota  | s     | S       |                        |
        | choices |                  |       |         |                        |
        |         | list_name        | name  | label   |                        |
        |         | nota             | 1     | Mala    |                        |
        |         | nota             | 5     | Buena   |                        |
        """
    )
    assert bounds(compiled, compiled.question("r")) == Bounds(0, 10, 2)
    assert bounds(compiled, compiled.question("s")) == Bounds(1, 5)
