"""Families for the tests, registered and signed as the programme does it."""

from datetime import UTC, date, datetime

from sqlalchemy import Connection

from encryption import Cipher
from families import families
from families.families import FamilyRecord, NewFamily, NewMember, Relation, Zone

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
SINCELEJO, COROZAL, CARTAGENA = "70001", "70215", "13001"


def family(municipality: str = SINCELEJO, head: str = "Rosa Elena Mercado", **facts: object) -> NewFamily:
    """A woman with a son of three."""
    people = (
        NewMember(head, "female", Relation.HEAD, date(1990, 5, 17), "CC 64555321"),
        NewMember("Luis Mercado", "male", Relation.CHILD, date(2023, 1, 2), "RC 1102345678"),
    )
    return NewFamily(municipality, Zone.URBAN, people, **facts)  # type: ignore[arg-type]


def register(connection: Connection, cipher: Cipher, *new: NewFamily) -> list[FamilyRecord]:
    return families.register(connection, cipher, new or (family(),), NOW)
