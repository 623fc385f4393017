from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, select, text

from encryption import Cipher
from families import assignments, scope, staff
from families.families import Family
from families.staff import Role, Staff, StaffError
from families.territory import Municipality
from tests.families.households import CARTAGENA, COROZAL, NOW, SINCELEJO, family, register

PASSWORD = "tres tazas azules"


def add(connection: Connection, login: str, role: Role, *territories: str, entity: str = "") -> Staff:
    return staff.add(
        connection,
        login=login,
        name=login.title(),
        role=role,
        password=PASSWORD,
        territories=territories or ("",),
        entity=entity,
    )


def test_the_right_password_opens(connection: Connection) -> None:
    zonal = add(connection, "marta.zonal", Role.ZONAL, SINCELEJO, COROZAL)
    assert staff.authenticate(connection, " Marta.Zonal ", PASSWORD, NOW) == zonal
    assert staff.get(connection, zonal.id) == zonal == staff.find(connection, "marta.zonal")


@pytest.mark.parametrize(
    ("login", "password"),
    [
        pytest.param("marta", "tres tazas rojas", id="wrong password"),
        pytest.param("nadie", PASSWORD, id="unknown login"),
        pytest.param("marta", "", id="no password"),
        pytest.param("", "", id="nothing"),
        pytest.param("marta\x00", PASSWORD, id="a NUL"),
    ],
)
def test_anything_else_does_not(connection: Connection, login: str, password: str) -> None:
    add(connection, "marta", Role.NATIONAL)
    assert staff.authenticate(connection, login, password, NOW) is None


def test_a_closed_account_is_closed_everywhere(connection: Connection) -> None:
    gone = add(connection, "marta", Role.NATIONAL)
    staff.deactivate(connection, gone.id)
    assert staff.authenticate(connection, "marta", PASSWORD, NOW) is None
    assert staff.get(connection, gone.id) is None
    assert staff.listing(connection) == []
    assert staff.listing(connection, active=False) == [gone]


def test_a_changed_password_replaces_the_old_one(connection: Connection) -> None:
    marta = add(connection, "marta", Role.NATIONAL)
    staff.set_password(connection, marta.id, "cuatro tazas verdes")
    assert staff.authenticate(connection, "marta", PASSWORD, NOW) is None
    assert staff.authenticate(connection, "marta", "cuatro tazas verdes", NOW) == marta
    with pytest.raises(StaffError, match="al menos 10"):
        staff.set_password(connection, marta.id, "corta")


def test_passwords_are_kept_as_argon2id(connection: Connection) -> None:
    add(connection, "marta", Role.NATIONAL)
    assert connection.scalar(text("SELECT password_hash FROM staff")).startswith("$argon2id$")


@pytest.mark.parametrize(
    ("login", "role", "territories", "entity", "password", "problem"),
    [
        pytest.param("m", Role.UT, ("70",), "", PASSWORD, "usuario", id="a login too short"),
        pytest.param("doña marta", Role.UT, ("70",), "", PASSWORD, "usuario", id="a login with spaces"),
        pytest.param("marta", Role.GESTOR, ("70",), "", PASSWORD, "territorio", id="a gestor of a department"),
        pytest.param("marta", Role.UT, (SINCELEJO,), "", PASSWORD, "territorio", id="a UT of a municipality"),
        pytest.param("marta", Role.UT, (), "", PASSWORD, "territorio", id="no territory"),
        pytest.param("marta", Role.UT, ("7%",), "", PASSWORD, "territorio", id="a wildcard"),
        pytest.param("marta", Role.ENTITY, ("",), "", PASSWORD, "entidad", id="a delegate of nobody"),
        pytest.param("marta", Role.NATIONAL, ("",), "SENA", PASSWORD, "entidad", id="an entity without a delegate"),
        pytest.param("marta", Role.NATIONAL, ("",), "", "corta", "contraseña", id="a short password"),
    ],
)
def test_accounts_that_cannot_be(
    connection: Connection,
    login: str,
    role: Role,
    territories: tuple[str, ...],
    entity: str,
    password: str,
    problem: str,
) -> None:
    with pytest.raises(StaffError, match=problem):
        staff.add(
            connection,
            login=login,
            name="Marta",
            role=role,
            password=password,
            territories=territories,
            entity=entity,
        )


