"""Who is writing: a phone of two families, a number that nobody knows, one that changed hands."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot import progress_steps, proving, register
from bot.desk import Office
from families import achievements, catalogue, families, staff
from families import folio as folios
from families.staff import Role
from messaging import contacts
from tests.bot.conftest import Phone, Village, phone_number
from tests.families.households import SINCELEJO

CATALOGUES = Path(catalogue.__file__).parent / "catalogues"
DIGITS = "5321"
"""The last of a document of every family of the village."""


@pytest.fixture(autouse=True)
def loaded(village: Village) -> None:
    """The catalogue of achievements, so that there is something of a family's to be told."""
    with village.database.transaction() as connection:
        content = (CATALOGUES / "logros_2007.csv").read_text("utf-8")
        words = (CATALOGUES / "logros_2007.toml").read_text("utf-8")
        achievements.load(connection, "2007", content, village.now, words)


@pytest.fixture
def shared(village: Village) -> Phone:
    """The phone of the first family, which now serves the second too; whoever has it has been greeted."""
    with village.database.transaction() as connection:
        (contact_id,) = register.phones_of(connection, village.families[0])
        connection.execute(
            text("UPDATE family_members SET name = :name WHERE family_id = :id AND relation = 'head'"),
            {"name": village.cipher.seal("Luz Marina Pérez", families.NAME), "id": village.families[1]},
        )
        connection.execute(
            text("UPDATE family_members SET name = :name WHERE family_id = :id AND relation = 'head'"),
            {"name": village.cipher.seal("Rosa Núñez", families.NAME), "id": village.families[0]},
        )
        register.link(connection, village.families[1], contact_id, village.now)
    phone = village.phone(1)
    phone.answers("hola", "2")
    return phone


def folio(village: Village, family: int = 0) -> str:
    with village.database.transaction() as connection:
        record = families.get(connection, village.families[family])
    assert record is not None
    return record.folio


def letters(village: Village, number: str) -> list[str]:
    """What we wrote unasked to a number about more than the Libreta."""
    with village.database.transaction() as connection:
        contact = contacts.find(connection, village.cipher, number)
        assert contact is not None
        return list(
            connection.scalars(
                text("SELECT body FROM messages WHERE contact_id = :id AND purpose = 'progress'"), {"id": contact.id}
            )
        )


def test_a_shared_phone_is_asked_once_which_family(village: Village, shared: Phone) -> None:
    asked = shared.texts("MI AVANCE")
    assert asked.splitlines()[:4] == [
        "Este teléfono es de varias familias. ¿De cual es usted?",
        "1 Rosa N.",
        "2 Luz P.",
        "3 Otra familia",
    ]
    assert shared.texts("1").startswith("Su familia lleva 0 de")
    assert shared.texts("MI AVANCE").startswith("Su familia lleva"), "it is remembered"
    village.later(hours=13)
    assert shared.texts("MI AVANCE") == asked, "but not for ever"


def test_one_family_never_sees_what_is_anothers(village: Village, shared: Phone) -> None:
    with village.database.transaction() as connection:
        progress_steps.report(connection, village.cipher, village.families[1], "HA2", village.now)
    assert "que su gestora va a revisar" not in shared.answers("mi avance", "1")
    assert shared.texts("NO SOY YO").startswith("Este teléfono es de varias familias")
    assert shared.texts("2") == "Listo, ya sé quién escribe."
    assert "Aviso 1 mas, que su gestora va a revisar" in shared.texts("mi avance")


def test_news_on_a_shared_phone_say_for_whom_and_no_more(village: Village, shared: Phone) -> None:
    with village.database.transaction() as connection:
        member = staff.add(
            connection, login="marta", name="Marta", role=Role.GESTOR, password="x" * 12, territories=(SINCELEJO,)
        )
        progress_steps.report(connection, village.cipher, village.families[1], "HA2", village.now)
        village.later(hours=1)
        office = Office(village.cipher, village.turn.texts)
        progress_steps.verify(connection, office, village.families[1], "HA2", village.now, member.id)
    told = letters(village, phone_number(1))
    assert told == ["Para Luz P.: hay noticias de su avance. Para verlas escriba MI AVANCE."]


def test_the_second_libreta_is_for_the_other_family(village: Village, shared: Phone) -> None:
    assert shared.texts("libreta").startswith("Para Rosa N.: Tiene una Libreta por llenar")
    shared.answers("1", "1 2", "4", "no", "no", "no señor", "5", "bueno")
    assert shared.texts("libreta").startswith("Para Luz P.: Tiene una Libreta por llenar")


def test_the_libreta_of_whoever_speaks_comes_first(village: Village, shared: Phone) -> None:
    shared.answers("mi avance", "2")
    assert shared.texts("libreta").startswith("Para Luz P.: Tiene una Libreta por llenar")


