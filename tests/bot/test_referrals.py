"""Referrals as families live them: offered, accepted, waited for, reminded of, and told of in secret."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text

from bot import referral_changes, referral_offers
from bot.demo import CATALOGUE
from families import achievements, families, programmes
from families.programmes import Details
from messaging.address import Channel
from messaging.encoding import segments
from tests.bot.conftest import Village
from tests.bot.referrals import APPOINTMENT, COURSE, gestor, leave, offer, programme, sound, state, until

AFTER = APPOINTMENT + timedelta(hours=23)
"""Eight in the morning of the day after."""


def contact(village: Village, ordinal: int) -> int:
    found = village.scalar(
        "SELECT contact_id FROM family_contacts WHERE family_id = :id", id=village.families[ordinal - 1]
    )
    assert isinstance(found, int)
    return found


def bodies(village: Village) -> str:
    """Everything that is kept of what was said, both ways, and where conversations stand."""
    kept = (
        "SELECT string_agg(body || coalesce(content::text, ''), '|') FROM messages",
        "SELECT string_agg(body || coalesce(extras::text, ''), '|') FROM inbound_messages",
        "SELECT string_agg(state::text, '|') FROM conversations",
    )
    return "|".join(str(village.scalar(each)) for each in kept)


def test_an_offer_says_what_where_when_and_fits_two_messages(village: Village) -> None:
    with village.database.transaction() as connection:
        programme_id = programmes.create(connection, "SENA", COURSE, 5, village.now, status=programmes.Status.OPEN)
        made = programmes.get(connection, programme_id)
        assert made is not None
        preview = referral_offers.preview(connection, village.office, made, village.families, village.now)
    rest = "Donde: Calle 20 # 15-30. Lleve: cédula y SISBEN. Conteste antes del jue 26 nov 5:00 pm."
    assert preview.text.splitlines() == [
        f"SENA ofrece: Curso de cocina. Cuando: jue 3 dic 9:00 am. {rest} Si acepta, le damos su nombre.",
        "1 Acepto",
        "2 Mas informacion",
        "3 No me interesa",
        "4 Después",
    ]
    assert segments(preview.text).count == preview.segments == 2
    assert len(preview.reached) == 3


@pytest.mark.parametrize("words", ["1", "acepto", "Sí señora, me interesa", "listo, de una", "claro que sí quiero"])
def test_an_offer_is_accepted(village: Village, words: str) -> None:
    (made,) = offer(village, programme(village, 1), 1)
    reply = village.phone(1).texts(words)
    assert "tiene cupo en Curso de cocina" in reply
    assert "jue 3 dic 9:00 am" in reply
    assert state(village, made) == "accepted"
    assert village.scalar("SELECT purpose || means FROM family_consents WHERE given") == "entitiesmessage"


def test_more_information_then_no(village: Village) -> None:
    (made,) = offer(village, programme(village, 1), 1)
    phone = village.phone(1)
    more = phone.texts("2")
    assert "Requisitos: mayor de 18 años" in more
    assert "605 282 0000" in more
    assert "1 Acepto" in more
    assert "no lo anotamos" in phone.texts("3")
    assert state(village, made) == "declined"


def test_later_is_asked_again_and_in_the_end_the_offer_lapses(village: Village) -> None:
    (made,) = offer(village, programme(village, 1), 1)
    assert "otra vez el mar 24 nov 10:01 am" in village.phone(1).texts("después")
    (again,) = until(village, village.now + timedelta(days=1, hours=1))
    assert "SENA ofrece" in again
    assert "hasta el jue 26 nov" in village.phone(1).texts("déjeme lo pienso")
    until(village, made.answer_by)
    assert state(village, made) == "lapsed"


def test_nothing_understood_is_asked_again(village: Village) -> None:
    offer(village, programme(village, 1), 1)
    reply = village.phone(1).texts("zzz qqq")
    assert "No le entendi" in reply or "No le entendí" in reply
    assert "1 Acepto" in reply


def test_who_comes_too_late_waits_and_is_called_when_a_place_comes_free(village: Village) -> None:
    first, second, third = offer(village, programme(village, 1), 1, 2, 3)
    village.phone(1).texts("1")
    waits = village.phone(2).texts("1")
    assert "ya no quedan cupos" in waits
    assert "puesto 1" in waits
    assert "si se libera un cupo" in village.phone(2).texts("1").lower()
    assert "puesto 2" in village.phone(3).texts("acepto")
    village.phone(1).texts("PROGRAMAS")
    village.phone(1).texts("1")
    assert "pasa a otra familia" in village.phone(1).texts("2")
    (call,) = leave(village)
    assert "Se libero un cupo para usted" in call or "Se liberó un cupo para usted" in call
    assert state(village, second) == "called"
    assert "tiene cupo" in village.phone(2).texts("1")
    assert (state(village, first), state(village, second), state(village, third)) == (
        "declined",
        "accepted",
        "waiting",
    )


def test_a_call_without_an_answer_goes_on_to_the_next_and_each_is_told_once(village: Village) -> None:
    programme_id = programme(village, 1)
    first, second, third = offer(village, programme_id, 1, 2, 3)
    for ordinal in (1, 2, 3):
        village.phone(ordinal).texts("acepto")
    with village.database.transaction() as connection:
        referral_changes.withdraw(connection, village.office, first.id, gestor(village), village.now)
        referral_changes.withdraw(connection, village.office, first.id, gestor(village), village.now)
    assert len(leave(village)) == 1
    told = until(village, village.now + timedelta(days=4))
    assert [("liber" in each) for each in told] == [True]
    assert (state(village, second), state(village, third)) == ("lapsed", "called")
    village.phone(3).texts("si")
    assert state(village, third) == "accepted"


def test_new_places_call_those_who_wait(village: Village) -> None:
    programme_id = programme(village, 1)
    _, second, third = offer(village, programme_id, 1, 2, 3)
    for ordinal in (1, 2, 3):
        village.phone(ordinal).texts("1")
    with village.database.transaction() as connection:
        assert (
            referral_changes.set_places(connection, village.office, programme_id, 3, gestor(village), village.now) == 2
        )
        assert (
            referral_changes.set_places(connection, village.office, programme_id, 3, gestor(village), village.now)
            is None
        )
    assert len(leave(village)) == 2
    assert {state(village, second), state(village, third)} == {"called"}


def test_the_day_before_one_is_reminded_and_may_give_the_place_up(village: Village) -> None:
    going, waiting = offer(village, programme(village, 1), 1, 2)
    for ordinal in (1, 2):
        village.phone(ordinal).texts("1")
    (reminder,) = until(village, APPOINTMENT - timedelta(hours=12))
    assert reminder.startswith("Recuerde: Curso de cocina, jue 3 dic 9:00 am")
    assert "pasa a otra familia" in village.phone(1).texts("no puedo ir, qué pena")
    assert (state(village, going), state(village, waiting)) == ("declined", "called")


def test_a_moved_date_is_told_and_its_old_reminder_does_nothing(village: Village) -> None:
    programme_id = programme(village, 1)
    (made,) = offer(village, programme_id, 1)
    village.phone(1).texts("1")
    later = replace(COURSE, appointment=APPOINTMENT + timedelta(days=5))
    with village.database.transaction() as connection:
        told = referral_changes.change(
            connection, village.office, programme_id, later, programmes.Status.OPEN, village.now
        )
    assert told == 1
    (moved,) = leave(village)
    assert "Cambi" in moved
    assert "mar 8 dic" in moved
    assert "Lo esperan" in village.phone(1).texts("si voy")
    assert until(village, APPOINTMENT + timedelta(days=1)) == []
    # Tuesday 8 December is a holiday, and so is no day for a reminder the day before it: Monday is.
    (reminder,) = until(village, APPOINTMENT + timedelta(days=5))
    assert reminder.startswith("Recuerde")
    assert state(village, made) == "accepted"


def test_taken_back_within_a_minute_nothing_was_said(village: Village) -> None:
    programme_id = programme(village, 5)
    by = gestor(village)
    wanted = dict.fromkeys(village.families, "IT1")
    with village.database.transaction() as connection:
        made = referral_offers.offer(connection, village.office, programme_id, wanted, by, village.now)
    assert leave(village) == []
    with village.database.transaction() as connection:
        assert referral_offers.undo(connection, village.office, programme_id, by, village.now) == 3
        assert referral_offers.undo(connection, village.office, programme_id, by, village.now) == 0
    village.later(minutes=2)
    assert leave(village) == []
    assert {state(village, each) for each in made} == {"withdrawn"}


def test_after_a_minute_it_is_too_late_to_take_back(village: Village) -> None:
    programme_id = programme(village, 5)
    (made,) = offer(village, programme_id, 1)
    with village.database.transaction() as connection:
        assert referral_offers.undo(connection, village.office, programme_id, gestor(village), village.now) == 0
    assert state(village, made) == "offered"


def test_what_is_sensitive_is_offered_in_person_only(village: Village) -> None:
    programme_id = programme(village, 5, replace(COURSE, achievements=("SA10",)))
    with village.database.transaction() as connection:
        achievements.load(connection, "logros", CATALOGUE.read_text("utf-8"), village.now)
    with village.database.transaction() as connection, pytest.raises(referral_offers.OfferError, match="in_person"):
        referral_offers.offer(connection, village.office, programme_id, {village.families[0]: "SA10"}, 1, village.now)


def test_a_programme_that_closed_meanwhile_says_so(village: Village) -> None:
    programme_id = programme(village, 5)
    offer(village, programme_id, 1)
    with village.database.transaction() as connection:
        referral_changes.change(connection, village.office, programme_id, COURSE, programmes.Status.CLOSED, village.now)
    assert "ya no recibe familias" in village.phone(1).texts("1")


def test_the_offer_of_another_family_is_nobody_elses(village: Village) -> None:
    (made,) = offer(village, programme(village, 5), 1)
    reply = village.phone(2).texts("Acepto", payload=f"referral:{made.id}:accept")
    assert "No encontramos esa oferta" in reply
    assert state(village, made) == "offered"


@pytest.mark.parametrize("subject", ["0", "999999999999999999", "9999999999999999999999999", "-1", "x"])
def test_a_tap_on_nothing_is_answered(village: Village, subject: str) -> None:
    assert village.phone(2).texts("Acepto", payload=f"referral:{subject}:accept")


def test_a_tap_on_an_old_offer_is_taken_for_what_it_says(village: Village) -> None:
    (made,) = offer(village, programme(village, 5), 1)
    phone = village.phone(1, Channel.WHATSAPP)
    phone.texts("3")
    assert state(village, made) == "declined"
    assert "tiene cupo" in phone.texts("Acepto", payload=f"referral:{made.id}:accept")
    assert state(village, made) == "accepted"
    assert "tiene cupo" in phone.texts("Acepto", payload=f"referral:{made.id}:accept")


def test_on_a_phone_of_two_families_it_says_for_whom(village: Village) -> None:
    with village.database.transaction() as connection:
        village.link(connection, {village.families[1]: contact(village, 1)})
        connection.execute(
            text("DELETE FROM family_contacts WHERE family_id = :f AND contact_id <> :c"),
            {"f": village.families[1], "c": contact(village, 1)},
        )
    programme_id = programme(village, 5)
    by = gestor(village)
    with village.database.transaction() as connection:
        wanted = dict.fromkeys(village.families[:2], "IT1")
        referral_offers.offer(connection, village.office, programme_id, wanted, by, village.now)
        names = families.head_names(connection, village.cipher, village.families)
    village.later(minutes=1)
    told = leave(village)
    assert {each.split(":")[0] for each in told} == {
        f"Para {names[one].split()[0]} {n}." for n, one in enumerate(village.families[:2])
    }


# --- how it went -------------------------------------------------------------------------------------------------


def served_at(village: Village, *ordinals: int) -> None:
    """Families accept, and their appointment passes."""
    offer(village, programme(village, len(ordinals)), *ordinals)
    for ordinal in ordinals:
        village.phone(ordinal).texts("1")
    asked = until(village, AFTER + timedelta(hours=1))
    assert [each for each in asked if "Lo atendieron" in each]


def test_served_gives_a_grade_in_secret(village: Village) -> None:
    served_at(village, 1)
    phone = village.phone(1)
    assert "nota" in phone.texts("sí, muy bien gracias")
    assert "sin su nombre" in phone.texts("5")
    assert village.scalar("SELECT state FROM referrals") == "served"
    assert village.scalar(
        "SELECT string_agg(question || '=' || value, ' ' ORDER BY question) FROM anonymous_answers"
    ) == ("atendido=si nota=5")


@pytest.mark.parametrize(
    ("replies", "reason"),
    [
        pytest.param(["2", "2"], "plata", id="by numbers"),
        pytest.param(["no me atendieron, me pidieron plata", "si"], "plata", id="all in one message"),
        pytest.param(["no", "me pidieron plata"], "plata", id="in words"),
        pytest.param(["No, eso queda muy lejos", "no", "4"], "papeles", id="misread and put right"),
        pytest.param(["no", "6", "Se fue la luz y mandaron a todos para la casa"], "otro", id="another reason"),
    ],
)
def test_not_served_tells_why_in_secret(village: Village, replies: list[str], reason: str) -> None:
    served_at(village, 1)
    phone = village.phone(1)
    first = phone.texts(replies[0])
    assert "El motivo es secreto" in first
    assert "sin su nombre" in phone.answers(*replies[1:])
    assert village.scalar("SELECT state FROM referrals") == "not_served"
    assert village.scalar("SELECT value FROM anonymous_answers WHERE question = 'motivo'") == reason
    assert village.scalar("SELECT actor FROM anonymous_answers WHERE question = 'motivo'") == "sena-curso-de-cocina"


def test_nothing_that_is_kept_leads_from_the_reason_to_the_family(village: Village) -> None:
    served_at(village, 1)
    village.phone(1).answers("no me atendieron, me pidieron plata", "si")
    kept = bodies(village)
    assert "plata" not in kept
    assert "motivo" not in kept.replace("El motivo es secreto", "")
    assert village.scalar("SELECT count(*) FROM open_responses") == 0
    assert village.scalar("SELECT count(*) FROM responses") == 0
    assert village.scalar("SELECT count(*) FROM answers") == 0
    for column in ("subject IS NULL", "preset = '{}'", "zone = ''"):
        assert village.scalar(f"SELECT bool_and({column}) FROM invitations WHERE wave_id <> :w", w=village.wave_id)
    assert village.scalar("SELECT count(DISTINCT channel) = 1 AND max(channel) = '' FROM anonymous_answers")
    assert village.scalar("SELECT count(*) FROM referral_events WHERE state LIKE '%plata%'") == 0
    assert village.scalar("SELECT count(*) FROM timers WHERE kind = 'silence'") == 0


def test_a_reason_without_an_outcome_is_not_kept_either(village: Village) -> None:
    served_at(village, 1)
    for _ in range(3):
        assert "atendieron" in village.phone(1).texts("me pidieron plata")
    assert "plata" not in bodies(village)
    assert village.scalar("SELECT state FROM referrals") == "accepted"
    assert village.scalar("SELECT count(*) FROM correspondence_letters") == 0, "nor read by a person"


def test_a_reason_left_open_is_ended_without_a_reminder(village: Village) -> None:
    served_at(village, 1)
    village.phone(1).texts("no me atendieron, me pidieron plata")
    assert [each for each in until(village, village.now + timedelta(hours=73)) if "atendieron" in each] == []
    assert "plata" not in bodies(village)
    assert village.scalar("SELECT string_agg(question || value, '') FROM anonymous_answers") == "atendidono"


def test_a_family_may_tell_by_itself(village: Village) -> None:
    offer(village, programme(village, 1), 1)
    village.phone(1).texts("1")
    village.now = APPOINTMENT + timedelta(hours=2)
    reply = village.phone(1).texts("no nos atendieron, que porque no había cupo")
    assert "No habia cupo" in reply or "No había cupo" in reply
    assert "sin su nombre" in village.phone(1).texts("sí")
    assert village.scalar("SELECT value FROM anonymous_answers WHERE question = 'motivo'") == "cupos"


def test_of_two_referrals_nothing_is_kept_before_one_is_chosen(village: Village) -> None:
    for name in ("Curso de cocina", "Curso de huerta"):
        offer(village, programme(village, 1, replace(COURSE, name=name)), 1)
        village.phone(1).texts("1")
    village.now = APPOINTMENT + timedelta(hours=2)
    assert "Escoja uno" in village.phone(1).texts("no me atendieron, me pidieron plata")
    assert "plata" not in bodies(village)


def test_not_yet_is_asked_again_and_in_the_end_it_is_unknown(village: Village) -> None:
    served_at(village, 1)
    assert "otra vez" in village.phone(1).texts("todavía no he ido")
    asked = until(village, village.now + timedelta(days=7))
    assert len(asked) == 2
    until(village, village.now + timedelta(days=31))
    assert village.scalar("SELECT state FROM referrals") == "unknown"


def test_told_once_and_for_all(village: Village) -> None:
    served_at(village, 1)
    phone = village.phone(1)
    phone.answers("1", "4")
    referral_id = village.scalar("SELECT id FROM referrals")
    assert "Ya tenemos anotado" in phone.texts("No", payload=f"referral:{referral_id}:not_served")
    assert village.scalar("SELECT state FROM referrals") == "served"


def test_the_libreta_goes_on_after_the_referral(village: Village) -> None:
    phone = village.phone(1)
    asked = phone.answers("HOLA", "1")
    offer(village, programme(village, 1), 1)
    assert asked.splitlines()[-1] in phone.texts("acepto")


def test_the_quarter_ends_and_its_figures_are_published(village: Village) -> None:
    served_at(village, 1)
    village.phone(1).answers("1", "4")
    village.now = village.now.replace(year=2027, month=1, day=1, hour=12)
    sound(village)
    assert village.scalar("SELECT status FROM waves WHERE standing") == "closed"
    village.later(days=2)
    sound(village)
    assert village.scalar("SELECT published_at IS NOT NULL FROM waves WHERE standing")
    assert village.scalar("SELECT name FROM waves WHERE standing") == "Remisiones 2026-4"


# --- the list ----------------------------------------------------------------------------------------------------


def test_the_list_shows_how_each_stands(village: Village) -> None:
    phone = village.phone(1)
    assert "no tiene programas" in phone.texts("PROGRAMAS")
    offer(village, programme(village, 1), 1)
    offer(village, programme(village, 1, replace(COURSE, name="Jornada de cédulas", appointment=None)), 1)
    listed = phone.texts("mis programas")
    assert "Jornada de cédulas (por contestar)" in listed
    assert "Curso de cocina (por contestar)" in listed
    assert "SENA ofrece: Jornada" in phone.texts("1")


def test_a_programme_without_a_date_says_its_hours_and_last_day(village: Village) -> None:
    programme_id = programme(village, 1, replace(COURSE, appointment=None, closes_on=date(2026, 12, 11)))
    offer(village, programme_id, 1)
    reply = village.phone(1).texts("1")
    assert "lunes a viernes, 8 a 12, hasta el vie 11 dic 5:00 pm" in reply
    (reminder,) = until(village, datetime(2026, 12, 9, 15, tzinfo=APPOINTMENT.tzinfo))
    assert reminder.startswith("Recuerde")


def test_a_phone_that_may_be_somebody_elses_learns_of_no_programme(village: Village) -> None:
    phone = village.phone(1)
    phone.texts("hola")
    offer(village, programme(village, 1, replace(COURSE, appointment=None)), 1)
    assert "tiene cupo" in phone.texts("1")
    village.later(days=200)
    for said in ("no me atendieron, me pidieron plata", "ya fui y me atendieron"):
        assert "cocina" not in phone.texts(said)
    assert village.scalar("SELECT state FROM referrals") == "accepted"


@pytest.mark.parametrize(
    "details",
    [
        pytest.param(replace(COURSE, name="Vivienda para familias desplazadas"), id="in its name"),
        pytest.param(replace(COURSE, requirements="estar en el registro de víctimas"), id="in what it asks for"),
    ],
)
def test_what_no_message_may_say_is_offered_in_person(village: Village, details: Details) -> None:
    made = programme(village, 1, details)
    with pytest.raises(referral_offers.OfferError, match="in_person"):
        offer(village, made, 1)
