"""«Hoy»: what a gestor finds in the morning. Sessions, what families answered, and what waits in other parts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, func, select

from admin.language import gettext, local_day, mark
from admin.permission import permits, rule
from admin.services import services
from admin.sessions import member
from admin.sessions_words import midnight
from bot import correspondence
from families import (
    achievements,
    audit,
    calendar,
    claims,
    complaints_board,
    families,
    referrals,
    scope,
    session_limits,
)
from families.families import Family
from families.referrals import ReferralRow
from families.sessions import State
from families.staff import Role, Staff

REPLIES_SINCE: Final = timedelta(hours=48)
MOST_COUNTED: Final = 100
MOST_DUE: Final = 12
"""Families told to lack a session; the whole list is on the page of families."""

today = Blueprint("today", __name__, url_prefix="/admin/hoy")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something of another part of the service that waits for the gestor: how many, and where."""

    label: str
    endpoint: str
    count: Callable[[Connection, Staff, datetime], int]


def _messages(connection: Connection, person: Staff, _now: datetime) -> int:
    return correspondence.waiting(connection, person)


def _achievements(connection: Connection, person: Staff, _now: datetime) -> int:
    current = achievements.current(connection)
    where = scope.families(person, Family.id, Family.municipality_code)
    return len(claims.reported(connection, where, current.id, MOST_COUNTED)) if current else 0


def _referrals(connection: Connection, person: Staff, now: datetime) -> int:
    where = scope.families(person, Family.id, Family.municipality_code)
    overdue = select(func.count()).select_from(ReferralRow).join(Family, Family.id == ReferralRow.family_id)
    return connection.scalar(overdue.where(where, referrals.overdue(now))) or 0


def _complaints(connection: Connection, person: Staff, now: datetime) -> int:
    return complaints_board.counts(connection, person, now).open


WAITING: Sequence[Waiting] = (
    Waiting(mark("Mensajes por contestar"), "inbox.listing", _messages),
    Waiting(mark("Logros por verificar"), "achievements.queue", _achievements),
    Waiting(mark("Remisiones sin resultado"), "referrals.listing", _referrals),
    Waiting(mark("PQR abiertas"), "complaints.listing", _complaints),
)
"""Shown to whom their pages open."""


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
        waiting = [
            (gettext(one.label), one.endpoint, one.count(connection, person, now))
            for one in WAITING
            if person.role in rule(current_app, one.endpoint)
        ]
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
        waiting=waiting,
    )
