"""The calendar of sessions: what may be planned, what limits say, who was there, open times."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from db import Database
from encryption import Cipher
from families import enrolment, session_changes, session_limits, sessions, slots, staff, territory
from families.session_kinds import agreement_kind, kinds
from families.session_limits import Due, Problem
from families.sessions import Attendance, Plan, Reply, SessionError
from families.slots import Slot, SlotTakenError
from families.staff import Role
from tests.families.households import NOW, SINCELEJO, family, register

TODAY = date(2026, 11, 23)
TOMORROW = NOW + timedelta(days=1)


def gestora(connection: Connection, login: str = "marta") -> int:
    return staff.add(
        connection,
        login=login,
        name="Marta Díaz",
        role=Role.GESTOR,
        password="una clave de prueba",
        territories=(SINCELEJO,),
    ).id


@pytest.fixture
def people(connection: Connection, cipher: Cipher) -> tuple[int, list[int]]:
    """A gestora and three welcomed families."""
    records = register(connection, cipher, *(family(head=f"Familia {number}") for number in range(3)))
    return gestora(connection), [record.id for record in records]


def schedule(
    connection: Connection, gestor_id: int, *family_ids: int, kind: str = "baseline", starts_at: datetime = TOMORROW
) -> int:
    place = "" if len(family_ids) == 1 else "Salón comunal"
    return session_changes.schedule(connection, Plan(kind, gestor_id, SINCELEJO, starts_at, 60, place), family_ids, NOW)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        pytest.param({"kind": "fiesta"}, "Escoja el tipo", id="unknown kind"),
        pytest.param({"starts_at": NOW}, "ya pasó", id="past"),
        pytest.param({"minutes": 5}, "entre 15 y 480", id="too short"),
        pytest.param({"minutes": 600}, "entre 15 y 480", id="too long"),
        pytest.param({"place": "x" * 61}, "hasta 60 letras", id="a place that fills the message"),
        pytest.param({"kind": "community"}, "Escriba el lugar", id="a meeting at nobody's home"),
    ],
)
def test_what_cannot_be_planned(
    connection: Connection, people: tuple[int, list[int]], changed: dict[str, object], problem: str
) -> None:
    values = {"kind": "baseline", "gestor_id": people[0], "municipality": SINCELEJO, "starts_at": TOMORROW}
    plan = Plan(**{**values, "minutes": 60, "place": "", **changed})  # type: ignore[arg-type]
    with pytest.raises(SessionError, match=problem):
        session_changes.schedule(connection, plan, people[1][:1], NOW)


def test_a_session_needs_a_family(connection: Connection, people: tuple[int, list[int]]) -> None:
    with pytest.raises(SessionError, match="al menos una familia"):
        schedule(connection, people[0])


def test_a_moved_session_points_at_the_one_in_its_place(connection: Connection, people: tuple[int, list[int]]) -> None:
    gestor_id, (one, other, _) = people
    first = schedule(connection, gestor_id, one, other)
    second = session_changes.move(connection, first, TOMORROW + timedelta(days=2), "Alcaldía", 90, NOW)
    third = session_changes.move(connection, second, TOMORROW + timedelta(days=3), "Alcaldía", 90, NOW)
    found = sessions.present(connection, first, one)
    assert found is not None
    assert (found.id, found.place, found.minutes) == (third, "Alcaldía", 90)
    assert [session.id for session in sessions.upcoming(connection, other, NOW)] == [third]
    with pytest.raises(SessionError, match="ya no está en el calendario"):
        session_changes.cancel(connection, first)


class TestLimits:
    """Four baseline sessions within two months, two for the life plan in months three and four."""

    def test_what_a_family_lacks_and_until_when(self, connection: Connection, people: tuple[int, list[int]]) -> None:
        gestor_id, (one, other, _) = people
        schedule(connection, gestor_id, one)
        assert session_limits.due(connection, [one, other], TODAY) == [
            Due(one, "baseline", 3, date(2027, 1, 23)),
            Due(other, "baseline", 4, date(2027, 1, 23)),
        ]
        assert session_limits.due(connection, [one], date(2027, 1, 25)) == [
            Due(one, "baseline", 3, date(2027, 1, 23)),
            Due(one, "life_plan", 2, date(2027, 3, 23)),
        ]

    def test_moved_and_cancelled_sessions_do_not_count(
        self, connection: Connection, people: tuple[int, list[int]]
    ) -> None:
        gestor_id, (one, *_) = people
        session_changes.cancel(connection, schedule(connection, gestor_id, one))
        first = schedule(connection, gestor_id, one)
        session_changes.move(connection, first, TOMORROW + timedelta(days=1), "", 60, NOW)
        assert [found.missing for found in session_limits.due(connection, [one], TODAY)] == [3]

    def test_a_family_that_left_lacks_nothing(self, connection: Connection, people: tuple[int, list[int]]) -> None:
        _, (one, *_) = people
        enrolment.decline(connection, [one], NOW)
        assert session_limits.due(connection, [one], TODAY) == []

    @pytest.mark.parametrize(
        ("kind", "starts_at", "expected"),
        [
            pytest.param("baseline", datetime(2027, 1, 23, 15, tzinfo=UTC), [], id="the last day of the window"),
            pytest.param("baseline", datetime(2027, 1, 25, 15, tzinfo=UTC), [Problem.TOO_LATE], id="too late"),
            pytest.param("life_plan", datetime(2026, 12, 1, 15, tzinfo=UTC), [Problem.TOO_EARLY], id="too early"),
            pytest.param("baseline", datetime(2026, 11, 29, 15, tzinfo=UTC), [Problem.DAY_OFF], id="a Sunday"),
            pytest.param("baseline", datetime(2026, 12, 8, 15, tzinfo=UTC), [Problem.DAY_OFF], id="a holiday"),
            pytest.param("special", datetime(2027, 9, 1, 15, tzinfo=UTC), [], id="no window"),
        ],
    )
    def test_what_a_gestor_is_warned_of(
        self,
        connection: Connection,
        people: tuple[int, list[int]],
        kind: str,
        starts_at: datetime,
        expected: list[Problem],
    ) -> None:
        found = session_limits.problems(connection, kinds()[kind], people[1], starts_at, clash=False)
        assert found == expected

    def test_a_fifth_baseline_session_is_one_too_many(
        self, connection: Connection, people: tuple[int, list[int]]
    ) -> None:
        gestor_id, (one, *_) = people
        for day in range(4):
            schedule(connection, gestor_id, one, starts_at=TOMORROW + timedelta(days=day))
        problems = session_limits.problems(connection, kinds()["baseline"], [one], TOMORROW, clash=True)
        assert problems == [Problem.CLASH, Problem.TOO_MANY]

    def test_the_agreement_is_signed_by_the_second_session(
        self, connection: Connection, people: tuple[int, list[int]]
    ) -> None:
        gestor_id, (one, *_) = people
        deadline = text("SELECT due_on FROM agreement_deadlines")
        schedule(connection, gestor_id, one)
        assert connection.scalar(deadline) is None
        second = schedule(connection, gestor_id, one, starts_at=TOMORROW + timedelta(days=7))
        assert agreement_kind().agreement_by == 2
        assert connection.scalar(deadline) == date(2026, 12, 1)
        moved = session_changes.move(connection, second, TOMORROW + timedelta(days=9), "", 60, NOW)
        assert connection.scalar(deadline) == date(2026, 12, 3)
        session_changes.cancel(connection, moved)
        assert connection.scalar(deadline) is None


class TestAttendance:
    """Recorded afterwards; who said that it could not come is never absent."""

    def test_who_was_there(self, connection: Connection, people: tuple[int, list[int]]) -> None:
        gestor_id, (one, other, third) = people
        session_id = schedule(connection, gestor_id, one, other, third)
        assert session_changes.reply(connection, session_id, other, Reply.CANNOT, NOW)
        seen = {one: Attendance.ATTENDED, other: Attendance.ABSENT, third: Attendance.ABSENT}
        session_changes.record(connection, session_id, seen, gestor_id, TOMORROW + timedelta(hours=2))
        recorded = connection.scalars(text("SELECT attendance FROM session_families ORDER BY family_id")).all()
        assert recorded == ["attended", "excused", "absent"]

    def test_the_database_refuses_to_call_them_absent(
        self, connection: Connection, people: tuple[int, list[int]]
    ) -> None:
        gestor_id, (one, *_) = people
        session_id = schedule(connection, gestor_id, one)
        session_changes.reply(connection, session_id, one, Reply.CANNOT, NOW)
        with pytest.raises(IntegrityError, match="whoever_told_is_never_absent"), connection.begin_nested():
            connection.execute(text("UPDATE session_families SET attendance = 'absent'"))

    def test_not_before_it_began(self, connection: Connection, people: tuple[int, list[int]]) -> None:
        gestor_id, (one, *_) = people
        session_id = schedule(connection, gestor_id, one)
        with pytest.raises(SessionError, match="haya empezado"):
            session_changes.record(connection, session_id, {one: Attendance.ATTENDED}, gestor_id, NOW)

    def test_a_past_session_takes_no_replies(self, connection: Connection, people: tuple[int, list[int]]) -> None:
        gestor_id, (one, *_) = people
        session_id = schedule(connection, gestor_id, one)
        assert not session_changes.reply(connection, session_id, one, Reply.GOING, TOMORROW + timedelta(minutes=1))


class TestSlots:
    """Open times of a gestor."""

    def open(self, connection: Connection, gestor_id: int, starts_at: datetime, weeks: int = 1) -> int:
        slot = Slot(0, gestor_id, SINCELEJO, "", starts_at, 60, UUID(int=0), None)
        return slots.open_slots(connection, slot, weeks, NOW)

    def test_the_same_hour_week_after_week(self, connection: Connection, people: tuple[int, list[int]]) -> None:
        gestor_id, _ = people
        assert self.open(connection, gestor_id, TOMORROW, weeks=4) == 4
        assert self.open(connection, gestor_id, TOMORROW, weeks=5) == 1, "an open time is opened once"
        found = slots.free(connection, gestor_id, NOW, 10)
        assert [slot.starts_at for slot in found] == [TOMORROW + timedelta(weeks=week) for week in range(5)]

    def test_a_time_at_which_the_gestor_is_busy_is_not_offered(
        self, connection: Connection, people: tuple[int, list[int]]
    ) -> None:
        gestor_id, (one, *_) = people
        self.open(connection, gestor_id, TOMORROW)
        schedule(connection, gestor_id, one, starts_at=TOMORROW + timedelta(minutes=30))
        assert slots.free(connection, gestor_id, NOW, 10) == []

    def test_a_family_leaves_a_meeting_of_many_for_a_time_of_its_own(
        self, connection: Connection, people: tuple[int, list[int]]
    ) -> None:
        gestor_id, (one, other, _) = people
        meeting = schedule(connection, gestor_id, one, other)
        self.open(connection, gestor_id, TOMORROW + timedelta(days=2))
        (slot,) = slots.free(connection, gestor_id, NOW, 10)
        taken = slots.take(connection, slot.id, meeting, one, NOW)
        assert sessions.families_of(connection, meeting) == [other]
        assert sessions.families_of(connection, taken) == [one]
        assert slots.free(connection, gestor_id, NOW, 10) == []
        session_changes.cancel(connection, taken)
        slots.release(connection, [taken])
        assert slots.free(connection, gestor_id, NOW, 10) == [slot]

    def test_another_gestors_time_is_not_to_be_had(self, connection: Connection, people: tuple[int, list[int]]) -> None:
        gestor_id, (one, *_) = people
        other = gestora(connection, "rosa")
        self.open(connection, other, TOMORROW + timedelta(days=2))
        (slot,) = slots.free(connection, other, NOW, 10)
        with pytest.raises(SlotTakenError):
            slots.take(connection, slot.id, schedule(connection, gestor_id, one), one, NOW)


def test_twenty_families_want_one_open_time(database: Database, cipher: Cipher) -> None:
    with database.transaction() as connection:
        territory.load(connection)
        gestor_id = gestora(connection)
        records = register(connection, cipher, *(family(head=f"Familia {number}") for number in range(20)))
        planned = {record.id: schedule(connection, gestor_id, record.id) for record in records}
        slot = Slot(0, gestor_id, SINCELEJO, "", TOMORROW + timedelta(days=3), 60, UUID(int=0), None)
        slots.open_slots(connection, slot, 1, NOW)
        (opened,) = slots.free(connection, gestor_id, NOW, 10)

    def take(family_id: int) -> bool:
        try:
            with database.transaction() as connection:
                slots.take(connection, opened.id, planned[family_id], family_id, NOW)
        except SlotTakenError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take, planned)) == 1
    with database.transaction() as connection:
        assert (
            connection.scalar(
                text("SELECT count(*) FROM family_sessions WHERE starts_at = :at"), {"at": slot.starts_at}
            )
            == 1
        )
        assert connection.scalar(text("SELECT count(*) FROM family_sessions WHERE state = 'moved'")) == 1
