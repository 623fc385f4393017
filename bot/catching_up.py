"""Taking the turns of messages that people sent while the webhook could not be reached."""

from datetime import datetime
from typing import Protocol

from bell import Bell
from bot.turn import DRAIN, Turn
from db import Database
from messaging import reconciliation
from settings import TwilioSettings


class Services(Protocol):
    """What catching up needs."""

    @property
    def database(self) -> Database: ...
    @property
    def turn(self) -> Turn: ...
    @property
    def bell(self) -> Bell: ...


def catch_up(
    services: Services,
    twilio: TwilioSettings,
    now: datetime,
    since: datetime | None = None,
    most: int | None = None,
) -> int:
    """Fetch messages that never reached us and take their turns, oldest first; replies leave by the dispatcher.

    A kill between a turn and its redirection leaves a reply of unknown fate, which reconciliation settles. Returns how
    many messages there were. Raises SendError.
    """
    missed = reconciliation.catch_up(services.database, twilio, now, services.turn.take, since=since, most=most)
    if missed:
        services.bell.ring(DRAIN)
    return missed
