"""Messages of ours that begin a dialogue, and how the conversation finds whom a message is for.

A small dialogue of the tests stands for those of the service: «¿Viene? 1 Sí 2 No».
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

import pytest
from sqlalchemy import text

from bot import conversation, openers, openings
from bot.dialogues.choosing import chosen
from bot.dialogues.machine import Context, Event, Frame, Heard, Option, Say, State, Step
from bot.openers import Opener
from bot.proactive import Letter, send
from messaging import fallback
from messaging.outbox import Priority
from tests.bot.conftest import Village, phone_number

WAITING = timedelta(days=2)


class Visit:
    """Asks whether one comes, for a family."""

    name = "visit"
    needs_family = True
    states: ClassVar[Mapping[str, str]] = {"asking": "yes or no", "tapped": "a tap on an earlier message"}

    def hear(self, state: State, event: Event, context: Context) -> Step:
        if state["at"] == "tapped":
            return Step(None, (Say(f"visita {state['subject']}: {state['choice']}"),))
        if not isinstance(event, Heard) or not event.text:
            return Step(state, self.resume(state, context))
        choice = chosen(_options(state), event, context)
        if choice is None:
            return Step(state, (Say("no entendido"), *self.resume(state, context)), passes=True)
        return Step(None, (Say(f"familia {state['family']}, visita {state['subject']}: {choice}"),))

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        return (Say("¿Viene?", _options(state)),)

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return self.resume(state, context)


def _options(state: State) -> tuple[Option, ...]:
    return tuple(Option(f"visit:{state['subject']}:{id}", title) for id, title in (("yes", "Sí"), ("no", "No")))


@pytest.fixture(autouse=True)
def visits(monkeypatch: pytest.MonkeyPatch) -> None:
    dialogues = {**conversation.DIALOGUES, Visit.name: Visit()}
    opener = Opener(
        lambda said, _: Frame("visit", {"at": "asking", "subject": 7}) if said == "MI VISITA" else None, anywhere=True
    )
    monkeypatch.setattr(conversation, "DIALOGUES", dialogues)
    monkeypatch.setattr(openers, "OPENERS", (opener,))


def write(village: Village, ordinal: int, *, subject: int = 1, leaves: bool = True) -> None:
    """A letter that asks family `ordinal` about a visit; it `leaves` or waits in the outbox."""
    with village.database.transaction() as connection:
        contact = connection.scalar(
            text("SELECT contact_id FROM family_contacts WHERE family_id = :id"), {"id": village.families[ordinal - 1]}
        )
        assert contact is not None
        frame = Frame("visit", {"at": "asking", "subject": subject, "family": village.families[ordinal - 1]})
        letter = Letter(contact, "menu.ask", f"visit:{subject}:{ordinal}", opens=frame)
        limit = village.now + WAITING
        for _ in range(2):  # the second is the first again
            send(
                connection,
                village.turn.texts,
                [letter],
                "session_reminder",
                Priority.REMINDER,
                village.now,
                limit,
            )
        if leaves:
            connection.execute(text("DELETE FROM outbox_queue"))
            connection.execute(text("UPDATE messages SET status = 'sent' WHERE dedupe_key IS NOT NULL"))


def test_a_letter_that_arrived_is_answered_by_its_number(village: Village) -> None:
    write(village, 1)
    assert f"familia {village.families[0]}, visita 1: visit:1:yes" in village.phone(1).texts("1")
    assert village.scalar("SELECT count(*) FROM openings") == 0


def test_a_letter_that_waits_in_the_outbox_does_not_take_the_answer_to_something_else(village: Village) -> None:
    phone = village.phone(1)
    phone.answers("HOLA", "1")
    write(village, 1, leaves=False)
    assert "visita" not in phone.texts("1")


def test_a_letter_that_went_by_sms_since_whatsapp_was_closed_is_answered_too(village: Village) -> None:
    write(village, 1, leaves=False)
    village.scalar("UPDATE messages SET channel = 'whatsapp', status = 'refused', reason = 'window_closed' RETURNING 1")
    village.scalar("DELETE FROM outbox_queue RETURNING 1")
    assert fallback.fall_back(village.database, village.now) == 1
    assert "visita" not in village.phone(2).texts("1")
    assert village.scalar("SELECT count(*) FROM openings") == 1, "it has not left yet"

    village.scalar("DELETE FROM outbox_queue WHERE priority = 1 RETURNING 1")
    assert f"familia {village.families[0]}, visita 1: visit:1:yes" in village.phone(1).texts("1")


def test_the_survey_goes_on_after_the_letter_is_answered(village: Village) -> None:
    phone = village.phone(1)
    asked = phone.answers("HOLA", "1")
    write(village, 1)
    reply = phone.texts("2")
    assert "visit:1:no" in reply
    assert asked.splitlines()[-1] in reply


def test_what_the_letter_does_not_understand_may_be_an_answer_to_the_survey(village: Village) -> None:
    phone = village.phone(1)
    first = phone.answers("HOLA", "1")
    write(village, 1)
    second = phone.texts("Sisbén y Familias en Acción, 3")
    assert "no entendido" not in second
    assert second != first


def test_without_a_survey_it_asks_again(village: Village) -> None:
    phone = village.phone(1)
    phone.answers("HOLA", "2")
    write(village, 1)
    assert "no entendido" in phone.texts("quién sabe")


def test_an_old_letter_is_answered_by_a_tap(village: Village) -> None:
    assert "visita 12: no" in village.phone(1).texts("No", payload="visit:12:no")


def test_a_tap_on_what_no_dialogue_knows_is_like_any_message(village: Village) -> None:
    assert village.phone(1).texts("No", payload="nothing:12:no")


def test_many_letters_never_push_out_the_survey(village: Village) -> None:
    phone = village.phone(1)
    phone.answers("HOLA", "1")
    for subject in range(1, 8):
        write(village, 1, subject=subject)
    phone.texts("1")
    assert village.scalar("SELECT state::text LIKE '%\"survey\"%' FROM conversations")


def test_old_openings_are_dropped(village: Village) -> None:
    write(village, 1)
    with village.database.transaction() as connection:
        assert openings.retain(connection, village.now + timedelta(days=30)) == 1


def test_a_phone_of_one_family_is_not_asked_who_it_is(village: Village) -> None:
    assert "¿Viene?" in village.phone(1).texts("MI VISITA")


def test_a_phone_of_two_families_is_asked_once(village: Village) -> None:
    with village.database.transaction() as connection:
        contact = connection.scalar(
            text("SELECT contact_id FROM family_contacts WHERE family_id = :id"), {"id": village.families[0]}
        )
        assert contact is not None
        village.link(connection, {village.families[1]: contact})
    phone = village.phone(1)
    assert phone.number == phone_number(1)
    asked = phone.texts("MI VISITA")
    assert "varias familias" in asked
    assert "1 Familia 1" not in asked  # the surname is cut to its initial
    assert "varias familias" in phone.texts("quién sabe")
    assert "¿Viene?" in phone.texts("2")
    assert f"familia {village.families[1]}" in phone.texts("1")
    assert "¿Viene?" in phone.texts("MI VISITA")
    phone.texts("1")
    village.later(hours=13)
    assert "varias familias" in phone.texts("MI VISITA")


def test_an_unknown_phone_is_asked_what_it_wants(village: Village) -> None:
    assert "Soy de una familia" in village.phone(77).texts("MI VISITA")
