"""«Hoy»: what a gestor finds in the morning. Sessions, what families answered, and what waits in other parts."""

from datetime import UTC, datetime, timedelta
from typing import Final

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from admin import waiting
from admin.language import local_day
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from admin.sessions_words import midnight
from families import audit, calendar, families, session_limits
from families.sessions import State
from families.staff import Role

REPLIES_SINCE: Final = timedelta(hours=48)
MOST_DUE: Final = 12
"""Families told to lack a session; the whole list is on the page of families."""

today = Blueprint("today", __name__, url_prefix="/admin/hoy")


@today.get("")
@permits(Role.GESTOR)
def overview() -> ResponseReturnValue:
    """Today's sessions and replies, and what waits."""
    person, now = member(), datetime.now(UTC)
    day = local_day(now)
    with services().database.transaction() as connection:
        start, end = midnight(day), midnight(day + timedelta(days=1))
        at_hand = calendar.at_hand(connection, person, start, end, now)
        entries = [entry for entry in at_hand if start <= entry.session.starts_at < end]
        open_still = [entry for entry in at_hand if entry.session.state is State.SCHEDULED]
        begun = [entry for entry in open_still if entry.session.starts_at <= now]
        troubled = [entry for entry in open_still if entry.troubled and entry not in begun]
        replies = calendar.confirmed(connection, person, now - REPLIES_SINCE)
        folios = calendar.own_families(connection, person)
        due = session_limits.due(connection, folios, day)[:MOST_DUE]
        named = {one.family_id for entry in at_hand for one in entry.attendees}
        named |= {attendee.family_id for _, attendee in replies} | {one.family_id for one in due}
        names = families.head_names(connection, services().cipher, named)
        audit.record_many(connection, person.id, "viewed", "family", sorted(named), now, page="today")
        waits = waiting.of(connection, person, now)
    return render_template(
        "calendar/today.html",
        day=day,
        now=now,
        entries=entries,
        troubled=troubled,
        begun=begun,
        replies=replies,
        due=due,
        folios=folios,
        names=names,
        waiting=waits,
    )
