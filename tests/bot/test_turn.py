"""Stories of people who text with the service, through whole turns on a real database."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from sqlalchemy import text

from bot import alarms, closing, silence
from messaging import contacts
from messaging.address import Channel
from surveys import codes, invitations, responses
from tests.bot.conftest import Village, phone_number

QUESTION = {
    "usa": "¿Qué uso su familia este",
    "nota": "¿qué nota le pone a su servicio?",
    "problema": "¿tuvo algun problema con el servicio?",
    "pago": "¿le pidieron plata",
    "gestor": "gestor o gestora?",
    "alcaldia": "¿Qué nota le pone a la alcaldia",
}
NOTICE = "Somos JUNTOS. Por aqui su familia califica"
OFFER = "Tiene una Libreta por llenar"
GOOD_BYE = "Su Libreta quedo guardada sin nombre ni numero"


def test_who_writes_for_the_first_time_is_told_who_we_are_once(village: Village) -> None:
    phone = village.phone(1)
    assert NOTICE in phone.texts("HOLA")
    assert NOTICE not in phone.texts("2")


def test_a_family_that_is_invited_is_offered_its_libreta_and_answers_it(village: Village) -> None:
    phone = village.phone(1)
    assert OFFER in phone.texts("buenas tardes")
    assert QUESTION["usa"] in phone.texts("si señora")
    assert QUESTION["nota"] in phone.texts("familias y salud")
    assert QUESTION["problema"] in phone.texts("regular")
    assert QUESTION["pago"] in phone.texts("no")
    assert QUESTION["gestor"] in phone.texts("no señor")
    assert QUESTION["alcaldia"] in phone.texts("5")
    assert GOOD_BYE in phone.texts("bueno")
    assert "Llenar la Libreta" not in phone.texts("menu"), "it is answered once"


def test_a_number_that_nobody_knows_is_asked_what_it_wants(village: Village) -> None:
    reply = village.phone(77).texts("hola")
    assert "1 Soy de una familia" in reply
    assert "Libreta por llenar" not in reply


@pytest.mark.parametrize("word", ["SALIR", "salir.", "Cancelar", "STOP", "baja", "no más mensajes"])
def test_words_that_stop(village: Village, word: str) -> None:
    phone = village.phone(1)
    phone.texts("HOLA")
    assert "no le escribiremos mas" in phone.texts(word)
    assert village.scalar("SELECT count(*) FROM contacts WHERE stopped_at IS NOT NULL") == 1


@pytest.mark.parametrize("word", ["NO", "no gracias", "ninguno", "alto"])
def test_words_that_never_stop_inside_a_question(village: Village, word: str) -> None:
    phone = village.phone(1)
    phone.answers("HOLA", "1", "1", "4")
    assert "no le escribiremos" not in phone.texts("NO" if word == "alto" else word)
    assert village.scalar("SELECT count(*) FROM contacts WHERE stopped_at IS NOT NULL") == 0


def test_who_left_is_answered_but_never_signed_up_again_by_accident(village: Village) -> None:
    phone = village.phone(1)
    phone.answers("HOLA", "1", "SALIR")
    for word in ("hola", "1", "si", "gracias", "4"):
        assert "ALTA" in phone.texts(word)
    assert "¿Qué desea hacer?" in phone.texts("menu"), "what they ask for themselves they get"
    assert village.scalar("SELECT count(*) FROM contacts WHERE stopped_at IS NOT NULL") == 1
    assert "Bienvenido de nuevo" in phone.texts("ALTA")
    assert village.scalar("SELECT count(*) FROM contacts WHERE stopped_at IS NOT NULL") == 0


def test_a_stop_that_the_provider_answered_is_noted_and_not_answered_twice(village: Village) -> None:
    phone = village.phone(1)
    phone.texts("HOLA")
    assert phone.sends(phone.inbound("STOP", opt_out_type="STOP")) == ""
    assert village.scalar("SELECT count(*) FROM contacts WHERE stopped_at IS NOT NULL") == 1


def test_a_side_question_comes_back_to_the_same_question(village: Village) -> None:
    phone = village.phone(1)
    phone.answers("HOLA", "1", "1 2")
    assert "¿Qué desea hacer?" in phone.texts("MENU")
    reply = phone.answers("mas opciones", "que es esto")
    assert "La Libreta de Calificaciones es para que" in reply
    assert QUESTION["nota"] in reply


def test_libreta_goes_back_to_the_running_survey(village: Village) -> None:
    phone = village.phone(1)
    phone.answers("HOLA", "1", "1 2", "MENU")
    assert QUESTION["nota"] in phone.texts("libreta")


def test_a_late_tap_answers_the_question_it_belonged_to(village: Village) -> None:
    phone = village.phone(1, Channel.WHATSAPP)
    phone.answers("HOLA", "1", "1", "5")
    reply = phone.texts("Malo", payload="/data/nota_programa=2")
    assert "problema con el servicio" in reply
    assert village.scalar("SELECT value || raw FROM answers WHERE question = 'nota_programa' AND current") == "2Malo"


def test_another_language(village: Village) -> None:
    phone = village.phone(1)
    phone.texts("HOLA")
    assert "English" in phone.texts("idioma")
    assert "we will write to you in English" in phone.texts("English")
    assert "a few short questions" in phone.texts("LIBRETA")


class TestCodes:
    """One-time codes of the printed sheet."""

    @pytest.fixture
    def code(self, village: Village) -> str:
        with village.database.transaction() as connection:
            drawn = invitations.create_codes(
                connection, village.wave_id, "70001", 1, village.turn.code_key, Random(7), modules={}
            )
        return codes.display(drawn[0])

    @pytest.mark.parametrize("form", ["LIBRETA {}", "libreta {}", "Libreta: {}", "{}", "buenas, libreta {}"])
    def test_any_phone_enters_that_one_response(self, village: Village, code: str, form: str) -> None:
        phone = village.phone(88)
        assert QUESTION["usa"] in phone.texts(form.format(code))
        assert GOOD_BYE in phone.answers("2", "4", "no", "no", "5", "5")
        assert "Libreta por llenar" not in phone.texts("hola")

    @pytest.mark.parametrize("answer", ["2026-11-20", "2026-11", "1990-2000", "300 555-1234"])
    def test_digits_that_are_an_answer_are_no_code(self, village: Village, answer: str) -> None:
        phone = village.phone(1)
        phone.answers("HOLA", "1")
        assert QUESTION["usa"] in phone.texts(answer)

    def test_a_used_code_opens_nothing(self, village: Village, code: str) -> None:
        village.phone(88).texts(f"LIBRETA {code}")
        assert "ya se uso o ya vencio" in village.phone(89).texts(f"LIBRETA {code}")

    def test_a_mistyped_code_is_told(self, village: Village, code: str) -> None:
        wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
        assert "no esta bien escrito" in village.phone(88).texts(f"LIBRETA {wrong}")

    def test_a_helper_with_a_survey_of_their_own_finds_it_again(self, village: Village, code: str) -> None:
        helper = village.phone(1)
        helper.answers("HOLA", "1", "1 2")
        assert QUESTION["usa"] in helper.texts(f"LIBRETA {code}")
        reply = helper.answers("3", "4", "no", "no", "5", "5")
        assert GOOD_BYE in reply
        assert QUESTION["nota"] in reply


class TestRepeats:
    """The provider says everything twice, at once or a day later."""

    def test_the_same_message_gets_the_same_reply_and_changes_nothing(self, village: Village) -> None:
        phone = village.phone(1)
        phone.answers("HOLA", "1")
        message = phone.inbound("1 2")
        first = village.turn.take(message, now=village.now)
        village.later(days=1)
        assert village.turn.take(message, now=village.now) == first
        assert village.scalar("SELECT count(*) FROM answers") == 1

    def test_at_the_same_moment(self, village: Village) -> None:
        phone = village.phone(1)
        phone.answers("HOLA", "1")
        message = phone.inbound("1 2")
        with ThreadPoolExecutor(3) as pool:
            replies = set(pool.map(lambda _: village.turn.take(message, now=village.now), range(3)))
        assert len(replies) == 1
        assert village.scalar("SELECT count(*) FROM inbound_messages WHERE body = '1 2'") == 1

    def test_once_the_provider_has_the_reply_a_repeat_is_answered_with_nothing(self, village: Village) -> None:
        phone = village.phone(1)
        message = phone.inbound("HOLA")
        village.turn.take(message, now=village.now)
        with village.database.transaction() as connection:
            connection.execute(text("UPDATE messages SET provider_id = 'SM1', status = 'sent'"))
        assert phone.sends(message) == ""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("\0\0 4 \0", id="NUL"),
        pytest.param("x" * 100_000, id="100 KB"),
        pytest.param("👍🏽👨‍👩‍👧‍👦🇨🇴", id="emoji"),
        pytest.param("مرحبا ‏שלום", id="right to left"),
        pytest.param("\ud800 medio carácter", id="half a surrogate pair"),
        pytest.param("'; DROP TABLE contacts; -- <script>", id="code"),
    ],
)
def test_whatever_people_send_is_stored_and_answered(village: Village, body: str) -> None:
    phone = village.phone(1)
    assert phone.texts(body)
    phone.answers("HOLA", "1")
    assert phone.texts(body)


class TestSilence:
    """Somebody begins and does not go on."""

    @pytest.fixture(autouse=True)
    def half_done(self, village: Village) -> None:
        village.phone(1).answers("HOLA", "1", "1 2", "4")

    def sound(self, village: Village) -> int:
        return alarms.sound(village.database, village.office, village.now)

    def nudges(self, village: Village) -> object:
        return village.scalar("SELECT count(*) FROM messages WHERE purpose = :nudge", nudge=alarms.NUDGE)

    def test_one_reminder_then_the_end(self, village: Village) -> None:
        village.later(hours=19)
        self.sound(village)
        assert self.nudges(village) == 0
        village.later(hours=2)
        self.sound(village)
        assert self.nudges(village) == 1
        village.later(hours=20)
        self.sound(village)
        assert self.nudges(village) == 1
        village.later(hours=40)
        self.sound(village)
        assert village.scalar("SELECT status FROM invitations WHERE status <> 'invited'") == "partial"
        assert village.scalar("SELECT count(*) FROM anonymous_answers WHERE question = 'nota_programa'") == 1

    def test_an_answer_puts_everything_off(self, village: Village) -> None:
        village.later(hours=19)
        village.phone(1).texts("no")
        village.later(hours=2)
        self.sound(village)
        assert self.nudges(village) == 0

    def test_who_comes_back_goes_on_at_the_same_question(self, village: Village) -> None:
        village.later(hours=50)
        self.sound(village)
        reply = village.phone(1).texts("hola buenas")
        assert "Seguimos donde quedamos" in reply
        assert QUESTION["problema"] in reply

    def test_a_lost_timer_ends_nothing_too_late(self, village: Village) -> None:
        with village.database.transaction() as connection:
            connection.execute(text("DELETE FROM timers"))
        village.later(hours=73)
        assert alarms.end_left_over(village.database, village.now) == 1
        assert "Seguimos" not in village.phone(1).texts("hola")


class TestTheWaveCloses:
    """A wave ends while people are answering."""

    def test_between_two_answers(self, village: Village) -> None:
        phone = village.phone(1)
        phone.answers("HOLA", "1", "1 2", "4")
        with village.database.transaction() as connection:
            assert closing.close_wave(connection, village.wave_id, village.now) == 1
        assert OFFER not in phone.texts("no")
        assert village.scalar("SELECT count(*) FROM anonymous_answers WHERE question = 'nota_programa'") == 1

    def test_at_the_very_moment_of_an_answer(self, village: Village) -> None:
        """The response is gone, but the conversation does not know yet."""
        phone = village.phone(1)
        phone.answers("HOLA", "1", "1 2", "4")
        with village.database.transaction() as connection:
            response_id = connection.scalar(text("SELECT id FROM responses"))
            assert response_id is not None
            responses.finish(connection, response_id, complete=False)
        assert "ya se cerro" in phone.texts("no y les cuento mi chismecito")
        assert not leaks(village, "chismecito")
        assert OFFER not in phone.texts("hola")


class TestAnonymity:
    """When an anonymous response has ended, nothing leads back to who wrote it."""

    def test_nothing_is_left_that_links_or_tells(self, village: Village) -> None:
        phone = village.phone(1)
        phone.answers("HOLA", "1", "familias y salud", "maluco")
        with village.database.transaction() as connection:
            response_id = str(connection.scalar(text("SELECT id FROM responses")))
        assert leaks(village, response_id)
        phone.answers("no", "no", "2", "2", "que no me traten tan feito")
        assert village.scalar("SELECT count(*) FROM anonymous_answers") == 7
        assert not leaks(village, response_id)
        for words in ("familias y salud", "maluco", "feito"):
            assert not leaks(village, words, beside={"anonymous_answers", "form_versions"})

    def test_a_response_that_fades_away_is_blanked_too(self, village: Village) -> None:
        village.phone(1).answers("HOLA", "1", "familias y salud", "malo")
        village.later(hours=80)
        alarms.sound(village.database, village.office, village.now)
        assert not leaks(village, "familias y salud", beside={"anonymous_answers", "form_versions"})

    def test_a_repeat_of_an_anonymised_message_is_answered_with_nothing(self, village: Village) -> None:
        phone = village.phone(1)
        phone.answers("HOLA", "1", "familias y salud")
        message = phone.inbound("malo")
        assert phone.sends(message)
        phone.answers("no", "no", "5", "5", "nada")
        assert phone.sends(message) == ""


def leaks(village: Village, words: str, beside: set[str] | None = None) -> list[str]:
    """The tables in which `words` stand anywhere."""
    with village.database.transaction() as connection:
        tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        return [
            table
            for table in sorted(set(tables) - (beside or set()))
            if connection.scalar(
                text(f'SELECT EXISTS (SELECT FROM "{table}" AS t WHERE t::text ILIKE :words)'), {"words": f"%{words}%"}
            )
        ]


def test_two_families_on_one_phone_answer_one_after_the_other(village: Village) -> None:
    with village.database.transaction() as connection:
        contact = contacts.find(connection, village.cipher, phone_number(1))
        assert contact is not None
        connection.execute(text("DELETE FROM family_contacts WHERE family_id = :id"), {"id": village.families[1]})
        village.link(connection, {village.families[1]: contact.id})
    phone = village.phone(1)
    assert GOOD_BYE in phone.answers("HOLA", "1", "2", "4", "no", "no", "5", "5")
    assert OFFER in phone.texts("hola")
    assert GOOD_BYE in phone.answers("1", "2", "4", "no", "no", "5", "5")
    assert OFFER not in phone.texts("hola")


def test_the_timer_of_a_finished_response_is_gone(village: Village) -> None:
    village.phone(1).answers("HOLA", "1", "2", "4", "no", "no", "5", "5")
    assert village.scalar("SELECT count(*) FROM timers WHERE kind = :kind", kind=silence.KIND) == 0


def test_a_fault_of_ours_is_apologised_for_and_loses_nothing(village: Village) -> None:
    """A form version that cannot be read stands for any bug in a dialogue."""
    phone = village.phone(1)
    phone.answers("HOLA", "1", "1 2")
    with village.database.transaction() as connection:
        connection.execute(text("UPDATE conversations SET state = jsonb_set(state, '{stack,0,state,form}', '999')"))
    message = phone.inbound("4")
    assert "Tuvimos un problema" in phone.sends(message)
    assert "Tuvimos un problema" in phone.sends(message), "a repeat says the same"
    with village.database.transaction() as connection:
        connection.execute(
            text(
                "UPDATE conversations SET state = jsonb_set(state, '{stack,0,state,form}',"
                " (SELECT to_jsonb(id) FROM form_versions))"
            )
        )
    assert QUESTION["problema"] in phone.texts("4")
