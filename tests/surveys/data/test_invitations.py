"""Invitations and one-time codes: drawn once, used once."""

import threading
from collections import Counter
from collections.abc import Callable
from random import Random, SystemRandom
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from db import Database
from surveys import codes, folding, invitations, responses, waves
from surveys.invitations import Subject
from tests.surveys.data.conftest import NOW, Field

KEY = b"a key of the tests"


def test_inviting_twice_invites_once(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave(3)
    again = [Subject(number, "11001", "urban") for number in range(1, 5)]
    with database.transaction() as connection:
        assert invitations.create(connection, wave.wave_id, again, Random(1), modules={}) == 1
    folding.fold(database)
    assert folding.verify(database) == []


def test_a_sample_is_drawn_at_random_and_once(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave(0)
    families = [Subject(number, "11001", "urban") for number in range(1, 1001)]
    with database.transaction() as connection:
        drawn = invitations.create(connection, wave.wave_id, families, Random(1), modules={}, sample_size=100)
        again = invitations.create(connection, wave.wave_id, families, Random(2), modules={}, sample_size=100)
        later_half = connection.scalar(text("SELECT count(*) FROM invitations WHERE subject > 500"))
    assert (drawn, again) == (100, 0)
    assert 35 <= later_half <= 65


def test_families_without_a_number_are_counted_and_may_still_answer(
    database: Database, open_wave: Callable[..., Field]
) -> None:
    wave = open_wave(2)
    with database.transaction() as connection:
        without = [Subject(7, "11001", "rural", reachable=False)]
        invitations.create(connection, wave.wave_id, without, Random(1), modules={})
        invitations.unreachable(connection, wave.wave_id, [1, 7])
        to_send = [invitation.subject for invitation in invitations.reachable(connection, wave.wave_id)]
        open_to = [invitation.subject for invitation in invitations.open_to(connection, [1, 7, 99])]
    assert to_send == [2]
    assert open_to == [1, 7]
    folding.fold(database)
    assert folding.verify(database) == []


def test_modules_are_drawn_by_their_probability_which_is_kept() -> None:
    random = Random(3)
    modules = {"acceso": 0.25, "trato": 0.75}
    drawn = Counter(tuple(sorted(invitations.draw_module(modules, random).items())) for _ in range(4_000))
    acceso = drawn[(("modulo", "acceso"), ("probabilidad_modulo", "0.25"))]
    assert 900 <= acceso <= 1_100
    assert len(drawn) == 2


@pytest.mark.parametrize(
    ("expected", "modules", "drawn"),
    [
        pytest.param(1_500, (), {"acceso", "trato", "problemas", "gestor", "municipio"}, id="all that the form offers"),
        pytest.param(1_499, (), set(), id="too few: the short form for everybody"),
        pytest.param(600, ("trato", "gestor"), {"trato", "gestor"}, id="those that were asked for"),
    ],
)
def test_a_large_wave_draws_the_modules_of_its_form(
    database: Database, form_version: int, expected: int, modules: tuple[str, ...], drawn: set[str]
) -> None:
    with database.transaction() as connection:
        wave = waves.get(connection, plan(connection, form_version, expected, modules))
    assert wave is not None
    assert set(wave.modules) == drawn


def test_a_module_that_the_form_does_not_offer_is_refused(database: Database, form_version: int) -> None:
    with database.transaction() as connection, pytest.raises(ValueError, match="clima"):
        plan(connection, form_version, 5_000, ("clima",))


def plan(connection: Connection, form_version: int, expected: int, modules: tuple[str, ...]) -> int:
    return waves.plan(
        connection,
        name="Ronda",
        form_version_id=form_version,
        territory="",
        period=(NOW.date(), NOW.date()),
        expected_responses=expected,
        modules=modules,
    )


@pytest.mark.parametrize(
    ("expected", "modules"),
    [
        pytest.param(None, {}, id="nothing known"),
        pytest.param(599, {}, id="too few to split"),
        pytest.param(600, {"acceso": 0.5, "trato": 0.5}, id="enough"),
    ],
)
def test_a_wave_is_split_only_if_each_module_may_expect_enough(expected: int | None, modules: dict[str, float]) -> None:
    assert waves.split(["acceso", "trato"], expected) == modules


def test_a_code_opens_one_response_and_is_kept_as_a_hash_only(
    database: Database, open_wave: Callable[..., Field]
) -> None:
    wave = open_wave(0)
    with database.transaction() as connection:
        batch = invitations.create_codes(connection, wave.wave_id, "11001", 30, KEY, SystemRandom(), modules={})
        stored = connection.scalars(text("SELECT t::text FROM invitations t")).all()
        assert len(set(batch)) == 30
        assert not any(code in row for code in batch for row in stored)
        assert invitations.redeem(connection, batch[0], b"another key") is None
        invitation = invitations.redeem(connection, batch[0], KEY)
        assert invitation is not None
        assert invitation.subject is None
        assert invitations.redeem(connection, batch[0], KEY) is None
        assert responses.start(connection, uuid4(), invitation.id, "sms", NOW)
    folding.fold(database)
    assert folding.verify(database) == []


def test_a_code_is_redeemed_once_however_many_try(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave(0)
    with database.transaction() as connection:
        (code,) = invitations.create_codes(connection, wave.wave_id, "11001", 1, KEY, SystemRandom(), modules={})
    redeemed = []

    def redeem() -> None:
        with database.transaction() as connection:
            redeemed.append(invitations.redeem(connection, code, KEY))

    phones = [threading.Thread(target=redeem) for _ in range(4)]
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.join()
    assert sum(invitation is not None for invitation in redeemed) == 1


def test_a_code_of_a_closed_wave_opens_nothing(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave(0)
    with database.transaction() as connection:
        (code,) = invitations.create_codes(connection, wave.wave_id, "11001", 1, KEY, SystemRandom(), modules={})
        waves.close(connection, wave.wave_id, NOW)
        assert invitations.redeem(connection, code, KEY) is None


every_code = st.builds(codes.draw, st.randoms(use_true_random=False), st.sampled_from(codes.LENGTHS))


@given(every_code)
def test_a_code_is_read_however_it_is_grouped(code: str) -> None:
    assert codes.read(codes.display(code)) == code
    assert codes.read(f" {code[:3]} {code[3:]}. ") == code


@given(every_code, st.data())
def test_the_check_digit_catches_a_wrong_digit_and_a_swap(code: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(code) - 2))
    wrong = data.draw(st.sampled_from("0123456789"))
    if wrong != code[place]:
        assert codes.read(code[:place] + wrong + code[place + 1 :]) is None
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if swapped != code:
        assert codes.read(swapped) is None


@pytest.mark.parametrize(
    ("live", "digits"),
    [
        pytest.param(100, 6, id="one sheet"),
        pytest.param(101, 8, id="a municipality"),
        pytest.param(80_000, 10, id="the pilot"),
        pytest.param(1_500_000, 12, id="the country"),
    ],
)
def test_codes_are_as_long_as_guessing_demands(live: int, digits: int) -> None:
    assert codes.length(live) == digits


@pytest.mark.parametrize("text", ["", "hola", "4821", "4821-7", "٤٨٢١٧٣", "1" * 500])
def test_what_is_no_code_is_refused(text: str) -> None:
    assert codes.read(text) is None
