"""Words for the conversation itself, and answers that only look like them."""

from datetime import date

import pytest

from surveys.reading import Choice, Command, Expected, Kind, read, read_command

TODAY = date(2026, 11, 22)
YES_NO = Expected("select_one", "¿Lo atendieron?", (Choice("si", ("Sí",)), Choice("no", ("No",))))
URGENCY = Expected(
    "select_one", "¿Qué tan urgente es?", (Choice("a", ("Alta",)), Choice("m", ("Media",)), Choice("b", ("Baja",)))
)
NUMBER = Expected("integer", "¿Cuántas veces vino?")
STORY = Expected("text", "Cuéntenos, ¿qué fue lo que pasó?")
MORE = Expected("text", "¿Quiere contarnos algo más?")


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("SALIR", Command.STOP),
        ("no me escriban mas", Command.STOP),
        ("ALTA", Command.START),
        ("Ayuda por favor", Command.HELP),
        ("no entiendo la pregunta", Command.HELP),
        ("atrás", Command.BACK),
        ("me ekivoke", Command.CORRECT),
        ("me equivoqué de respuesta", Command.CORRECT),
        ("repita por favor", Command.REPEAT),
        ("no entendí", Command.REPEAT),
        ("saltar", Command.SKIP),
        ("menú", Command.MENU),
        ("más tarde le contesto", Command.PAUSE),
        ("quiero hablar con alguien", Command.PERSON),
        ("cambiar idioma", Command.LANGUAGE),
        ("si", None),
        ("NO", None),
        ("me equivoqué de día y ya no me atendieron", None),
    ],
)
def test_a_whole_message_is_a_command(text: str, command: Command | None) -> None:
    assert read_command(text) is command


@pytest.mark.parametrize("text", ["quise decir 4", "me equivoqué, es 4", "perdón, era 4", "corregir 4"])
def test_a_correction_may_carry_the_new_answer(text: str) -> None:
    reading = read(NUMBER, text, today=TODAY)
    assert (reading.command, reading.argument) == (Command.CORRECT, "4")


@pytest.mark.parametrize(
    ("expected", "text", "kind", "value"),
    [
        pytest.param(URGENCY, "BAJA", Kind.VALUE, "b", id="a choice comes before a stop word"),
        pytest.param(URGENCY, "alta", Kind.VALUE, "a", id="a choice comes before ALTA"),
        pytest.param(NUMBER, "BAJA", Kind.COMMAND, None, id="elsewhere it stops"),
        pytest.param(YES_NO, "NO MAS", Kind.REJECT, None, id="neither a no nor a stop"),
        pytest.param(NUMBER, "NO MAS", Kind.COMMAND, None, id="a stop where nothing else is meant"),
        pytest.param(MORE, "no más", Kind.CONFIRM, "no más", id="nothing more to tell, or a stop"),
        pytest.param(YES_NO, "NO", Kind.VALUE, "no", id="NO is never a stop"),
        pytest.param(
            STORY, "quise salir pero no me dejaron", Kind.VALUE, "quise salir pero no me dejaron", id="a story"
        ),
        pytest.param(STORY, "ayuda", Kind.COMMAND, None, id="help in an open question"),
    ],
)
def test_stop_words_beside_choices(expected: Expected, text: str, kind: Kind, value: str | None) -> None:
    reading = read(expected, text, today=TODAY)
    assert (reading.kind, reading.value) == (kind, value)
