"""Who wants no more messages: what was under way rests, and what they ask for themselves they get."""

from collections.abc import Callable

import pytest

from tests.bot.conftest import Phone, Village

QUESTION = "¿qué nota"
REMINDER = "Usted pidio no recibir mensajes"
STOPPED = "SELECT count(*) FROM contacts WHERE stopped_at IS NOT NULL"


@pytest.fixture
def phone(village: Village) -> Phone:
    """The phone of a family that is in the middle of the Libreta."""
    phone = village.phone(1)
    assert QUESTION in phone.answers("LIBRETA", "1", "2")
    return phone


def stopped_by_provider(phone: Phone) -> None:
    assert phone.sends(phone.inbound("STOP", opt_out_type="STOP")) == ""


def stopped_by_us(phone: Phone) -> None:
    assert "no le escribiremos mas" in phone.texts("SALIR")


stopped = pytest.mark.parametrize("stop", [stopped_by_us, stopped_by_provider])


@stopped
@pytest.mark.parametrize("words", ["hola", "4", "si", "gracias", "empezar de nuevo no quiero"])
def test_what_was_under_way_rests(phone: Phone, stop: Callable[[Phone], None], words: str) -> None:
    stop(phone)
    assert phone.texts(words).startswith(REMINDER)


@stopped
@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("MI AVANCE", "logros de su familia"),
        ("cuando es mi cita", "no tiene citas"),
        ("PROGRAMAS", "no tiene programas"),
        ("NOTAS", "notas publicadas"),
        ("MIS DATOS", "guardamos"),
    ],
)
def test_a_question_of_their_own_is_answered_and_nothing_else_is_asked(
    phone: Phone, stop: Callable[[Phone], None], words: str, told: str
) -> None:
    stop(phone)
    reply = phone.texts(words)
    assert told in reply
    assert QUESTION not in reply


@stopped
def test_whoever_asks_for_the_libreta_can_answer_it_to_its_end(
    village: Village, phone: Phone, stop: Callable[[Phone], None]
) -> None:
    stop(phone)
    assert QUESTION in phone.texts("LIBRETA")
    assert "Su Libreta quedo guardada" in phone.answers("4", "no", "no", "5", "4")
    assert phone.texts("hola").startswith(REMINDER)
    assert village.scalar(STOPPED) == 1


def test_to_begin_is_no_wish_for_messages(village: Village) -> None:
    phone = village.phone(1)
    assert "¿Qué uso su familia" in phone.answers("hola", "empezar")
    other = village.phone(2)
    assert "¿Qué uso su familia" in other.answers("SALIR", "LIBRETA", "empezar")
    assert village.scalar(STOPPED) == 1


def test_the_word_that_begins_the_libreta_signs_nobody_up_again(village: Village) -> None:
    phone = village.phone(2)
    assert "Tiene una Libreta por llenar" in phone.answers("SALIR", "EMPEZAR")
    assert village.scalar(STOPPED) == 1


def test_whoever_comes_back_goes_on_with_the_next_answer(phone: Phone) -> None:
    phone.texts("SALIR")
    assert QUESTION in phone.texts("ALTA")
    assert "problema" in phone.texts("4")


def test_a_pause_ends_where_the_question_is_asked_again(phone: Phone) -> None:
    phone.answers("mas tarde", "MENU")
    assert QUESTION in phone.texts("Seguir la Libreta")
    assert "problema" in phone.texts("4")
