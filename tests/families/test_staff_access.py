"""Sessions, second steps, links and lock-out, as the records keep them."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import Connection, text

from encryption import Cipher
from families import staff, staff_links, staff_second_step, staff_sessions
from families.staff import LOCKED, MOST_FAILURES, Role, Staff, StaffError
from tests.families.households import NOW

PASSWORD = "tres tazas azules"
KEY = b"what codes are hashed with"


@pytest.fixture
def person(connection: Connection) -> Staff:
    return staff.add(connection, login="marta", name="Marta", role=Role.NATIONAL, password=PASSWORD)


@pytest.fixture
def secret(connection: Connection, cipher: Cipher, person: Staff) -> str:
    """The secret in Marta's telephone; the code of ten minutes ago is used up."""
    secret = staff_second_step.new_secret()
    early = NOW - timedelta(minutes=10)
    shown = pyotp.TOTP(secret).at(early)
    assert staff_second_step.set_up(connection, cipher, KEY, person.id, secret, shown, early)
    return secret


def test_a_code_opens_once(connection: Connection, cipher: Cipher, person: Staff, secret: str) -> None:
    code = pyotp.TOTP(secret).at(NOW)
    assert staff_second_step.opens(connection, cipher, KEY, person.id, code, NOW)
    assert not staff_second_step.opens(connection, cipher, KEY, person.id, code, NOW)


@pytest.mark.parametrize(
    ("late", "opens"),
    [
        pytest.param(timedelta(seconds=-30), True, id="a clock half a minute slow"),
        pytest.param(timedelta(seconds=30), True, id="a clock half a minute fast"),
        pytest.param(timedelta(seconds=-90), False, id="a code of a minute and a half ago"),
        pytest.param(timedelta(minutes=5), False, id="a code of the future"),
    ],
)
def test_clocks_may_differ_a_little(
    connection: Connection, cipher: Cipher, person: Staff, secret: str, late: timedelta, opens: bool
) -> None:
    code = pyotp.TOTP(secret).at(NOW + late)
    assert staff_second_step.opens(connection, cipher, KEY, person.id, code, NOW) is opens


def test_a_code_older_than_the_last_one_used_opens_nothing(
    connection: Connection, cipher: Cipher, person: Staff, secret: str
) -> None:
    totp = pyotp.TOTP(secret)
    assert staff_second_step.opens(connection, cipher, KEY, person.id, totp.at(NOW), NOW)
    before = totp.at(NOW - timedelta(seconds=30))
    assert not staff_second_step.opens(connection, cipher, KEY, person.id, before, NOW)


@pytest.mark.parametrize("code", ["", "000000", "١٢٣٤٥٦", "12345", "x" * 5000, "' OR 1=1 --", "\x00"])
def test_what_is_no_code_opens_nothing(
    connection: Connection, cipher: Cipher, person: Staff, secret: str, code: str
) -> None:
    assert not staff_second_step.opens(connection, cipher, KEY, person.id, code, NOW)


def test_a_telephone_that_shows_something_else_is_not_set_up(
    connection: Connection, cipher: Cipher, person: Staff
) -> None:
    assert staff_second_step.set_up(connection, cipher, KEY, person.id, pyotp.random_base32(), "123", NOW) is None
    assert not staff_second_step.is_set_up(connection, person.id)


def test_recovery_codes_open_once_each_and_only_their_owner(
    connection: Connection, cipher: Cipher, person: Staff, secret: str
) -> None:
    other = staff.add(connection, login="otro", name="Otro", role=Role.NATIONAL, password=PASSWORD)
    first, second, *_rest = staff_second_step.new_recovery_codes(connection, KEY, person.id)
    assert not staff_second_step.opens(connection, cipher, KEY, other.id, first, NOW)
    assert staff_second_step.opens(connection, cipher, KEY, person.id, first.upper(), NOW)
    assert not staff_second_step.opens(connection, cipher, KEY, person.id, first, NOW)
    assert staff_second_step.recovery_codes_left(connection, person.id) == 9
    staff_second_step.new_recovery_codes(connection, KEY, person.id)
    assert not staff_second_step.opens(connection, cipher, KEY, person.id, second, NOW)


def test_neither_secrets_nor_codes_nor_tokens_can_be_read(
    connection: Connection, cipher: Cipher, person: Staff, secret: str
) -> None:
    codes = staff_second_step.new_recovery_codes(connection, KEY, person.id)
    tokens = [
        staff_sessions.begin(connection, person.id, "a browser", NOW),
        staff_links.make(connection, person.id, NOW),
    ]
    rows = [
        str(tuple(bytes(value) if isinstance(value, memoryview) else value for value in row))
        for table in ("staff_second_steps", "staff_recovery_codes", "staff_sessions", "staff_links")
        for row in connection.execute(text(f"SELECT * FROM {table}"))
    ]
    assert len(rows) == 13
    for hidden in (secret, *tokens, *codes, *(code.replace("-", "") for code in codes)):
        assert not any(hidden in row for row in rows)


