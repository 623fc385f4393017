# ruff: noqa: E501  (a form's table is as wide as a form)
"""A form asked one question at a time. Every turn goes through JSON first."""

import pytest

from tests.surveys.chat import Chat

VISIT = """
| survey  |                       |        |                          |          |                            |                  |                       |              |
|         | type                  | name   | label                    | required | relevant                   | constraint       | constraint_message    | calculation  |
|         | hidden                | phase  |                          |          |                            |                  |                       |              |
|         | note                  | hello  | Buenos días.             |          |                            |                  |                       |              |
|         | text                  | name   | ¿Cómo se llama?          | yes      |                            |                  |                       |              |
|         | integer               | people | ${name}, ¿cuántos son?   | yes      |                            | . > 0 and . < 30 | Entre 1 y 29, ${name} |              |
|         | calculate             | big    |                          |          |                            |                  |                       | ${people} > 5 |
|         | begin group           | house  | La casa                  |          | ${people} > 1              |                  |                       |              |
|         | select_multiple water | water  | ¿De dónde toman el agua? |          |                            |                  |                       |              |
|         | text                  | other  | ¿De dónde más?           |          | selected(${water}, 'otra') |                  |                       |              |
|         | end group             |        |                          |          |                            |                  |                       |              |
|         | select_one yes_no     | happy  | ¿Le gusta?               |          |                            |                  |                       |              |
| choices |                       |        |                          |          |                            |                  |                       |              |
|         | list_name             | name   | label                    |          |                            |                  |                       |              |
|         | water                 | rio    | Río                      |          |                            |                  |                       |              |
|         | water                 | tubo   | Acueducto                |          |                            |                  |                       |              |
|         | water                 | otra   | Otra                     |          |                            |                  |                       |              |
|         | yes_no                | si     | Sí                       |          |                            |                  |                       |              |
|         | yes_no                | no     | No                       |          |                            |                  |                       |              |
"""


def test_questions_come_in_order_and_the_answers_stay() -> None:
    chat = Chat(VISIT, preset={"phase": "2"})
    assert chat.text == "Buenos días."
    chat.hears(None).is_asked("name").hears("Ana")
    assert chat.text == "Ana, ¿cuántos son?"
    chat.hears("6").is_asked("water")
    assert chat.choices == {"rio": "Río", "tubo": "Acueducto", "otra": "Otra"}
    chat.hears("tubo rio").is_asked("happy").hears("si").is_asked(None)
    assert chat.answers == {
        "phase": "2",
        "name": "Ana",
        "people": "6",
        "big": "true",
        "house/water": "rio tubo",
        "happy": "si",
    }


def test_a_question_tells_where_it_stands() -> None:
    ask = Chat(VISIT).hears(None, "Ana", "6").ask
    assert ask is not None
    assert (ask.kind, ask.path, ask.name) == ("question", "/data/house/water", "water")
    assert (ask.position, ask.total) == (3, 4)
    assert ask.groups == ("La casa",)
    assert not ask.required


@pytest.mark.parametrize(
    ("value", "violation", "message"),
    [
        pytest.param("muchos", "type", "", id="no number"),
        pytest.param("3.7", "type", "", id="no whole number"),
        pytest.param("40", "constraint", "Entre 1 y 29, Ana", id="too many"),
        pytest.param("", "required", "", id="blank"),
        pytest.param(None, "required", "", id="skipped"),
    ],
)
def test_a_wrong_answer_changes_nothing(value: str | None, violation: str, message: str) -> None:
    chat = Chat(VISIT).hears(None, "Ana")
    chat.refuses(value, violation, message).is_asked("people").hears("3").is_asked("water")


def test_a_choice_that_is_not_offered_is_refused() -> None:
    chat = Chat(VISIT).hears(None, "Ana", "3")
    chat.refuses("lluvia", "choice").refuses("rio lluvia", "choice").hears("rio")


def test_what_is_optional_can_be_left_blank() -> None:
    chat = Chat(VISIT).hears(None, "Ana", "3", None, "").is_asked(None)
    assert chat.answers == {"name": "Ana", "people": "3", "big": "false"}


