from sqlalchemy import Connection

from encryption import Cipher
from families import audience, enrolment
from tests.families.households import CARTAGENA, COROZAL, NOW, SINCELEJO, family, register


def signed(connection: Connection, cipher: Cipher, *municipalities: str) -> list[int]:
    ids = [record.id for record in register(connection, cipher, *map(family, municipalities))]
    enrolment.sign(connection, ids, NOW)
    return ids


def test_an_audience_is_the_families_of_its_territory(connection: Connection, cipher: Cipher) -> None:
    one, two, three = signed(connection, cipher, SINCELEJO, COROZAL, CARTAGENA)
    register(connection, cipher, family(SINCELEJO))  # has not signed
    found = {
        code: [listed.id for chunk in audience.audience(connection, code) for listed in chunk]
        for code in ("", "70", SINCELEJO, "05")
    }
    assert found == {"": [one, two, three], "70": [one, two], SINCELEJO: [one], "05": []}
    assert audience.size(connection, "70") == 2


def test_an_audience_comes_in_chunks_each_family_once(connection: Connection, cipher: Cipher) -> None:
    ids = signed(connection, cipher, *[SINCELEJO] * 25)
    chunks = list(audience.audience(connection, SINCELEJO, chunk=10))
    assert [len(chunk) for chunk in chunks] == [10, 10, 5]
    assert [listed.id for chunk in chunks for listed in chunk] == ids


def test_a_sample_is_drawn_again_by_its_seed(connection: Connection, cipher: Cipher) -> None:
    ids = signed(connection, cipher, *[SINCELEJO] * 60, CARTAGENA)
    drawn = [listed.id for listed in audience.sample(connection, SINCELEJO, 20, seed=7)]
    assert drawn == [listed.id for listed in audience.sample(connection, SINCELEJO, 20, seed=7)]
    assert len(set(drawn)) == 20
    assert set(drawn) < set(ids[:-1])
    assert drawn != [listed.id for listed in audience.sample(connection, SINCELEJO, 20, seed=8)]


def test_every_family_has_the_same_chance(connection: Connection, cipher: Cipher) -> None:
    ids = signed(connection, cipher, *[SINCELEJO] * 20)
    times = dict.fromkeys(ids, 0)
    for seed in range(400):
        for listed in audience.sample(connection, SINCELEJO, 5, seed):
            times[listed.id] += 1
    assert all(60 <= count <= 140 for count in times.values())  # 100 expected, deviation 8.7


def test_a_sample_larger_than_the_audience_is_the_audience(connection: Connection, cipher: Cipher) -> None:
    ids = signed(connection, cipher, SINCELEJO, SINCELEJO)
    assert [listed.id for listed in audience.sample(connection, "", 50, seed=1)] == ids
