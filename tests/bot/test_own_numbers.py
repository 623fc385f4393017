"""Choices whose labels are numbered already: what is shown and what a number means."""

from datetime import datetime

import pytest

from bot.catalogue import Catalogue
from bot.dialogues import asking
from bot.dialogues.machine import Context, Heard
from bot.rendering import render
from bot.turn import BOGOTA
from messaging.address import Channel
from messaging.encoding import fold_for_sms
from surveys import engine
from surveys.engine import Ask
from surveys.form import Form
from tests.surveys.chat import form

NOW = datetime(2026, 11, 24, 12, tzinfo=BOGOTA)


def asked(labels: list[str]) -> tuple[Ask, Context]:
    """A question with these choices, named a, b, c…"""
    rows = "\n".join(f"| | list | {chr(ord('a') + place)} | {label} |" for place, label in enumerate(labels))
    compiled: Form = form(f"""
        | survey |                 |      |         |
        |        | type            | name | label   |
        |        | select_one list | q    | ¿Cuál?  |
        | choices |               |      |         |
        |         | list_name     | name | label   |
{rows}
    """)
    context = Context(NOW, BOGOTA, Channel.SMS, "es", Catalogue.read(), lambda version: compiled)
    return engine.preview(compiled, "q", now=NOW, tz=BOGOTA), context


FROM_ZERO = ["0 Nunca", "1 A veces", "2 Siempre"]
NONE_LEFT = ["1. Sí", "2. No", "99. No sabe"]
SCALE = [str(number) for number in range(11)]
PLACES = ["Poco", "Mucho", "2 o más"]
INTERVALS = ["5 a 9 años", "10 a 14 años", "15 o más"]


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        pytest.param(FROM_ZERO, FROM_ZERO, id="from zero"),
        pytest.param(NONE_LEFT, NONE_LEFT, id="with 99"),
        pytest.param(["1 Malo", "2 Bueno"], ["1 Malo", "2 Bueno"], id="their places"),
        pytest.param(SCALE, SCALE, id="a scale of eleven numbers in one message"),
        pytest.param(PLACES, ["1 Poco", "2 Mucho", "3 2 o más"], id="some have none"),
        pytest.param(INTERVALS, ["1 5 a 9 años", "2 10 a 14 años", "3 15 o más"], id="intervals are no numbers"),
    ],
)
def test_labels_are_not_numbered_twice(labels: list[str], shown: list[str]) -> None:
    ask, context = asked(labels)
    assert render([asking.question(ask, 0, context)], Channel.SMS).text.splitlines()[1:] == list(
        map(fold_for_sms, shown)
    )


@pytest.mark.parametrize(
    ("labels", "reply", "name"),
    [
        (FROM_ZERO, "0", "a"),
        (FROM_ZERO, "1", "b"),
        (FROM_ZERO, " 2. ", "c"),
        (FROM_ZERO, "la 1", "b"),
        (FROM_ZERO, "3", None),
        (FROM_ZERO, "a veces", "b"),
        (NONE_LEFT, "99", "c"),
        (NONE_LEFT, "3", None),
        (NONE_LEFT, "si", "a"),
        (SCALE, "0", "a"),
        (SCALE, "10", "k"),
        (SCALE, "11", None),
        (PLACES, "1", "a"),
    ],
)
def test_a_number_means_what_is_shown(labels: list[str], reply: str, name: str | None) -> None:
    ask, context = asked(labels)
    assert asking.read_reply(ask, Heard(reply), context).value == name
