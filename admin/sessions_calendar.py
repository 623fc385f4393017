"""The calendar by week or month, as a list of days: a gestor's own, or that of a team by gestor, to read."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from admin.language import local_day
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from admin.sessions_words import midnight, monday
from families import audit, calendar, families, slots
from families.calendar import Entry
from families.session_limits import months_after
from families.slots import Slot
from families.staff import Role

WEEK, MONTH = "semana", "mes"

pages = Blueprint("calendar", __name__, url_prefix="/admin/calendario")


@pages.get("")
@permits(*calendar.READERS)
def overview() -> ResponseReturnValue:
    """A week or a month; `?desde=2026-11-23&vista=mes&gestor=7`."""
    person, now = member(), datetime.now(UTC)
    view = MONTH if request.args.get("vista") == MONTH else WEEK
    start, end, before, after = _span(view, _day(request.args.get("desde"), local_day(now)))
    own = person.role is Role.GESTOR
    with services().database.transaction() as connection:
        team = {} if own else calendar.gestores(connection, person)
        chosen = request.args.get("gestor", type=int)
        chosen = chosen if chosen in team else None
        entries = calendar.between(connection, person, midnight(start), midnight(end), chosen)
        opened = slots.listing(connection, person.id, midnight(start), midnight(end)) if own else []
        named = {one.family_id for entry in entries for one in entry.attendees} if own else set()
        names = families.head_names(connection, services().cipher, named)
        audit.record_many(connection, person.id, "viewed", "family", sorted(named), now, page="calendar")
    return render_template(
        "calendar/overview.html",
        view=view,
        start=start,
        end=end - timedelta(days=1),
        before=before,
        after=after,
        today=local_day(now),
        days=_days(start, end, entries, opened),
        team=team,
        chosen=chosen,
        own=own,
        names=names,
    )


def _span(view: str, asked: date) -> tuple[date, date, date, date]:
    """First day, the day after the last, and where the pages before and after begin."""
    if view == MONTH:
        start = asked.replace(day=1)
        end = months_after(start, 1)
        return start, end, months_after(start, -1), end
    start = monday(asked)
    return start, start + timedelta(days=7), start - timedelta(days=7), start + timedelta(days=7)


def _days(
    start: date, end: date, entries: Sequence[Entry], opened: Sequence[Slot]
) -> list[tuple[date, list[Entry], list[Slot]]]:
    """The days on which something stands."""
    days: dict[date, tuple[list[Entry], list[Slot]]] = {
        start + timedelta(days=step): ([], []) for step in range((end - start).days)
    }
    for entry in entries:
        days[local_day(entry.session.starts_at)][0].append(entry)
    for slot in opened:
        if slot.session_id is None:
            days[local_day(slot.starts_at)][1].append(slot)
    return [(day, held, free) for day, (held, free) in days.items() if held or free]


def _day(asked: str | None, otherwise: date) -> date:
    try:
        found = date.fromisoformat(asked or "")
    except ValueError:
        return otherwise
    return found if 2000 < found.year < 2100 else otherwise
