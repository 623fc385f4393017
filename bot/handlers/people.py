"""Passes letters on to people, and alerts to those who are named for them."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from bot import correspondence, emergency_alerts, register
from bot.conversations import OpenResponse
from bot.desk import Desk
from bot.dialogues.emergency import Alerted, AskForCall, RaiseAlert
from bot.dialogues.machine import Answer, Request
from bot.dialogues.person import EndTalk, WriteLetter, Written
from bot.emergency_alerts import Danger
from bot.named_gestor import names_gestor


def write(request: WriteLetter, desk: Desk) -> Written:
    """Put a letter into its thread, or into the open one of the family."""
    connection = desk.connection
    if request.subject is not None:
        thread = correspondence.of_contact(connection, request.subject, desk.contact_id)
        if thread is None or thread.closed_at is not None:
            return Written(None)
    else:
        known = request.family_id is not None and register.serves(connection, desk.contact_id, request.family_id)
        family_id = request.family_id if known else None
        reserved = request.reserved or (request.unread and _names_gestor(request.text, desk))
        thread = correspondence.begin(connection, desk.contact_id, family_id, desk.now, reserved=reserved)
    correspondence.write(connection, desk.office.cipher, thread.id, request.text, desk.now)
    surveying = connection.scalar(
        select(select(OpenResponse.response_id).where(OpenResponse.contact_id == desk.contact_id).exists())
    )
    return Written(thread.id, correspondence.answerer(connection, thread), bool(surveying))


def end(request: EndTalk, desk: Desk) -> None:
    """Close a thread of this contact."""
    thread = correspondence.of_contact(desk.connection, request.subject, desk.contact_id)
    if thread is not None:
        correspondence.close(desk.connection, thread.id, desk.now)


def alert(request: RaiseAlert, desk: Desk) -> Alerted:
    """Alert the people named; from inside an anonymous survey nobody is named in it.

    What speaks of the gestor is reserved: no gestor hears of it.
    """
    reserved = request.reserved or _names_gestor(request.text, desk)
    emergency_alerts.raise_alert(
        desk.connection,
        desk.office,
        desk.contact_id,
        Danger(request.danger),
        desk.now,
        anonymous=emergency_alerts.in_anonymous_survey(desk.connection, desk.contact_id),
        reserved=reserved,
    )
    return Alerted(reserved)


def call(request: AskForCall, desk: Desk) -> None:
    """Alert them that this person wants to be called: now they may know who it is."""
    emergency_alerts.raise_alert(
        desk.connection,
        desk.office,
        desk.contact_id,
        Danger(request.danger),
        desk.now,
        anonymous=False,
        wants_call=True,
        reserved=request.reserved,
    )


def _names_gestor(text: str, desk: Desk) -> bool:
    return names_gestor(desk.connection, text, register.families_of(desk.connection, desk.contact_id))


HANDLERS: Mapping[type[Request], Callable[[Any, Desk], Answer | None]] = {
    WriteLetter: write,
    EndTalk: end,
    RaiseAlert: alert,
    AskForCall: call,
}
