"""A family and its achievements by message: how far it is, what it reports, what its gestor says, its goals."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot import alarms, progress_pictures, progress_questions, progress_steps
from bot.desk import Office
from families import achievements, assignments, catalogue, claims, life_plan, news, staff
from families.claims import Claim, Source, Status, Verdict
from families.staff import Role
from messaging.address import Channel
from tests.bot.conftest import Village
from tests.families.households import SINCELEJO

CATALOGUES = Path(catalogue.__file__).parent / "catalogues"
WHATSAPP = Channel.WHATSAPP


@pytest.fixture
def gestor(village: Village) -> int:
    """A gestor of the village's families; the catalogue is loaded, and the families have been greeted."""
    with village.database.transaction() as connection:
        content = (CATALOGUES / "logros_2007.csv").read_text("utf-8")
        words = (CATALOGUES / "logros_2007.toml").read_text("utf-8")
        achievements.load(connection, "2007", content, village.now, words)
        member = staff.add(
            connection, login="marta", name="Marta", role=Role.GESTOR, password="x" * 12, territories=(SINCELEJO,)
        )
        assignments.assign(connection, village.families, member.id, village.now)
    village.phone(1).answers("hola", "2")
    return member.id


def office(village: Village) -> Office:
    return Office(village.cipher, village.turn.texts)


def status(village: Village, code: str, family: int = 0) -> Status:
    with village.database.transaction() as connection:
        current = achievements.current(connection)
        assert current is not None
        return claims.status(connection, village.families[family], current.id, code)


def claim(village: Village, by: int, *codes: str, verdict: Verdict = Verdict.REACHED) -> None:
    with village.database.transaction() as connection:
        current = achievements.current(connection)
        assert current is not None
        rows = [Claim(village.families[0], current.id, code, Source.GESTOR, verdict, village.now, by) for code in codes]
        claims.record(connection, village.cipher, rows)


def arrivals(village: Village) -> list[str]:
    """What waits to leave, the oldest first; it leaves now."""
    with village.database.transaction() as connection:
        bodies = connection.scalars(
            text(
                "SELECT body FROM messages JOIN outbox_queue ON message_id = messages.id"
                " WHERE purpose <> 'survey_invitation' ORDER BY outbox_queue.id"
            )
        ).all()
        connection.execute(
            text("UPDATE messages SET status = 'sent' WHERE id IN (SELECT message_id FROM outbox_queue)")
        )
        connection.execute(text("DELETE FROM outbox_queue"))
    return list(bodies)


def test_a_family_asks_how_far_it_is(village: Village, gestor: int) -> None:
    claim(village, gestor, "ID1", "HA4", "SA1")
    told = village.phone(1).texts("mi avance")
    assert told.startswith("Su familia lleva 3 de ")
    assert "Lo que sigue:" in told
    assert village.phone(1).texts("2").startswith("Esta bien")


def test_what_is_sensitive_is_neither_named_nor_counted(village: Village, gestor: int) -> None:
    before = village.phone(1).texts("MI AVANCE")
    claim(village, gestor, "HA1", "DF5", "SA10")
    assert village.phone(1).texts("MI AVANCE") == before


def test_on_whatsapp_there_is_a_picture_that_nobody_can_guess(village: Village, gestor: int) -> None:
    village.phone(1, WHATSAPP).texts("mi avance")
    media = str(village.scalar("SELECT content ->> 'media_url' FROM messages WHERE content ? 'media_url'"))
    token = media.removeprefix("https://libreta.test/imagenes/avance/").removesuffix(".png")
    assert progress_pictures.family(village.cipher, token, village.now) == village.families[0]
    assert progress_pictures.family(village.cipher, token, village.now + timedelta(days=3)) is None
    assert progress_pictures.family(village.cipher, token[:-4] + "AAAA", village.now) is None
    assert progress_pictures.family(village.cipher, "no es de los nuestros", village.now) is None


def test_water_from_the_familys_word_to_the_gestors(village: Village, gestor: int) -> None:
    phone = village.phone(1)
    assert phone.texts("ya tenemos agua").startswith("Le entendi que su familia ya logro: La casa tiene agua apta")
    assert status(village, "HA2") is Status.PENDING  # nothing is recorded before the yes
    assert phone.texts("si") == "¡Qué bueno! Le contamos a su gestora. Ella lo revisa con ustedes y le avisamos."
    assert status(village, "HA2") is Status.REPORTED
    village.later(hours=1)
    with village.database.transaction() as connection:
        progress_steps.verify(connection, office(village), village.families[0], "HA2", village.now, gestor)
    assert status(village, "HA2") is Status.VERIFIED
    (told,) = arrivals(village)
    assert told.startswith("Su gestora confirmo este logro: La casa tiene agua apta y desagüe. ¡Felicitaciones!")
    assert phone.texts("ya tenemos agua").startswith("Ese logro ya esta confirmado")