def test_a_libreta_under_way_is_not_shown_to_the_other_family(village: Village, shared: Phone) -> None:
    assert shared.answers("libreta", "1", "2").startswith("(2 de 6) Salud")
    assert shared.texts("no soy yo").startswith("Este teléfono es de varias familias")
    assert shared.texts("2") == "Listo, ya sé quién escribe."
    assert shared.texts("libreta").startswith("Para Luz P.: Tiene una Libreta por llenar")
    assert village.scalar("SELECT count(*) FROM answers WHERE question = 'usa'") == 1, "what was answered counts"


def test_a_libreta_under_way_goes_on_for_its_own_family(village: Village, shared: Phone) -> None:
    shared.answers("libreta", "1", "2")
    assert "Salud" in shared.answers("no soy yo", "1")


def test_a_code_answers_from_any_phone(village: Village) -> None:
    stranger = village.phone(60)
    assert stranger.texts("hola").endswith("4 Numero equivocado")
    assert stranger.texts("tengo un codigo").startswith("Escriba LIBRETA")


def test_who_says_that_it_is_not_them_is_told_no_name(village: Village) -> None:
    """A phone of one family, in somebody else's hands."""
    phone = village.phone(1)
    phone.answers("hola", "2")
    asked = phone.texts("NO SOY YO")
    assert asked.startswith("Gracias por avisar. ¿Qué necesita?")
    assert "Familia" not in asked
    assert phone.texts("4").startswith("¿Es un numero equivocado"), "its family may still have the phone"
    assert phone.texts("no").startswith("Esta bien, seguimos como antes.")
    assert village.scalar("SELECT count(*) FROM family_contacts") == len(village.families)


@pytest.mark.parametrize(
    ("words", "told"),
    [("¿Quién es?", "Somos JUNTOS"), ("quien me escribe", "Somos JUNTOS"), ("que es esto", "La Libreta")],
)
def test_who_does_not_know_us_is_told_who_we_are(village: Village, words: str, told: str) -> None:
    phone = village.phone(60)
    phone.texts("hola")
    reply = phone.texts(words)
    assert reply.startswith(told)
    assert "1 Soy de una familia" in reply


def test_who_asks_at_once_who_we_are_is_told_once(village: Village) -> None:
    assert village.phone(60).texts("quien es").count("Somos JUNTOS") == 1


def test_a_folio_is_read_as_it_is_printed(village: Village) -> None:
    phone = village.phone(50)
    phone.answers("hola", "1")
    assert phone.texts(folios.display(folio(village))).startswith("Ahora escriba los 4 ultimos numeros")


def test_another_family_on_a_known_phone_says_which(village: Village, shared: Phone) -> None:
    assert shared.answers("mi avance", "3").startswith("Escriba el folio de su familia")
    assert "desde ahora" in shared.answers(folio(village, 2), DIGITS).lower()


def test_a_neighbour_files_a_complaint_from_the_phone_of_others(village: Village, shared: Phone) -> None:
    filed = shared.answers("quiero poner una queja de la alcaldia porque no recoge la basura", "1", "3", "1", "3")
    assert "Quedo radicada" in filed
    assert village.scalar("SELECT count(*) FROM complaints WHERE family_id IS NULL") == 1


def test_a_complaint_waits_until_it_is_known_whose_it_is(village: Village, shared: Phone) -> None:
    """Also where a survey would take what was not understood."""
    shared.answers("LIBRETA", "1", "2")
    asked = shared.answers("quiero poner una queja de la alcaldia porque no recoge la basura", "1", "3", "1")
    assert "¿De cual es usted?" in asked
    assert "¿De cual es usted?" in shared.texts("la de mas abajo")
    filed = shared.texts("1")
    assert "Quedo radicada" in filed
    assert "¿qué nota" in filed, "and the survey goes on"


def test_an_unknown_number_proves_its_family(village: Village) -> None:
    phone = village.phone(50)
    assert "No conocemos este numero todavia" in phone.texts("hola")
    assert phone.texts("1").startswith("Escriba el folio de su familia")
    assert phone.texts("12345678").startswith("Ese folio no esta bien escrito")
    assert phone.texts(f"es el {folio(village)[:4]}-{folio(village)[4:]}").startswith("Ahora escriba los 4 ultimos")
    assert phone.texts(DIGITS) == "Listo. Desde ahora este numero es de su familia."
    assert phone.texts("mi avance").startswith("Su familia lleva")
    assert letters(village, phone_number(1)) == [
        "Se registro otro teléfono para recibir estos mensajes. Si usted no sabe de eso, avisele a su gestora."
    ]
    assert village.scalar("SELECT count(*) FROM family_news WHERE kind = 'phone_added'") == 1


