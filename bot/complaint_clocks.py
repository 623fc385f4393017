"""The clocks of requests: who is named for it is told when a term is nearly over, and when it is over."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

import timers
from bot import emergency_alerts
from bot.desk import Office
from bot.emergency_alerts import AlertRecipient
from families import complaints
from families.deadlines import BOGOTA


def strike(connection: Connection, timer: timers.Due, office: Office, now: datetime) -> None:
    """Note in the history of a request that its term ends, and tell the people named.

    One text a day and person, however many terms end: the board shows which.
    """
    step = complaints.clock_struck(connection, timer, now)
    complaint = complaints.get(connection, int(timer.key))
    if step is None or complaint is None:
        return
    today = (now.astimezone(BOGOTA) - timedelta(minutes=1)).date()
    emergency_alerts.tell(
        connection,
        office,
        AlertRecipient.deadlines,
        complaint.municipality,
        f"alert.{step.value}",
        f"clock:{step.value}:{today.isoformat()}",
        now,
    )
