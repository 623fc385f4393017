import pytest
from sqlalchemy import Connection, func, literal, select

from families import divipola, territory
from families.territory import Municipality, Place
from tests.families.households import CARTAGENA, SINCELEJO


def test_the_country_is_loaded_whole(connection: Connection) -> None:
    assert len(territory.department_names(connection)) == 33  # 32 departments and the capital
    names = territory.municipality_names(connection)
    assert len(names) == 1121
    assert (names["11001"], names["54001"], names[CARTAGENA]) == (
        "Bogotá, D.C.",
        "San José de Cúcuta",
        "Cartagena de Indias",
    )


def test_loading_again_changes_nothing(connection: Connection) -> None:
    before = connection.scalar(select(func.count()).select_from(Place))
    assert territory.load(connection) == 1121
    assert connection.scalar(select(func.count()).select_from(Place)) == before


@pytest.mark.parametrize(
    ("capitals", "written"),
    [
        pytest.param("SAN JOSÉ DE LA MONTAÑA", "San José de la Montaña", id="article after de"),
        pytest.param("MARÍA LA BAJA", "María La Baja", id="article of a name"),
        pytest.param("EL CARMEN DE BOLÍVAR", "El Carmen de Bolívar", id="article in front"),
        pytest.param("VALLE DEL GUAMUEZ", "Valle del Guamuez", id="del"),
        pytest.param("BOGOTÁ, D.C.", "Bogotá, D.C.", id="the capital"),
        pytest.param("GAITANIA (LA UNIÓN)", "Gaitania (La Unión)", id="in brackets"),
    ],
)
def test_names_are_written_as_people_write_them(capitals: str, written: str) -> None:
    assert divipola.written(capitals) == written


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("", "Colombia"),
        ("70", "Sucre"),
        (SINCELEJO, "Sincelejo (Sucre)"),
        ("99999", None),
        ("00", None),
        ("7", None),
    ],
)
def test_a_territory_has_a_name(connection: Connection, code: str, name: str | None) -> None:
    found = territory.named(connection, code)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("territories", "municipalities"),
    [
        pytest.param([""], 1121, id="the country"),
        pytest.param(["70"], 26, id="a department"),
        pytest.param([SINCELEJO, CARTAGENA], 2, id="two municipalities"),
        pytest.param(["70", SINCELEJO], 26, id="one within the other"),
        pytest.param([], 0, id="nowhere"),
    ],
)
def test_municipalities_within(connection: Connection, territories: list[str], municipalities: int) -> None:
    condition = territory.within(Municipality.code, territories)
    assert connection.scalar(select(func.count()).select_from(Municipality).where(condition)) == municipalities


def test_a_code_with_wildcards_is_only_a_code(connection: Connection) -> None:
    assert connection.scalar(select(territory.within(literal("70001"), ["7%"]))) is False
    assert connection.scalar(select(territory.within(literal("70001"), ["7"]))) is True
