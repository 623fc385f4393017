"""How to make one of each kind of thing that an address of the staff's web can name, in a municipality of choice.

Whoever adds a route with an argument (`<int:family_id>`) adds a line to `MAKERS`: the matrix test (`test_matrix.py`)
then asks for that thing from the municipality next door, and fails as long as the argument has no line here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from encryption import Cipher
from families import assignments, enrolment, families, session_changes, slots
from families.families import FamilyRecord, NewFamily, NewMember, Relation, Zone
from families.sessions import Plan
from families.slots import Slot
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

    def session(self) -> int:
        """A session of the gestor with a family."""
        plan = Plan("follow_up", self.gestor.id, self.municipality, self.now + timedelta(days=2), 60, f"{MARK}, salón")
        return session_changes.schedule(self.connection, plan, [self.family().id], self.now)

    def slot(self) -> int:
        """An open time of the gestor, a minute after the one before."""
        before = slots.listing(self.connection, self.gestor.id, self.now, self.now + timedelta(days=9))
        starts_at = self.now + timedelta(days=3, minutes=len(before))
        first = Slot(0, self.gestor.id, self.municipality, f"{MARK}, salón", starts_at, 60, UUID(int=0), None)
        slots.open_slots(self.connection, first, 1, self.now)
        return slots.listing(self.connection, self.gestor.id, self.now, self.now + timedelta(days=9))[-1].id


MAKERS: Mapping[str, Callable[[Village], object]] = {
    "family_id": lambda village: village.family().id,
    "session_id": lambda village: village.session(),
    "slot_id": lambda village: village.slot(),
}
"""By the name of the route's argument: makes one and returns its value."""

OF_NO_PLACE: Mapping[str, str] = {}
"""Arguments of the staff's routes that name nothing of a municipality, and why that is so."""
