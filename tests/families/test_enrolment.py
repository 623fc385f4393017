from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, true

from encryption import Cipher
from families import audience, enrolment, families
from families.enrolment import Reason, Step
from families.families import Status
from tests.families.households import NOW, SINCELEJO, family, register


def status(connection: Connection, family_id: int) -> Status:
    record = families.get(connection, family_id)
    assert record is not None
    return record.status


def test_a_family_enters_graduates_and_is_taken_back(connection: Connection, cipher: Cipher) -> None:
    (family_id,) = (record.id for record in register(connection, cipher))
    assert enrolment.sign(connection, [family_id], NOW) == {family_id}
    assert enrolment.graduate(connection, [family_id], NOW + timedelta(days=900)) == {family_id}
    assert status(connection, family_id) is Status.GRADUATED
    assert enrolment.readmit(connection, [family_id], NOW + timedelta(days=950)) == {family_id}
    assert status(connection, family_id) is Status.ACTIVE
    steps = [recorded.step for recorded in enrolment.history(connection, family_id)]
    assert steps == [Step.READMITTED, Step.GRADUATED, Step.SIGNED]


def test_signing_twice_is_signing_once(connection: Connection, cipher: Cipher) -> None:
    (family_id,) = (record.id for record in register(connection, cipher))
    assert enrolment.sign(connection, [family_id], NOW) == {family_id}
    assert enrolment.sign(connection, [family_id], NOW + timedelta(days=1)) == set()
    record = families.get(connection, family_id)
    assert record is not None
    assert record.signed_at == NOW


def test_after_the_second_session_nobody_enters(connection: Connection, cipher: Cipher) -> None:
    early, late = (record.id for record in register(connection, cipher, family(), family()))
    enrolment.set_deadline(connection, early, date(2026, 11, 23))
    enrolment.set_deadline(connection, late, date(2026, 11, 22))
    assert enrolment.sign(connection, [early, late], NOW) == {early}


def test_the_deadline_is_a_day_of_bogota(connection: Connection, cipher: Cipher) -> None:
    (family_id,) = (record.id for record in register(connection, cipher))
    enrolment.set_deadline(connection, family_id, date(2026, 11, 23))
    still_the_23rd = datetime(2026, 11, 24, 3, tzinfo=UTC)
    assert enrolment.sign(connection, [family_id], still_the_23rd) == {family_id}


def test_a_moved_session_moves_the_deadline(connection: Connection, cipher: Cipher) -> None:
    (family_id,) = (record.id for record in register(connection, cipher))
    enrolment.set_deadline(connection, family_id, date(2026, 11, 20))
    enrolment.set_deadline(connection, family_id, date(2026, 11, 27))
    assert enrolment.unsigned(connection, true(), date(2026, 11, 30)) == [(family_id, date(2026, 11, 27))]
    assert enrolment.unsigned(connection, true(), date(2026, 11, 26)) == []


def test_who_leaves_or_never_enters_is_in_no_audience(connection: Connection, cipher: Cipher) -> None:
    stays, declines, moves, waits = (
        record.id for record in register(connection, cipher, *[family() for _ in range(4)])
    )
    enrolment.sign(connection, [stays, moves], NOW)
    enrolment.decline(connection, [declines], NOW)
    enrolment.withdraw(connection, [moves, waits], Reason.MOVED, NOW)
    assert [listed.id for chunk in audience.audience(connection, SINCELEJO) for listed in chunk] == [stays]
    assert enrolment.history(connection, moves)[0].reason is Reason.MOVED
    assert status(connection, waits) is Status.WELCOMED
