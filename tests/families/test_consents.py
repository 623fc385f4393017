from datetime import timedelta

from sqlalchemy import Connection

from encryption import Cipher
from families import consents
from families.consents import Entry, Means, Purpose
from tests.families.households import NOW, register


def test_what_was_recorded_last_holds_and_nothing_is_lost(connection: Connection, cipher: Cipher) -> None:
    (family_id,) = (record.id for record in register(connection, cipher))
    yes = Entry(Purpose.ENTITIES, True, Means.PAPER, "carpeta 12, folio 3", NOW, None)
    no = Entry(Purpose.ENTITIES, False, Means.MESSAGE, "", NOW + timedelta(days=30), None)
    pictures = Entry(Purpose.PICTURES, True, Means.SPOKEN, "", NOW, None)
    for entry in (no, yes, pictures):  # taken down in any order
        consents.record(connection, family_id, entry)
    assert consents.standing(connection, family_id) == {Purpose.ENTITIES: False, Purpose.PICTURES: True}
    assert consents.file(connection, family_id) == [no, pictures, yes]


def test_who_was_never_asked_has_allowed_nothing(connection: Connection, cipher: Cipher) -> None:
    (family_id,) = (record.id for record in register(connection, cipher))
    assert consents.standing(connection, family_id) == {}