def test_sent_back_with_a_reason_and_reported_again(village: Village, gestor: int) -> None:
    phone = village.phone(1)
    phone.answers("ya tenemos luz", "1")
    village.later(hours=1)
    with village.database.transaction() as connection:
        progress_steps.send_back(
            connection, office(village), village.families[0], "HA4", "falta el contador", village.now, gestor
        )
    assert status(village, "HA4") is Status.SENT_BACK
    (told,) = arrivals(village)
    assert "Todavia falta: falta el contador." in told
    village.later(days=1)
    assert phone.texts("ya nos pusieron la luz").startswith("Le entendi")
    phone.texts("si")
    assert status(village, "HA4") is Status.REPORTED


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("todavía no tenemos agua", id="denied"),
        pytest.param("voy a sacar la cédula", id="to come"),
        pytest.param("mi marido ya no me pega", id="sensitive"),
        pytest.param("ya nos dieron las escrituras de la casa", id="of a sensitive achievement"),
        pytest.param("¿cómo saco la cédula?", id="asked"),
    ],
)
def test_no_report(village: Village, gestor: int, said: str) -> None:
    assert "Le entendi que su familia" not in village.phone(1).texts(said)


def test_no_is_no(village: Village, gestor: int) -> None:
    assert village.phone(1).answers("ya tenemos agua", "no").startswith("Esta bien, no anotamos nada")
    assert status(village, "HA2") is Status.PENDING


def test_a_close_call_is_asked_about(village: Village, gestor: int) -> None:
    phone = village.phone(1)
    asked = phone.texts("ya lo lleve al control")
    assert asked.startswith("¿Cual de estos quiso decir?")
    assert phone.texts("1").startswith("Le entendi que su familia ya logro")


def test_by_choice_and_in_own_words_when_asked(village: Village, gestor: int) -> None:
    phone = village.phone(1)
    assert phone.answers("mi avance", "1").startswith("¿Qué logro su familia?")
    assert phone.texts("la cedula").startswith("Le entendi que su familia ya logro: Todos tienen documento")
    phone.texts("si")
    assert status(village, "ID1") is Status.REPORTED
    phone.answers("contar un logro", "1", "si")
    assert village.scalar("SELECT count(*) FROM family_achievements WHERE status = 'reported'") == 2


def test_a_stranger_to_the_family_reports_nothing(village: Village, gestor: int) -> None:
    with village.database.transaction() as connection:
        connection.execute(text("DELETE FROM family_contacts WHERE family_id = :id"), {"id": village.families[0]})
    assert "familia ya logro" not in village.phone(1).texts("ya tenemos agua")


def test_a_milestone_is_celebrated_once(village: Village, gestor: int) -> None:
    with village.database.transaction() as connection:
        for code in ("HA2", "HA4", "ID1", "SA1", "HA3"):
            progress_steps.verify(connection, office(village), village.families[0], code, village.now, gestor)
    told = arrivals(village)
    assert ["Ya son 1 en su familia" in told[0], "Ya son 5 en su familia" in told[1], len(told)] == [True, True, 2]
    with village.database.transaction() as connection:
        progress_steps.judge(
            connection, village.cipher, village.families[0], "HA3", Verdict.NOT_REACHED, village.now, gestor
        )
        village.later(hours=1)
        progress_steps.verify(connection, office(village), village.families[0], "HA3", village.now, gestor)
    assert arrivals(village) == []


def plan(village: Village, by: int, *codes: str) -> None:
    with village.database.transaction() as connection:
        current = achievements.current(connection)
        assert current is not None
        for code in codes:
            progress_questions.choose(connection, village.families[0], current.id, code, village.now, by)


def month_passes(village: Village) -> list[str]:
    village.later(days=30, hours=1)
    alarms.sound(village.database, office(village), village.now)
    return arrivals(village)


def test_goals_are_seen_and_put_in_order(village: Village, gestor: int) -> None:
    plan(village, gestor, "HA2", "ID1", "HA1")
    shown = village.phone(1).texts("mis metas")
    assert "1 La casa tiene agua apta y desagüe\n2 Todos tienen documento" in shown
    assert "predio" not in shown  # sensitive
    assert "1 Todos tienen documento" in village.phone(1).texts("2")
    with village.database.transaction() as connection:
        current = achievements.current(connection)
        assert current is not None
        goals = life_plan.goals(connection, village.families[0], current.id)
    assert [goal.code for goal in goals] == ["ID1", "HA2", "HA1"]


def test_once_a_month_one_goal_is_asked_about_in_turn(village: Village, gestor: int) -> None:
    plan(village, gestor, "HA2", "ID1", "HA1")
    (first,) = month_passes(village)
    assert first.startswith('¿Como va su meta "La casa tiene agua')
    assert village.phone(1).texts("3").startswith("Gracias por contar. Le avisamos a su gestora")
    with village.database.transaction() as connection:
        items = news.unseen(connection, text("true"), 10)  # type: ignore[arg-type]
    assert [(item.kind, item.about) for item in items] == [(news.Kind.GOAL_STUCK, "HA2")]
    (second,) = month_passes(village)
    assert "Todos tienen documento" in second
    assert village.phone(1).answers("1").startswith("Le entendi que su familia ya logro: Todos tienen documento")
    village.phone(1).texts("si")
    assert status(village, "ID1") is Status.REPORTED


def test_whoever_wants_no_questions_gets_none(village: Village, gestor: int) -> None:
    plan(village, gestor, "HA2")
    month_passes(village)
    assert village.phone(1).texts("4").startswith("Listo, no le preguntamos mas")
    assert month_passes(village) == []
