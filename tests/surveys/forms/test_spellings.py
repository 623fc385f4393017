"""The many ways in which XLSForms are written, all meaning the same."""

import pytest

from surveys.columns import columns
from surveys.question_types import read_type
from tests.surveys.chat import Chat, form


@pytest.mark.parametrize(
    ("written", "name", "choices"),
    [
        pytest.param("select_one si_no", "select_one", "si_no", id="select_one"),
        pytest.param("select one si_no", "select_one", "si_no", id="with a space"),
        pytest.param("select one from si_no", "select_one", "si_no", id="select one from"),
        pytest.param("select1 si_no", "select_one", "si_no", id="select1"),
        pytest.param("add select one prompt using si_no", "select_one", "si_no", id="as in the first XLSForms"),
        pytest.param("select_multiple  si_no", "select_multiple", "si_no", id="two spaces"),
        pytest.param("select all that apply from si_no", "select_multiple", "si_no", id="select all that apply"),
        pytest.param("rank si_no", "rank", "si_no", id="rank"),
        pytest.param("select_one_from_file barrios.csv", "select_one", "barrios.csv", id="from a file"),
        pytest.param("select_one ${persona}", "select_one", "${persona}", id="from a repeat"),
        pytest.param("int", "integer", "", id="int"),
        pytest.param("string", "text", "", id="string"),
        pytest.param("gps", "geopoint", "", id="gps"),
        pytest.param("photo", "image", "", id="photo"),
        pytest.param("add note prompt", "note", "", id="add note prompt"),
        pytest.param("dateTime", "dateTime", "", id="dateTime"),
        pytest.param("start time", "start", "", id="start time"),
        pytest.param("begin_group", "group", "", id="begin_group"),
        pytest.param("Begin Repeat", "repeat", "", id="capitals"),
        pytest.param("begin lgroup", "repeat", "", id="lgroup"),
        pytest.param("begin loop over toilet", "loop", "toilet", id="loop"),
    ],
)
def test_type(written: str, name: str, choices: str) -> None:
    read = read_type(written)
    assert (read.name, read.list) == (name, choices)


@pytest.mark.parametrize("written", ["select_one a or_other", "select one from a or specify other"])
def test_or_other(written: str) -> None:
    assert read_type(written).other


@pytest.mark.parametrize(
    ("header", "name", "language"),
    [
        pytest.param("label", "label", None, id="plain"),
        pytest.param("Label", "label", None, id="capital"),
        pytest.param("caption", "label", None, id="caption"),
        pytest.param("label::Español (es)", "label", "Español (es)", id="language"),
        pytest.param("label :: English", "label", "English", id="language with spaces"),
        pytest.param("constraint message", "constraint_message", None, id="space for underscore"),
        pytest.param("bind::relevant", "relevant", None, id="bind"),
        pytest.param(
            "bind::jr:constraintMsg::Español (es)", "constraint_message", "Español (es)", id="jr in a language"
        ),
        pytest.param("relevance", "relevant", None, id="relevance"),
        pytest.param("skipLogic", "relevant", None, id="skipLogic"),
        pytest.param("requiredMsg", "required_message", None, id="requiredMsg"),
        pytest.param("media::image::English", "image", "English", id="media"),
        pytest.param("control::appearance", "appearance", None, id="control"),
        pytest.param("Repeat_Count", "repeat_count", None, id="repeat count"),
        pytest.param("actor", "actor", None, id="a column of one's own"),
    ],
)
def test_column(header: str, name: str, language: str | None) -> None:
    column = columns("survey", [header, "x::y"])[header]
    assert (column.name, column.language) == (name, language)


def test_one_colon_splits_where_no_header_has_two() -> None:
    column = columns("survey", ["type", "label:english"])["label:english"]
    assert (column.name, column.language) == ("label", "english")


def test_columns_of_ones_own_stay_with_the_question() -> None:
    question = form(
        """
        | survey |         |       |       |        |           |
        |        | type    | name  | label | actor  | indicator |
        |        | integer | grade | Nota  | gestor | general   |
        """
    ).question("grade")
    assert question.extra == {"actor": "gestor", "indicator": "general"}


def test_typographic_quotes_and_spaces_are_forgiven() -> None:
    chat = Chat(
        """
        | survey |         |      |             |                  |
        |        | type    | name | label       | relevant         |
        |        | text    | a    | ¿Qué   tal? |                  |
        |        | text    | b    | B           | ${ a } = ‘bien’  |
        """
    )
    assert chat.text == "¿Qué tal?"
    chat.hears("bien").is_asked("b")


def test_a_loop_asks_once_for_each_choice() -> None:
    chat = Chat(
        """
        | survey  |                      |       |                          |
        |         | type                 | name  | label                    |
        |         | begin loop over crop | crops |                          |
        |         | integer              | area  | ¿Cuánto tiene de %(label)s? |
        |         | end loop             |       |                          |
        | choices |                      |       |                          |
        |         | list_name            | name  | label                    |
        |         | crop                 | maiz  | maíz                     |
        |         | crop                 | yuca  | yuca                     |
        """
    )
    assert chat.text == "¿Cuánto tiene de maíz?"
    chat.hears("2")
    assert chat.text == "¿Cuánto tiene de yuca?"
    assert chat.answers == {"crops/maiz/area": "2"}


def test_the_same_workbook_gives_the_same_digest() -> None:
    markdown = "| survey | | | |\n| | type | name | label |\n| | text | a | {} |"
    first, again, other = (form(markdown.format(label)) for label in ("A", "A", "B"))
    assert first.digest == again.digest != other.digest
    restored = type(first).from_json(first.to_json())
    assert (restored.digest, restored.to_json()) == (first.digest, first.to_json())
    assert type(first).from_json(first.to_json()) is restored