def test_going_back_asks_again_and_skips_the_notes() -> None:
    chat = Chat(VISIT).hears(None, "Ana", "1").is_asked("happy")
    chat.goes_back().is_asked("people").goes_back().is_asked("name")
    chat.goes_back().is_asked("name").hears("Eva").is_asked("people")
    assert chat.answers == {"name": "Eva", "people": "1", "big": "false"}


def test_a_correction_asks_only_what_became_relevant() -> None:
    chat = Chat(VISIT).hears(None, "Ana", "1", "si").is_asked(None)
    chat.corrects("/data/people").is_asked("people").hears("3").is_asked("water")
    chat.hears("otra").is_asked("other").hears("pozo").is_asked(None)


def test_an_answer_that_loses_its_place_comes_back_with_it() -> None:
    chat = Chat(VISIT).hears(None, "Ana", "3", "rio", "si")
    chat.corrects("/data/people").hears("1")
    assert chat.saved() == {"people": "1", "house/water": ""}
    assert "house/water" not in chat.answers
    chat.corrects("/data/people").hears("2")
    assert chat.saved() == {"people": "2", "house/water": "rio"}
    chat.is_asked(None)
    assert chat.answers["house/water"] == "rio"


def test_only_questions_that_are_there_can_be_corrected() -> None:
    chat = Chat(VISIT).hears(None, "Ana", "1")
    for path in ("/data/house/water", "/data/nowhere", "/data/hello", "/data/big"):
        with pytest.raises(KeyError):
            chat.corrects(path)


LANGUAGES = """
| survey   |                |       |                     |                     |             |
|          | type           | name  | label::Español (es) | label::Wayuu (guc)  | hint        |
|          | select_one pet | pet   | ¿Qué tiene?         | Kasa püpülaka?      | Uno solo    |
|          | text           | why   | ¿Por qué ${pet}?    |                     |             |
| choices  |                |       |                     |                     |             |
|          | list_name      | name  | label::Español (es) | label::Wayuu (guc)  |             |
|          | pet            | perro | Perro               | Erü                 |             |
|          | pet            | gato  | Gato                |                     |             |
| settings |                |       |                     |                     |             |
|          | form_title     | default_language |          |                     |             |
|          | Animales       | Español (es)     |          |                     |             |
"""


def test_a_language_falls_back_on_the_default_one() -> None:
    chat = Chat(LANGUAGES, language="Wayuu (guc)")
    assert chat.text == "Kasa püpülaka?"
    assert chat.choices == {"perro": "Erü", "gato": "Gato"}
    assert chat.ask is not None
    assert chat.ask.hint == "Uno solo"
    assert chat.hears("gato").text == "¿Por qué gato?"


CASCADE = """
| survey  |                |            |               |                       |                    |
|         | type           | name       | label         | choice_filter         | calculation        |
|         | select_one dep | dep        | Departamento  |                       |                    |
|         | select_one mun | mun        | Municipio     | dep=${dep}            |                    |
|         | calculate      | mun_name   |               |                       | jr:choice-name(${mun}, '${mun}') |
|         | text           | vereda     | Vereda de ${mun_name} |               |                    |
| choices |                |            |               |                       |                    |
|         | list_name      | name       | label         | dep                   |                    |
|         | dep            | cauca      | Cauca         |                       |                    |
|         | dep            | choco      | Chocó         |                       |                    |
|         | mun            | popayan    | Popayán       | cauca                 |                    |
|         | mun            | toribio    | Toribío       | cauca                 |                    |
|         | mun            | quibdo     | Quibdó        | choco                 |                    |
"""


def test_choices_depend_on_an_answer() -> None:
    chat = Chat(CASCADE).hears("cauca")
    assert chat.choices == {"popayan": "Popayán", "toribio": "Toribío"}
    chat.refuses("quibdo", "choice").hears("toribio")
    assert chat.text == "Vereda de Toribío"


def test_a_choice_that_is_offered_no_more_reads_as_blank_and_comes_back() -> None:
    chat = Chat(CASCADE).hears("cauca", "toribio").corrects("/data/dep").hears("choco")
    assert chat.saved() == {"dep": "choco", "mun": "", "mun_name": ""}
    chat.corrects("/data/dep").hears("cauca")
    assert chat.answers["mun_name"] == "Toribío"


