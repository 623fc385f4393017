"""Thanks, voice notes and pictures: a word, and what was asked again."""

from dataclasses import replace

import pytest

from bot.dialogues.aside import thanks
from messaging.address import Channel
from messaging.inbox import Media
from tests.bot.conftest import Phone, Village
from tests.bot.session_stories import Calendar, at, calendar

__all__ = ["calendar"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Gracias", True),
        ("muchas grasias señorita", True),
        ("ok listo gracias", True),
        ("Dios le pague", True),
        ("muy amable, Dios la bendiga", True),
        ("🙏🏽", True),
        ("thank you very much", True),
        ("no gracias", False),
        ("gracias a Dios ya nos pusieron el agua", False),
        ("gracias pero no me sirvió", False),
        ("gracias, ¿cuándo viene?", False),
        ("👍", False),
        ("4 gracias", False),
        ("", False),
    ],
)
def test_thanks_and_nothing_more(text: str, expected: bool) -> None:
    assert thanks(text) is expected


def voice_note(phone: Phone) -> str:
    return phone.sends(replace(phone.inbound(""), media=(Media("https://media.test/1", "audio/ogg"),)))


def test_in_the_libreta_neither_counts_as_a_miss(village: Village) -> None:
    phone = village.phone(1, Channel.WHATSAPP)
    question = phone.answers("LIBRETA", "1", "1")
    for _ in range(3):
        assert phone.texts("Muchas gracias") == f"Con mucho gusto.\n\n{question}"
        assert voice_note(phone).startswith("Por aquí no podemos oír audios")
    assert "No le entendí" in phone.texts("qwerty asdf"), "the first miss"


def test_between_dialogues_they_open_nothing(village: Village) -> None:
    phone = village.phone(1)
    phone.answers("MENU", "8")
    assert phone.texts("gracias") == "Con mucho gusto."
    assert voice_note(phone).startswith("Por aqui no podemos oir audios")


def test_a_reminder_is_asked_again_after_thanks(calendar: Calendar, village: Village) -> None:
    calendar.schedule(at(27, 9))
    calendar.until(at(24, 10))
    reply = village.phone(1).texts("Gracias")
    assert reply.startswith("Con mucho gusto.\n")
    assert reply.endswith("1 Voy\n2 Otro dia\n3 No puedo")


def test_what_is_no_complaint_after_all_is_the_comment(village: Village) -> None:
    phone = village.phone(1)
    reply = phone.answers("LIBRETA", "1", "1", "1")
    while "mejorar" not in reply:
        reply = phone.texts("1")
    said = "quiero poner una queja porque en el puesto de salud no hay medicinas"
    assert "radiquemos" in phone.texts(said)
    done = phone.texts("no")
    assert "queda como su respuesta" in done
    assert "mejorar" not in done
    assert village.scalar("SELECT value FROM anonymous_answers WHERE question = 'comentario'") == said
    assert village.scalar("SELECT count(*) FROM complaints") == 0
