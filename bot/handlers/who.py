"""Which families a phone is of, and how it becomes or ceases to be one of theirs."""

from collections.abc import Callable, Mapping
from typing import Any

from bot import progress_letters, proving, register
from bot.desk import Desk
from bot.dialogues.machine import Answer, Request
from bot.dialogues.who import ConfirmPhone, Families, FindFamilies, LeavePhone, Left, Proved, ProveFamily
from bot.proving import Proof
from families import news
from messaging import contacts


def find(_request: FindFamilies, desk: Desk) -> Families:
    """The families of the phone, each by the first name and the initial of its head; none while it is in doubt."""
    family_ids = register.families_of(desk.connection, desk.contact_id)
    names = register.labels(desk.connection, desk.office.cipher, family_ids)
    labels = tuple((family_id, names.get(family_id, "")) for family_id in family_ids)
    return Families(labels, doubtful=bool(register.doubtful(desk.connection, [desk.contact_id], desk.now)))


def confirm(_request: ConfirmPhone, desk: Desk) -> Families:
    """The same people as ever."""
    register.confirm(desk.connection, desk.contact_id, desk.now)
    return find(FindFamilies(), desk)


def leave(_request: LeavePhone, desk: Desk) -> Left:
    """The phone is somebody else's: its families' gestores hear of it, and it is not written to any more."""
    for family_id in register.unlink(desk.connection, desk.contact_id):
        news.tell(desk.connection, family_id, news.Kind.PHONE_LEFT, desk.now)
    contacts.quarantine(desk.connection, desk.contact_id, desk.now, inbound_id=desk.inbound_id)
    return Left()


def prove(request: ProveFamily, desk: Desk) -> Proved:
    """Link the phone after proof; the family's other phones and its gestor are told."""
    tried = proving.attempt(
        desk.connection, desk.office.cipher, desk.contact_id, request.folio, request.digits, desk.now
    )
    if tried.proof is not Proof.PROVED:
        if tried.family_id is not None:
            news.tell(desk.connection, tried.family_id, news.Kind.PROOF_FAILED, desk.now)
        return Proved(None, again=tried.proof is Proof.WRONG and not tried.last)
    assert tried.family_id is not None
    others = register.phones_of(desk.connection, tried.family_id)
    if register.link(desk.connection, tried.family_id, desk.contact_id, desk.now):
        progress_letters.phone_added(desk.connection, desk.office, others, tried.family_id, desk.now)
        news.tell(desk.connection, tried.family_id, news.Kind.PHONE_ADDED, desk.now)
    contacts.confirm(desk.connection, desk.contact_id, desk.now, source="message", inbound_id=desk.inbound_id)
    return Proved(tried.family_id)


HANDLERS: Mapping[type[Request], Callable[[Any, Desk], Answer | None]] = {
    FindFamilies: find,
    ConfirmPhone: confirm,
    LeavePhone: leave,
    ProveFamily: prove,
}
