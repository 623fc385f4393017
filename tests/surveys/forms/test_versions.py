"""What changed between two versions, and the numbers that a question takes."""

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
