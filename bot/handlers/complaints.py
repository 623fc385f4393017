"""Files requests and complaints, tells how far they are, notes whether answers served."""

from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Any

from bot import complainants, forgetting, register
from bot.desk import Desk
from bot.dialogues.complaint import FileComplaint, Filed, RateAnswer, Rated
from bot.dialogues.machine import Answer, Request
from bot.dialogues.radicado import FindComplaint, Standing
from bot.forbidden_words import forbidden_word
from bot.named_gestor import names_gestor
from families import complaints, families
from families.complaints import About, Kind, NewComplaint, Status
from families.deadlines import BOGOTA


def file(request: FileComplaint, desk: Desk) -> Filed:
    """File what the person told.

    What is not `named` keeps the municipality and the day, which many share, and no phone, family or minute.
    """
    family_id = request.family_id if request.named and _speaks_for(request.family_id, desk) else None
    new = NewComplaint(
        kind=Kind(request.kind),
        about=About(request.about),
        text=request.text,
        reserved=request.reserved
        or (family_id is not None and names_gestor(desk.connection, request.text, [family_id])),
        family_id=family_id,
        municipality=_municipality(family_id, desk),
    )
    received = desk.now if request.named else _day(desk.now)
    filed = complaints.file(desk.connection, desk.office.cipher, new, received)
    if request.named:
        complainants.remember(desk.connection, filed.id, desk.contact_id)
    forgetting.soon(desk.connection, desk.contact_id, desk.now)
    return Filed(filed.radicado, filed.last_day)


def find(request: FindComplaint, desk: Desk) -> Standing:
    """How far a request is, and what it is about for those who may know."""
    complaint = complaints.by_radicado(desk.connection, request.radicado)
    if complaint is None:
        return Standing(request.radicado)
    day = complaint.last_day if complaint.open else complaint.answered_at and _day(complaint.answered_at).date()
    standing = Standing(complaint.radicado, complaint.status.value, day)
    if not complainants.may_read(desk.connection, complaint, desk.contact_id):
        return standing
    _, answer = complaints.words(desk.connection, desk.office.cipher, complaint.id)
    entity = "" if forbidden_word(complaint.entity) else complaint.entity
    return Standing(standing.radicado, standing.status, day, kind=complaint.kind.value, entity=entity, answer=answer)


def rate(request: RateAnswer, desk: Desk) -> Rated:
    """Note whether an answer served, for the phone that filed the request."""
    complaint = complaints.by_radicado(desk.connection, request.radicado)
    if complaint is None or complainants.contact_of(desk.connection, complaint.id) != desk.contact_id:
        return Rated(None)
    if complaint.status is not Status.ANSWERED:
        return Rated(None)
    complaints.rate(desk.connection, complaint.id, request.served, desk.now)
    return Rated(request.served)


def _speaks_for(family_id: int | None, desk: Desk) -> bool:
    return family_id is not None and register.serves(desk.connection, desk.contact_id, family_id)


def _municipality(family_id: int | None, desk: Desk) -> str | None:
    """That of the family, or of the first of those that the phone serves."""
    known = [family_id] if family_id is not None else register.families_of(desk.connection, desk.contact_id)
    found = families.get(desk.connection, known[0]) if known else None
    return found.municipality if found else None


def _day(moment: datetime) -> datetime:
    """The beginning of a moment's day where the families are."""
    return datetime.combine(moment.astimezone(BOGOTA).date(), time(), BOGOTA)


HANDLERS: Mapping[type[Request], Callable[[Any, Desk], Answer | None]] = {
    FileComplaint: file,
    FindComplaint: find,
    RateAnswer: rate,
}