def test_whoever_asks_for_a_familys_matter_proves_first_and_then_gets_it(village: Village) -> None:
    phone = village.phone(51)
    phone.texts("hola")
    assert "No conocemos este numero todavia" in phone.texts("mi avance")
    assert "Su familia lleva" in phone.answers("1", folio(village), DIGITS)


def test_guessing_ends_soon(village: Village) -> None:
    phone = village.phone(52)
    phone.answers("hola", "1")
    for number in range(proving.TRIES_OF_PHONE - 1):
        assert phone.answers(folio(village), f"900{number}").startswith("Esos datos no coinciden")
    assert phone.answers(folio(village), "9999").startswith("Por hoy no se puede intentar mas")
    assert phone.answers("familia", folio(village), DIGITS).startswith("Por hoy no se puede intentar mas")
    assert village.scalar("SELECT count(*) FROM family_contacts") == 3
    assert village.scalar("SELECT count(*) FROM family_news WHERE kind = 'proof_failed'") == 1
    village.later(hours=25)
    assert "Desde ahora este numero" in phone.answers("familia", folio(village), DIGITS)


def test_many_phones_have_no_more_tries_at_one_folio(village: Village) -> None:
    for number in range(proving.TRIES_OF_FAMILY):
        phone = village.phone(60 + number)
        phone.answers("hola", "1", folio(village), "0000")
    late = village.phone(80)
    assert late.answers("hola", "1", folio(village), DIGITS).startswith("Por hoy no se puede intentar mas")


def test_a_folio_that_nobody_has_looks_like_a_wrong_one(village: Village) -> None:
    phone = village.phone(53)
    unknown, wrong = folios.issue(folios.LAST_SERIAL), "0000"
    assert phone.answers("hola", "1", folio(village), wrong) == phone.answers(unknown, wrong)


def test_a_wrong_number_is_not_written_to_again(village: Village) -> None:
    phone = village.phone(1)
    assert phone.answers("hola", "2", "numero equivocado").startswith("¿Es un numero equivocado")
    assert phone.texts("si").startswith("Gracias por avisar")
    assert village.scalar("SELECT count(*) FROM contacts WHERE quarantined_at IS NOT NULL") == 1
    assert village.scalar("SELECT count(*) FROM family_news WHERE kind = 'phone_left'") == 1
    assert "No conocemos este numero" in phone.texts("mi avance")


def silent(village: Village) -> Phone:
    """The first family's phone, which was greeted half a year ago and has been silent since."""
    phone = village.phone(1)
    phone.answers("hola", "2")
    with village.database.transaction() as connection:
        connection.execute(text("UPDATE family_contacts SET confirmed_at = :now"), {"now": village.now})
    village.later(days=200)
    return phone


@pytest.mark.parametrize("said", ["hola", "mi avance", "libreta", "ya tenemos agua", "menu"])
def test_after_a_long_silence_nothing_is_told_before_one_knows_who_it_is(village: Village, said: str) -> None:
    reply = silent(village).texts(said)
    assert reply.startswith("Hola. Hace mucho no hablamos por este numero")
    for word in ("JUNTOS", "Familia 0", "Libreta", "avance", "agua"):
        assert word not in reply


def test_the_same_person_goes_on_where_they_wanted(village: Village) -> None:
    phone = silent(village)
    assert phone.texts("mi avance").startswith("Hola. Hace mucho")
    assert phone.texts("mi avance").startswith("Hola. Hace mucho"), "there is no way around it"
    assert phone.texts("1").startswith("Su familia lleva")


def test_somebody_else_is_left_alone(village: Village) -> None:
    phone = silent(village)
    assert phone.answers("mi avance", "2").startswith("Gracias por avisar")
    assert "No conocemos este numero" in phone.texts("mi avance")


def test_what_we_write_first_asks_first(village: Village) -> None:
    phone = silent(village)
    with village.database.transaction() as connection:
        member = staff.add(
            connection, login="marta", name="Marta", role=Role.GESTOR, password="x" * 12, territories=(SINCELEJO,)
        )
        before = village.now - timedelta(hours=1)
        progress_steps.report(connection, village.cipher, village.families[0], "HA2", before)
        office = Office(village.cipher, village.turn.texts)
        progress_steps.verify(connection, office, village.families[0], "HA2", village.now, member.id)
        connection.execute(text("DELETE FROM outbox_queue"))
        connection.execute(text("UPDATE messages SET status = 'sent' WHERE purpose = 'progress'"))
    (asked,) = letters(village, phone_number(1))
    assert asked.startswith("Hola. Hace mucho no hablamos por este numero")
    assert "agua" not in asked
    assert "Su gestora confirmo este logro" in phone.texts("si, soy yo")
