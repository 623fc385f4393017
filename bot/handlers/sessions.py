"""What families say of their sessions, carried out: replies, open times, and changes of day."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from bot import register, session_reminders
from bot.desk import Desk
from bot.dialogues.machine import Answer, Request
from bot.dialogues.session import MOST_SLOTS, Look, Note, Noted, Slot, Standing, Take, Taken
from bot.session_letters import visits
from families import session_changes, sessions, slots
from families.sessions import Reply, Session, SessionError, State
from families.slots import SlotTakenError

SHOWN = 3
"""Sessions told at once: the next ones."""
LOOKED_AT = 20
"""Open times among which those of the day that was named are looked for."""


def look(request: Look, desk: Desk) -> Standing:
    """What the family has before it."""
    return _standing(desk, request.family_id)


def note(request: Note, desk: Desk) -> Answer:
    """Note what the family says, if all it speaks of still holds."""
    current, because = _current(desk, request.family_id, request.sessions)
    if because:
        return _standing(desk, request.family_id, because)
    said = Reply(request.choice)
    session_reminders.hold(desk.connection, [request.family_id])
    for session in current:
        session_changes.reply(
            desk.connection, session.id, request.family_id, said, desk.now, wished_on=request.wished_on
        )
    if said is not Reply.GOING:
        session_reminders.take_back(desk.connection, [session.id for session in current], desk.now)
    session_reminders.plan(desk.connection, [request.family_id], desk.now)
    open_times = () if said is Reply.GOING else _open_times(desk, current[0], request.wished_on)
    return Noted(tuple(visits(desk.connection, request.sessions)), request.choice, open_times)


def take(request: Take, desk: Desk) -> Answer:
    """Change the family's session to the time it chose, if that is still open."""
    current, because = _current(desk, request.family_id, [request.session])
    if because:
        return _standing(desk, request.family_id, because)
    session_reminders.hold(desk.connection, [request.family_id])
    try:
        taken = slots.take(desk.connection, request.slot, request.session, request.family_id, desk.now)
    except SlotTakenError:
        session_reminders.plan(desk.connection, [request.family_id], desk.now)
        open_times = _open_times(desk, current[0], None)
        return Noted(tuple(visits(desk.connection, [request.session])), Reply.OTHER_DAY, open_times, gone=True)
    except SessionError:
        return _standing(desk, request.family_id, "moved")
    session_reminders.take_back(desk.connection, [request.session], desk.now)
    session_reminders.plan(desk.connection, [request.family_id], desk.now)
    return Taken(visits(desk.connection, [taken])[0])


HANDLERS: Mapping[type[Request], Callable[[Any, Desk], Answer | None]] = {Look: look, Note: note, Take: take}


def _current(desk: Desk, family_id: int, session_ids: Sequence[int]) -> tuple[list[Session], str]:
    """The sessions as they stand, or why one of them no longer holds: moved, cancelled, past, unknown.

    A phone that is not of the family learns nothing, not even that there is such a session.
    """
    if not register.serves(desk.connection, desk.contact_id, family_id):
        return [], "unknown"
    found = []
    for session_id in session_ids:
        session = sessions.present(desk.connection, session_id, family_id)
        if session is None:
            return [], "unknown"
        if session.state is State.CANCELLED:
            return [], "cancelled"
        if session.state is State.HELD or session.starts_at <= desk.now:
            return [], "past"
        if session.id != session_id:
            return [], "moved"
        found.append(session)
    return found, "" if found else "unknown"


def _standing(desk: Desk, family_id: int, because: str = "") -> Standing:
    if not register.serves(desk.connection, desk.contact_id, family_id):
        return Standing(family_id, ())
    before = sessions.upcoming(desk.connection, family_id, desk.now)[:SHOWN]
    told = because if because != "unknown" else ""
    return Standing(family_id, tuple(visits(desk.connection, [session.id for session in before])), told)


def _open_times(desk: Desk, session: Session, wished_on: date | None) -> tuple[Slot, ...]:
    """The gestor's open times: those of the day that was named, if there are any."""
    found = [
        Slot(slot.id, slot.starts_at) for slot in slots.free(desk.connection, session.gestor_id, desk.now, LOOKED_AT)
    ]
    on_the_day = [slot for slot in found if slot.day == wished_on]
    return tuple((on_the_day or found)[:MOST_SLOTS])
