"""«Hoy»: what a gestor finds in the morning. Sessions, what families answered, and what waits in other parts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from admin.language import gettext, mark
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from admin.sessions_words import midnight
from admin.sessions_words import today as today_of
from bot import correspondence
from families import audit, calendar, complaints_board, families, session_limits
from families.staff import Role, Staff

REPLIES_SINCE: Final = timedelta(hours=48)
MOST_DUE: Final = 12
"""Families told to lack a session; the whole list is on the page of families."""

today = Blueprint("today", __name__, url_prefix="/admin/hoy")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something of another part of the service that waits for the gestor: how many, and where."""

    label: str
    endpoint: str
    count: Callable[[Connection, Staff, datetime], int]


WAITING: Sequence[Waiting] = (
    Waiting(
        mark("Mensajes por contestar"),
        "inbox.listing",
        lambda connection, staff, _now: correspondence.waiting(connection, staff),
    ),
    Waiting(
        mark("PQR sin responder"),
        "complaints.listing",
        lambda connection, staff, now: complaints_board.counts(connection, staff, now).open,
    ),
)
"""Shown as far as their pages exist."""


@today.get("")
@permits(Role.GESTOR)
def overview() -> ResponseReturnValue:
    """Today's sessions and replies, and what waits."""
    person, now = member(), datetime.now(UTC)
    day = today_of(now)
    with services().database.transaction() as connection:
        entries = calendar.between(connection, person, midnight(day), midnight(day + timedelta(days=1)))
        troubled = calendar.troubled(connection, person, now)
        unrecorded = [entry for entry in calendar.unrecorded(connection, person, now) if entry not in entries]
        replies = calendar.changed_by_families(connection, person, now - REPLIES_SINCE)
        folios = calendar.own_families(connection, person)
        due = session_limits.due(connection, folios, day)[:MOST_DUE]
        named = {one.family_id for entry in (*entries, *troubled, *unrecorded) for one in entry.attendees}
        named |= {attendee.family_id for _, attendee in replies} | {one.family_id for one in due}
        names = families.head_names(connection, services().cipher, named)
        audit.record_many(connection, person.id, "viewed", "family", sorted(named), now, page="today")
        waiting = [
            (gettext(one.label), one.endpoint, one.count(connection, person, now))
            for one in WAITING
            if one.endpoint in current_app.view_functions
        ]
    return render_template(
        "calendar/today.html",
        day=day,
        now=now,
        entries=entries,
        troubled=troubled,
        unrecorded=unrecorded,
        replies=replies,
        due=due,
        folios=folios,
        names=names,
        waiting=waiting,
    )