def test_a_lost_telephone_is_forgotten(connection: Connection, cipher: Cipher, person: Staff, secret: str) -> None:
    staff_second_step.take_away(connection, person.id)
    assert not staff_second_step.is_set_up(connection, person.id)
    assert staff_second_step.recovery_codes_left(connection, person.id) == 0


def test_an_account_is_locked_after_ten_failures_for_a_while(connection: Connection, person: Staff) -> None:
    for _attempt in range(MOST_FAILURES):
        assert staff.authenticate(connection, "marta", "no es esta", NOW) is None
    assert staff.locked(connection, person.id, NOW)
    assert staff.authenticate(connection, "marta", PASSWORD, NOW) is None
    assert staff.authenticate(connection, "marta", PASSWORD, NOW + LOCKED) == person
    assert not staff.locked(connection, person.id, NOW + LOCKED)


def test_a_good_password_forgives_what_was_mistyped(connection: Connection, person: Staff) -> None:
    for _round in range(2):
        for _attempt in range(MOST_FAILURES - 1):
            staff.authenticate(connection, "marta", "no es esta", NOW)
        assert staff.authenticate(connection, "marta", PASSWORD, NOW) == person


def test_sessions_are_ended_one_by_one_or_all_but_one(connection: Connection, person: Staff) -> None:
    phone, laptop, office = (staff_sessions.begin(connection, person.id, name, NOW) for name in ("a", "b", "c"))
    kept = staff_sessions.resume(connection, office, NOW)
    gone = staff_sessions.resume(connection, phone, NOW)
    assert kept is not None
    assert gone is not None
    staff_sessions.end(connection, person.id + 1, gone.id, NOW)
    assert staff_sessions.resume(connection, phone, NOW) is not None, "somebody else's session stays"
    staff_sessions.end(connection, person.id, gone.id, NOW)
    assert staff_sessions.resume(connection, phone, NOW) is None
    assert staff_sessions.owner(connection, phone) == person.id
    staff_sessions.end_others(connection, person.id, kept.id, NOW)
    assert staff_sessions.resume(connection, laptop, NOW) is None
    assert [seen.agent for seen in staff_sessions.going_on(connection, person.id, NOW)] == ["c"]


def test_use_keeps_a_session_open_but_not_for_ever(connection: Connection, person: Staff) -> None:
    token, at = staff_sessions.begin(connection, person.id, "", NOW), NOW
    while at < NOW + staff_sessions.LONGEST - timedelta(hours=1):
        at += timedelta(hours=1)
        assert staff_sessions.resume(connection, token, at) is not None
    assert staff_sessions.resume(connection, token, NOW + staff_sessions.LONGEST) is None


def test_a_closed_account_has_no_session(connection: Connection, person: Staff) -> None:
    token = staff_sessions.begin(connection, person.id, "", NOW)
    staff.deactivate(connection, person.id)
    assert staff_sessions.resume(connection, token, NOW) is None


def test_a_link_gives_a_password_once_and_ends_all_sessions(connection: Connection) -> None:
    new = staff.add(connection, login="nueva", name="Nueva", role=Role.NATIONAL, password=None)
    assert staff.authenticate(connection, "nueva", "!", NOW) is None
    session = staff_sessions.begin(connection, new.id, "", NOW)
    token = staff_links.make(connection, new.id, NOW)
    with pytest.raises(StaffError, match="al menos 10"):
        staff_links.use(connection, token, "corta", NOW)
    assert staff_links.use(connection, token, "cuatro tazas verdes", NOW) == new
    assert staff.authenticate(connection, "nueva", "cuatro tazas verdes", NOW) == new
    assert staff_sessions.resume(connection, session, NOW) is None
    assert staff_links.use(connection, token, "cinco tazas rojas", NOW) is None


def test_a_link_grows_old_and_a_new_one_replaces_it(connection: Connection, person: Staff) -> None:
    first = staff_links.make(connection, person.id, NOW)
    assert staff_links.owner(connection, first, NOW + staff_links.VALID) is None
    staff_links.make(connection, person.id, NOW)
    assert staff_links.owner(connection, first, NOW) is None


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        pytest.param("corta", "al menos 10", id="short"),
        pytest.param("aaaaaaaaaaaa", "se adivina", id="one letter over and over"),
        pytest.param("123123123123", "se adivina", id="three digits over and over"),
        pytest.param("soy MARTA 2026", "se adivina", id="the login within"),
    ],
)
def test_passwords_that_are_easily_guessed(password: str, problem: str) -> None:
    with pytest.raises(StaffError, match=problem):
        staff.check_password(password, "marta")