def test_a_select_with_nothing_to_offer_is_passed_over_until_it_has() -> None:
    chat = Chat(CASCADE.replace("dep=${dep}", "dep=${dep} and ${dep} != 'choco'"))
    chat.hears("choco").is_asked("vereda").hears("Tutunendo").is_asked(None)
    chat.corrects("/data/dep").hears("cauca").is_asked("mun").hears("toribio").is_asked(None)


def test_choices_of_an_attached_file() -> None:
    markdown = """
    | survey |                                  |       |           |               |             |
    |        | type                             | name  | label     | choice_filter | calculation |
    |        | select_one_from_file barrios.csv | where | ¿Dónde?   | zona='sur'    |             |
    |        | calculate                        | boss  |           |               | pulldata('barrios', 'lider', 'name', ${where}) |
    """
    file = "name,label,zona,lider\nb1,El Prado,sur,Rosa\nb2,La Paz,norte,Luis\nb3,Bolívar,sur,Eva\n"
    chat = Chat(markdown, {"barrios.csv": file.encode()})
    assert chat.choices == {"b1": "El Prado", "b3": "Bolívar"}
    chat.hears("b3")
    assert chat.answers["boss"] == "Eva"


def test_today_is_bogotas() -> None:
    markdown = """
    | survey |           |       |         |             |            |
    |        | type      | name  | label   | calculation | constraint |
    |        | calculate | day   |         | today()     |            |
    |        | date      | born  | ¿Nació? |             | . <= today() |
    """
    late = Chat(markdown, zone="Pacific/Auckland")
    assert late.answers["day"] == "2025-06-16"
    here = Chat(markdown)
    assert here.answers["day"] == "2025-06-15"
    here.refuses("2025-06-16", "constraint").hears("2025-06-15")


def test_what_is_drawn_once_stays() -> None:
    markdown = """
    | survey |                |       |        |                 |                  |               |
    |        | type           | name  | label  | calculation     | parameters       | relevant      |
    |        | calculate      | luck  |        | once(random())  |                  |               |
    |        | text           | a     | A      |                 |                  |               |
    |        | select_one abc | pick  | Elija  |                 | randomize=true   |               |
    | choices |               |       |        |                 |                  |               |
    |        | list_name      | name  | label  |                 |                  |               |
    |        | abc            | a     | A      |                 |                  |               |
    |        | abc            | b     | B      |                 |                  |               |
    |        | abc            | c     | C      |                 |                  |               |
    |        | abc            | d     | D      |                 |                  |               |
    """
    chat = Chat(markdown, seed=1)
    luck = chat.answers["luck"]
    assert 0 <= float(luck) < 1
    order = list(chat.hears("x").choices)
    assert order == list(chat.choices)
    assert sorted(order) == ["a", "b", "c", "d"]
    chat.goes_back().hears("y")
    assert (chat.answers["luck"], list(chat.choices)) == (luck, order)
    assert {tuple(Chat(markdown, seed=seed).hears("x").choices) for seed in range(8)} != {tuple(order)}


def test_a_default_stands_until_it_is_answered() -> None:
    markdown = """
    | survey |         |       |         |                  |
    |        | type    | name  | label   | default          |
    |        | text    | where | ¿Dónde? | Popayán          |
    |        | integer | year  | ¿Año?   | 2000 + 25        |
    """
    chat = Chat(markdown)
    assert chat.ask is not None
    assert chat.ask.value == "Popayán"
    chat.hears(None, None)
    assert chat.answers == {"where": "Popayán", "year": "2025"}
    chat.corrects("/data/where").hears("")
    assert chat.answers == {"year": "2025"}


