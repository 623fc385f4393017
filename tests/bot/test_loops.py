"""A machine that answers each of our messages gets no more answers after a few; a person does."""

import pytest

from messaging import loops
from messaging.loops import PER_MINUTE_MAX, REPEATS_MAX
from tests.bot.conftest import Phone, Village

ABSENT = "Radicado 123-456-780. En este momento no puedo atenderle."
FILED = "Su solicitud tiene el radicado 1234567{:02}"


def hears(village: Village, phone: Phone, said: str, times: int, seconds: float) -> list[bool]:
    """Whether each was answered."""
    answered = []
    for number in range(times):
        answered.append(phone.texts(said.format(number)) != "")
        village.later(seconds=seconds)
    return answered


@pytest.mark.parametrize("seconds", [pytest.param(2, id="at once"), pytest.param(600, id="ten minutes later")])
def test_the_same_sentence_again_and_again_gets_a_few_answers(village: Village, seconds: float) -> None:
    machine = village.phone(9)
    answers = hears(village, machine, ABSENT, 12, seconds)
    assert answers == [True] * (REPEATS_MAX + 1) + [False] * (11 - REPEATS_MAX)
    assert village.scalar("SELECT count(*) FROM contacts WHERE loop_at IS NOT NULL") == 1
    assert village.scalar("SELECT count(*) FROM inbound_messages") == 12, "what came is kept"

    assert machine.texts("Buenas, ya volví. ¿Qué es esto?"), "a person's next message is answered"


def test_a_flood_of_different_texts_is_answered_up_to_a_rate(village: Village) -> None:
    machine = village.phone(9)
    answers = hears(village, machine, FILED, 40, 0.5)
    assert answers == [True] * PER_MINUTE_MAX + [False] * (40 - PER_MINUTE_MAX)
    village.later(minutes=1)
    assert machine.texts("Buenas"), "the minute is over"


def test_a_person_may_say_the_same_short_answer_for_ever(village: Village) -> None:
    assert all(hears(village, village.phone(9), "4", 25, 5))


def test_who_leaves_in_the_middle_of_a_flood_has_left(village: Village) -> None:
    machine = village.phone(9)
    hears(village, machine, FILED, 40, 0.5)
    assert machine.texts("SALIR") == ""
    assert village.scalar("SELECT count(*) FROM contacts WHERE stopped_at IS NOT NULL") == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(ABSENT, f"  {ABSENT.upper()} ", True, id="letter case and spaces do not matter"),
        pytest.param(ABSENT, f"{ABSENT} Hasta luego.", False, id="other words"),
    ],
)
def test_what_a_text_is_recognised_by(one: str, other: str, same: bool) -> None:
    assert (loops.mark(one) == loops.mark(other)) is same


def test_short_texts_are_not_recognised() -> None:
    assert loops.mark("sí, claro") is None
