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
    assert "No conocemos este numero" in stranger.texts("qwerty asdf")
    assert "Le pasamos su mensaje a la coordinacion" in stranger.texts("mi gestora no vino")


def test_who_has_no_folio_is_told_how_to_reach_a_person(village: Village) -> None:
    stranger = village.phone(50)
    assert "escriba ASESOR" in stranger.answers("HOLA", "1", "no se")
    assert "Le avisamos a la coordinacion" in stranger.texts("ASESOR")


def test_a_greeting_is_neither_an_answer_nor_a_mistake(phone: Phone) -> None:
    assert phone.answers("LIBRETA", "Buenas tardes").startswith(OFFER)


@pytest.mark.parametrize("words", ["no", "ya no quiero nada", "déjelo así"])
@pytest.mark.parametrize("before", [[], ["1"]], ids=["asked what kind", "asked what happened"])
def test_who_thinks_better_of_it_files_nothing(village: Village, phone: Phone, before: list[str], words: str) -> None:
    phone.answers("MENU", "queja o peticion", *before)
    assert phone.texts(words).startswith("Esta bien, no radicamos nada.")
    assert village.scalar("SELECT count(*) FROM complaints") == 0


def test_the_menu_leaves_a_complaint_of_which_nothing_was_told(phone: Phone) -> None:
    phone.answers("MENU", "queja o peticion", "MENU", "mi proxima visita")
    assert phone.texts("hola").startswith(OFFER)


def test_with_a_name_or_without_is_answered_by_yes_or_no_too(village: Village, phone: Phone) -> None:
    assert "Quedo radicada con el numero" in phone.answers("QUEJA", "si", "No recogen la basura", "3", "si")
    assert "sin su nombre" in phone.answers("un reclamo", "si", "No recogen la basura", "3", "no")


@pytest.mark.parametrize("before", [["mis datos"], ["mis datos", "corregir"]])
def test_who_wants_nothing_done_about_their_data(village: Village, phone: Phone, before: list[str]) -> None:
    assert phone.answers(*before, "nada").startswith("Esta bien, no cambiamos nada.")
    assert village.scalar("SELECT count(*) FROM complaints") == 0


def test_who_was_sent_nowhere_may_complain_of_an_office(village: Village, phone: Phone) -> None:
    assert "radiquemos" in phone.texts("no me atendieron, me pidieron plata")
    assert "Quedo radicada" in phone.answers("si", "En el hospital me pidieron plata", "1", "2")


def test_whoever_names_a_language_has_chosen_it(phone: Phone) -> None:
    assert phone.texts("english") == "Done, we will write to you in English."


def test_what_nobody_makes_out_twice_reaches_a_person_and_the_question_stands(village: Village, phone: Phone) -> None:
    first = phone.answers("LIBRETA", "me robaron el lunes")
    assert first.startswith("No le entendi")
    told = phone.texts("eso fue en la registraduria")
    assert told.startswith("No le entendimos bien. Le pasamos su mensaje a la coordinacion")
    assert OFFER in told
    assert "¿Qué uso su familia" in phone.texts("si"), "it is still the answer to what was asked"
    assert village.scalar("SELECT count(*) FROM correspondence_letters") == 1


def test_what_was_made_out_since_is_forgotten(village: Village, calendar: Calendar) -> None:
    calendar.schedule(at(27, 9), 1)
    calendar.until(at(23, 11))
    phone = village.phone(1)
    phone.answers("se perdio la gallina", "3", "se perdio la olla")
    assert village.scalar("SELECT count(*) FROM correspondence_letters") == 0


@pytest.mark.parametrize("words", ["Quiero salir del programa", "queremos retirarnos del programa."])
def test_who_wants_to_leave_the_programme_is_asked_what_they_want(village: Village, phone: Phone, words: str) -> None:
    assert "2 Salir del programa" in phone.texts(words)
    assert "Una persona le confirma antes" in phone.texts("2")
    assert village.scalar("SELECT count(*) FROM contacts WHERE stopped_at IS NOT NULL") == 0


def test_thanks_are_heard_also_where_a_number_is_waited_for(phone: Phone) -> None:
    assert phone.answers("mis datos", "gracias").startswith("Con mucho gusto.")


def test_a_number_that_nobody_has_can_be_written_again(phone: Phone) -> None:
    phone.texts("RADICADO 123456786")
    assert phone.texts("100-000-098").startswith("No tenemos el radicado 100-000-098")


@pytest.mark.parametrize(
    "words", ["siempre no puedo ir", "ya no alcanzo a recibir la visita", "cambiemos la cita", "allá estoy"]
)
def test_who_changes_their_mind_about_a_visit_is_asked_about_it(
    village: Village, calendar: Calendar, words: str
) -> None:
    calendar.schedule(at(27, 9), 1)
    calendar.until(at(23, 11))
    phone = village.phone(1)
    phone.answers("hola", "1")
    told = phone.texts(words)
    assert "viernes 27 de noviembre" in told
    assert "3 No puedo" in told


def test_a_visit_is_asked_about_once(village: Village, calendar: Calendar) -> None:
    """Also where a reminder of it waits for an answer."""
    calendar.schedule(at(27, 9), 1)
    calendar.until(at(23, 11))
    phone = village.phone(1)
    assert phone.answers("cuando es mi cita", "1").startswith("Queda confirmado")
    assert "¿Puede?" not in phone.texts("gracias")
