"""Texts and values of forms, as a person is told them."""

from datetime import datetime

import pytest

from bot.catalogue import Catalogue
from bot.dialogues.machine import Context
from bot.dialogues.speaking import plain, spoken
from bot.turn import BOGOTA
from messaging.address import Channel
from surveys import engine
from tests.forms import form

NOW = datetime(2026, 11, 24, 12, tzinfo=BOGOTA)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        pytest.param("¿Qué edad tiene?", "¿Qué edad tiene?", id="plain"),
        pytest.param("¿Tiene **cédula**?", "¿Tiene cédula?", id="bold"),
        pytest.param("_Solo_ una, *por favor*", "Solo una, por favor", id="italics"),
        pytest.param("# Su casa\nCuéntenos", "Su casa\nCuéntenos", id="heading"),
        pytest.param('<span style="color:red">Ojo</span>: lea<br/>bien', "Ojo: lea\nbien", id="html"),
        pytest.param("Agua&nbsp;&amp;&nbsp;luz", "Agua & luz", id="entities"),
        pytest.param("Vea [la página](https://example.org)", "Vea la página: https://example.org", id="link"),
        pytest.param("2 * 3 * 4 < 30 y menor_de_edad", "2 * 3 * 4 < 30 y menor_de_edad", id="signs that are none"),
    ],
)
def test_a_forms_markup_is_not_said(written: str, said: str) -> None:
    assert plain(written) == said


@pytest.mark.parametrize(
    ("question", "value", "language", "said"),
    [
        ("zone", "rural", "es", "En el campo"),
        ("crops", "corn yuca", "es", "Maíz, Yuca"),
        ("land", "2.5", "es", "2,5"),
        ("land", "2.5", "en", "2.5"),
        ("since", "2026-03-05", "es", "5 de marzo de 2026"),
        ("since", "2026-03-05", "en", "March 5, 2026"),
        ("rises", "15:30:00", "es", "3:30\u202fp.\u202fm."),
        ("next", "2026-03-05T15:30:00", "en", "March 5, 2026, 3:30\u202fPM"),
        ("where", "4.61 -74.08 0 0", "es", "4.61, -74.08"),
        ("since", "2026-03-05", "a language that Unicode does not know", "5 de marzo de 2026"),
        ("since", "some day", "es", "some day"),
        ("comment", "x" * 300, "es", "x" * 79 + "…"),
    ],
)
def test_a_value_is_said_as_people_say_it(question: str, value: str, language: str, said: str) -> None:
    asked = engine.preview(form("everything"), question, now=NOW, tz=BOGOTA)
    context = Context(NOW, BOGOTA, Channel.SMS, language, Catalogue.read(), lambda version: form("everything"))
    assert spoken(asked, value, context) == said
