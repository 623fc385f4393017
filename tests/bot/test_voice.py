"""Stories of people who complain, are in danger, want to talk with somebody, or ask for their data."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bot import alarms, complainants, correspondence, emergency_alerts, erasure, forgetting
from bot.campaigns import expansion
from bot.desk import Office
from families import assignments, complaints, complaints_board, radicado, staff
from families.complaints import About, Kind, Status
from families.complaints_board import Filter
from families.staff import Role, Staff
from messaging.address import Channel
from tests.bot.conftest import Village
from tests.families.households import SINCELEJO

RIGHT = "una clave de prueba"


@pytest.fixture
def office(village: Village) -> Office:
    return Office(village.cipher, village.turn.texts)


def hire(village: Village, login: str, role: Role, *territories: str, entity: str = "") -> Staff:
    with village.database.transaction() as connection:
        return staff.add(
            connection,
            login=login,
            name=f"Persona {login}",
            role=role,
            password=RIGHT,
            territories=territories,
            entity=entity,
        )


@pytest.fixture
def gestora(village: Village) -> Staff:
    member = hire(village, "marta", Role.GESTOR, SINCELEJO)
    with village.database.transaction() as connection:
        assignments.assign(connection, village.families, member.id, village.now)
    return member


@pytest.fixture
def zonal(village: Village) -> Staff:
    return hire(village, "zonal", Role.ZONAL, SINCELEJO)


def filed(village: Village) -> complaints.Complaint:
    """The only request there is."""
    with village.database.transaction() as connection:
        (row,) = connection.execute(text("SELECT id FROM complaints"))
        found = complaints.get(connection, row.id)
    assert found is not None
    return found


def seen(village: Village, person: Staff, *, about_data: bool = False) -> list[str]:
    with village.database.transaction() as connection:
        query = complaints_board.query(person, Filter(), village.now, about_data=about_data)
        return [row.radicado for row in connection.execute(query)]


def waiting_messages(village: Village) -> list[str]:
    with village.database.transaction() as connection:
        return list(connection.scalars(text("SELECT body FROM messages WHERE door = 'rest' ORDER BY created_at, id")))


# --- complaints --------------------------------------------------------------------------------------------------


def test_a_complaint_in_the_middle_of_the_libreta_is_filed_and_the_question_comes_again(village: Village) -> None:
    phone = village.phone(1)
    question = phone.answers("LIBRETA", "1", "1")
    offered = phone.texts("Quiero poner una queja porque en el puesto de salud me gritaron y no me atendieron")
    assert "radiquemos" in offered
    assert question.splitlines()[0] not in offered, "asked before anything else is said"
    assert "Sobre quién" in phone.texts("si")
    assert "nombre" in phone.texts("1")
    done = phone.texts("con mi nombre")
    one = filed(village)
    assert radicado.display(one.radicado) in done
    assert "15 de diciembre" in done
    assert question.split("\n")[-1] in done, "the survey is where it was"
    assert (one.kind, one.family_id, one.status) == (Kind.COMPLAINT, village.families[0], Status.RECEIVED)
    told = "SELECT count(*) FROM inbound_messages WHERE body LIKE '%me gritaron%'"
    assert village.scalar(told) == 1
    village.later(hours=2)
    alarms.sound(village.database, village.office, village.now)
    assert village.scalar(told) == 0, "its words stand sealed in the complaint and nowhere else"
    assert "problema" in phone.texts("4"), "and goes on with the answer to its question"


def test_who_does_not_want_it_filed_goes_on(village: Village) -> None:
    phone = village.phone(1)
    phone.answers("LIBRETA", "1", "1")
    reply = phone.answers("quiero poner una queja", "2")
    assert "no radicamos nada" in reply
    assert "nota" in reply
    assert village.scalar("SELECT count(*) FROM complaints") == 0


def test_a_complaint_without_a_name_keeps_nothing_that_leads_to_the_phone(village: Village, zonal: Staff) -> None:
    phone = village.phone(2)
    said = "Quiero denunciar que en la alcaldia me pidieron plata por el cupo de vivienda"
    reply = phone.answers(said, "1", "3", "2")
    one = filed(village)
    assert "sin su nombre" in reply
    assert one.family_id is None
    assert village.scalar("SELECT count(*) FROM complaint_contacts") == 0
    assert one.received_at == datetime(2026, 11, 23, 5, tzinfo=UTC), "no time finer than the day"
    assert seen(village, zonal) == [one.radicado]
    village.later(hours=2)
    with village.database.transaction() as connection:
        alarms.sound(village.database, Office(village.cipher, village.turn.texts), village.now)
        bodies = connection.scalars(text("SELECT body FROM inbound_messages UNION ALL SELECT body FROM messages"))
        assert "denunciar" not in " ".join(bodies)
    assert "estudio" in phone.texts(f"RADICADO {one.radicado}")
    assert "queja" not in phone.texts(f"radicado {one.radicado}")


def test_who_is_called_away_while_complaining_is_forgotten_too_and_nothing_that_waits(village: Village) -> None:
    phone = village.phone(2)
    phone.texts("Quiero denunciar que en la alcaldia me pidieron plata por el cupo de vivienda")
    waiting = "SELECT count(*) FROM messages JOIN outbox_queue ON message_id = messages.id WHERE body <> ''"
    while expansion.expand(village.database, village.office.texts, village.now):
        pass
    assert village.scalar(waiting) == len(village.families)
    village.later(hours=5)
    assert "sin su nombre" in phone.answers("1", "3", "2")
    village.later(hours=2)
    alarms.sound(village.database, village.office, village.now)
    assert village.scalar("SELECT count(*) FROM inbound_messages WHERE body LIKE '%denunciar%'") == 0
    assert village.scalar(waiting) == len(village.families)


def test_what_is_said_of_the_gestor_never_passes_the_gestor(village: Village, gestora: Staff, zonal: Staff) -> None:
    """Neither chosen nor only spoken of; not in lists, counts, threads or by its number."""
    village.phone(1).answers("MENU", "queja o peticion", "1", "Mi gestora me pide plata para anotarme", "1")
    village.phone(2).answers("quiero hablar con alguien", "quiero poner una queja de mi gestora", "1", "no viene", "1")
    with village.database.transaction() as connection:
        ids = connection.scalars(text("SELECT id FROM complaints")).all()
        assert len(ids) == 2
        for complaint_id in ids:
            assert complaints_board.find(connection, gestora, complaint_id) is None
            assert complaints_board.find(connection, zonal, complaint_id) is not None
        assert complaints_board.counts(connection, gestora, village.now).open == 0
        assert complaints_board.counts(connection, zonal, village.now).open == 2
        threads = correspondence.listing(connection, gestora)
        told = [letter.text for one in threads for letter in correspondence.letters(connection, village.cipher, one.id)]
    assert seen(village, gestora) == []
    assert len(seen(village, zonal)) == 2
    assert told == ["quiero hablar con alguien"], "what was asked of the service is no letter to the gestora"


def test_who_calls_the_gestora_by_her_name_is_not_read_by_her(village: Village, gestora: Staff, zonal: Staff) -> None:
    """Whatever was chosen of whom it is about."""
    village.phone(1).answers("MENU", "queja o peticion", "1", "Doña MARTA me pidió plata para anotarme", "4", "1")
    assert filed(village).about is About.OTHER
    assert seen(village, gestora) == []
    assert len(seen(village, zonal)) == 1


@pytest.mark.parametrize(
    ("about", "read"), [pytest.param("mi gestora", False, id="reserved"), pytest.param("el bus", True, id="another")]
)
def test_what_is_reserved_is_read_on_its_own_phone_only(village: Village, about: str, read: bool) -> None:
    """The family's other phone may be in anybody's hands."""
    village.phone(1).answers("MENU", "queja o peticion", "1", f"Es sobre {about}", *(["4"] if read else []), "1")
    other = village.phone(9)
    other.texts("hola")
    with village.database.transaction() as connection:
        contact_id = connection.scalar(text("SELECT max(id) FROM contacts")) or 0
        village.link(connection, {village.families[0]: contact_id})
    number = f"RADICADO {filed(village).radicado}"
    assert "(queja)" in village.phone(1).texts(number)
    assert ("(queja)" in other.texts(number)) is read


def test_another_complaint_of_a_family_is_known_to_its_gestor_and_to_no_other(village: Village, gestora: Staff) -> None:
    other = hire(village, "otra", Role.GESTOR, SINCELEJO)
    village.phone(1).answers("quiero poner un reclamo porque no me ha llegado el pago del subsidio", "1", "1", "1")
    assert len(seen(village, gestora)) == 1
    assert seen(village, other) == []


def test_the_answer_reaches_the_phone_and_is_rated(village: Village, office: Office, zonal: Staff) -> None:
    phone = village.phone(1)
    phone.answers("quiero radicar una peticion para que arreglen el bus del colegio de la vereda", "1", "3", "1")
    one = filed(village)
    with village.database.transaction() as connection:
        complainants.answer(connection, office, one.id, "La alcaldia arregla el bus en enero.", zonal.id, village.now)
    village.later(minutes=5)
    assert waiting_messages(village)[-1].splitlines()[0] == (
        f"Respuesta a su radicado {radicado.display(one.radicado)}: La alcaldia arregla el bus en enero. ¿Le sirvio?"
    )
    leave(village)
    assert "Lo sentimos" in phone.texts("no me sirvio")
    assert filed(village).satisfied is False
    reply = phone.texts(f"radicado {radicado.display(one.radicado)}")
    assert "La alcaldia arregla el bus" in reply
    stranger = village.phone(3).texts(f"RADICADO {one.radicado}")
    assert "ya se respondio" in stranger
    assert "bus" not in stranger


def test_a_tap_on_the_answer_days_later_rates_it_for_its_own_phone_only(
    village: Village, office: Office, zonal: Staff
) -> None:
    phone = village.phone(1, Channel.WHATSAPP)
    phone.answers("quiero radicar una peticion para que arreglen el bus del colegio de la vereda", "1", "3", "1")
    one = filed(village)
    with village.database.transaction() as connection:
        complainants.answer(connection, office, one.id, "En enero.", zonal.id, village.now)
    village.later(days=6)
    leave(village)
    tap = f"complaint:{one.radicado}:served"
    assert "No encontramos" in village.phone(2, Channel.WHATSAPP).texts("Sí me sirvió", tap)
    assert filed(village).satisfied is None
    assert "Gracias por contarnos" in phone.texts("Sí me sirvió", tap)
    assert filed(village).satisfied is True


def leave(village: Village) -> None:
    """What waits in the outbox has left."""
    with village.database.transaction() as connection:
        connection.execute(text("DELETE FROM outbox_queue"))
        connection.execute(text("UPDATE messages SET status = 'sent' WHERE status = 'queued'"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param("RADICADO 123456780", "no esta bien escrito", id="a digit is wrong"),
        pytest.param("radicado 123-456-786", "No tenemos el radicado", id="nobody has it"),
        pytest.param("radicado", "Escriba el numero", id="without a number"),
    ],
)
def test_numbers_that_lead_nowhere(village: Village, typed: str, said: str) -> None:
    assert said in village.phone(1).texts(typed)


def test_a_stranger_may_complain_too(village: Village) -> None:
    reply = village.phone(9).answers("quiero poner una queja de la alcaldia que no recoge la basura", "1", "3", "1")
    one = filed(village)
    assert radicado.display(one.radicado) in reply
    assert (one.family_id, one.municipality) == (None, None)
    national = hire(village, "nacional", Role.NATIONAL, "")
    assert seen(village, national) == [one.radicado]


# --- emergencies -------------------------------------------------------------------------------------------------

LINES = "123 policia"


@pytest.fixture
def named(village: Village, office: Office, zonal: Staff) -> Staff:
    """Somebody who is alerted by phone."""
    helper = hire(village, "ayuda", Role.GESTOR, SINCELEJO)
    with village.database.transaction() as connection:
        emergency_alerts.name_recipient(
            connection, office, zonal, helper.id, SINCELEJO, "+573109990001", village.now, emergencies=True,
            deadlines=True,
        )  # fmt: skip
    return helper


def alerts(village: Village, person: Staff) -> list[emergency_alerts.Alert]:
    with village.database.transaction() as connection:
        return list(emergency_alerts.listing(connection, person))


def test_danger_inside_an_anonymous_survey_names_nobody_until_they_say_so(
    village: Village, named: Staff, gestora: Staff
) -> None:
    phone = village.phone(1)
    phone.answers("LIBRETA", "1", "1")
    reply = phone.texts("mi marido me esta pegando")
    assert LINES in reply
    assert "nota" not in reply, "no question of the survey in that turn"
    (alert,) = alerts(village, named)
    assert (alert.family_id, alert.contact_id, alert.wants_call) == (None, None, False)
    assert alerts(village, gestora) == [], "only for those who are named"
    assert waiting_messages(village) == ["JUNTOS: hay un aviso nuevo para usted. Abralo en la pagina de avisos."]
    called = phone.texts("sí, que me llamen")
    assert "lo llama" in called
    assert "nota" not in called, "nor in this one"
    assert "nota" in phone.texts("hola"), "the survey goes on when they write again"
    asked = next(one for one in alerts(village, named) if one.wants_call)
    assert asked.family_id == village.families[0]
    assert village.scalar("SELECT count(*) FROM answers WHERE value LIKE '%pegando%'") == 0


def test_an_answer_after_the_lines_goes_to_the_survey(village: Village) -> None:
    phone = village.phone(1)
    phone.answers("LIBRETA", "1", "1", "me quiero morir")
    assert "problema" in phone.texts("4")


@pytest.mark.parametrize("words", ["la gestora me amenazo con un cuchillo", "Marta me amenazo con un cuchillo"])
def test_of_danger_from_the_gestora_no_gestor_hears(
    village: Village, named: Staff, gestora: Staff, zonal: Staff, words: str
) -> None:
    phone = village.phone(1)
    assert LINES in phone.texts(words)
    assert "lo llama" in phone.texts("si")
    assert alerts(village, named) == []
    assert len(alerts(village, zonal)) == 2
    assert waiting_messages(village) == [], "the helper is a gestor too"


@pytest.mark.parametrize("only", ["deadlines", "emergencies"])
def test_of_danger_from_the_gestora_the_coordination_hears(
    village: Village, office: Office, named: Staff, zonal: Staff, only: str
) -> None:
    """Also a coordinator who is named for something else, where all who are named for danger are gestores."""
    what = {"emergencies": False, "deadlines": False} | {only: True}
    with village.database.transaction() as connection:
        assert emergency_alerts.unheard(connection, zonal) == [SINCELEJO]
        emergency_alerts.name_recipient(
            connection, office, zonal, zonal.id, SINCELEJO, "+573109990002", village.now, **what
        )
        assert emergency_alerts.unheard(connection, zonal) == []
    village.phone(1).texts("la gestora me amenazo con un cuchillo")
    told = "SELECT count(*) FROM messages JOIN outbox_queue ON message_id = messages.id WHERE purpose = 'staff_alert'"
    assert village.scalar(told) == 1
    assert village.scalar("SELECT count(DISTINCT contact_id) FROM alert_recipients WHERE staff_id = :id", id=zonal.id)


def test_the_lines_come_before_who_we_are(village: Village) -> None:
    phone = village.phone(1)
    assert phone.texts("me van a matar").startswith("Gracias por escribir. Lineas gratis")
    assert "Somos JUNTOS" not in phone.texts("no")
    assert phone.texts("hola").startswith("Somos JUNTOS"), "that is told when there is time"


def test_a_cry_for_help_alone_is_danger(village: Village) -> None:
    assert LINES in village.phone(1).texts("AUXILIO")
    assert LINES not in village.phone(2).texts("ayuda"), "but this is how one asks how to answer"


def test_outside_a_survey_the_alert_says_who(village: Village, named: Staff) -> None:
    reply = village.phone(1).texts("me van a matar")
    assert LINES in reply
    assert "MENU" not in reply
    (alert,) = alerts(village, named)
    assert alert.family_id == village.families[0]


def test_who_left_is_helped_all_the_same(village: Village, named: Staff) -> None:
    phone = village.phone(1)
    phone.texts("SALIR")
    assert LINES in phone.texts("estoy en peligro")
    assert "lo llama" in phone.texts("si")
    assert len(alerts(village, named)) == 2
    assert "no recibir mensajes" in phone.texts("hola"), "and is still one who left"


# --- talking with a person ---------------------------------------------------------------------------------------


def test_talking_with_the_gestora_and_back(village: Village, office: Office, gestora: Staff) -> None:
    phone = village.phone(1)
    assert "Persona marta" in phone.texts("Quiero hablar con mi gestora")
    assert phone.texts("¿A qué hora viene el jueves?") == "Recibido."
    with village.database.transaction() as connection:
        assert correspondence.waiting(connection, gestora) == 1
        (thread,) = correspondence.listing(connection, gestora)
        correspondence.answer(connection, office, gestora, thread.id, "A las 9 de la mañana.", village.now)
        assert correspondence.waiting(connection, gestora) == 0
    assert waiting_messages(village) == ["Persona marta (JUNTOS): A las 9 de la mañana."]
    leave(village)
    assert phone.texts("Gracias, la espero") == "Recibido."
    with village.database.transaction() as connection:
        written = [letter.text for letter in correspondence.letters(connection, village.cipher, thread.id)]
    assert written == [
        "Quiero hablar con mi gestora",
        "¿A qué hora viene el jueves?",
        "A las 9 de la mañana.",
        "Gracias, la espero",
    ]
    assert "Sigue abierta" in phone.answers("IDIOMA", "1"), "commands work"
    assert "terminamos" in phone.texts("FIN")
    assert "desea hacer" in phone.texts("MENU")


def test_letters_stand_in_the_clear_for_a_week(village: Village, office: Office, gestora: Staff) -> None:
    """Then only their sealed record is left; what has not left yet keeps its text."""
    phone = village.phone(1)
    phone.texts("hola")
    village.later(minutes=1)
    phone.answers("asesor", "Se me perdio la cedula")
    with village.database.transaction() as connection:
        (thread,) = correspondence.listing(connection, gestora)
    for words in ("La saca en la Registraduria.", "Es gratis."):
        with village.database.transaction() as connection:
            correspondence.answer(connection, office, gestora, thread.id, words, village.now)
        if words.startswith("La saca"):
            leave(village)
    village.later(days=6)
    assert forget(village) == 0
    village.later(days=2)
    assert forget(village) == 3
    assert waiting_messages(village) == ["", "Persona marta (JUNTOS): Es gratis."]
    leave(village)
    assert forget(village) == 1
    with village.database.transaction() as connection:
        heard = connection.scalars(text("SELECT body FROM inbound_messages WHERE NOT redact ORDER BY id")).all()
        kept = [letter.text for letter in correspondence.letters(connection, village.cipher, thread.id)]
    assert heard == ["hola"]
    assert kept == ["asesor", "Se me perdio la cedula", "La saca en la Registraduria.", "Es gratis."]


def forget(village: Village) -> int:
    with village.database.transaction() as connection:
        return forgetting.forget_letters(connection, village.now)


def test_who_writes_on_is_told_once_that_it_arrived(village: Village, gestora: Staff) -> None:
    phone = village.phone(1)
    phone.texts("Quiero hablar con mi gestora")
    assert phone.answers("Buenas", "Una pregunta", "¿Mañana viene?") == ""
    village.later(hours=2)
    assert phone.texts("¿Sí viene?") == "Recibido."
    with village.database.transaction() as connection:
        (thread,) = correspondence.listing(connection, gestora)
        assert len(correspondence.letters(connection, village.cipher, thread.id)) == 5


def test_what_nobody_makes_out_reaches_a_person(village: Village, gestora: Staff) -> None:
    phone = village.phone(1)
    phone.answers("MENU", "qwerty asdf")
    assert "Persona marta" in phone.texts("el bulto del otro lado ya no")
    with village.database.transaction() as connection:
        (thread,) = correspondence.listing(connection, gestora)
        (letter,) = correspondence.letters(connection, village.cipher, thread.id)
    assert letter.text == "el bulto del otro lado ya no"


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("marta nada por aca desde agosto", id="by name"),
        pytest.param("ella nunca viene y se burla", id="by what was done"),
        pytest.param("la muchacha que viene esa ni saluda", id="by what she does here"),
    ],
)
def test_what_may_be_about_the_gestora_goes_past_her(
    village: Village, gestora: Staff, zonal: Staff, words: str
) -> None:
    assert "la coordinacion" in village.phone(1).answers("MENU", "qwerty asdf", words)
    with village.database.transaction() as connection:
        assert correspondence.waiting(connection, gestora) == 0
        assert correspondence.waiting(connection, zonal) == 1


@pytest.mark.parametrize(
    "words", ["quiero hablar con alguien de la gestora que me cobra", "quiero hablar con mi gestora, me pidio plata"]
)
def test_what_is_told_with_the_wish_to_talk_goes_past_the_gestora_too(
    village: Village, gestora: Staff, zonal: Staff, words: str
) -> None:
    assert "la coordinacion" in village.phone(1).texts(words)
    with village.database.transaction() as connection:
        assert correspondence.waiting(connection, gestora) == 0
        assert correspondence.waiting(connection, zonal) == 1


def test_what_one_complains_of_is_not_read_by_the_gestora_unasked(village: Village, gestora: Staff) -> None:
    phone = village.phone(1)
    asked = phone.answers("quiero hablar con mi gestora", "ella me pide plata")
    assert "radiquemos" in asked
    with village.database.transaction() as connection:
        (thread,) = correspondence.listing(connection, gestora)
        assert len(correspondence.letters(connection, village.cipher, thread.id)) == 1
    assert phone.texts("no") == "Esta bien, no radicamos nada.\nRecibido.", "it was of somebody else: she may read it"
    assert phone.texts("me trataron mal en el banco") == "", "it is asked once"
    with village.database.transaction() as connection:
        written = [letter.text for letter in correspondence.letters(connection, village.cipher, thread.id)]
    assert written[1:] == ["ella me pide plata", "me trataron mal en el banco"]


def test_without_a_gestor_it_is_the_coordinations(village: Village, zonal: Staff) -> None:
    assert "la coordinacion" in village.phone(1).texts("asesor")
    with village.database.transaction() as connection:
        assert correspondence.waiting(connection, zonal) == 1


def test_from_a_survey_one_letter_is_passed_on_and_the_survey_goes_on(village: Village, gestora: Staff) -> None:
    phone = village.phone(1)
    phone.answers("LIBRETA", "1", "1")
    reply = phone.texts("asesor")
    assert "Persona marta" in reply
    assert "nota" in reply
    with village.database.transaction() as connection:
        (thread,) = correspondence.listing(connection, gestora)
        letters = correspondence.letters(connection, village.cipher, thread.id)
    assert [letter.text for letter in letters] == ["asesor"]


def test_a_thread_that_was_closed_is_the_services_again(village: Village, gestora: Staff) -> None:
    phone = village.phone(1)
    phone.texts("asesor")
    with village.database.transaction() as connection:
        (thread,) = correspondence.listing(connection, gestora)
        correspondence.close(connection, thread.id, village.now)
    assert "Libreta" in phone.texts("hola")


# --- rights over one's data --------------------------------------------------------------------------------------


def test_my_data_are_told_in_a_few_lines(village: Village) -> None:
    reply = village.phone(1).texts("MIS DATOS")
    assert "(personas: 2)" in reply
    assert "Luis" not in reply, "whoever holds the phone reads it"
    assert "Borrar mis datos" in reply


@pytest.mark.parametrize(
    ("replies", "kind", "due"),
    [
        pytest.param(["1", "El apellido es Mercado, no Mercada"], Kind.DATA_CORRECTION, "2026-12-15", id="correct"),
        pytest.param(["2", "1"], Kind.DATA_WITHDRAWAL, "2026-12-15", id="leave"),
        pytest.param(["3", "1"], Kind.DATA_DELETION, "2026-12-15", id="delete"),
        pytest.param(["4"], Kind.DATA_CONSULTATION, "2026-12-07", id="copy"),
    ],
)
def test_each_right_is_a_request_with_its_own_clock(
    village: Village, gestora: Staff, zonal: Staff, replies: list[str], kind: Kind, due: str
) -> None:
    reply = village.phone(1).answers("mis datos", *replies)
    one = filed(village)
    assert (one.kind, one.last_day.isoformat()) == (kind, due)
    assert radicado.display(one.radicado) in reply
    assert seen(village, zonal, about_data=True) == [one.radicado]
    assert seen(village, zonal) == []
    assert seen(village, gestora, about_data=True) == []


def test_erasing_leaves_what_the_law_wants_and_nothing_else(village: Village, office: Office, zonal: Staff) -> None:
    family_id = village.families[0]
    phone = village.phone(1)
    phone.answers("asesor", "me llamo Rosa Elena", "FIN", "mis datos", "3", "1")
    one = filed(village)
    with village.database.transaction() as connection:
        asked = """INSERT INTO openings (message_id, contact_id, dialogue, state, not_after)
                   SELECT gen_random_uuid(), contact_id, 'referral', '{"name": "Rosa E."}', :later
                   FROM family_contacts WHERE family_id = :id"""
        connection.execute(text(asked), {"id": family_id, "later": village.now + timedelta(days=9)})
        erasure.decide(connection, family_id, one.id, zonal.id, village.now)
        assert erasure.undo(connection, family_id)
        erasure.decide(connection, family_id, one.id, zonal.id, village.now)
    village.later(hours=25)
    assert alarms.sound(village.database, office, village.now) >= 1
    left = {
        "family_members": "family_id",
        "family_search": "family_id",
        "family_contacts": "family_id",
        "correspondences": "family_id",
        "families": "id",
        "complaints": "family_id",
    }
    counts = {
        table: village.scalar(f"SELECT count(*) FROM {table} WHERE {column} = :id", id=family_id)
        for table, column in left.items()
    }
    assert counts == {
        "family_members": 0,
        "family_search": 0,
        "family_contacts": 0,
        "correspondences": 0,
        "families": 1,
        "complaints": 1,
    }
    bodies = "SELECT count(*) FROM inbound_messages i JOIN contacts c ON c.id = i.contact_id WHERE i.body <> ''"
    assert village.scalar(bodies) == 0
    assert village.scalar("SELECT count(*) FROM openings WHERE state->>'name' = 'Rosa E.'") == 0
    assert village.scalar("SELECT status FROM families WHERE id = :id", id=family_id) == "withdrawn"
    assert village.scalar("SELECT text FROM complaints") is None
    assert "No sabemos de qué familia" in phone.texts("mis datos")
    assert village.scalar("SELECT count(*) FROM family_members") == 4, "others keep theirs"
