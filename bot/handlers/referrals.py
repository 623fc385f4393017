"""Carries out what a family decides about a referral, and what it tells of how it went."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot import referral_outcomes, referral_timers, register
from bot.desk import Desk
from bot.dialogues.machine import Answer, Invitation, Request
from bot.dialogues.referral import Decide, Decided, Look, Standing, Tell, Telling, Unsay
from bot.dialogues.referral_list import Due, FindDue, FindReferrals, Line, Referrals
from bot.dialogues.referral_sheet import Sheet
from bot.referral_letters import reached_by, sheet
from families import consents, families, programmes, referrals
from families.consents import Entry, Means, Purpose
from families.deadlines import BOGOTA
from families.programmes import Programme
from families.referrals import ANSWERABLE, GOING, RETURNING, Referral, State
from messaging import inbox

LEFT = {State.ACCEPTED: "given_up", State.ATTENDED: "given_up", State.WAITING: "left"}
"""What it is to say no, by how the referral stood; otherwise an offer was declined."""


def look(request: Look, desk: Desk) -> Standing:
    """How a referral stands now, if it is of a family of this phone."""
    referral = _own(request.referral, desk)
    return Standing() if referral is None else _standing(referral, desk)


def decide(request: Decide, desk: Desk) -> Answer:
    """Do what the family has chosen, if that can be still; otherwise how the referral stands."""
    referral = _own(request.referral, desk)
    if referral is None:
        return Standing()
    match request.choice:
        case "accept":
            return _accept(referral, desk)
        case "decline" | "leave" | "cannot":
            return _decline(referral, desk)
        case "later" if referral.state in ANSWERABLE:
            moment = referral_timers.again(desk.connection, referral, desk.now)
            return _decided(referral, desk, "later" if moment else "later_soon", again=moment)
        case "going" if referral.state in GOING:
            return _decided(referral, desk, "going")
        case "stay" if referral.state is State.WAITING:
            return _decided(referral, desk, "stays")
        case "not_yet" if referral.state in GOING:
            referral_timers.not_yet(desk.connection, referral, desk.now)
            return _decided(referral, desk, "not_yet")
    return _standing(referral, desk)


def tell(request: Tell, desk: Desk) -> Answer:
    """Note whether the family was served, and open the response in which it tells the rest in secret."""
    referral = _own(request.referral, desk)
    if referral is None:
        return Standing()
    if not referrals.told(desk.connection, referral.id, request.served, desk.now):
        return _standing(referral, desk)
    family = families.get(desk.connection, referral.family_id)
    programme = _programme(referral, desk)
    assert family is not None
    invitation, response_id, seed = referral_outcomes.begin(desk, programme, family.municipality)
    opened = Invitation(
        invitation.id, invitation.wave_id, invitation.form_version_id, invitation.anonymous, invitation.preset
    )
    return Telling(_sheet(referral, programme, desk), request.served, opened, response_id, seed)


def unsay(_request: Unsay, desk: Desk) -> None:
    """Blank the message at hand."""
    inbox.blank(desk.connection, desk.inbound_id)


def find(request: FindReferrals, desk: Desk) -> Referrals:
    """What a family of this phone is on its way to."""
    if not register.serves(desk.connection, desk.contact_id, request.family):
        return Referrals(())
    lines = []
    for referral in referrals.of_families(desk.connection, [request.family]):
        programme = _programme(referral, desk)
        lines.append(Line(referral.id, programme.details.name, referral.state.value))
    return Referrals(tuple(lines))


def find_due(_request: FindDue, desk: Desk) -> Due:
    """The referrals of this phone whose outcome may be told: where there is no appointment, at any time.

    None while somebody else may have the phone: who it is of is asked first.
    """
    if register.doubtful(desk.connection, [desk.contact_id], desk.now):
        return Due(())
    own = register.families_of(desk.connection, desk.contact_id)
    found = []
    for referral in referrals.of_families(desk.connection, own, GOING):
        if _is_due(referral, desk.now) or _programme(referral, desk).details.appointment is None:
            found.append((referral.id, referral.family_id))
    return Due(tuple(found))


def _accept(referral: Referral, desk: Desk) -> Answer:
    moved = referrals.accept(desk.connection, referral.id, desk.now)
    assert moved is not None
    now = moved.referral
    if now.state is State.ACCEPTED:
        if moved.changed:
            referral_timers.accepted(desk.connection, now, moved.programme, desk.now)
            # The offer says so: whoever accepts lets the entity know who will come (Ley 1581 of 2012, article 9).
            told = Entry(Purpose.ENTITIES, True, Means.MESSAGE, f"referral:{now.id}", desk.now, None)
            consents.record(desk.connection, now.family_id, told)
        return _decided(now, desk, "accepted")
    if now.state is State.WAITING:
        return _decided(now, desk, "waiting", place=referrals.ahead(desk.connection, now) + 1)
    return _standing(now, desk)


def _decline(referral: Referral, desk: Desk) -> Answer:
    moved = referrals.decline(desk.connection, referral.id, desk.now)
    assert moved is not None
    if moved.changed:
        referral_timers.called(desk.connection, desk.office, moved.programme, moved.called, desk.now)
    elif moved.referral.state is not State.DECLINED:
        return _standing(moved.referral, desk)
    return _decided(moved.referral, desk, LEFT.get(referral.state, "declined"))


def _decided(referral: Referral, desk: Desk, came: str, place: int = 0, again: datetime | None = None) -> Decided:
    told = _sheet(referral, _programme(referral, desk), desk)
    return Decided(told, referral.family_id, came, place, again)


def _standing(referral: Referral, desk: Desk) -> Standing:
    """What is to be asked of a referral as it stands, or said instead."""
    programme = _programme(referral, desk)
    told = _sheet(referral, programme, desk)
    takes = programme.takes(desk.now.astimezone(BOGOTA).date())
    match referral.state:
        case State.CALLED:
            return Standing(told, referral.family_id, ask="call")
        case State.WAITING:
            place = referrals.ahead(desk.connection, referral) + 1
            return Standing(told, referral.family_id, ask="wait", place=place)
        case State.ACCEPTED | State.ATTENDED:
            return Standing(told, referral.family_id, ask="outcome" if _is_due(referral, desk.now) else "date")
        case state if state in RETURNING | {State.OFFERED} and takes:
            return Standing(told, referral.family_id, ask="offer")
        case State.SERVED | State.NOT_SERVED | State.UNKNOWN:
            return Standing(told, referral.family_id, past="told")
        case _:
            return Standing(told, referral.family_id, past="closed")


def _is_due(referral: Referral, now: datetime) -> bool:
    return referral.due_at is not None and referral.due_at <= now


def _own(referral_id: int, desk: Desk) -> Referral | None:
    """A referral of a family of this phone; a tap proves nothing."""
    referral = referrals.get(desk.connection, referral_id)
    if referral is None or not register.serves(desk.connection, desk.contact_id, referral.family_id):
        return None
    return referral


def _programme(referral: Referral, desk: Desk) -> Programme:
    programme = programmes.get(desk.connection, referral.programme_id)
    assert programme is not None
    return programme


def _sheet(referral: Referral, programme: Programme, desk: Desk) -> Sheet:
    reached = reached_by(desk.connection, desk.office, [referral.family_id]).get(referral.family_id)
    return sheet(referral, programme, reached.name if reached else "")


HANDLERS: Mapping[type[Request], Callable[[Any, Desk], Answer | None]] = {
    Look: look,
    Decide: decide,
    Tell: tell,
    Unsay: unsay,
    FindReferrals: find,
    FindDue: find_due,
}
