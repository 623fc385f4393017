"""Responses: one per invitation, corrected at will, and at the end nobody's."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from db import Database
from surveys import folding, responses, waves
from surveys.answers import Changes
from tests.surveys.data.conftest import NOW, Field, answer, say


def everything(connection: Connection) -> str:
    """All rows of all tables, as one text to search in."""
    tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"))
    rows = []
    for table in list(tables):
        rows += [f"{table} {row}" for row in connection.scalars(text(f'SELECT t::text FROM "{table}" t'))]
    return "\n".join(rows)


def count(connection: Connection, table: str) -> int:
    n: int = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
    return n


def test_a_family_answers_once(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave()
    with database.transaction() as connection:
        wave.begin(connection, 1)
        assert not responses.start(connection, uuid4(), wave.invited[1], "whatsapp", NOW)


def test_two_phones_of_one_family_begin_at_once(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave()
    begun: list[bool] = []

    def begin() -> None:
        with database.transaction() as connection:
            begun.append(responses.start(connection, uuid4(), wave.invited[1], "sms", NOW))

    phones = [threading.Thread(target=begin) for _ in range(4)]
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.join()
    assert sorted(begun) == [False, False, False, True]


def test_a_correction_supersedes_and_history_stays(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave(anonymous=False)
    with database.transaction() as connection:
        response = wave.begin(connection, 1)
        say(connection, response, answer("nota", "1", "sena"))
        say(connection, response, answer("nota", "4", "sena"))
        history = connection.execute(text("SELECT value, current FROM answers ORDER BY id")).all()
    assert [tuple(row) for row in history] == [("1", False), ("4", True)]


def test_nothing_is_saved_once_a_response_has_ended(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave(anonymous=False)
    with database.transaction() as connection:
        response = wave.begin(connection, 1)
        responses.finish(connection, response, complete=True)
        assert not responses.save(connection, response, Changes((answer("nota", "1"),)), NOW)
        assert count(connection, "answers") == 0


def test_after_an_anonymous_response_nothing_links_answers_to_the_family(
    database: Database, open_wave: Callable[..., Field]
) -> None:
    wave = open_wave(3, modules={"acceso": 1.0})
    with database.transaction() as connection:
        response = wave.begin(connection, 2)
        say(connection, response, answer("nota", "1", "sena", weight=2), answer("comentario", "mal", counted=""))
        say(connection, response, answer("nota", "2", "sena", weight=2))
    with database.transaction() as connection:
        closed = responses.finish(connection, response, complete=True)
    assert closed == responses.Closed(response, wave.invited[2], anonymous=True)
    folding.fold(database)
    with database.transaction() as connection:
        assert str(response) not in everything(connection)
        assert (count(connection, "responses"), count(connection, "answers")) == (0, 0)
        kept = connection.execute(
            text("SELECT question, value, actor, weight::int, municipality, zone FROM anonymous_answers ORDER BY 1")
        ).all()
        aliases = connection.scalars(text("SELECT DISTINCT response FROM anonymous_answers")).all()
        columns = connection.scalars(
            text("SELECT column_name FROM information_schema.columns WHERE table_name = 'anonymous_answers'")
        ).all()
        invitation = connection.execute(
            text("SELECT status, preset FROM invitations WHERE id = :id"), {"id": wave.invited[2]}
        ).one()
    assert [tuple(row) for row in kept] == [
        ("comentario", "mal", "", 1, "11001", "urban"),
        ("nota", "2", "sena", 2, "11001", "urban"),
    ]
    assert len(aliases) == 1
    assert isinstance(aliases[0], UUID)
    assert not {"at", "invitation_id", "subject", "raw"} & set(columns)
    assert tuple(invitation) == ("finished", {})
    assert folding.verify(database) == []


def test_after_closing_not_even_transaction_numbers_tell_who_answered(
    database: Database, open_wave: Callable[..., Field]
) -> None:
    wave = open_wave(20)
    for family in range(1, 20):
        with database.transaction() as connection:
            response = wave.begin(connection, family)
            say(connection, response, answer("nota", "3", "sena"))
            responses.finish(connection, response, complete=True)
    with database.transaction() as connection:
        late = wave.begin(connection, 20)
    with database.engine.connect() as turn, turn.begin():
        say(turn, late, answer("nota", "3", "sena"))
        with database.transaction() as connection:
            waves.close(connection, wave.wave_id, NOW)
    with database.transaction() as connection:
        responses.finish_silent(connection, NOW)
    with database.transaction() as connection:
        waves.publish(connection, wave.wave_id, NOW)
    with database.transaction() as connection:
        shared = connection.scalar(
            text(
                """
                SELECT count(*) FROM anonymous_answers a JOIN invitations i ON a.xmin = i.xmin
                """
            )
        )
        in_order_of_disk = connection.scalars(text("SELECT id FROM anonymous_answers ORDER BY ctid")).all()
    assert shared == 0
    assert in_order_of_disk == sorted(in_order_of_disk)


def test_a_named_response_keeps_its_answers(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave(anonymous=False)
    with database.transaction() as connection:
        response = wave.begin(connection, 1)
        say(connection, response, answer("nota", "5", "sena"))
        closed = responses.finish(connection, response, complete=True)
        assert closed is not None
        assert not closed.anonymous
        assert connection.scalar(text("SELECT status FROM responses")) == "finished"
        assert count(connection, "anonymous_answers") == 0
        assert responses.finish(connection, response, complete=True) is None


def test_after_silence_what_was_said_is_kept_as_partial(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave(2)
    with database.transaction() as connection:
        silent, lively = wave.begin(connection, 1), wave.begin(connection, 2)
        say(connection, silent, answer("nota", "5", "sena"))
        responses.save(connection, lively, Changes((answer("nota", "4", "sena"),)), NOW + timedelta(hours=2))
        closed = responses.finish_silent(connection, NOW + timedelta(hours=1))
        assert [response.id for response in closed] == [silent]
        assert connection.scalar(text("SELECT value FROM anonymous_answers")) == "5"
        statuses = connection.scalars(text("SELECT status FROM invitations ORDER BY id")).all()
    assert statuses == ["partial", "started"]
    folding.fold(database)
    assert folding.verify(database) == []


def test_closing_a_wave_ends_everything_but_what_is_being_written(
    database: Database, open_wave: Callable[..., Field]
) -> None:
    wave = open_wave(3)
    with database.transaction() as connection:
        writing, waiting = wave.begin(connection, 1), wave.begin(connection, 2)
    with database.engine.connect() as turn, turn.begin():
        say(turn, writing, answer("nota", "5", "sena"))
        with database.transaction() as connection:
            closed = waves.close(connection, wave.wave_id, NOW)
        assert [response.id for response in closed] == [waiting]
    with database.transaction() as connection:
        late = responses.finish_silent(connection, NOW - timedelta(days=1))
        assert [response.id for response in late] == [writing]
        statuses = connection.scalars(text("SELECT status FROM invitations ORDER BY id")).all()
        assert statuses == ["partial", "partial", "expired"]
        assert not responses.start(connection, uuid4(), wave.invited[3], "sms", NOW)
    folding.fold(database)
    assert folding.verify(database) == []
