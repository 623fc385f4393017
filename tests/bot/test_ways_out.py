"""Nobody is held in a dialogue: the words that our own messages name are heard wherever a person stands."""

import pytest

from tests.bot.conftest import Phone, Village
from tests.bot.session_stories import Calendar, at, calendar

__all__ = ["calendar"]

OFFER = "Tiene una Libreta por llenar"
PROBLEM = "¿tuvo algun problema"
NUMBER = "Escriba el numero de radicado"


@pytest.fixture
def phone(village: Village) -> Phone:
    """The phone of a family that has been greeted and has put off the Libreta."""
    phone = village.phone(1)
    phone.answers("hola", "2")
    return phone


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(["quiero hablar con mi gestora"], id="while a person listens"),
        pytest.param(["RADICADO 1"], id="asked for a number"),
        pytest.param(["LIBRETA"], id="offered it already"),
        pytest.param(["MENU"], id="in the menu"),
        pytest.param(["quiero poner una queja", "1"], id="telling what happened"),
    ],
)
def test_libreta_opens_the_libreta_from_anywhere(phone: Phone, before: list[str]) -> None:
    phone.answers(*before)
    assert phone.texts("LIBRETA").startswith(OFFER)


def test_after_the_libreta_is_put_off_the_talk_with_the_gestor_goes_on(phone: Phone) -> None:
    told = phone.answers("quiero hablar con mi gestora", "LIBRETA", "2")
    assert told.startswith("Esta bien. Cuando quiera, escriba LIBRETA.")
    assert "Sigue abierta su conversacion" in told


def test_libreta_is_no_answer_about_a_visit(village: Village, calendar: Calendar) -> None:
    calendar.schedule(at(27, 9), 1)
    calendar.until(at(23, 11))
    phone = village.phone(1)
    assert phone.texts("LIBRETA").startswith(OFFER)
    assert "¿Puede?" in phone.texts("2"), "the visit is asked about again"


def test_who_has_no_radicado_at_hand_is_not_asked_for_it_forever(phone: Phone) -> None:
    assert phone.texts("RADICADO 1").startswith(NUMBER)
    assert phone.texts("ya se lo busco").startswith(NUMBER)
    assert phone.texts("no lo tengo").startswith(OFFER)


def test_another_matter_leaves_the_question_for_a_radicado(phone: Phone) -> None:
    told = phone.answers("RADICADO", "NOTAS")
    assert "notas publicadas" in told
    assert NUMBER not in told


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        pytest.param("MI AVANCE", "logros de su familia", id="how far the family is"),
        pytest.param("mis metas", "metas", id="its goals"),
        pytest.param("NOTAS", "notas publicadas", id="the grades"),
        pytest.param("cuando es mi cita", "no tiene citas", id="its next visit"),
    ],
)
def test_what_shows_something_does_so_in_the_middle_of_the_libreta(phone: Phone, words: str, shown: str) -> None:
    assert PROBLEM in phone.answers("LIBRETA", "1", "1", "3")
    told = phone.texts(words)
    assert shown in told
    assert "No le entendi" not in told
    assert PROBLEM in told, "the open question stands again below"


def test_what_the_libreta_may_be_asking_about_stays_its_own(phone: Phone) -> None:
    """«ya tenemos agua» reports an achievement elsewhere; to a question of yes and no it is an answer."""
    phone.answers("LIBRETA", "1", "1", "3")
    assert "¿Le resolvieron el problema?" in phone.texts("ya tenemos agua")


def test_a_stranger_who_is_not_understood_twice_reaches_a_person(village: Village) -> None:
    stranger = village.phone(50)
    assert "No conocemos este numero" in stranger.texts("HOLA")
    assert "No conocemos este numero" in stranger.texts("quien es")
    assert "Le pasamos su mensaje a la coordinacion" in stranger.texts("mi gestora no vino")


def test_who_has_no_folio_is_told_how_to_reach_a_person(village: Village) -> None:
    stranger = village.phone(50)
    assert "escriba ASESOR" in stranger.answers("HOLA", "1", "no se")
    assert "Le avisamos a la coordinacion" in stranger.texts("ASESOR")
