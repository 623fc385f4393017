"""Opens the response in which a family tells in secret how it was served, and closes the waves of these responses."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection

import timers
from bot import closing, conversations, silence
from bot.desk import Desk, Office
from families.deadlines import BOGOTA
from families.programmes import Programme
from surveys import invitations, outcomes, responses, waves

CLOSING = "outcome_wave"
SEED_BITS = 53
"""So that a seed survives JSON, whose numbers are doubles."""
PUBLISH_AFTER = timedelta(days=1)


def begin(desk: Desk, programme: Programme, municipality: str) -> tuple[invitations.Invitation, UUID, int]:
    """Open a response about a programme, in the conversation at hand: its invitation, its id, a seed for it.

    The response belongs to nobody from its beginning: only the open conversation leads to it. It is not said by which
    channel it came, and whoever leaves it open is not reminded of it.
    """
    today = desk.now.astimezone(BOGOTA).date()
    wave_id = outcomes.current(desk.connection, today)
    if wave_id is None:
        wave_id = outcomes.begin(desk.connection, today, desk.now)
        _plan_closing(desk.connection, wave_id)
    invitation = outcomes.invite(desk.connection, wave_id, municipality, programme.key)
    response_id = uuid4()
    responses.start(desk.connection, response_id, invitation.id, "", desk.now)
    conversations.link(desk.connection, desk.contact_id, response_id)
    silence.watch(desk.connection, response_id, desk.now, nudge=False)
    return invitation, response_id, secrets.randbits(SEED_BITS)


def _plan_closing(connection: Connection, wave_id: int) -> None:
    """Close a wave on the morning after its quarter."""
    wave = waves.get(connection, wave_id)
    assert wave is not None
    morning = datetime.combine(wave.period_end + timedelta(days=1), time(6), BOGOTA)
    timers.arm(connection, CLOSING, str(wave_id), morning)


def close(connection: Connection, timer: timers.Due, _office: Office, now: datetime) -> None:
    """Close the wave of a quarter, and publish it once its last responses have ended."""
    wave_id = int(timer.key)
    wave = waves.get(connection, wave_id)
    if wave is None or wave.published_at is not None:
        return
    if wave.status == waves.OPEN:
        closing.close_wave(connection, wave_id, now)
        timers.arm(connection, CLOSING, timer.key, now + PUBLISH_AFTER)
    elif responses.any_open(connection, wave_id):
        timers.arm(connection, CLOSING, timer.key, now + PUBLISH_AFTER)
    else:
        waves.publish(connection, wave_id, now)


KINDS: Mapping[str, Callable[[Connection, timers.Due, Office, datetime], None]] = {CLOSING: close}
"""What the timers of these waves do, by their kind."""
