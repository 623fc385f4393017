"""Times that a gestor opens, for families that ask for another day."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin import notices
from admin.forms import Form
from admin.language import BOGOTA, gettext, local_day, ngettext
from admin.notices import Undo
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from admin.sessions_planning import AT_HOME, moment
from families import audit, sessions, slots
from families.sessions import SessionError
from families.slots import MOST_WEEKS, Slot
from families.staff import Role

AHEAD: Final = timedelta(weeks=MOST_WEEKS + 1)
NOBODY: Final = UUID(int=0)

hours = Blueprint("slots", __name__, url_prefix="/admin/horarios")


@hours.route("", methods=["GET", "POST"])
@permits(Role.GESTOR)
def overview() -> ResponseReturnValue:
    """The open times to come, and the form that opens more."""
    person, now = member(), datetime.now(UTC)
    form = Form(request.form if request.method == "POST" else None, {"minutos": 60, "semanas": 1, "lugar_es": AT_HOME})
    with services().database.transaction() as connection:
        if request.method == "POST":
            starts_at = moment(form.day("dia", earliest=local_day(now)), form.hour("hora"))
            minutes = form.whole("minutos", sessions.SHORTEST, sessions.LONGEST)
            weeks = form.whole("semanas", 1, MOST_WEEKS)
            elsewhere = form.choice("lugar_es", [AT_HOME, "otro"]) == "otro"
            place = form.told("lugar", longest=sessions.LONGEST_PLACE, required=elsewhere) if elsewhere else ""
            if form.valid and starts_at is not None and minutes is not None and weeks is not None:
                first = Slot(0, person.id, person.territories[0], place, starts_at, minutes, NOBODY, None)
                try:
                    opened = slots.open_slots(connection, first, weeks, now)
                except SessionError as error:
                    form.refuse("hora", gettext(str(error)))
                else:
                    audit.record(connection, person.id, "opened_slots", "staff", person.id, now, count=opened)
                    told = ngettext("Se abrió %(count)s hora.", "Se abrieron %(count)s horas.", opened)
                    notices.done(told % {"count": opened})
                    return redirect(url_for("slots.overview"), 303)
        listed = slots.listing(connection, person.id, now, now + AHEAD)
    page = render_template("calendar/slots.html", form=form, listed=listed)
    return page, 422 if form.problems else 200


@hours.post("/<int:slot_id>/cerrar")
@permits(Role.GESTOR)
def close(slot_id: int) -> ResponseReturnValue:
    """Close a time that nobody has taken."""
    person, now = member(), datetime.now(UTC)
    with services().database.transaction() as connection:
        open_still = slots.listing(connection, person.id, now, now + AHEAD)
        closed = slots.close_slot(connection, slot_id, person.id)
        if closed:
            audit.record(connection, person.id, "closed_slot", "session_slot", slot_id, now)
    if closed:
        before = next((slot for slot in open_still if slot.id == slot_id), None)
        notices.done(gettext("Esa hora ya no se ofrece."), _opened_again(before) if before else None)
    else:
        notices.problem(gettext("Una familia ya tomó esa hora: muévala o cancélela en el calendario."))
    return redirect(url_for("slots.overview"), 303)


def _opened_again(slot: Slot) -> Undo:
    """The way back of closing a time: the form that opens it."""
    starts_at = slot.starts_at.astimezone(BOGOTA)
    fields = {
        "dia": starts_at.date().isoformat(),
        "hora": starts_at.strftime("%H:%M"),
        "minutos": str(slot.minutes),
        "semanas": "1",
        "lugar_es": "otro" if slot.place else AT_HOME,
        "lugar": slot.place,
    }
    return Undo(url_for("slots.overview"), fields)
