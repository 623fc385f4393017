from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Connection, text

from encryption import Cipher
from families import families, folio
from families.families import NewMember, Relation, Status
from tests.families.households import NOW, SINCELEJO, family, register


def test_a_registered_family_is_found_by_its_folio(connection: Connection, cipher: Cipher) -> None:
    (registered,) = register(connection, cipher)
    assert registered.status is Status.WELCOMED
    assert families.by_folio(connection, folio.display(registered.folio)) == registered
    assert families.get(connection, registered.id) == registered


def test_a_wrong_or_unknown_folio_finds_nobody(connection: Connection, cipher: Cipher) -> None:
    (registered,) = register(connection, cipher)
    wrong = registered.folio[:-1] + str((int(registered.folio[-1]) + 1) % 10)
    assert families.by_folio(connection, wrong) is None
    assert families.by_folio(connection, folio.issue(folio.LAST_SERIAL)) is None


def test_families_come_back_in_the_order_they_were_given(connection: Connection, cipher: Cipher) -> None:
    heads = [f"Persona {number}" for number in range(50)]
    registered = register(connection, cipher, *(family(head=head) for head in heads))
    names = families.head_names(connection, cipher, [record.id for record in registered])
    assert [names[record.id] for record in registered] == heads
    assert len({record.folio for record in registered}) == 50


def test_names_and_documents_are_not_readable_in_the_database(connection: Connection, cipher: Cipher) -> None:
    (registered,) = register(connection, cipher)
    (head, child) = families.members(connection, cipher, registered.id)
    assert (head.name, head.document, head.relation) == ("Rosa Elena Mercado", "CC 64555321", Relation.HEAD)
    assert child.name == "Luis Mercado"
    dumped = connection.scalar(text("SELECT string_agg(m::text, '') FROM family_members m"))
    for known in ("Rosa", b"Rosa".hex(), "64555321", b"64555321".hex()):
        assert known not in dumped


def test_who_left_the_household_no_longer_counts(connection: Connection, cipher: Cipher) -> None:
    (registered,) = register(connection, cipher)
    connection.execute(text("UPDATE family_members SET left_on = '2026-11-01' WHERE relation = 'child'"))
    assert [member.relation for member in families.members(connection, cipher, registered.id)] == [Relation.HEAD]
    assert len(families.household(connection, registered.id).people) == 1


def test_the_household_carries_what_decides_achievements(connection: Connection, cipher: Cipher) -> None:
    (registered,) = register(connection, cipher, family(displaced=True, farms=True))
    household = families.household(connection, registered.id)
    assert (household.displaced, household.farms, household.owns_land) == (True, True, False)
    assert {person.birth_date for person in household.people} == {date(1990, 5, 17), date(2023, 1, 2)}


@pytest.mark.parametrize(
    ("digits", "known"),
    [
        pytest.param("5321", True, id="of the head's document"),
        pytest.param("5678", True, id="of the child's document"),
        pytest.param("1234", False, id="of nobody's"),
        pytest.param("321", False, id="too few"),
        pytest.param("64555321", False, id="the whole number"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_a_family_proves_itself_by_four_digits(
    connection: Connection, cipher: Cipher, digits: str, known: bool
) -> None:
    (registered,) = register(connection, cipher)
    assert families.proves(connection, cipher, registered.id, digits) is known


def test_a_family_without_documents_proves_nothing(connection: Connection, cipher: Cipher) -> None:
    nameless = replace(family(), members=(NewMember("Ana", "female", Relation.HEAD),))
    (registered,) = register(connection, cipher, nameless)
    assert not families.proves(connection, cipher, registered.id, "0000")


@pytest.mark.parametrize(
    "relations",
    [
        pytest.param((Relation.CHILD, Relation.HEAD), id="the head is not first"),
        pytest.param((Relation.HEAD, Relation.HEAD), id="two heads"),
        pytest.param((Relation.CHILD,), id="no head"),
        pytest.param((), id="nobody"),
    ],
)
def test_a_family_has_one_head(connection: Connection, cipher: Cipher, relations: tuple[Relation, ...]) -> None:
    members = tuple(NewMember("Ana", "female", relation) for relation in relations)
    with pytest.raises(ValueError, match="one head"):
        families.register(connection, cipher, [replace(family(), members=members)], NOW)


def test_registering_nobody_is_no_work(connection: Connection, cipher: Cipher) -> None:
    assert families.register(connection, cipher, [], NOW) == []


def test_a_record_tells_where_and_never_that_a_family_was_displaced(connection: Connection, cipher: Cipher) -> None:
    (registered,) = register(connection, cipher, family(displaced=True))
    assert registered.municipality == SINCELEJO
    assert "displaced" not in repr(registered)
