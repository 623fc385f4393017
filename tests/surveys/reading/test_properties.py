"""What holds for every reply whatever."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.reading import READERS, Choice, Command, Expected, Kind, Reading, read, read_packed

TODAY = date(2026, 11, 22)
YES_NO = (Choice("si", ("Sí",)), Choice("no", ("No",)))
LISTS = {
    "yes and no": YES_NO,
    "grades": tuple(
        Choice(str(number), (label,))
        for number, label in enumerate(("Muy malo", "Malo", "Regular", "Bueno", "Excelente"), 1)
    ),
    "services": (
        Choice("accion", ("Familias en Acción",)),
        Choice("icbf", ("Bienestar Familiar (ICBF)",)),
        Choice("escuela", ("Escuela o colegio", "School")),
        Choice("puesto", ("Puesto de salud",)),
        Choice("ninguno", ("Ninguno",)),
    ),
    "levels": (Choice("a", ("Alta",)), Choice("m", ("Media",)), Choice("b", ("Baja",))),
    "waits": (
        Choice("poco", ("Menos de 1 hora",)),
        Choice("medio", ("De 1 a 3 horas",)),
        Choice("mucho", ("Más de 3 horas",)),
    ),
    "people": (Choice("p1", ("Rosa (mamá)",)), Choice("p2", ("José Luis (papá)",)), Choice("p3", ("Otra persona",))),
    "emoji": (Choice("bien", ("😀",)), Choice("mal", ("😠",))),
}
QUESTIONS = ("", "¿Cuántos meses lleva esperando?", "¿Alguien le pidió plata?", "¿Quién contesta?")
WORDS = [
    "si",
    "no",
    "nada",
    "nadie",
    "mas",
    "menos",
    "y",
    "o",
    "de",
    "la",
    "el",
    "uno",
    "dos",
    "tres",
    "1",
    "2",
    "3,5",
    "20.000",
    "mil",
    "medio",
    "media",
    "hora",
    "horas",
    "años",
    "ayer",
    "lunes",
    "octubre",
    "15",
    "/",
    "-",
    "?",
    ".",
    ",",
    "bueno",
    "malo",
    "muy",
    "todas",
    "ninguna",
    "hace",
    "menos",
    "para",
    "las",
    "cuarto",
    "pasado",
    "que",
    "no",
    "se",
    "SALIR",
    "😀",
    "👍",
    "🤷",
    "rosa",
    "otra",
    "½",
    "٣",
    "5️⃣",
]
texts = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join))


def expected_of(kind: str, choices: tuple[Choice, ...], question: str) -> Expected:
    limits: tuple[Decimal | None, Decimal | None] = (None, None)
    if kind in ("integer", "decimal", "range"):
        limits = (Decimal(0), Decimal(60))
    chosen = choices if kind in ("select_one", "select_multiple", "rank") else ()
    return Expected(kind, question, chosen, minimum=limits[0], maximum=limits[1])


def is_whole(reading: Reading) -> bool:
    """Whether a reading carries what its kind promises."""
    match reading.kind:
        case Kind.VALUE | Kind.CONFIRM:
            return bool(reading.value) and 0 < reading.confidence <= 1
        case Kind.COMMAND:
            return reading.command is not None
        case Kind.REJECT | Kind.DONTKNOW:
            return reading.value is None and bool(reading.reason)


@given(
    text=texts,
    kind=st.sampled_from(sorted(READERS)),
    choices=st.sampled_from(list(LISTS.values())),
    question=st.sampled_from(QUESTIONS),
    language=st.sampled_from(["es", "English (en)", "Emberá (emp)"]),
)
@settings(max_examples=400, deadline=None)
def test_any_reply_gives_a_whole_reading(
    text: str, kind: str, choices: tuple[Choice, ...], question: str, language: str
) -> None:
    expected = expected_of(kind, choices, question)
    reading = read(expected, text, today=TODAY, language=language)
    assert is_whole(reading), reading
    if reading.value and kind == "select_one":
        assert reading.value in {choice.name for choice in choices}
    if reading.value and kind in ("integer", "decimal", "range"):
        assert 0 <= Decimal(reading.value) <= 60
    assert read(expected, text, today=TODAY, language=language) == reading


@given(text=texts)
@settings(max_examples=150, deadline=None)
def test_packed_answers_are_all_sure_or_none(text: str) -> None:
    asked = [
        Expected("select_one", "¿Cómo le fue?", LISTS["grades"]),
        Expected("integer"),
        Expected("select_one", "", YES_NO),
    ]
    readings = read_packed(asked, text, today=TODAY)
    assert readings is None or (len(readings) >= 2 and all(reading.kind is Kind.VALUE for reading in readings))


@pytest.mark.parametrize("kind", ["integer", "decimal", "select_one", "select_multiple", "date", "time", "geopoint"])
@pytest.mark.parametrize("text", ["", " ", "\n", "\u200b", "...", "¡!", "\x00\x07"], ids=repr)
def test_nothing_said_is_no_answer(kind: str, text: str) -> None:
    assert read(expected_of(kind, LISTS["services"], ""), text, today=TODAY).kind is Kind.REJECT


@pytest.mark.parametrize("choices", [pytest.param(choices, id=name) for name, choices in LISTS.items()])
@pytest.mark.parametrize("kind", ["select_one", "select_multiple"])
def test_a_label_or_number_as_displayed_is_that_choice(kind: str, choices: tuple[Choice, ...]) -> None:
    expected = Expected(kind, "¿Cuál escoge?", choices)
    for number, choice in enumerate(choices, 1):
        for text in (
            *choice.labels,
            f"{number}",
            f"{number}.",
            f"{number}) {choice.labels[0]}",
            choice.labels[0].upper(),
        ):
            reading = read(expected, text, today=TODAY)
            assert (reading.kind, reading.value) == (Kind.VALUE, choice.name), (text, reading)


@pytest.mark.parametrize("kind", sorted(READERS))
@pytest.mark.parametrize(
    "text", ["SALIR", "salir", "Salir.", " SALIR ", "CANCELAR", "STOP", "S\u200bALIR", "salir por favor"]
)
def test_salir_always_stops(kind: str, text: str) -> None:
    """Even where a choice is called so."""
    choices = (Choice("x", ("Salir",)), Choice("y", ("Cancelar",)), Choice("z", ("Stop",)))
    assert read(expected_of(kind, choices, ""), text, today=TODAY).command is Command.STOP


@pytest.mark.parametrize("length", [1_000, 20_000])
def test_a_flood_of_text_costs_bounded_work(length: int) -> None:
    """Everything beyond some words is left unread, and then nothing is taken without asking."""
    for kind in READERS:
        for text in ("si no " * length, "1" * length, "a" * length, "mil " * length, "😀" * length):
            reading = read(expected_of(kind, LISTS["grades"], QUESTIONS[1]), text, today=TODAY)
            assert reading.kind is not Kind.VALUE or kind in ("text", "barcode")
