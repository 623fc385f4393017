"""What the staff change about programmes and referrals, with what the families concerned are told of it."""

from datetime import datetime

from sqlalchemy import Connection

from bot import referral_timers
from bot.desk import Office
from bot.forbidden_words import check
from bot.referral_letters import Notice, tell
from families import programmes, referrals
from families.programmes import Details, Status
from families.referrals import Moved


def set_places(
    connection: Connection, office: Office, programme_id: int, places: int, by: int, now: datetime
) -> int | None:
    """Change how many places a programme has; those who wait are called to new ones.

    Returns how many were called, or None if nothing changed. Raises PlacesHeldError, see `programmes.set_places`.
    """
    if not programmes.set_places(connection, programme_id, places, now, by):
        return None
    return _call_waiting(connection, office, programme_id, now)


def change(
    connection: Connection, office: Office, programme_id: int, details: Details, status: Status, now: datetime
) -> int:
    """Write a programme anew. A date that moved is told to those who have a place; returns how many were told.

    Raises ForbiddenWordError for words that no message says while families are on their way there: they read them.
    """
    if referrals.of_programme(connection, programme_id, referrals.OPEN):
        check(*details.told)
    programmes.change(connection, programme_id, details, status, now)
    programme = programmes.lock(connection, programme_id)
    assert programme is not None
    moved = referrals.reschedule(connection, programme)
    for referral in moved:
        referral_timers.accepted(connection, referral, programme, now)
    future = [referral for referral in moved if referral.due_at is not None and referral.due_at > now]
    notices = [
        Notice("moved", referral, programme, referral.due_at, f"{referral.due_at:%Y%m%d%H%M}")
        for referral in future
        if referral.due_at is not None
    ]
    tell(connection, office, notices, now)
    _call_waiting(connection, office, programme_id, now)
    return len(future)


def withdraw(connection: Connection, office: Office, referral_id: int, by: int, now: datetime) -> Moved | None:
    """Take a referral back; a place that it held goes on to the first who waits."""
    moved = referrals.withdraw(connection, referral_id, now, by)
    if moved is not None:
        referral_timers.called(connection, office, moved.programme, moved.called, now)
    return moved


def _call_waiting(connection: Connection, office: Office, programme_id: int, now: datetime) -> int:
    programme = programmes.lock(connection, programme_id)
    assert programme is not None
    them = referrals.call_waiting(connection, programme, now)
    referral_timers.called(connection, office, programme, them, now)
    return len(them)
