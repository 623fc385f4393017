"""The Libreta itself: short, clear of stop words, and weighted by what was drawn."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from messaging.encoding import fold_for_sms, segments
from surveys import answers, engine, figures
from surveys.answers import Reading, changes, rows
from surveys.engine import Ask
from surveys.form import Form
from surveys.forms.build import SOURCE, WORKBOOK, build, read
from surveys.state import State

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
MODULES = ("corto", "acceso", "trato", "problemas", "gestor", "municipio")
LONGEST_PROGRAMME = "registraduria"
STOP_WORDS = {"salir", "cancelar", "stop", "baja", "alto", "parar", "no mas", "alta"}


def begin(form: Form, module: str = "corto", seed: int = 7, language: str | None = None) -> State:
    preset = {"modulo": module, "probabilidad_modulo": "1" if module == "corto" else "0.2"}
    return engine.start(form, seed=seed, now=NOW, zone="America/Bogota", preset=preset, language=language)


def reply(form: Form, state: State, value: str) -> State:
    answered = engine.answer(form, state, value, now=NOW)
    assert answered.violation is None, (value, answered)
    return answered.state


def conversation(form: Form, state: State, said: Mapping[str, str]) -> Iterator[tuple[Ask, State]]:
    """Answer with what is `said`, else with the first choice; what was asked, and the state after."""
    while (ask := engine.ask(form, state)) is not None:
        state = reply(form, state, said.get(ask.name) or (ask.choices[0].name if ask.choices else "Nada"))
        yield ask, state


def asked(form: Form, module: str, **said: str) -> list[str]:
    return [ask.name for ask, _ in conversation(form, begin(form, module), said)]


def test_the_workbook_is_built_from_its_source() -> None:
    assert WORKBOOK.read_bytes() == build(read(SOURCE.read_text(encoding="utf-8")))


def test_the_workbook_has_no_problems(libreta: Form) -> None:
    assert libreta.problems == ()
    assert libreta.languages == ("Español (es)", "English (en)")


@pytest.mark.parametrize(
    ("module", "said", "expected"),
    [
        pytest.param(
            "corto",
            {"usa": "salud", "nota_programa": "4", "problema": "no", "nota_gestor": "5", "nota_municipio": "3"},
            ["usa", "nota_programa", "problema", "pago", "nota_gestor", "nota_municipio"],
            id="the short form of a satisfied family",
        ),
        pytest.param(
            "corto",
            {"usa": "salud", "nota_programa": "4", "problema": "si", "nota_gestor": "5", "nota_municipio": "2"},
            [
                "usa",
                "nota_programa",
                "problema",
                "resuelto",
                "pago",
                "nota_gestor",
                "nota_municipio",
                "comentario",
            ],
            id="a problem, and a bad grade that may be explained",
        ),
        pytest.param(
            "corto",
            {"usa": "ninguno", "nota_gestor": "4", "nota_municipio": "4"},
            ["usa", "nota_gestor", "nota_municipio"],
            id="who uses nothing rates no programme",
        ),
        pytest.param("acceso", {}, ["usa", "nota_programa", "facilidad", "espera", "comentario"], id="access"),
        pytest.param("trato", {}, ["usa", "nota_programa", "trato", "informacion", "comentario"], id="treatment"),
        pytest.param(
            "problemas",
            {"problema": "no"},
            ["usa", "nota_programa", "problema", "pago", "comentario"],
            id="problems",
        ),
        pytest.param("gestor", {}, ["usa", "nota_programa", "visita", "nota_gestor", "comentario"], id="gestor"),
        pytest.param(
            "municipio",
            {},
            ["usa", "nota_programa", "nota_municipio", "nota_coordinacion", "comentario"],
            id="municipality",
        ),
    ],
)
def test_a_family_is_asked_about_five_questions(
    libreta: Form, module: str, said: dict[str, str], expected: list[str]
) -> None:
    assert asked(libreta, module, **said) == expected


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("language", ["Español (es)", "English (en)"])
def test_every_question_fits_one_sms_with_its_choices(libreta: Form, module: str, language: str) -> None:
    state = begin(libreta, module, language=language)
    said = {"usa": LONGEST_PROGRAMME, "problema": "si"}
    for ask, _ in conversation(libreta, state, said):
        choices = (f"\n{number} {choice.label}" for number, choice in enumerate(ask.choices, start=1))
        size = segments(fold_for_sms(ask.text + "".join(choices)))
        assert (size.encoding, size.count) == ("GSM-7", 1), (ask.name, size)
        assert segments(fold_for_sms(ask.hint)).count == 1
        assert ask.hint


def test_the_longest_programme_is_the_one_tested(libreta: Form) -> None:
    for language in libreta.languages:
        labels = {choice.name: choice.label[language].source for choice in libreta.lists["programas"].choices}
        drawn = {name: len(label) for name, label in labels.items() if name != "ninguno"}
        assert drawn[LONGEST_PROGRAMME] >= max(drawn.values()) - 8


def test_no_choice_collides_with_a_stop_word(libreta: Form) -> None:
    for choices in libreta.lists.values():
        for choice in choices.choices:
            for label in choice.label.values():
                assert label.source.casefold() not in STOP_WORDS
            assert choice.name not in STOP_WORDS


def test_the_hint_names_the_number_of_none(libreta: Form) -> None:
    names = [choice.name for choice in libreta.lists["programas"].choices]
    number = names.index("ninguno") + 1
    question = libreta.question("usa")
    for texts in (question.hint, question.constraint_message):
        assert all(f" {number}." in text.source for text in texts.values())


def test_none_stands_alone(libreta: Form) -> None:
    refused = engine.answer(libreta, begin(libreta), "salud ninguno", now=NOW)
    assert refused.violation == "constraint"


def test_one_programme_is_drawn_with_equal_chances_and_its_probability_kept(libreta: Form) -> None:
    drawn: Counter[str] = Counter()
    for seed in range(600):
        state = reply(libreta, begin(libreta, seed=seed), "familias salud sena")
        values = engine.values(libreta, state)
        drawn[values["/data/programa"]] += 1
        assert float(values["/data/probabilidad"]) == pytest.approx(1 / 3)
    assert set(drawn) == {"familias", "salud", "sena"}
    assert min(drawn.values()) > 150


def test_weights_are_the_inverse_of_what_was_drawn(libreta: Form) -> None:
    state = begin(libreta, "problemas")
    *_, (_, state) = conversation(libreta, state, {"usa": "salud sena", "problema": "no"})
    stored = rows(libreta, engine.values(libreta, state), {"/data/pago": Reading("jamás", 0.8, "3")})
    programme = engine.values(libreta, state)["/data/programa"]
    found = {answer.question: (answer.actor, answer.weight, answer.counted) for answer in stored.values()}
    assert found == {
        "usa": ("", Decimal(1), "choices"),
        "nota_programa": (programme, Decimal(2), "choice"),
        "problema": (programme, Decimal(10), "choice"),
        "pago": (programme, Decimal(10), "choice"),
        "comentario": ("", Decimal(1), ""),
    }
    paid = stored[("pago", "")]
    assert (paid.raw, paid.confidence, paid.reader_version) == ("jamás", 0.8, "3")


def test_a_correction_changes_only_what_it_must(libreta: Form) -> None:
    state = begin(libreta)
    *_, (_, state) = conversation(libreta, state, {"usa": "salud", "problema": "si", "nota_programa": "2"})
    before = rows(libreta, engine.values(libreta, state), {})
    corrected = reply(libreta, engine.goto(libreta, state, "/data/problema"), "no")
    change = changes(before, rows(libreta, engine.values(libreta, corrected), {}))
    assert [(answer.question, answer.value) for answer in change.saved] == [("problema", "no")]
    assert change.withdrawn == (("resuelto", ""),)


def test_a_programme_that_was_not_used_after_all_is_not_rated(libreta: Form) -> None:
    state = begin(libreta)
    *_, (_, state) = conversation(libreta, state, {"usa": "salud", "nota_programa": "2"})
    before = rows(libreta, engine.values(libreta, state), {})
    corrected = reply(libreta, engine.goto(libreta, state, "/data/usa"), "sena")
    after = rows(libreta, engine.values(libreta, corrected), {})
    assert ("nota_programa", "") in changes(before, after).withdrawn


def test_each_question_measures_something(libreta: Form) -> None:
    kinds = {measure.question: (measure.indicator, measure.kind) for measure in figures.measures(libreta).values()}
    assert kinds == {
        "usa": ("use", "choices"),
        "nota_programa": ("grade", "scale"),
        "facilidad": ("access", "scale"),
        "espera": ("wait", "choices"),
        "trato": ("treatment", "scale"),
        "informacion": ("information", "scale"),
        "problema": ("problem", "yes_no"),
        "cual": ("reason", "choices"),
        "resuelto": ("solved", "yes_no"),
        "pago": ("payment", "yes_no"),
        "visita": ("visit", "yes_no"),
        "nota_gestor": ("grade", "scale"),
        "nota_municipio": ("grade", "scale"),
        "nota_coordinacion": ("grade", "scale"),
    }
    assert answers.counted(libreta, libreta.question("comentario")) == ""


def test_a_form_says_whom_it_may_rate(libreta: Form) -> None:
    rated = answers.actors(libreta)
    assert {"sena", "salud", "gestor", "municipio", "coordinacion"} <= set(rated)
    assert "ninguno" not in rated
