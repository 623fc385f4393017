"""Sessions with the gestora: announced, reminded, answered, moved, cancelled, taken back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from bot import alarms
from families.sessions import SessionError
from messaging.address import Channel
from messaging.contact_hours import BOGOTA
from messaging.encoding import segments
from tests.bot.conftest import Village
from tests.bot.session_stories import Calendar, at, calendar

__all__ = ["calendar"]

VISIT = "Visita con Marta Diaz: viernes 27 de noviembre, 9:00 am, en su casa"


def test_a_family_is_told_at_once_and_reminded_three_times(calendar: Calendar) -> None:
    calendar.schedule(at(27, 9))
    sent = calendar.until(at(28, 9))
    assert [message[:8] for message in sent] == ["23 10:01", "24 09:00", "26 09:00", "27 08:00"]
    assert all(VISIT in message for message in sent)
    assert "Tenemos una cita" in sent[0]
    assert sent[1].endswith("¿Puede?\n1 Voy\n2 Otro dia\n3 No puedo")


def test_a_reminder_for_closed_hours_goes_at_the_last_open_minute_before(calendar: Calendar) -> None:
    """The session is on Monday at 7: three days before is Friday at 7, one day before a Sunday."""
    calendar.schedule(at(30, 7))
    sent = calendar.until(at(30, 12))
    assert [message[:8] for message in sent] == ["23 10:01", "26 18:59", "28 14:59"]


def test_two_sessions_of_one_day_are_one_message(calendar: Calendar) -> None:
    calendar.schedule(at(27, 9))
    calendar.schedule(at(27, 15), place="Salón comunal", kind="community")
    sent = calendar.until(at(28, 9))[2:]
    assert [message[:8] for message in sent] == ["24 09:00", "26 09:00", "27 08:00"]
    for message in sent:
        assert VISIT in message
        assert "Encuentro con Marta Diaz: viernes 27 de noviembre, 3:00 pm, Salon comunal" in message
        assert segments(message).count <= 2


def test_what_is_told_names_neither_the_programme_nor_the_kind(calendar: Calendar) -> None:
    calendar.schedule(at(27, 9), kind="special")
    for message in calendar.until(at(28, 9)):
        for word in ("JUNTOS", "especial", "pobreza", "desplaz", "special"):
            assert word.lower() not in message.lower()


@pytest.mark.parametrize("answer", ["1", "Voy", "allá estoy", "sí señora"])
def test_going(calendar: Calendar, village: Village, answer: str) -> None:
    session_id, _ = calendar.schedule(at(27, 9))
    calendar.until(at(24, 10))
    assert "Queda confirmado" in village.phone(1).texts(answer)
    assert village.scalar("SELECT reply FROM session_families WHERE session_id = :id", id=session_id) == "going"
    assert len(calendar.until(at(28, 9))) == 2, "who goes is reminded all the same"


@pytest.mark.parametrize("answer", ["2", "otro día", "no puedo, ¿puede ser otro día?"])
def test_another_day_takes_one_of_the_open_times(calendar: Calendar, village: Village, answer: str) -> None:
    session_id, _ = calendar.schedule(at(27, 9))
    calendar.open(at(1, 14, month=12))
    calendar.open(at(3, 10, month=12), place="Alcaldía")
    calendar.until(at(24, 10))
    phone = village.phone(1)
    offered = phone.texts(answer)
    assert "1 mar 1 dic 2:00 pm\n2 jue 3 dic 10:00 am\n3 Ninguno me sirve" in offered
    assert village.scalar("SELECT reply FROM session_families WHERE session_id = :id", id=session_id) == "other_day"
    reply = phone.texts("2")
    assert "Cita con Marta Diaz: jueves 3 de diciembre, 10:00 am, Alcaldia" in reply
    assert calendar.state(session_id) == "moved"
    assert village.scalar("SELECT count(*) FROM session_slots WHERE session_id IS NOT NULL") == 1
    sent = calendar.until(at(4, 9, month=12))
    assert [message[:8] for message in sent] == ["30 10:00", "02 10:00", "03 08:00"]
    assert all("jueves 3 de diciembre" in message for message in sent)


def test_the_day_that_a_family_names_is_looked_for(calendar: Calendar, village: Village) -> None:
    calendar.schedule(at(27, 9))
    for day, hour in ((25, 9), (26, 8), (26, 14)):
        calendar.open(at(day, hour))
    calendar.until(at(24, 10))
    phone = village.phone(1)
    assert "1 jue 26 nov 8:00 am\n2 jue 26 nov 2:00 pm\n3 Ninguno" in phone.texts("puedo el jueves")
    assert "no hay hora libre" in phone.texts("mejor el sabado")
    assert village.scalar("SELECT wished_on::text FROM session_families") == "2026-11-26"
    assert "jueves 26 de noviembre, 2:00 pm" in phone.texts("2")


def test_the_day_of_the_session_itself_is_a_yes(calendar: Calendar, village: Village) -> None:
    calendar.schedule(at(27, 9))
    calendar.until(at(24, 10))
    assert "Queda confirmado" in village.phone(1).texts("puedo el viernes")


def test_none_fits_and_the_gestora_knows(calendar: Calendar, village: Village) -> None:
    calendar.schedule(at(27, 9))
    calendar.open(at(26, 8))
    calendar.until(at(24, 10))
    assert "Marta Diaz ya sabe" in village.phone(1).answers("2", "ninguno me sirve")
    assert village.scalar("SELECT reply FROM session_families") == "other_day"
    assert calendar.until(at(28, 9)) == [], "who asked for another day is not reminded of this one"


def test_without_open_times_the_gestora_is_told(calendar: Calendar, village: Village) -> None:
    calendar.schedule(at(27, 9))
    calendar.until(at(24, 10))
    assert "Marta Diaz ya sabe" in village.phone(1).texts("2")


def test_cannot_is_no_harm_and_may_become_another_day(calendar: Calendar, village: Village) -> None:
    calendar.schedule(at(27, 9))
    calendar.open(at(26, 8))
    calendar.until(at(24, 10))
    phone = village.phone(1)
    reply = phone.texts("no alcanzo a ir")
    assert "no pasa nada" in reply
    assert "1 Si, otro dia\n2 No, gracias" in reply
    assert "jueves 26 de noviembre, 8:00 am" in phone.answers("1", "1")


def test_the_last_free_time_is_taken_once(calendar: Calendar, village: Village) -> None:
    calendar.schedule(at(27, 9), 1)
    calendar.schedule(at(27, 11), 2)
    calendar.open(at(26, 8))
    calendar.until(at(24, 12))
    phones = [village.phone(1), village.phone(2)]
    for phone in phones:
        phone.texts("2")
    with ThreadPoolExecutor(2) as pool:
        replies = sorted(pool.map(lambda phone: phone.texts("1"), phones))
    assert "Esa hora ya no esta libre" in replies[0]
    assert "quedo cambiado" in replies[1]
    assert village.scalar("SELECT count(*) FROM family_sessions WHERE starts_at = :at", at=at(26, 8)) == 1


def test_the_survey_goes_on_where_it_stood(calendar: Calendar, village: Village) -> None:
    phone = village.phone(1)
    asked = phone.answers("LIBRETA", "1").splitlines()[-1]
    calendar.schedule(at(27, 9))
    calendar.until(at(24, 10))
    reply = phone.texts("allá estoy")
    assert "Queda confirmado" in reply
    assert asked in reply


def test_an_answer_to_the_survey_is_no_answer_to_the_reminder(calendar: Calendar, village: Village) -> None:
    phone = village.phone(1)
    phone.answers("LIBRETA", "1")
    calendar.schedule(at(27, 9))
    calendar.until(at(24, 10))
    assert "¿qué nota le pone" in phone.texts("familias en acción")
    assert village.scalar("SELECT reply FROM session_families") is None


class TestChanges:
    """What the gestora changes, families are told, and what was said before does nothing."""

    def test_a_cancelled_session_is_told_and_reminded_no_more(self, calendar: Calendar, village: Village) -> None:
        session_id, _ = calendar.schedule(at(27, 9))
        calendar.until(at(24, 10))
        calendar.cancel(session_id)
        (told,) = calendar.until(at(28, 9))
        assert "Se cancelo" in told
        reply = village.phone(1).texts("Voy", payload=f"session:{village.families[0]}-{session_id}:going")
        assert "Esa cita se cancelo" in reply
        assert "no tiene citas" in reply

    def test_a_moved_session_is_told_and_reminded_at_its_new_time(self, calendar: Calendar) -> None:
        session_id, _ = calendar.schedule(at(27, 9))
        calendar.until(at(24, 10))
        calendar.move(session_id, at(2, 9, month=12))
        sent = calendar.until(at(3, 9, month=12))
        assert [message[:8] for message in sent] == ["24 10:01", "28 14:59", "01 09:00", "02 08:00"]
        assert "Hubo un cambio" in sent[0]
        assert all("miércoles 2 de diciembre" in message for message in sent)

    def test_an_old_reminder_is_answered_with_what_holds_now(self, calendar: Calendar, village: Village) -> None:
        session_id, _ = calendar.schedule(at(27, 9))
        calendar.until(at(24, 10))
        calendar.move(session_id, at(2, 9, month=12))
        phone = village.phone(1, Channel.WHATSAPP)
        reply = phone.texts("Voy", payload=f"session:{village.families[0]}-{session_id}:going")
        assert "Esa fecha cambió" in reply
        assert "miércoles 2 de diciembre" in reply
        assert village.scalar("SELECT count(*) FROM session_families WHERE reply IS NOT NULL") == 0
        assert "Queda confirmado" in phone.texts("1")

    def test_a_reminder_that_has_not_left_is_taken_back(self, calendar: Calendar, village: Village) -> None:
        session_id, _ = calendar.schedule(at(27, 9))
        calendar.schedule(at(27, 15))
        calendar.until(at(24, 8, 59))
        village.now = at(24, 9)
        assert alarms.sound(village.database, village.office, village.now) == 1
        assert village.scalar("SELECT count(*) FROM outbox_queue") == 1
        calendar.cancel(session_id)
        told = calendar.until(at(24, 18))
        assert [message[:8] for message in told] == ["24 09:01", "24 15:00"]
        assert "Se cancelo" in told[0]
        assert "3:00 pm" in told[1]
        assert "9:00 am" not in told[1]

    def test_a_reminder_that_waits_over_new_year_is_counted_whatever_ends_its_session(
        self, calendar: Calendar, village: Village
    ) -> None:
        """Three days before Monday is a holiday, so it is due on the last evening of the year; a worker is late, and
        it has to wait until Saturday. Then one session after the other is cancelled.
        """
        village.now = at(28, 10, month=12)
        (first, _), (second, _) = (
            calendar.schedule(datetime(2027, 1, 4, hour, tzinfo=BOGOTA), place="Alcaldía") for hour in (10, 16)
        )
        calendar.until(at(31, 18, 58, month=12))
        village.now = at(31, 19, 20, month=12)
        assert alarms.sound(village.database, village.office, village.now) == 1
        counted = "SELECT string_agg(coalesce(reason, 'sent'), ' ' ORDER BY session_id) FROM session_reminders"
        assert village.scalar(counted) == "sent sent"
        calendar.cancel(first)
        assert village.scalar(counted) == "withdrawn withdrawn"
        alarms.sound(village.database, village.office, village.now)
        assert village.scalar(counted) == "withdrawn sent"
        calendar.cancel(second)
        assert village.scalar(counted) == "withdrawn withdrawn"

    def test_a_reminder_taken_back_with_a_change_that_is_undone_leaves_after_all(
        self, calendar: Calendar, village: Village
    ) -> None:
        session_id, _ = calendar.schedule(at(27, 9))
        calendar.until(at(24, 8, 59))
        village.now = at(24, 9)
        alarms.sound(village.database, village.office, village.now)
        calendar.undo(calendar.cancel(session_id))
        assert [message[:8] for message in calendar.until(at(24, 18))] == ["24 09:00"]
        assert village.scalar("SELECT count(*) FROM session_reminders WHERE reason IS NULL") == 1

    def test_nothing_is_said_of_what_is_undone_within_a_minute(self, calendar: Calendar, village: Village) -> None:
        session_id, batch = calendar.schedule(at(27, 9))
        village.later(seconds=59)
        calendar.undo(batch)
        assert calendar.until(at(28, 9)) == []
        assert village.scalar("SELECT count(*) FROM family_sessions") == 0
        session_id, _ = calendar.schedule(at(1, 9, month=12))
        calendar.until(at(28, 9, 30))
        batch = calendar.move(session_id, at(2, 9, month=12))
        calendar.undo(batch)
        assert calendar.state(session_id) == "scheduled"
        batch = calendar.cancel(session_id)
        calendar.undo(batch)
        sent = calendar.until(at(2, 9, month=12))
        assert [message[:8] for message in sent] == ["30 09:00", "01 08:00"]
        assert all("martes 1 de diciembre" in message for message in sent)

    def test_after_a_minute_it_is_too_late_to_undo(self, calendar: Calendar, village: Village) -> None:
        session_id, batch = calendar.schedule(at(27, 9))
        village.later(seconds=60)
        with pytest.raises(SessionError, match="Ya no se puede deshacer"):
            calendar.undo(batch)
        assert calendar.state(session_id) == "scheduled"

    def test_a_pushed_reminder_reaches_a_family_once_a_day(self, calendar: Calendar, village: Village) -> None:
        session_id, _ = calendar.schedule(at(4, 9, month=12), 1, 2, place="Salón comunal", kind="community")
        calendar.until(at(25, 10))
        calendar.push(session_id)
        assert len(calendar.until(at(25, 11))) == 2
        calendar.push(session_id)
        assert calendar.until(at(25, 12)) == []


class TestPhones:
    """Whose phone it is."""

    def test_a_family_without_a_phone_is_counted(self, calendar: Calendar, village: Village) -> None:
        with village.database.transaction() as connection:
            connection.execute(text("DELETE FROM family_contacts"))
        calendar.schedule(at(27, 9))
        assert calendar.until(at(28, 9)) == []
        reasons = "SELECT string_agg(reason, ' ') FROM session_reminders"
        assert village.scalar(reasons) == "no_phone no_phone no_phone"

    def test_who_left_is_counted_and_not_written_to(self, calendar: Calendar, village: Village) -> None:
        calendar.schedule(at(27, 9))
        calendar.until(at(23, 10, 5))
        village.phone(1).texts("SALIR")
        assert calendar.until(at(28, 9)) == []
        assert village.scalar("SELECT string_agg(reason, ' ') FROM session_reminders") == "stopped stopped stopped"

    def test_on_a_shared_phone_each_family_has_its_own_message(self, calendar: Calendar, village: Village) -> None:
        with village.database.transaction() as connection:
            contact = connection.scalar(
                text("SELECT contact_id FROM family_contacts WHERE family_id = :id"), {"id": village.families[0]}
            )
            assert contact is not None
            connection.execute(text("DELETE FROM family_contacts WHERE family_id = :id"), {"id": village.families[1]})
            village.link(connection, {village.families[1]: contact})
        calendar.schedule(at(27, 9), 1, 2, place="Salón comunal", kind="community")
        sent = calendar.until(at(23, 11))
        assert sorted(message[9:22] for message in sent) == ["Para Familia ", "Para Familia "]

    def test_a_tap_for_a_family_of_another_phone_says_nothing(self, calendar: Calendar, village: Village) -> None:
        session_id, _ = calendar.schedule(at(27, 9), 1)
        calendar.until(at(24, 10))
        reply = village.phone(3).texts("Voy", payload=f"session:{village.families[0]}-{session_id}:going")
        assert "viernes" not in reply
        assert village.scalar("SELECT count(*) FROM session_families WHERE reply IS NOT NULL") == 0

    @pytest.mark.parametrize(
        "payload", ["session:1:going", "session:x-y:going", "session:1-2:nonsense", "session:1-2:slotx"]
    )
    def test_a_tap_on_nothing_known_is_answered(self, calendar: Calendar, village: Village, payload: str) -> None:
        assert village.phone(1).texts("Voy", payload=payload)


@pytest.mark.parametrize("words", ["mi próxima visita", "¿cuándo es la visita?", "MENU"])
def test_a_family_asks_for_its_next_session(calendar: Calendar, village: Village, words: str) -> None:
    calendar.schedule(at(27, 9))
    calendar.schedule(at(2, 9, month=12))
    calendar.until(at(23, 10, 5))
    phone = village.phone(1)
    phone.texts("1")  # answers the second announcement
    phone.texts("1")  # and the first
    reply = phone.texts(words)
    if words == "MENU":
        reply = phone.texts("mi próxima visita")
    assert VISIT in reply
    assert "miércoles 2 de diciembre" in reply
    assert "¿Cual de estas?" in phone.texts("3")
    assert "no pasa nada" in phone.texts("1")
    assert village.scalar("SELECT count(*) FROM session_families WHERE reply = 'cannot'") == 1


def test_who_taps_on_a_message_about_two_sessions_is_asked_which(calendar: Calendar, village: Village) -> None:
    one, _ = calendar.schedule(at(27, 9))
    other, _ = calendar.schedule(at(27, 15))
    calendar.until(at(24, 10))
    payload = f"session:{village.families[0]}-{one}-{other}:cannot"
    phone = village.phone(1, Channel.WHATSAPP)
    assert "¿Cuál de estas?" in phone.texts("No puedo", payload)
    assert "no pasa nada" in phone.texts("2")
    assert village.scalar("SELECT reply FROM session_families WHERE session_id = :id", id=other) == "cannot"


def test_nothing_stands_before_the_family(calendar: Calendar, village: Village) -> None:
    assert "no tiene citas" in village.phone(1).texts("mi visita")


def test_a_long_pause_of_the_service_counts_what_was_missed(calendar: Calendar, village: Village) -> None:
    calendar.schedule(at(27, 9))
    calendar.until(at(23, 10, 5))
    village.now = at(29, 12)
    alarms.sound(village.database, village.office, village.now)
    assert village.scalar("SELECT string_agg(reason, ' ') FROM session_reminders") == "too_late too_late too_late"
    assert village.scalar("SELECT count(*) FROM outbox_queue") == 0


def test_a_late_reminder_goes_only_while_it_is_of_use(calendar: Calendar, village: Village) -> None:
    """The workers were down from Monday to Thursday noon: the first reminder is over, the second still holds."""
    calendar.schedule(at(27, 9))
    calendar.until(at(23, 10, 5))
    village.now = at(26, 12)
    sent = calendar.until(at(26, 12) + timedelta(minutes=1))
    assert len(sent) == 1
    assert village.scalar(
        "SELECT string_agg(coalesce(reason, 'sent'), ' ' ORDER BY lead DESC) FROM session_reminders"
    ) == ("too_late sent")
