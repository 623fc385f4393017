"""What the demo's families asked, complained of and wrote to people, by the functions that real ones go through."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

from sqlalchemy import Connection, select

from bot import complainants, correspondence
from bot.demo_data import data
from bot.desk import Office
from bot.register import FamilyContact
from families import complaints, obstacles, staff
from families.complaints import About, Category, Kind, NewComplaint
from families.families import FamilyRecord
from families.staff import Staff

ENTITY = "SENA"


def load(connection: Connection, office: Office, settled: Sequence[FamilyRecord], now: datetime) -> None:
    """File requests, begin threads and write obstacles down. `settled` are families with a phone, most of which stay
    silent.
    """
    coordinator = staff.find(connection, "zonal.sincelejo")
    assert coordinator is not None
    families = cycle(record for record in settled if record.municipality in coordinator.territories)
    for told in data("voices")["complaints"]:
        _complain(connection, office, told, next(families), coordinator, now)
    for told in data("voices")["threads"]:
        _write(connection, office, told, next(families), now)
    for told in data("voices")["obstacles"]:
        obstacles.raise_one(
            connection,
            coordinator,
            told["title"],
            told["municipality"],
            told["entity"],
            told["note"],
            now - timedelta(days=9),
        )


def _complain(
    connection: Connection, office: Office, told: dict[str, Any], family: FamilyRecord, by: Staff, now: datetime
) -> None:
    received = now - timedelta(days=told["days"])
    named = not told.get("unnamed", False)
    new = NewComplaint(
        kind=Kind(told["kind"]),
        about=About(told["about"]),
        text=told["text"],
        reserved=told.get("reserved", False),
        category=Category(told["category"]),
        family_id=family.id if named else None,
        municipality=family.municipality,
    )
    filed = complaints.file(connection, office.cipher, new, received)
    if named:
        complainants.remember(connection, filed.id, _phone(connection, family.id))
    for step, at in zip(told["steps"], _days_after(received), strict=False):
        match step:
            case "transferred":
                complaints.transfer(connection, filed.id, ENTITY, by.id, at)
            case "answered":
                complaints.answer(connection, office.cipher, filed.id, told["answer"], by.id, at)
            case _:
                complaints.rate(connection, filed.id, step == "served", at)


def _write(connection: Connection, office: Office, told: dict[str, Any], family: FamilyRecord, now: datetime) -> None:
    at = now - timedelta(hours=told["hours"])
    thread = correspondence.begin(connection, _phone(connection, family.id), family.id, at, reserved=False)
    for letter in told["letters"]:
        correspondence.write(connection, office.cipher, thread.id, letter, at)


def _phone(connection: Connection, family_id: int) -> int:
    query = select(FamilyContact.contact_id).where(FamilyContact.family_id == family_id).limit(1)
    return connection.execute(query).scalar_one()


def _days_after(moment: datetime) -> Iterable[datetime]:
    return (moment + timedelta(days=2 * day) for day in range(1, 10))
