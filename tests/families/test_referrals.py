"""Places of programmes: never overbooked, waited for in order, and passed on."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Connection, text

from db import Database
from encryption import Cipher
from families import programmes, referrals, territory
from families.deadlines import BOGOTA
from families.programmes import Details, PlacesHeldError, Status
from families.referrals import HOLDING, Moved, State
from tests.families.households import NOW, SINCELEJO, family, register

ANSWER_BY = NOW + timedelta(days=3)


def offering(connection: Connection, places: int, **changed: object) -> int:
    """A programme of the SENA that takes families."""
    details = Details(
        name="Curso de cocina",
        achievements=("IT1",),
        territory=SINCELEJO,
        requirements="Mayores de 18 años",
        bring="Cédula y certificado del SISBEN",
        address="Calle 20 n.º 15-30",
        hours="lunes a viernes, 8 a 12",
        contact="Doña Carmen, 605 282 0000",
        opens_on=date(2026, 11, 1),
    )
    changed_details = replace(details, **changed)  # type: ignore[arg-type]
    return programmes.create(connection, "SENA", changed_details, places, NOW, status=Status.OPEN)


def offered(connection: Connection, cipher: Cipher, programme_id: int, families: int) -> list[int]:
    """Referrals of so many new families to a programme."""
    records = register(connection, cipher, *[family() for _ in range(families)])
    wanted = {record.id: "IT1" for record in records}
    return [made.id for made in referrals.propose(connection, programme_id, wanted, ANSWER_BY, NOW)]


def state(connection: Connection, referral_id: int) -> State:
    found = referrals.get(connection, referral_id)
    assert found is not None
    return found.state


def moved(result: Moved | None) -> Moved:
    assert result is not None
    return result


def held(connection: Connection, programme_id: int) -> tuple[int, int]:
    """Places held, as the programme counts them and as the referrals tell."""
    programme = programmes.get(connection, programme_id)
    assert programme is not None
    counts = referrals.counts(connection, programme_id)
    return programme.taken, sum(n for each, n in counts.items() if each in HOLDING)


def test_whoever_says_yes_first_has_the_place(connection: Connection, cipher: Cipher) -> None:
    programme = offering(connection, places=1)
    first, second, third = offered(connection, cipher, programme, 3)
    assert moved(referrals.accept(connection, second, NOW)).referral.state is State.ACCEPTED
    waiting = moved(referrals.accept(connection, first, NOW)).referral
    last = moved(referrals.accept(connection, third, NOW)).referral
    assert (waiting.state, referrals.ahead(connection, waiting)) == (State.WAITING, 0)
    assert (last.state, referrals.ahead(connection, last)) == (State.WAITING, 1)
    assert held(connection, programme) == (1, 1)


def test_a_place_given_back_is_offered_to_the_first_who_waits(connection: Connection, cipher: Cipher) -> None:
    programme = offering(connection, places=1)
    first, second, third = offered(connection, cipher, programme, 3)
    for each in (first, second, third):
        referrals.accept(connection, each, NOW)
    called = moved(referrals.decline(connection, first, NOW)).called
    assert [each.id for each in called] == [second]
    assert called[0].answer_by > NOW
    assert moved(referrals.accept(connection, second, NOW)).referral.state is State.ACCEPTED
    assert state(connection, third) is State.WAITING
    assert held(connection, programme) == (1, 1)


def test_a_call_that_is_not_answered_goes_on_to_the_next(connection: Connection, cipher: Cipher) -> None:
    programme = offering(connection, places=1)
    first, second, third = offered(connection, cipher, programme, 3)
    for each in (first, second, third):
        referrals.accept(connection, each, NOW)
    (call,) = moved(referrals.withdraw(connection, first, NOW, by=_somebody(connection))).called
    assert not moved(referrals.lapse(connection, second, call.answer_by - timedelta(minutes=1))).changed
    lapsed = moved(referrals.lapse(connection, second, call.answer_by))
    assert lapsed.referral.state is State.LAPSED
    assert [each.id for each in lapsed.called] == [third]
    assert held(connection, programme) == (1, 1)


def test_more_places_call_as_many_as_they_are_for(connection: Connection, cipher: Cipher) -> None:
    programme = offering(connection, places=1)
    made = offered(connection, cipher, programme, 5)
    for each in made:
        referrals.accept(connection, each, NOW)
    assert programmes.set_places(connection, programme, 3, NOW)
    assert not programmes.set_places(connection, programme, 3, NOW)
    locked = programmes.lock(connection, programme)
    assert locked is not None
    assert [each.id for each in referrals.call_waiting(connection, locked, NOW)] == made[1:3]
    assert [(change.before, change.after, change.taken) for change in programmes.history(connection, programme)] == [
        (1, 3, 1),
        (0, 1, 0),
    ]


def test_places_that_families_hold_cannot_be_taken_away(connection: Connection, cipher: Cipher) -> None:
    programme = offering(connection, places=2)
    for each in offered(connection, cipher, programme, 2):
        referrals.accept(connection, each, NOW)
    with pytest.raises(PlacesHeldError) as refused:
        programmes.set_places(connection, programme, 1, NOW)
    assert refused.value.taken == 2


def test_after_its_last_day_a_programme_takes_nobody(connection: Connection, cipher: Cipher) -> None:
    programme = offering(connection, places=5, closes_on=date(2026, 11, 25))
    (made,) = offered(connection, cipher, programme, 1)
    late = moved(referrals.accept(connection, made, NOW + timedelta(days=4)))
    assert (late.changed, late.referral.state) == (False, State.OFFERED)


def test_a_no_and_a_late_answer_may_still_become_a_yes(connection: Connection, cipher: Cipher) -> None:
    programme = offering(connection, places=2)
    no, late = offered(connection, cipher, programme, 2)
    referrals.decline(connection, no, NOW)
    referrals.lapse(connection, late, ANSWER_BY)
    for each in (no, late):
        assert moved(referrals.accept(connection, each, ANSWER_BY)).referral.state is State.ACCEPTED


def test_a_family_on_its_way_gets_no_second_offer(connection: Connection, cipher: Cipher) -> None:
    programme = offering(connection, places=2)
    (made,) = offered(connection, cipher, programme, 1)
    referral = referrals.get(connection, made)
    assert referral is not None
    again = {referral.family_id: "IT1"}
    assert referrals.propose(connection, programme, again, ANSWER_BY, NOW) == []
    referrals.decline(connection, made, NOW)
    assert len(referrals.propose(connection, programme, again, ANSWER_BY, NOW)) == 1
    # The old no cannot turn into a second way through the same programme.
    assert not moved(referrals.accept(connection, made, NOW)).changed


def test_what_came_of_it_is_told_once_and_the_place_stays_used(connection: Connection, cipher: Cipher) -> None:
    programme = offering(connection, places=2)
    well, badly = offered(connection, cipher, programme, 2)
    assert not referrals.told(connection, well, True, NOW), "who has not said yes has nothing to tell"
    for each in (well, badly):
        referrals.accept(connection, each, NOW)
    assert referrals.attended(connection, well, NOW, by=_somebody(connection))
    assert referrals.told(connection, well, True, NOW)
    assert referrals.told(connection, badly, False, NOW)
    assert not referrals.told(connection, badly, True, NOW)
    assert held(connection, programme) == (2, 2)
    assert [each for each, _at, _by in referrals.events(connection, well)] == [
        State.OFFERED,
        State.ACCEPTED,
        State.ATTENDED,
        State.SERVED,
    ]


@pytest.mark.parametrize(
    ("dates", "due"),
    [
        pytest.param({"appointment": NOW + timedelta(days=9)}, NOW + timedelta(days=9), id="the appointment"),
        pytest.param({"closes_on": date(2026, 12, 1)}, datetime(2026, 12, 1, 17, tzinfo=BOGOTA), id="the last day"),
        pytest.param({}, NOW + timedelta(days=14), id="two weeks from the yes"),
    ],
)
def test_when_a_family_is_to_go(
    connection: Connection, cipher: Cipher, dates: dict[str, object], due: datetime
) -> None:
    programme = offering(connection, places=1, **dates)
    (made,) = offered(connection, cipher, programme, 1)
    assert moved(referrals.accept(connection, made, NOW)).referral.due_at == due


def test_a_moved_appointment_moves_the_date_of_those_who_go(connection: Connection, cipher: Cipher) -> None:
    programme = offering(connection, places=1, appointment=NOW + timedelta(days=9))
    going, waiting = offered(connection, cipher, programme, 2)
    for each in (going, waiting):
        referrals.accept(connection, each, NOW)
    before = programmes.get(connection, programme)
    assert before is not None
    later = replace(before.details, appointment=NOW + timedelta(days=10))
    programmes.change(connection, programme, later, Status.OPEN, NOW)
    after = programmes.get(connection, programme)
    assert after is not None
    assert [each.id for each in referrals.reschedule(connection, after)] == [going]
    assert referrals.reschedule(connection, after) == []


def test_random_days_of_a_programme_never_overbook_it(connection: Connection, cipher: Cipher) -> None:
    """Yeses, noes, lapses, withdrawals and changes of places in any order: counts agree, nobody is passed over."""
    random = Random(7)
    programme = offering(connection, places=3)
    made = offered(connection, cipher, programme, 30)
    staff_id = _somebody(connection)
    now = NOW
    for _ in range(400):
        now += timedelta(hours=1)
        each = random.choice(made)
        match random.randrange(6):
            case 0 | 1:
                referrals.accept(connection, each, now)
            case 2:
                referrals.decline(connection, each, now)
            case 3:
                referrals.lapse(connection, each, now)
            case 4:
                referrals.withdraw(connection, each, now, by=staff_id)
            case 5:
                current = programmes.lock(connection, programme)
                assert current is not None
                programmes.set_places(connection, programme, current.taken + random.randrange(3), now)
                current = programmes.lock(connection, programme)
                assert current is not None
                referrals.call_waiting(connection, current, now)
        found = programmes.get(connection, programme)
        assert found is not None
        taken, holding = held(connection, programme)
        assert taken == holding <= found.places
        waiting = referrals.of_programme(connection, programme, [State.WAITING])
        assert not (waiting and found.left), "nobody waits while a place is free"


@pytest.mark.parametrize("families", [pytest.param(60, id="sixty")])
def test_all_say_yes_at_once(database: Database, cipher: Cipher, families: int) -> None:
    """Ten connections, one place in three: the places are given out, the others wait in the order of their yeses."""
    with database.transaction() as connection:
        territory.load(connection)
        programme = offering(connection, places=families // 3)
        made = offered(connection, cipher, programme, families)
    crowd = Database(database.engine.url.render_as_string(hide_password=False), pool_size=10)
    start = threading.Barrier(10)

    def accept(share: list[int]) -> list[State]:
        start.wait()
        answers = []
        for each in share:
            with crowd.transaction() as connection:
                answers.append(moved(referrals.accept(connection, each, NOW)).referral.state)
        return answers

    with ThreadPoolExecutor(10) as pool:
        told = [each for answers in pool.map(accept, [made[n::10] for n in range(10)]) for each in answers]
    crowd.close()
    assert (told.count(State.ACCEPTED), told.count(State.WAITING)) == (families // 3, families - families // 3)
    with database.transaction() as connection:
        waiting = referrals.of_programme(connection, programme, [State.WAITING])
        assert [each.turn for each in waiting] == list(range(1, len(waiting) + 1))
        assert held(connection, programme) == (families // 3, families // 3)


def _somebody(connection: Connection) -> int:
    """Somebody of the staff."""
    statement = "INSERT INTO staff (login, name, role, territories, password_hash) VALUES ('ana', 'Ana', 'gestor',"
    return int(connection.execute(text(f"{statement} '{{70001}}', '') RETURNING id")).scalar_one())
