"""Requests and their statutory clocks, obstacles taken up a level, and the numbers they are known by."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection, text

import timers
from encryption import Cipher
from families import complaints, obstacles, radicado, staff
from families.complaints import About, Category, Complaint, ComplaintStateError, Kind, NewComplaint, Status, Step
from families.obstacles import Level, ObstacleError
from families.staff import Role, Staff
from tests.families.households import SINCELEJO

MONDAY = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.fixture
def zonal(connection: Connection) -> Staff:
    return hire(connection, "zonal", Role.ZONAL, SINCELEJO)


def hire(connection: Connection, login: str, role: Role, territory: str) -> Staff:
    return staff.add(
        connection, login=login, name=login, role=role, password="una clave de prueba", territories=(territory,)
    )


def file(connection: Connection, cipher: Cipher, kind: Kind = Kind.CLAIM) -> Complaint:
    new = NewComplaint(kind, About.PROGRAMME, "No llegó el pago", municipality=SINCELEJO)
    return complaints.file(connection, cipher, new, MONDAY)


@pytest.mark.parametrize(
    ("kind", "last"),
    [
        pytest.param(Kind.PETITION, date(2026, 12, 15), id="petition, 15 days over December 8"),
        pytest.param(Kind.COMPLAINT, date(2026, 12, 15), id="complaint"),
        pytest.param(Kind.CLAIM, date(2026, 12, 15), id="claim"),
        pytest.param(Kind.INFORMATION, date(2026, 12, 7), id="information, 10 days"),
        pytest.param(Kind.CONSULTATION, date(2027, 1, 7), id="consultation, 30 days over New Year"),
        pytest.param(Kind.DATA_CONSULTATION, date(2026, 12, 7), id="one's data, 10 days"),
        pytest.param(Kind.DATA_DELETION, date(2026, 12, 15), id="claim about data, 15 days"),
    ],
)
def test_each_kind_has_the_term_of_the_law(connection: Connection, cipher: Cipher, kind: Kind, last: date) -> None:
    assert file(connection, cipher, kind).last_day == last


def test_what_was_written_is_sealed(connection: Connection, cipher: Cipher) -> None:
    one = file(connection, cipher)
    stored = bytes(connection.execute(text("SELECT text FROM complaints")).scalar_one())
    assert b"pago" not in stored
    assert complaints.words(connection, cipher, one.id) == ("No llegó el pago", "")


def test_the_staff_is_reminded_before_each_term_ends_and_when_it_is_over(
    connection: Connection, cipher: Cipher
) -> None:
    """Monday November 23: to be sent on by the 30th, answered by December 15; December 8 is a holiday."""
    one = file(connection, cipher)
    struck = []
    for day in ("2026-11-27T13:01Z", "2026-12-10T13:01Z", "2026-12-16T05:01Z", "2027-03-01T00:00Z"):
        now = datetime.fromisoformat(day)
        struck += [complaints.clock_struck(connection, timer, now) for timer in timers.take_due(connection, now)]
    assert struck == [Step.TRANSFER_DUE_SOON, Step.DUE_SOON, Step.OVERDUE]
    assert [each.step for each in complaints.history(connection, one.id)] == [Step.FILED, *struck]


def test_an_answer_stops_the_clock(connection: Connection, cipher: Cipher, zonal: Staff) -> None:
    one = file(connection, cipher)
    complaints.answer(connection, cipher, one.id, "Sale el viernes", zonal.id, MONDAY)
    assert timers.take_due(connection, datetime(2030, 1, 1, tzinfo=UTC)) == []
    with pytest.raises(ComplaintStateError):
        complaints.answer(connection, cipher, one.id, "Otra vez", zonal.id, MONDAY)
    with pytest.raises(ComplaintStateError):
        complaints.classify(connection, one.id, Category.DELAY, zonal.id, MONDAY)


def test_the_entitys_whole_term_runs_from_the_transfer(connection: Connection, cipher: Cipher, zonal: Staff) -> None:
    one = file(connection, cipher)
    thursday = datetime(2026, 11, 26, 15, tzinfo=UTC)
    moved = complaints.transfer(connection, one.id, "SENA", zonal.id, thursday)
    assert (moved.status, moved.entity, moved.last_day) == (Status.TRANSFERRED, "SENA", date(2026, 12, 18))
    with pytest.raises(ComplaintStateError):
        complaints.transfer(connection, one.id, "ICBF", zonal.id, thursday)


def test_a_term_is_extended_once_and_not_when_it_is_over(connection: Connection, cipher: Cipher, zonal: Staff) -> None:
    one, late = file(connection, cipher), file(connection, cipher)
    assert complaints.extend(connection, one.id, zonal.id, MONDAY).last_day == date(2027, 1, 7)
    with pytest.raises(ComplaintStateError):
        complaints.extend(connection, one.id, zonal.id, MONDAY)
    with pytest.raises(ComplaintStateError):
        complaints.extend(connection, late.id, zonal.id, datetime(2026, 12, 16, 6, tzinfo=UTC))


def test_only_an_answer_is_rated(connection: Connection, cipher: Cipher, zonal: Staff) -> None:
    one = file(connection, cipher)
    assert not complaints.rate(connection, one.id, True, MONDAY)
    complaints.answer(connection, cipher, one.id, "Sale el viernes", zonal.id, MONDAY)
    assert complaints.rate(connection, one.id, False, MONDAY)
    found = complaints.by_radicado(connection, radicado.display(one.radicado))
    assert found is not None
    assert found.satisfied is False


# --- the number --------------------------------------------------------------------------------------------------


def test_a_radicado_catches_every_slip_of_the_finger() -> None:
    right = radicado.issue(23_456_789)
    assert radicado.read(radicado.display(right)) == right
    for place in range(len(right)):
        for digit in set("0123456789") - {right[place]}:
            assert radicado.read(right[:place] + digit + right[place + 1 :]) is None
    for place in range(len(right) - 1):
        swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
        assert radicado.read(swapped) == (right if swapped == right else None)


@pytest.mark.parametrize("typed", ["", "12345678", "1234567890", "12345678a", "١٢٣٤٥٦٧٨٦"])
def test_what_is_no_radicado(typed: str) -> None:
    assert radicado.read(typed) is None


@pytest.mark.parametrize("serial", [0, 9_999_999, 100_000_000])
def test_a_serial_of_another_length_is_refused(serial: int) -> None:
    with pytest.raises(ValueError, match="eight digits"):
        radicado.issue(serial)


# --- obstacles ---------------------------------------------------------------------------------------------------


def test_an_obstacle_goes_up_one_level_at_a_time_and_is_untied_where_it_stands(
    connection: Connection, zonal: Staff
) -> None:
    gestor = hire(connection, "gestor", Role.GESTOR, SINCELEJO)
    ut = hire(connection, "ut", Role.UT, "70")
    national = hire(connection, "nacional", Role.NATIONAL, "")
    one = obstacles.raise_one(connection, gestor, "No hay bus", SINCELEJO, "", "Se pidió", MONDAY)
    with pytest.raises(ObstacleError):
        obstacles.take_up(connection, gestor, one, "Suba", MONDAY)
    assert obstacles.take_up(connection, zonal, one, "La alcaldía no tiene", MONDAY) is Level.DEPARTMENTAL
    with pytest.raises(ObstacleError):
        obstacles.solve(connection, zonal, one, "Listo", MONDAY)
    assert obstacles.take_up(connection, ut, one, "La gobernación tampoco", MONDAY) is Level.NATIONAL
    with pytest.raises(ObstacleError):
        obstacles.take_up(connection, national, one, "No hay más arriba", MONDAY)
    obstacles.solve(connection, national, one, "Hay bus desde enero", MONDAY)
    assert obstacles.listing(connection, zonal) == []
    assert [each.level for each in obstacles.history(connection, one)] == [
        Level.MUNICIPAL,
        Level.DEPARTMENTAL,
        Level.NATIONAL,
        Level.NATIONAL,
    ]


def test_obstacles_are_of_ones_own_places_only(connection: Connection, zonal: Staff) -> None:
    with pytest.raises(ObstacleError):
        obstacles.raise_one(connection, zonal, "No hay bus", "13001", "", "Se pidió", MONDAY)
    elsewhere = hire(connection, "cartagena", Role.ZONAL, "13001")
    one = obstacles.raise_one(connection, elsewhere, "No hay agua", "13001", "", "Se pidió", MONDAY)
    assert obstacles.find(connection, zonal, one) is None
    with pytest.raises(ObstacleError):
        obstacles.note(connection, zonal, one, "Hola", MONDAY)
