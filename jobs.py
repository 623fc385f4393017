"""What the bell wakes workers for. Each job looks at its table, does what waits there, and is harmless when repeated.

A job carries no arguments: a ring may be lost, late or doubled. `WORK` and `DRAIN` are the queues a worker listens to.
"""

import time
from datetime import UTC, datetime
from functools import cache

from bot import alarms, inviting
from startup import Services
from surveys import folding

DRAIN = ("jobs.drain",)
"""Sending has workers of its own, so that nothing else waits behind a campaign."""
WORK = ("jobs.fold", "jobs.alarm", "jobs.invite", "jobs.reconcile", "jobs.retain")
SEND_SECONDS = 50
TURN_SECONDS = 30
"""A job that is not done by then rings for itself and lets the others have a turn."""


@cache
def services() -> Services:
    """The services of this worker process, wired by its first job."""
    return Services()


def drain() -> None:
    """Send what is due in the outbox."""
    if services().dispatcher.drain(SEND_SECONDS):
        services().bell.ring("jobs.drain")


def fold() -> None:
    """Add the answers that wait to the figures."""
    folding.fold(services().database)


def alarm() -> None:
    """Carry out the timers that are due, and end responses left open."""
    now = datetime.now(UTC)
    if alarms.sound(services().database, services().texts, now):
        services().bell.ring("jobs.drain")
    alarms.end_left_over(services().database, now)


def invite() -> None:
    """Write the invitations of waves just opened, chunk by chunk."""
    until = time.monotonic() + TURN_SECONDS
    while inviting.invite(services().database, services().texts, datetime.now(UTC)):
        services().bell.ring("jobs.drain")
        if time.monotonic() > until:
            services().bell.ring("jobs.invite")
            return
