"""One message for one channel, at the edges of what the channel can show."""

import pytest

from bot.dialogues.machine import Option, Prompt, Say
from bot.rendering import render
from messaging import content
from messaging.address import Channel
from messaging.encoding import segments

YES_NO = (Option("/data/x=yes", "Sí"), Option("/data/x=no", "No"))


def options(count: int, title: str = "Opción") -> tuple[Option, ...]:
    return tuple(Option(f"/data/x={number}", f"{title} {number}") for number in range(count))


@pytest.mark.parametrize(
    ("length", "said"),
    [
        pytest.param(120, ["(3 de 8) ", "Puede escoger varias."], id="all of it fits one SMS"),
        pytest.param(138, ["Puede escoger varias."], id="progress is the first to go"),
        pytest.param(155, [], id="then the tip"),
        pytest.param(200, ["(3 de 8) ", "Puede escoger varias."], id="two SMS anyway"),
    ],
)
def test_extras_never_start_another_sms(length: int, said: list[str]) -> None:
    asked = Prompt("x" * length, progress="(3 de 8)", tip="Puede escoger varias.")
    text = render([asked], Channel.SMS).text
    assert [extra for extra in ("(3 de 8) ", "Puede escoger varias.") if extra in text] == said
    assert segments(text).count == segments("x" * length).count


@pytest.mark.parametrize(
    ("offered", "shown"),
    [
        pytest.param(YES_NO, 2, id="buttons"),
        pytest.param(options(10), 10, id="a list"),
        pytest.param(options(11), 0, id="too many for a list"),
        pytest.param((Option("a", "x" * content.TITLE_MAX),), 1, id="a title that just fits a button"),
        pytest.param((Option("a", "x" * (content.TITLE_MAX + 1)),), 0, id="one that does not"),
        pytest.param(options(4, "x" * (content.ITEM_MAX - 2)), 4, id="a title that just fits a list"),
        pytest.param(options(4, "x" * (content.ITEM_MAX - 1)), 0, id="one that does not fit it"),
        pytest.param((Option("a", "Sí"), Option("b", "Sí")), 0, id="titles that are the same"),
        pytest.param((Option("/" + "x" * content.ID_MAX, "Sí"),), 0, id="an id that would be refused"),
    ],
)
def test_whatsapp_shows_options_that_fit_and_numbers_the_others(offered: tuple[Option, ...], shown: int) -> None:
    message = render([Prompt("¿Qué tal?", offered)], Channel.WHATSAPP)
    assert len(message.options) == shown
    assert f"1 {offered[0].title}" in message.text, "the text works without buttons"


def test_a_question_too_long_beside_buttons_is_numbered_text() -> None:
    long = "x" * (content.WHATSAPP_BODY_MAX - 1)
    assert render([Prompt(long, YES_NO)], Channel.WHATSAPP).options == ()


def test_what_wants_several_taps_is_numbered_text() -> None:
    assert render([Prompt("¿Cuáles?", YES_NO, tappable=False)], Channel.WHATSAPP).plain


def test_the_question_is_bold_on_whatsapp_and_the_rest_is_not() -> None:
    said = [Say("No le entendí."), Prompt("¿Qué tal?\nDiga.", YES_NO, progress="(3 de 8)")]
    assert render(said, Channel.WHATSAPP).prompt == "No le entendí.\n\n(3 de 8) *¿Qué tal?*\n*Diga.*"
    assert render(said, Channel.SMS).text == "No le entendi.\n(3 de 8) ¿Qué tal?\nDiga.\n1 Si\n2 No"


@pytest.mark.parametrize("channel", list(Channel))
def test_no_message_is_longer_than_can_be_sent_and_its_options_stand(channel: Channel) -> None:
    text = render([Say("x" * 5_000), Prompt("¿Sí?", YES_NO)], channel).text
    assert len(text) == content.TEXT_MAX
    assert text.endswith("2 No")
