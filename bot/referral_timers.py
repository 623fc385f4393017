"""What happens to a referral by the calendar: an answer is due, the date draws near, it has passed.

A timer that goes off looks at how its referral stands then; one that has become stale does nothing. It never waits
for a programme that somebody else holds, since that somebody may be waiting for the timer: it is set again instead.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

import timers
from bot.desk import Office
from bot.referral_letters import Notice, tell
from families import programmes, referrals
from families.deadlines import BOGOTA
from families.programmes import Programme
from families.referrals import ANSWERABLE, GOING, Referral, State
from messaging import policy
from messaging.contact_hours import ContactHours
from messaging.priority import Priority

ANSWER, AGAIN, REMINDER, OUTCOME = "referral_answer", "referral_again", "referral_reminder", "referral_outcome"
BEFORE = timedelta(days=1)
"""The reminder goes so long before the appointment."""
BEFORE_LAST_DAY = timedelta(days=3)
"""And so long before the last day of a programme without an appointment."""
AFTER = timedelta(hours=20)
"""So long after the date it is asked how it went."""
ASK_AGAIN = timedelta(days=3)
ASKED_AT_MOST = 2
GIVE_UP = timedelta(days=30)
"""So long after the last question a referral ends without an outcome."""
LATER = timedelta(days=1)
"""When somebody who said «later» is asked again."""
LATEST = timedelta(hours=3)
"""Nobody is asked again so shortly before the answer is due."""
BUSY = timedelta(seconds=10)


def offered(connection: Connection, referral: Referral) -> None:
    """Watch that an offer or a call is answered in time."""
    timers.arm(connection, ANSWER, str(referral.id), referral.answer_by)


def called(
    connection: Connection, office: Office, programme: Programme, them: Iterable[Referral], now: datetime
) -> None:
    """Tell those who are called to a place that came free, and watch for their answers."""
    some = list(them)
    for referral in some:
        offered(connection, referral)
    notices = [Notice("call", one, programme, one.answer_by, str(one.turn)) for one in some]
    tell(connection, office, notices, now)


def again(connection: Connection, referral: Referral, now: datetime) -> datetime | None:
    """Set when to ask somebody who will decide later; None if the answer is due before."""
    moment = policy.hours(connection, Priority.REMINDER).next_open(now + LATER)
    if moment + LATEST > referral.answer_by:
        return None
    timers.arm(connection, AGAIN, str(referral.id), moment)
    return moment


def accepted(connection: Connection, referral: Referral, programme: Programme, now: datetime) -> None:
    """Plan the reminder of a referral that was accepted, and the question how it went."""
    due_at = referral.due_at
    if due_at is None:
        return
    hours = policy.hours(connection, Priority.REMINDER)
    if (moment := _reminder(programme, due_at, hours)) and moment > now:
        timers.arm(connection, REMINDER, str(referral.id), moment)
    timers.arm(connection, OUTCOME, str(referral.id), hours.next_open(max(due_at + AFTER, now)), {"asked": 0})


def not_yet(connection: Connection, referral: Referral, now: datetime) -> None:
    """The family has not been there yet: ask again later."""
    timers.arm(connection, OUTCOME, str(referral.id), now + ASK_AGAIN, {"asked": 0})


def _reminder(programme: Programme, due_at: datetime, hours: ContactHours) -> datetime | None:
    """When to remind of a date; None where there is no date but a stretch of time."""
    if programme.details.appointment is not None:
        return hours.last_open(due_at - BEFORE)
    return hours.last_open(due_at - BEFORE_LAST_DAY) if programme.details.closes_on else None


# --- going off ---------------------------------------------------------------------------------------------------


def answer_is_due(connection: Connection, timer: timers.Due, office: Office, now: datetime) -> None:
    """An offer or call was not answered: it ends, and a place that was held goes on."""
    referral_id = int(timer.key)
    referral = referrals.get(connection, referral_id)
    if referral is None or referral.state not in ANSWERABLE:
        return
    moved = referrals.lapse(connection, referral_id, now, wait=False)
    if moved is None:
        timers.arm(connection, ANSWER, timer.key, now + BUSY)
    elif moved.changed:
        called(connection, office, moved.programme, moved.called, now)
    elif moved.referral.state in ANSWERABLE:
        offered(connection, moved.referral)


def ask_again(connection: Connection, timer: timers.Due, office: Office, now: datetime) -> None:
    """Offer once more to somebody who said «later»."""
    found = _found(connection, timer, [State.OFFERED])
    if found is not None and found[1].takes(now.astimezone(BOGOTA).date()):
        referral, programme = found
        tell(connection, office, [Notice("offer", referral, programme, referral.answer_by, str(timer.token))], now)


def remind(connection: Connection, timer: timers.Due, office: Office, now: datetime) -> None:
    """Remind a family of the date."""
    found = _found(connection, timer, [State.ACCEPTED])
    if found is not None and found[0].due_at is not None and now < found[0].due_at:
        referral, programme = found
        notice = Notice("date", referral, programme, found[0].due_at, f"{found[0].due_at:%Y%m%d%H%M}")
        tell(connection, office, [notice], now)


def ask_how_it_went(connection: Connection, timer: timers.Due, office: Office, now: datetime) -> None:
    """Ask a family whether it was served; in the end nobody knows."""
    found = _found(connection, timer, GOING)
    if found is None:
        return
    referral, programme = found
    asked = timer.payload["asked"]
    if asked < ASKED_AT_MOST:
        tell(connection, office, [Notice("outcome", referral, programme, now + ASK_AGAIN, str(timer.token))], now)
        wait = ASK_AGAIN if asked + 1 < ASKED_AT_MOST else GIVE_UP
        timers.arm(connection, OUTCOME, timer.key, now + wait, {"asked": asked + 1})
    elif not referrals.give_up(connection, referral.id, now):
        timers.arm(connection, OUTCOME, timer.key, now + BUSY, timer.payload)


def _found(connection: Connection, timer: timers.Due, states: Iterable[State]) -> tuple[Referral, Programme] | None:
    """The referral of a timer and its programme, if it stands in one of these states still."""
    referral = referrals.get(connection, int(timer.key))
    if referral is None or referral.state not in states:
        return None
    programme = programmes.get(connection, referral.programme_id)
    return None if programme is None else (referral, programme)


KINDS: Mapping[str, Callable[[Connection, timers.Due, Office, datetime], None]] = {
    ANSWER: answer_is_due,
    AGAIN: ask_again,
    REMINDER: remind,
    OUTCOME: ask_how_it_went,
}
"""What the timers of referrals do, by their kind."""
