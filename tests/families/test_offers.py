"""Whom a programme is offered first, and what is asked for and nobody offers."""

from datetime import timedelta

from sqlalchemy import Connection

from bot.demo import CATALOGUE
from encryption import Cipher
from families import (
    achievements,
    assignments,
    demand,
    enrolment,
    life_plan,
    offers,
    programmes,
    referrals,
    scope,
    staff,
)
from families.families import Family, FamilyRecord
from families.staff import Role, Staff
from tests.families.households import CARTAGENA, COROZAL, NOW, SINCELEJO, family, register
from tests.families.test_referrals import offering

TODAY = NOW.date()


def load(connection: Connection) -> achievements.Current:
    achievements.load(connection, "logros", CATALOGUE.read_text("utf-8"), NOW)
    found = achievements.current(connection)
    assert found is not None
    return found


def zonal(connection: Connection) -> Staff:
    return staff.add(
        connection, login="zonal", name="Marta", role=Role.ZONAL, password="una clave larga", territories=(SINCELEJO,)
    )


def signed(connection: Connection, cipher: Cipher, *municipalities: str) -> list[FamilyRecord]:
    records = register(connection, cipher, *[family(municipality) for municipality in municipalities])
    enrolment.sign(connection, [record.id for record in records], NOW)
    return records


def test_what_the_municipality_weighs_most_comes_first(connection: Connection, cipher: Cipher) -> None:
    catalogue, person = load(connection), zonal(connection)
    first, second = signed(connection, cipher, SINCELEJO, SINCELEJO)
    achievements.weigh(connection, SINCELEJO, {"ID1": (5, 1), "IT1": (1, 5)})
    programme = programmes.get(connection, offering(connection, 5, achievements=("IT1", "ID1")))
    assert programme is not None
    listed = offers.candidates(connection, person, programme, TODAY)
    assert [(one.family_id, one.achievement.code) for one in listed] == [(first.id, "ID1"), (second.id, "ID1")]
    life_plan.choose(connection, second.id, catalogue.id, "ID1", NOW)
    assert [one.family_id for one in offers.candidates(connection, person, programme, TODAY)] == [second.id, first.id]


def test_only_families_in_scope_that_lack_it_and_are_not_on_their_way(connection: Connection, cipher: Cipher) -> None:
    load(connection)
    person = zonal(connection)
    here, also, _elsewhere = signed(connection, cipher, SINCELEJO, SINCELEJO, COROZAL)
    programme_id = offering(connection, 5, territory="70")
    programme = programmes.get(connection, programme_id)
    assert programme is not None
    referrals.propose(connection, programme_id, {also.id: "IT1"}, NOW + timedelta(days=1), NOW)
    assert [one.family_id for one in offers.candidates(connection, person, programme, TODAY)] == [here.id]
    gestor = staff.add(
        connection, login="ana", name="Ana", role=Role.GESTOR, password="una clave larga", territories=(SINCELEJO,)
    )
    assert offers.candidates(connection, gestor, programme, TODAY) == []
    assignments.assign(connection, [here.id], gestor.id, NOW)
    assert [one.family_id for one in offers.candidates(connection, gestor, programme, TODAY)] == [here.id]


def test_needs_that_no_offer_covers_are_counted_without_names(connection: Connection, cipher: Cipher) -> None:
    catalogue, person = load(connection), zonal(connection)
    one, two, three = signed(connection, cipher, SINCELEJO, SINCELEJO, CARTAGENA)
    for record in (one, two, three):
        assert demand.ask(connection, record.id, ["IT1", "SA10", "AJ3"], NOW) == 3
        assert demand.ask(connection, record.id, ["IT1"], NOW) == 0
    here = scope.municipalities(person, Family.municipality_code)

    def unmet() -> list[tuple[str, str, int]]:
        found = demand.unmet(connection, here, catalogue, TODAY)
        return [(each.municipality, each.achievement, each.families) for each in found]

    assert unmet() == [(SINCELEJO, "IT1", 2)], "nothing sensitive, nothing about displacement, nothing next door"
    programme_id = offering(connection, places=1)
    assert unmet() == []
    (made,) = referrals.propose(connection, programme_id, {one.id: "IT1"}, NOW + timedelta(days=1), NOW)
    referrals.accept(connection, made.id, NOW)
    assert unmet() == [(SINCELEJO, "IT1", 1)], "the place is taken, and the other family still needs it"
