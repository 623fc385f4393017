"""How to make one of each kind of thing that an address of the staff's web can name, in a municipality of choice.

Whoever adds a route with an argument (`<int:family_id>`) adds a line to `MAKERS`: the matrix test (`test_matrix.py`)
then asks for that thing from the municipality next door, and fails as long as the argument has no line here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from encryption import Cipher
from families import assignments, enrolment, families
from families.families import FamilyRecord, NewFamily, NewMember, Relation, Zone
from families.staff import Staff

MARK = "Zutana Vecina"
"""Name of everybody, and beginning of every text, that a maker puts into a thing: no neighbour may read it."""


@dataclass(frozen=True, slots=True)
class Village:
    """A municipality with its gestor, in which things are made."""

    connection: Connection
    cipher: Cipher
    municipality: str
    gestor: Staff
    now: datetime

    def family(self) -> FamilyRecord:
        """A signed family that the gestor accompanies."""
        head = NewMember(MARK, "female", Relation.HEAD, None, "CC 64555321")
        new = NewFamily(self.municipality, Zone.URBAN, (head,))
        (record,) = families.register(self.connection, self.cipher, [new], self.now)
        enrolment.sign(self.connection, [record.id], self.now)
        assignments.assign(self.connection, [record.id], self.gestor.id, self.now)
        return record


MAKERS: Mapping[str, Callable[[Village], object]] = {
    "family_id": lambda village: village.family().id,
}
"""By the name of the route's argument: makes one and returns its value."""

OF_NO_PLACE: Mapping[str, str] = {}
"""Arguments of the staff's routes that name nothing of a municipality, and why that is so."""
