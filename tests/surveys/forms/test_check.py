# ruff: noqa: E501  (a form's table is as wide as a form)
"""What `surveys check` says: every problem at once, with its place."""

import pytest

from surveys.check import check
from surveys.compile import compile_form
from surveys.problems import TEXTS
from tests.surveys.markdown import workbook

QUESTIONS = """
| survey |      |      |       |          |            |                    |             |               |              |            |
|        | type | name | label | relevant | constraint | constraint_message | calculation | choice_filter | repeat_count | parameters |
{}
| choices |           |      |       |
|         | list_name | name | label |
|         | si_no     | si   | Sí    |
|         | si_no     | no   | No    |
"""


def problems(*rows: str) -> list[tuple[str, int, str]]:
    markdown = QUESTIONS.format("\n".join(f"|        | {row} |" for row in rows))
    return [(problem.code, problem.row, problem.found) for problem in check(workbook(markdown))]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(["integr | a | A"], ("unknown_type", 2, "integr"), id="type misspelled"),
        pytest.param([" | a | A"], ("no_type", 2, "a"), id="no type"),
        pytest.param(["text | | A"], ("no_name", 2, ""), id="no name"),
        pytest.param(["text | mi casa | A"], ("bad_name", 2, "mi casa"), id="a name with a space"),
        pytest.param(["text | a | A", "text | a | B"], ("duplicate_name", 3, "a"), id="the same name twice"),
        pytest.param(["select_one nada | a | A"], ("no_list", 2, "nada"), id="a list that is not there"),
        pytest.param(["select_one_from_file x.csv | a | A"], ("no_file", 2, "x.csv"), id="a file that is not there"),
        pytest.param(["begin group | g | G", "text | a | A"], ("no_end", 2, "group g"), id="a group left open"),
        pytest.param(["text | a | A", "end group"], ("bad_end", 3, "end group"), id="an end too many"),
        pytest.param(["calculate | a |"], ("no_calculation", 2, "a"), id="nothing to calculate"),
        pytest.param(["geotrace | a | A"], ("unsupported_type", 2, "geotrace"), id="cannot be asked in a chat"),
        pytest.param(["text | a | A | ${b} = 1"], ("unknown_reference", 2, "${b}"), id="a name that is none"),
        pytest.param(["text | a | ${b}"], ("unknown_reference", 2, "${b}"), id="and in a label"),
        pytest.param(
            ["text | a | A | selected(${a}, 'x'"],
            ("expression_unexpected", 2, "«selected(${a}, 'x'▸» (19)"),
            id="bracket",
        ),
        pytest.param(["text | a | A | foo(1)"], ("expression_function", 2, "foo"), id="a function that is none"),
        pytest.param(["text | a | A | not()"], ("expression_arguments", 2, "not"), id="nothing in the brackets"),
        pytest.param(
            ["calculate | a | | | | | ${b}", "calculate | b | | | | | ${a}"],
            ("circular", 2, "a → b → a"),
            id="a circle",
        ),
        pytest.param(["range | a | A | | | | | | | uno"], ("bad_parameters", 2, "uno"), id="parameters"),
        pytest.param(["text | a |"], ("no_label", 2, "a"), id="nothing to say"),
        pytest.param(["text | a | " + "muy " * 130], ("long_label", 2, "4"), id="longer than three SMS"),
        pytest.param(["text | a | A | 1 = 1"], ("constant_condition", 2, "1 = 1"), id="always true"),
        pytest.param(["text | a | A | false()"], ("constant_false", 2, "false()"), id="never true"),
        pytest.param(["text | a | A | ${b} = 1", "text | b | B"], ("looks_ahead", 2, "b"), id="looks ahead"),
        pytest.param(
            ["text | a | A | ${c} = 1", "text | b | B", "calculate | c | | | | | ${b}"],
            ("looks_ahead", 2, "b"),
            id="looks ahead through a calculation",
        ),
        pytest.param(["text | a | A | | . = 'x'"], ("constraint_without_message", 2, "a"), id="no message"),
        pytest.param(["text | a | A | /data/x = 1"], ("unknown_path", 2, "x"), id="a path to nowhere"),
        pytest.param(["image | a | A"], ("media_question", 2, "a"), id="a picture by SMS"),
    ],
)
def test_problem(rows: list[str], expected: tuple[str, int, str]) -> None:
    assert expected in problems(*rows)


