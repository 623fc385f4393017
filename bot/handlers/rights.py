"""Tells what is held of a family, and files what it wants done about it."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import func, select

from bot import complainants, forgetting, register
from bot.correspondence import CorrespondenceLetter, CorrespondenceRow
from bot.desk import Desk
from bot.dialogues import rights
from bot.dialogues.machine import Answer, Request
from bot.dialogues.rights import FileRight, FindHeld, Held, RightFiled
from families import complaints, families
from families.complaints import About, ComplaintRow, Kind, NewComplaint
from families.families import FamilyMember
from messaging.contacts import ContactRow

KINDS = {
    rights.CORRECTION: Kind.DATA_CORRECTION,
    rights.WITHDRAWAL: Kind.DATA_WITHDRAWAL,
    rights.DELETION: Kind.DATA_DELETION,
    rights.COPY: Kind.DATA_CONSULTATION,
}


def find(request: FindHeld, desk: Desk) -> Held:
    """What is held, in numbers; of the phone alone where no family is known."""
    connection = desk.connection
    family_id = _own(request.family_id, desk)
    since = connection.scalar(select(ContactRow.first_seen_at).where(ContactRow.id == desk.contact_id))
    mine = CorrespondenceRow.contact_id == desk.contact_id
    letters = connection.scalar(
        select(func.count())
        .select_from(CorrespondenceLetter)
        .join(CorrespondenceRow, CorrespondenceRow.id == CorrespondenceLetter.correspondence_id)
        .where(mine, CorrespondenceRow.family_id.is_not_distinct_from(family_id))
    )
    if family_id is None:
        return Held(letters=letters or 0, since=since and since.date())
    people = connection.scalar(
        select(func.count())
        .select_from(FamilyMember)
        .where(FamilyMember.family_id == family_id, FamilyMember.left_on.is_(None))
    )
    requests = connection.scalar(
        select(func.count()).select_from(ComplaintRow).where(ComplaintRow.family_id == family_id)
    )
    return Held(people or 0, requests or 0, letters or 0, since and since.date())


def file(request: FileRight, desk: Desk) -> RightFiled:
    """File it like any other request, with the term of the law on personal data."""
    family_id = _own(request.family_id, desk)
    family = families.get(desk.connection, family_id) if family_id is not None else None
    new = NewComplaint(
        kind=KINDS[request.right],
        about=About.OTHER,
        text=request.text,
        reserved=True,
        family_id=family_id,
        municipality=family.municipality if family else None,
    )
    filed = complaints.file(desk.connection, desk.office.cipher, new, desk.now)
    complainants.remember(desk.connection, filed.id, desk.contact_id)
    forgetting.soon(desk.connection, desk.contact_id, desk.now)
    return RightFiled(filed.radicado, filed.last_day)


def _own(family_id: int | None, desk: Desk) -> int | None:
    """The family, if this phone serves it."""
    known = family_id is not None and register.serves(desk.connection, desk.contact_id, family_id)
    return family_id if known else None


HANDLERS: Mapping[type[Request], Callable[[Any, Desk], Answer | None]] = {FindHeld: find, FileRight: file}
