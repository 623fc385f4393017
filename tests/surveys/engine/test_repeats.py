"""Groups that are asked several times: a number of times, or while the person says that there is another."""

from tests.surveys.chat import Chat

COUNTED = """
| survey |              |        |                      |                    |              |
|        | type         | name   | label                | calculation        | repeat_count |
|        | integer      | n      | ¿Cuántos hijos?      |                    |              |
|        | begin repeat | child  | Hijo                 |                    | ${n}         |
|        | calculate    | pos    |                      | position(..)       |              |
|        | text         | name   | ¿Nombre del ${pos}?  |                    |              |
|        | integer      | age    | ¿Edad de ${name}?    |                    |              |
|        | end repeat   |        |                      |                    |              |
|        | calculate    | sum    |                      | sum(${age})        |              |
|        | calculate    | names  |                      | join(' y ', ${name}) |            |
|        | note         | bye    | ${names} suman ${sum} |                   |              |
"""
OPEN = """
| survey |              |        |                      |                       |
|        | type         | name   | label                | calculation           |
|        | begin repeat | animal | Animal               |                       |
|        | text         | kind   | ¿Qué animal?         |                       |
|        | begin repeat | litter | Camada               |                       |
|        | integer      | size   | ¿Cuántas crías?      |                       |
|        | end repeat   |        |                      |                       |
|        | end repeat   |        |                      |                       |
|        | calculate    | kinds  |                      | count(${animal})      |
|        | text         | last   | ¿Algo más?           |                       |
"""


def test_as_many_times_as_was_said() -> None:
    chat = Chat(COUNTED).hears("2")
    assert chat.text == "¿Nombre del 1?"
    chat.hears("Ana")
    assert chat.text == "¿Edad de Ana?"
    chat.hears("7", "Luis", "9")
    assert chat.text == "Ana y Luis suman 16"
    assert chat.ask is not None
    assert chat.ask.kind == "note"


def test_no_times_at_all() -> None:
    assert Chat(COUNTED).hears("0").text == "suman"


def test_fewer_hides_the_last_ones_and_more_brings_them_back() -> None:
    chat = Chat(COUNTED).hears("2", "Ana", "7", "Luis", "9")
    chat.corrects("/data/n").hears("1")
    assert chat.answers["sum"] == "7"
    assert "child[2]/name" not in chat.answers
    chat.corrects("/data/n").hears("2")
    assert chat.answers["names"] == "Ana y Luis"
    chat.is_asked("bye")


def test_an_absurd_number_is_bounded() -> None:
    chat = Chat(COUNTED).hears("2000000000")
    assert chat.ask is not None
    assert chat.ask.total == 401


def test_while_there_is_another() -> None:
    chat = Chat(OPEN)
    assert chat.ask is not None
    assert (chat.ask.kind, chat.ask.path, chat.ask.text) == ("repeat", "/data/animal[1]", "Animal")
    chat.hears("yes").is_asked("kind").hears("vaca")
    chat.is_asked("litter[1]").hears("yes", "1").is_asked("litter[2]").hears("no")
    chat.is_asked("animal[2]").hears("yes", "perra").is_asked("litter[1]").hears("no").is_asked("animal[3]")
    chat.hears(None).is_asked("last").hears("no").is_asked(None)
    assert chat.answers == {
        "animal[1]/kind": "vaca",
        "animal[1]/litter[1]/size": "1",
        "animal[2]/kind": "perra",
        "kinds": "2",
        "last": "no",
    }


def test_none_at_all() -> None:
    chat = Chat(OPEN).hears("no").is_asked("last")
    assert chat.answers == {"kinds": "0"}


def test_the_last_no_can_be_taken_back() -> None:
    chat = Chat(OPEN).hears("yes", "vaca", "no", "no").is_asked("last")
    chat.goes_back().is_asked("animal[2]").hears("yes").is_asked("kind").hears("gallo")
    assert chat.answers["animal[2]/kind"] == "gallo"


def test_what_was_said_of_an_animal_survives_taking_it_away() -> None:
    chat = Chat(OPEN).hears("yes", "vaca", "no", "no")
    chat.corrects("/data/animal[1]").hears("no")
    assert chat.answers == {"kinds": "0"}
    chat.corrects("/data/animal[1]").hears("yes")
    assert chat.answers["animal[1]/kind"] == "vaca"


def test_one_of_the_people_named_before_is_chosen() -> None:
    chat = Chat(
        """
        | survey |                    |        |             |               |
        |        | type               | name   | label       | choice_filter |
        |        | begin repeat       | person | Persona     |               |
        |        | text               | who    | ¿Quién?     |               |
        |        | integer            | age    | ¿Edad?      |               |
        |        | end repeat         |        |             |               |
        |        | select_one ${who}  | head   | ¿Quién manda? | ${age} > 17 |
        """
    )
    chat.hears("yes", "Ana", "40", "yes", "Luis", "9", "yes", "Rosa", "70", "no").is_asked("head")
    assert chat.choices == {"Ana": "Ana", "Rosa": "Rosa"}
    chat.refuses("Luis", "choice").hears("Rosa")


def test_a_repeat_may_ask_about_itself_before_it_begins() -> None:
    chat = Chat(
        """
        | survey |              |       |       |                     |
        |        | type         | name  | label | relevant            |
        |        | begin repeat | outer | A     | count(${inner}) < 5 |
        |        | text         | x     | X     |                     |
        |        | begin repeat | inner | B     |                     |
        |        | text         | y     | Y     |                     |
        |        | end repeat   |       |       |                     |
        |        | end repeat   |       |       |                     |
        """
    )
    chat.hears("yes", "equis", "yes", "ye", "no").is_asked("outer[2]")
    assert chat.answers == {"outer[1]/x": "equis", "outer[1]/inner[1]/y": "ye"}