def test_a_good_form_has_none() -> None:
    assert problems("select_one si_no | a | ¿Vino?", "text | b | ¿Cuándo? | ${a} = 'si'") == []


def test_all_problems_come_at_once_in_the_order_of_the_rows() -> None:
    found = problems("integr | a | A", "select_one nada | b | B", "text | c | C | foo(", "text | b | B")
    assert [code for code, _, _ in found] == ["unknown_type", "no_list", "expression_unexpected", "duplicate_name"]


@pytest.mark.parametrize(
    ("sheet", "code"),
    [
        pytest.param("| | si_no | baja | Baja | |", "stop_word_choice", id="a choice that is a stop word"),
        pytest.param("| | si_no | x | ¡ALTO! | |", "stop_word_choice", id="with marks and capitals"),
        pytest.param("| | si_no | x | No más | |", "stop_word_choice", id="two words"),
        pytest.param("| | si_no | si | Sí | |", "duplicate_choice", id="a choice twice"),
        pytest.param("| | si_no | | Tal vez | |", "no_choice_name", id="a choice without a name"),
        pytest.param("| | | x | X | |", "no_choice_list", id="a choice without a list"),
        pytest.param("| | si_no | x | | |", "no_choice_label", id="a choice without a label"),
    ],
)
def test_problem_of_a_choice(sheet: str, code: str) -> None:
    found = check(workbook(QUESTIONS.format("| | select_one si_no | a | ¿Vino? |") + sheet))
    assert [(problem.code, problem.sheet, problem.row) for problem in found] == [(code, "choices", 4)]


def test_more_than_ten_choices() -> None:
    many = "\n".join(f"| | si_no | c{number} | C{number} |" for number in range(10))
    found = check(workbook(QUESTIONS.format("| | select_one si_no | a | ¿Cuál? |") + many))
    assert [(problem.code, problem.found) for problem in found] == [("many_choices", "12")]


def test_a_missing_translation_names_the_language() -> None:
    found = check(
        workbook(
            """
            | survey |      |      |                     |                   |
            |        | type | name | label::Español (es) | label::Nasa (pbb) |
            |        | text | a    | ¿Cómo está?         |                   |
            """
        )
    )
    assert [(problem.code, problem.row, problem.found) for problem in found] == [
        ("missing_translation", 2, "Nasa (pbb)")
    ]


def test_misspelled_sheets_and_columns_are_noticed() -> None:
    found = check(
        workbook(
            """
            | survey  |      |      |       |           |
            |         | type | name | label | relevantt |
            |         | text | a    | A     | x         |
            | choises |      |      |       |           |
            |         | list_name | name | label |      |
            """
        )
    )
    assert [(problem.code, problem.found) for problem in found] == [
        ("sheet_name", "choises"),
        ("unknown_column", "relevantt"),
    ]


def test_what_is_optional_is_skipped_with_a_warning() -> None:
    data = workbook(
        """
        | survey |          |      |       |          |
        |        | type     | name | label | optional |
        |        | text     | a    | A     |          |
        |        | geoshape | b    | B     | yes      |
        """
    )
    compiled = compile_form(data)
    assert compiled.form is not None
    assert [(problem.code, problem.severity) for problem in compiled.problems] == [("skipped_type", "warning")]


def test_an_error_leaves_no_form() -> None:
    assert compile_form(workbook(QUESTIONS.format("| | integr | a | A |"))).form is None


def test_entities_are_refused() -> None:
    data = workbook(
        """
        | survey   |           |       |       |
        |          | type      | name  | label |
        |          | text      | a     | A     |
        | entities |           |       |       |
        |          | list_name | label |       |
        |          | hogares   | ${a}  |       |
        """
    )
    assert [problem.code for problem in compile_form(data).problems] == ["unsupported_entities"]


@pytest.mark.parametrize("code", TEXTS)
def test_every_problem_speaks_both_languages(code: str) -> None:
    spanish, english = TEXTS[code]
    assert spanish != english
    assert spanish.format(found="X").strip()
    assert spanish.count("{found}") == english.count("{found}")


def test_a_line_tells_the_place() -> None:
    (problem,) = check(workbook(QUESTIONS.format("| | integr | a | A |")))
    assert problem.line("es").startswith("survey fila 2 type: error: El tipo «integr» no existe.")
    assert problem.line("en").startswith("survey row 2 type: error: There is no type “integr”.")
