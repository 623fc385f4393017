"""What the bell wakes workers for. Each job looks at its table, does what waits there, and is harmless when repeated.

A job carries no arguments: a ring may be lost, late or doubled. `queues.py` says who does which.
"""

import time
from collections.abc import Callable
from functools import cache, wraps

import structlog

from bot import alarms, catching_up, forgetting, monthly_closing, openings
from bot.campaigns import expansion, wave_days
from messaging import campaigns, fallback, months, reconciliation, retention
from messaging.providers import contents
from messaging.providers.errors import SendError
from startup import Services
from surveys import folding, live

log = structlog.get_logger()

SEND_SECONDS = 50
TURN_SECONDS = 30
"""A job that is not done by then rings for itself and lets the others have a turn."""
TURNS = 2000
"""Messages that did not reach us, handled by one job."""


@cache
def services() -> Services:
    """The services of this worker process, wired by its first job."""
    return Services()


def job(work: Callable[[], None]) -> Callable[[], None]:
    """A job that fails is told in the log, without what people wrote; the clock rings for it again."""

    @wraps(work)
    def told() -> None:
        try:
            work()
        except SendError as error:
            log.warning("the provider was of no help", job=work.__name__, error=str(error))
        except Exception:
            log.exception("job failed", job=work.__name__)

    return told


@job
def drain() -> None:
    """Send what is due in the outbox."""
    if services().dispatcher.drain(SEND_SECONDS):
        services().bell.ring("jobs.drain")


@job
def fold() -> None:
    """Add the answers that wait to the figures."""
    folding.fold(services().database)


@job
def advance() -> None:
    """Move on the figures that staff see of waves under way."""
    live.advance(services().database)


@job
def alarm() -> None:
    """Carry out the timers that are due, and end responses left open."""
    now = services().database.now()
    if alarms.sound(services().database, services().office, now):
        services().bell.ring("jobs.drain")
    alarms.end_left_over(services().database, now)


@job
def reconcile() -> None:
    """Take stopped campaigns out, bring by SMS what WhatsApp did not, settle messages of unknown fate, and fetch what
    did not reach us. What asks the provider comes last: it takes longest, and may fail.
    """
    now, settings = services().database.now(), services().settings
    campaigns.sweep(services().database)
    if fallback.fall_back(services().database, now):
        services().bell.ring("jobs.drain")
    if reconciliation.reconcile(services().database, services().cipher, settings.twilio, now).again:
        services().bell.ring("jobs.drain")
    if settings.twilio is not None and catching_up.catch_up(services(), settings.twilio, now, most=TURNS) == TURNS:
        services().bell.ring("jobs.reconcile")


@job
def retain() -> None:
    """Blank texts that were kept long enough, and the provider's copies of anonymous ones; drop what is over."""
    now = services().database.now()
    months.prepare(services().database, now)
    with services().database.transaction() as connection:
        openings.retain(connection, now)
        forgetting.forget_letters(connection, now)
    retention.blank_old(services().database, now)
    retention.forget_old(services().database, now)
    retention.redact(services().database, services().settings.twilio)


@job
def expand() -> None:
    """Write the messages of campaigns that have begun, chunk by chunk."""
    until = time.monotonic() + TURN_SECONDS
    while expansion.expand(services().database, services().texts, services().database.now()):
        services().bell.ring("jobs.drain")
        if time.monotonic() > until:
            services().bell.ring("jobs.expand")
            return


@job
def follow() -> None:
    """Note how open waves go on, and how far WhatsApp's approval of our templates is."""
    now, twilio = services().database.now(), services().settings.twilio
    wave_days.note(services().database, now)
    if twilio is not None:
        contents.follow(services().database, twilio, now)


@job
def close_month() -> None:
    """Close the month that is due to be closed by itself."""
    with services().database.transaction() as connection:
        monthly_closing.close_due(connection, services().database.now())