def test_a_trigger_runs_its_calculation_when_it_changes() -> None:
    markdown = """
    | survey |           |       |       |                     |         |
    |        | type      | name  | label | calculation         | trigger |
    |        | integer   | a     | A     |                     |         |
    |        | integer   | b     | B     |                     |         |
    |        | calculate | kept  |       | concat('b', ${b})   | ${a}    |
    """
    chat = Chat(markdown).hears("1", "5")
    assert chat.answers["kept"] == "b"
    chat.corrects("/data/a").hears("2")
    assert chat.answers["kept"] == "b5"


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        pytest.param("decimal", "2", "2.0", id="decimal"),
        pytest.param("decimal", "1e3", "1000.0", id="decimal with an exponent"),
        pytest.param("date", "2024-02-29", "2024-02-29", id="date"),
        pytest.param("time", "08:30", "08:30:00", id="time"),
        pytest.param("time", "08:30:00.000-05:00", "08:30:00.000-05:00", id="time with its offset"),
        pytest.param("datetime", "2025-06-15T08:30:00.000-05:00", "2025-06-15T08:30:00.000-05:00", id="moment"),
        pytest.param("geopoint", "4.60 -74.1", "4.6 -74.1", id="place"),
        pytest.param("barcode", "0012", "0012", id="barcode"),
        pytest.param("image", "media-17.jpg", "media-17.jpg", id="picture"),
        pytest.param("acknowledge", "ok", "OK", id="acknowledge"),
        pytest.param("integer", "007", "7", id="integer with zeros"),
    ],
)
def test_typed_values_are_stored_in_one_form(kind: str, value: str, stored: str) -> None:
    chat = Chat(f"| survey | | | |\n| | type | name | label |\n| | {kind} | q | Q |")
    assert chat.hears(value).answers == {"q": stored}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        pytest.param("date", "2023-02-29", id="a day that is none"),
        pytest.param("date", "29/02/2024", id="a date as it is written here"),
        pytest.param("time", "25:00", id="an hour that is none"),
        pytest.param("datetime", "2025-06-15", id="a moment without its hour"),
        pytest.param("geopoint", "95 -74", id="north of the pole"),
        pytest.param("geopoint", "Bogotá", id="the name of a place"),
        pytest.param("decimal", "2,5", id="a comma"),
        pytest.param("integer", "3000000000", id="more than an integer holds"),
        pytest.param("acknowledge", "no", id="no is no acknowledgement"),
    ],
)
def test_values_of_another_type_are_refused(kind: str, value: str) -> None:
    chat = Chat(f"| survey | | | |\n| | type | name | label |\n| | {kind} | q | Q |")
    chat.refuses(value, "type")


def test_a_range_and_a_rank() -> None:
    markdown = """
    | survey  |          |       |         |                        |
    |         | type     | name  | label   | parameters             |
    |         | range    | grade | Nota    | start=1 end=5 step=1   |
    |         | rank abc | order | Orden   |                        |
    | choices |          |       |         |                        |
    |         | list_name | name | label   |                        |
    |         | abc      | a     | A       |                        |
    |         | abc      | b     | B       |                        |
    """
    chat = Chat(markdown).refuses("6", "type").refuses("0", "type").hears("5")
    chat.refuses("a", "choice").refuses("a a", "choice").hears("b a")
    assert chat.answers == {"grade": "5", "order": "b a"}


def test_or_other_asks_which() -> None:
    markdown = """
    | survey  |                          |       |         |
    |         | type                     | name  | label   |
    |         | select_one crop or_other | crop  | Siembra |
    | choices |                          |       |         |
    |         | list_name                | name  | label   |
    |         | crop                     | maiz  | Maíz    |
    """
    chat = Chat(markdown)
    assert chat.choices == {"maiz": "Maíz", "other": "Other"}
    chat.hears("other").is_asked("crop_other").hears("yuca").is_asked(None)


def test_a_table_of_selects_has_no_row_of_headings_in_a_chat() -> None:
    markdown = """
    | survey  |               |       |           |            |
    |         | type          | name  | label     | appearance |
    |         | begin group   | g     | Califique | table-list |
    |         | select_one ok | a     | El agua   |            |
    |         | select_one ok | b     | La luz    |            |
    |         | end group     |       |           |            |
    | choices |               |       |           |            |
    |         | list_name     | name  | label     |            |
    |         | ok            | si    | Sí        |            |
    """
    chat = Chat(markdown)
    assert chat.text == "Califique"
    chat.hears(None).is_asked("a").hears("si").is_asked("b")


def test_a_select_that_is_calculated_to_no_choice_is_not_asked_for_ever() -> None:
    chat = Chat(
        """
        | survey  |                |       |       |             |
        |         | type           | name  | label | calculation |
        |         | text           | why   | Why?  |             |
        |         | calculate      | odd   |       | ${why} > ${why} |
        |         | select_one abc | grade | Grade | once(${odd}) |
        |         | text           | more  | More? |             |
        | choices |                |       |       |             |
        |         | list_name      | name  | label |             |
        |         | abc            | a     | A     |             |
        """
    )
    chat.hears(*[None] * 3).is_asked(None)
