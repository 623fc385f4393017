"""Carries out the timers that are due: each in one transaction with what it is for."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, TimeoutError

import timers
from bot import (
    complaint_clocks,
    erasure,
    forgetting,
    progress_questions,
    referral_outcomes,
    referral_timers,
    session_reminders,
    silence,
)
from bot.desk import Office
from bot.proactive import Letter, send
from db import Database
from families import complaints
from messaging.outbox import Priority
from surveys import responses

log = structlog.get_logger()

BATCH = 500
TRY_AGAIN = timedelta(minutes=10)
"""After this time a timer that failed is tried again."""
NUDGE = "survey_nudge"
NUDGE_LIFE = silence.END_AFTER - silence.NUDGE_AFTER


def break_silence(connection: Connection, timer: timers.Due, office: Office, now: datetime) -> None:
    """Remind whoever left a response open, once."""
    contact_id = silence.went_off(connection, timer, now)
    if contact_id is not None:
        nudge = Letter(contact_id, "survey.nudge", f"nudge:{timer.token}")
        send(connection, office.texts, [nudge], NUDGE, Priority.REMINDER, now, now + NUDGE_LIFE)


KINDS: Mapping[str, Callable[[Connection, timers.Due, Office, datetime], None]] = {
    silence.KIND: break_silence,
    session_reminders.KIND: session_reminders.go_off,
    progress_questions.KIND: progress_questions.went_off,
    **referral_timers.KINDS,
    **referral_outcomes.KINDS,
    complaints.CLOCK: complaint_clocks.strike,
    erasure.KIND: erasure.carry_out,
    forgetting.KIND: forgetting.carry_out,
}
"""What timers do, by their kind."""


def sound(database: Database, office: Office, now: datetime, limit: int = BATCH) -> int:
    """Carry out up to `limit` due timers, one transaction each. Returns how many there were."""
    for done in range(limit):
        if not _next(database, office, now):
            return done
    return limit


def _next(database: Database, office: Office, now: datetime) -> bool:
    """Carry out the timer that is due longest; returns whether there was one.

    One that fails is put off, or all those behind it would wait for ever.
    """
    due: timers.Due | None = None
    try:
        with database.transaction() as connection:
            due = next(iter(timers.take_due(connection, now)), None)
            if due is not None:
                KINDS[due.kind](connection, due, office, now)
    except (OperationalError, TimeoutError):
        raise
    except Exception:
        if due is None:
            raise
        log.exception("timer failed", kind=due.kind)
        with database.transaction() as connection:
            timers.put_off(connection, due, now + TRY_AGAIN)
    return due is not None


def end_left_over(database: Database, now: datetime) -> int:
    """End responses that stay open in closed waves, or whose timer was lost. Returns how many were ended."""
    with database.transaction() as connection:
        closed = responses.finish_silent(connection, now - silence.END_AFTER)
        silence.end(connection, closed, now)
    return len(closed)
