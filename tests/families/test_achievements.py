from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from encryption import Cipher
from families import achievements, catalogue
from tests.families.households import COROZAL, NOW, SINCELEJO, family, register

CONTENT = (Path(catalogue.__file__).parent / "catalogues" / "logros_2007.csv").read_text("utf-8")
LATER = "code,manual_no,dimension,applies_to,sensitive,label_es,question_es\nID1,7,ID,all,no,Cédula,¿Tienen?\n"


def test_a_catalogue_is_loaded_once(connection: Connection) -> None:
    first = achievements.load(connection, "2007", CONTENT, NOW)
    assert achievements.load(connection, "2007 again", CONTENT, NOW) == first
    assert achievements.in_force(connection) == list(catalogue.read(CONTENT))


def test_a_new_catalogue_takes_over_without_a_release(connection: Connection) -> None:
    assert achievements.in_force(connection) == []
    achievements.load(connection, "2007", CONTENT, NOW)
    achievements.load(connection, "2011", LATER, NOW + timedelta(days=1))
    assert [achievement.label for achievement in achievements.in_force(connection)] == ["Cédula"]


def test_what_counts_follows_from_the_members(connection: Connection, cipher: Cipher) -> None:
    achievements.load(connection, "2007", CONTENT, NOW)
    (registered,) = register(connection, cipher, family(displaced=True))
    counting = achievements.applying(connection, registered.id, date(2026, 11, 23))
    codes = {achievement.code for achievement in counting}
    assert {"ID1", "ED2", "SA7", "NU3", "AJ3"} <= codes  # a boy of three, a displaced family
    assert codes.isdisjoint({"ID2", "IT2", "IT4", "SA6", "SA12", "NU4", "AJ2"})
    assert "AJ3" not in {achievement.code for achievement in achievements.tellable(counting)}


@pytest.mark.parametrize(
    ("municipality", "order"),
    [
        pytest.param(SINCELEJO, ["HA2", "ED3", "ID1", "ID3"], id="weighed"),
        pytest.param(COROZAL, ["ID1", "ID3", "ED3", "HA2"], id="not weighed"),
    ],
)
def test_what_matters_most_and_is_easiest_comes_first(
    connection: Connection, municipality: str, order: list[str]
) -> None:
    some = [each for each in catalogue.read(CONTENT) if each.code in order]
    achievements.weigh(connection, SINCELEJO, {"HA2": (3, 1), "ED3": (5, 4)})
    achievements.weigh(connection, SINCELEJO, {"HA2": (5, 2)})
    assert [each.code for each in achievements.proposed(connection, municipality, some)] == order
