"""Whatever people send, on any form: no turn fails, nothing said is lost, and there is always a way forward."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalogue import Catalogue
from bot.conversation import Conversation
from bot.dialogues import survey
from bot.dialogues.machine import Heard
from bot.trial import Heeded, Trial
from bot.turn import BOGOTA
from messaging import content
from messaging.address import Channel
from surveys import engine
from surveys.engine import Ask
from tests.forms import form

TEXTS = Catalogue.read()
NOON = datetime(2026, 11, 24, 12, tzinfo=BOGOTA)
FORMS = ["libreta", "household", "everything", "municipality"]
ANSWERED_IN = 60
"""Turns in which any of these forms can be finished."""

CORRECTIONS = ["ATRAS", "corregir", "me equivoqué", "quise decir 4", "quise decir no"]
COMMANDS = [
    "AYUDA",
    "?",
    "REPETIR",
    "SALTAR",
    "MENU",
    "LIBRETA",
    "asesor",
    "idioma",
    "mas tarde",
    "MAS",
    "BAJA",
    "ALTA",
]
STOPS = ["SALIR", "STOP", "no me escriban mas"]
ANSWERS = [
    "1",
    "2",
    "3",
    "1 y 3",
    "2 1 3",
    "sí",
    "no",
    "Bueno",
    "todas",
    "ninguna",
    "ayer",
    "12/05/2019",
    "3 de la tarde",
]
ANSWERS += [
    "5 4 si 3",
    "1 2 no no",
    "2,5",
    "20 mil",
    "4.61, -74.08",
    "no sé",
    "san",
    "La Esperanza",
    "otro",
    "mañana a las 3",
]
NOISE = [
    "",
    "  ",
    "\n\n",
    "👍",
    "🤷🏽‍♀️❤️",
    "\u200b",
    "\x00",
    "ñ" * 10_000,
    "1 " * 5_000,
    "${x}",
    "{0}",
    "%s",
    "*_~",
    "<b>",
    "' OR 1=1",
]

said = st.sampled_from(ANSWERS + COMMANDS + NOISE) | st.text(max_size=80)
texts = said.map(Heard)
places = st.tuples(st.floats(-90, 90), st.floats(-180, 180)).map(lambda place: Heard("", location=place))
pictures = st.just(Heard("", media=("https://example.org/1.jpg",)))
strange_taps = st.text(max_size=20).map(lambda option: Heard("Sí", tapped=option))


@dataclass(frozen=True)
class Tap:
    """A tap on one of the options offered so far, counted from the newest."""

    back: int


@dataclass(frozen=True)
class Silence:
    """Nothing is heard for a while."""

    hours: int


Sent = Heard | Tap | Silence
taps = st.integers(0, 30).map(Tap)
silences = st.integers(1, 200).map(Silence)
anything = st.lists(
    texts | places | pictures | strange_taps | taps | silences | st.sampled_from(CORRECTIONS + STOPS).map(Heard),
    max_size=25,
)
no_corrections = st.lists(texts | places | pictures | silences, max_size=25)

every_form = pytest.mark.parametrize("name", FORMS)
every_channel = pytest.mark.parametrize("channel", list(Channel))


class Unstored(Trial):
    """A trial whose conversation stays in memory."""

    def restored(self) -> Conversation:
        return self.conversation


def begin(name: str, channel: Channel, kind: type[Trial] = Trial) -> tuple[Trial, list[Heeded]]:
    trial = kind(form=form(name), texts=TEXTS, channel=channel, language="es", now=NOON)
    return trial, [trial.begin()]


def send(trial: Trial, replies: list[Heeded], sent: Sent) -> None:
    match sent:
        case Silence(hours):
            trial.now += timedelta(hours=hours)
        case Tap(back):
            offered = [option for reply in replies for option in reply.said.options]
            if offered:
                option = offered[-1 - back % len(offered)]
                replies.append(trial.send(Heard(option.title, tapped=option.id)))
        case Heard():
            replies.append(trial.send(sent))


def opened(trial: Trial) -> Ask | None:
    """The question that is open in the survey, whatever stands on top of it."""
    frames = (frame.state for frame in trial.conversation.stack if frame.dialogue == survey.NAME)
    state = next(frames, None)
    return engine.ask(trial.form, engine.State.from_json(state["progress"])) if state else None


def valid(ask: Ask) -> Heard:
    """An answer that the question takes."""
    if ask.kind == "repeat":
        return Heard("no")
    if ask.choices and ask.question.type != "rank":
        return Heard("", tapped=f"{ask.path}={ask.choices[0].name}")
    return {
        "rank": Heard(" ".join(str(number) for number, _ in enumerate(ask.choices, start=1))),
        "integer": Heard("3"),
        "decimal": Heard("12,5"),
        "range": Heard("3"),
        "date": Heard("15 de marzo de 2020"),
        "time": Heard("3:30 pm"),
        "dateTime": Heard("15 de marzo de 2020 a las 3:30 pm"),
        "geopoint": Heard("", location=(4.6, -74.1)),
        "acknowledge": Heard("1"),
        "text": Heard("en la casa de mi mamá"),
        "barcode": Heard("A 1234"),
        "image": Heard("", media=("https://example.org/1.jpg",)),
        "audio": Heard("", media=("https://example.org/1.ogg",)),
    }[ask.question.type]


@every_form
@every_channel
@settings(deadline=None, max_examples=60)
@given(messages=anything)
def test_every_message_gets_an_answer_that_the_channel_can_show(
    name: str, channel: Channel, messages: list[Sent]
) -> None:
    trial, replies = begin(name, channel)
    for message in messages:
        send(trial, replies, message)
    for reply in replies:
        shown = reply.said
        assert shown.text.strip()
        assert len(shown.text) <= content.TEXT_MAX
        longest = max((len(option.title) for option in shown.options), default=0)
        if len(shown.options) <= content.BUTTONS_MAX:
            assert longest <= content.TITLE_MAX
        assert longest <= content.ITEM_MAX
        assert len(shown.options) <= content.LIST_MAX
        assert not shown.options or len(shown.prompt) <= content.WHATSAPP_BODY_MAX


@pytest.mark.parametrize("words", ["x" * 10_000, "👍" * 10_000], ids=["letters", "symbols"])
@every_channel
def test_words_without_end_are_said_back_in_short(channel: Channel, words: str) -> None:
    trial, replies = begin("household", channel)
    for reply in ("Cauca", "Inzá", "sí", words, "sí"):
        send(trial, replies, Heard(reply))
    assert trial.answers["child/name[1]"] == words
    assert all(len(reply.said.text) <= content.TEXT_MAX for reply in replies)


@every_form
@settings(deadline=None, max_examples=60)
@given(messages=anything)
def test_a_state_that_was_stored_at_every_turn_gives_the_same_conversation(name: str, messages: list[Sent]) -> None:
    stored, heard = begin(name, Channel.WHATSAPP)
    unstored, same = begin(name, Channel.WHATSAPP, Unstored)
    for message in messages:
        send(stored, heard, message)
        send(unstored, same, message)
        assert heard == same
        assert stored.answers == unstored.answers


@every_form
@settings(deadline=None, max_examples=60)
@given(messages=no_corrections)
def test_no_answer_is_lost_or_changed_unless_it_is_corrected(name: str, messages: list[Sent]) -> None:
    trial, replies = begin(name, Channel.SMS)
    for message in messages:
        before = dict(trial.answers)
        send(trial, replies, message)
        assert trial.answers | before == trial.answers


@every_form
@every_channel
@settings(deadline=None, max_examples=60)
@given(messages=anything, skipping=st.booleans())
def test_after_anything_a_valid_answer_or_a_skip_moves_on_to_the_end(
    name: str, channel: Channel, messages: list[Sent], skipping: bool
) -> None:
    trial, replies = begin(name, channel)
    for message in messages:
        send(trial, replies, message)
    for way_back in ("ALTA", "LIBRETA"):
        send(trial, replies, Heard(way_back))
    for _ in range(ANSWERED_IN):
        ask = opened(trial)
        if ask is None:
            break
        send(trial, replies, Heard("SALTAR") if skipping and not ask.required else valid(ask))
        moved = opened(trial)
        assert moved is None or moved.path != ask.path, replies[-1]
    assert trial.finished