def test_a_login_is_one_persons(connection: Connection) -> None:
    add(connection, "marta", Role.NATIONAL)
    with pytest.raises(StaffError, match="Ya hay alguien"):
        add(connection, "MARTA", Role.NATIONAL)


@pytest.mark.parametrize(
    ("role", "territories", "municipalities", "families_seen"),
    [
        pytest.param(Role.NATIONAL, ("",), 1121, {"one", "two", "three"}, id="national"),
        pytest.param(Role.AUDITOR, ("",), 1121, {"one", "two", "three"}, id="auditor"),
        pytest.param(Role.UT, ("70",), 26, {"one", "two"}, id="ut"),
        pytest.param(Role.ZONAL, (SINCELEJO,), 1, {"one"}, id="zonal"),
        pytest.param(Role.GESTOR, (SINCELEJO,), 1, set(), id="gestor without families"),
        pytest.param(Role.ENTITY, ("70",), 26, set(), id="entity"),
        pytest.param(Role.ADMIN, ("",), 1121, set(), id="admin"),
    ],
)
def test_what_each_role_sees(
    connection: Connection,
    cipher: Cipher,
    role: Role,
    territories: tuple[str, ...],
    municipalities: int,
    families_seen: set[str],
) -> None:
    registered = register(connection, cipher, family(SINCELEJO), family(COROZAL), family(CARTAGENA))
    names = dict(zip((record.id for record in registered), ("one", "two", "three"), strict=True))
    person = add(connection, "persona", role, *territories, entity="SENA" if role is Role.ENTITY else "")
    seen = connection.scalars(select(Family.id).where(scope.families(person, Family.id, Family.municipality_code)))
    assert {names[family_id] for family_id in seen} == families_seen
    here = select(func.count()).select_from(Municipality).where(scope.municipalities(person, Municipality.code))
    assert connection.scalar(here) == municipalities


def test_a_gestor_sees_the_families_assigned_now(connection: Connection, cipher: Cipher) -> None:
    first, second = (record.id for record in register(connection, cipher, family(), family()))
    rosa = add(connection, "rosa", Role.GESTOR, SINCELEJO)
    luis = add(connection, "luis", Role.GESTOR, SINCELEJO)
    assert assignments.assign(connection, [first, second], rosa.id, NOW) == 2
    assert assignments.assign(connection, [first], luis.id, NOW + timedelta(days=30)) == 1

    def seen(person: Staff) -> list[int]:
        mine = scope.families(person, Family.id, Family.municipality_code)
        return list(connection.scalars(select(Family.id).where(mine)))

    assert seen(rosa) == [second]
    assert seen(luis) == [first]
    assert assignments.current_gestors(connection, [first, second]) == {first: luis.id, second: rosa.id}
    assert [(each.gestor_id, each.until) for each in assignments.history(connection, first)] == [
        (luis.id, None),
        (rosa.id, NOW + timedelta(days=30)),
    ]


def test_assigning_to_the_same_gestor_changes_nothing(connection: Connection, cipher: Cipher) -> None:
    (family_id,) = (record.id for record in register(connection, cipher))
    rosa = add(connection, "rosa", Role.GESTOR, SINCELEJO)
    assert assignments.assign(connection, [family_id], rosa.id, NOW) == 1
    assert assignments.assign(connection, [family_id, family_id], rosa.id, NOW + timedelta(days=1)) == 0
    assert len(assignments.history(connection, family_id)) == 1


def test_a_territory_is_covered_only_as_a_whole() -> None:
    zonal = Staff(1, "marta", "Marta", Role.ZONAL, (SINCELEJO, COROZAL))
    assert scope.covers(zonal, SINCELEJO)
    assert not scope.covers(zonal, "70")
    assert scope.covers(Staff(2, "ana", "Ana", Role.UT, ("70",)), COROZAL)
    assert scope.covers(Staff(3, "eva", "Eva", Role.NATIONAL, ("",)), "")
