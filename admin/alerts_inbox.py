"""Notices of danger: who wrote, what came of it, and who is told by phone."""

from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from admin import notices
from admin.forms import Form
from admin.language import gettext, mark
from admin.notices import Undo
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from bot import emergency_alerts
from bot.desk import Office
from bot.emergency_alerts import COORDINATION, Alert, Danger, Outcome
from families import audit, families, scope, staff, territory
from families.staff import Role, Staff
from messaging import contacts
from messaging.address import AddressError, normal_number

READERS = (Role.GESTOR, *COORDINATION)
COUNTRY_CODE: Final = "+57"
EVERYWHERE: Final = "pais"
"""The country in a form, where an empty value is no choice."""

DANGERS: Final = {
    Danger.VIOLENCE: mark("Violencia"),
    Danger.SEXUAL: mark("Violencia sexual"),
    Danger.CHILD: mark("Niños o niñas en riesgo"),
    Danger.SUICIDE: mark("Riesgo de suicidio"),
    Danger.DANGER: mark("Peligro"),
}
OUTCOMES: Final = {
    Outcome.HELPED: mark("Se ayudó"),
    Outcome.REFERRED: mark("Se pasó a una autoridad"),
    Outcome.NOT_REACHED: mark("No se pudo hablar con la persona"),
    Outcome.NO_DANGER: mark("No había peligro"),
}

alerts = Blueprint("alerts", __name__, url_prefix="/admin/avisos")


@alerts.get("/")
@permits(*READERS)
def listing() -> ResponseReturnValue:
    """Notices that wait, the oldest first; with `atendidos` those that are over."""
    attended, now = "atendidos" in request.args, datetime.now(UTC)
    with services().database.transaction() as connection:
        found = emergency_alerts.listing(connection, member(), attended=attended)
        who = _who(connection, found, now)
        places = territory.municipality_names(connection, [one.municipality for one in found if one.municipality])
    return render_template(
        "alerts/list.html",
        alerts=found,
        who=who,
        places=places,
        attended=attended,
        dangers=DANGERS,
        outcomes=OUTCOMES,
        names=member().role in COORDINATION,
    )


@alerts.post("/<int:alert_id>/atender")
@permits(*READERS)
def attend(alert_id: int) -> ResponseReturnValue:
    """Note what came of a notice."""
    form = Form(request.form)
    outcome = form.choice("outcome", set(Outcome))
    now = datetime.now(UTC)
    with services().database.transaction() as connection:
        if emergency_alerts.find(connection, member(), alert_id) is None:
            abort(404)
        done = form.valid and emergency_alerts.attend(connection, member(), alert_id, Outcome(outcome), now)
        if done:
            audit.record(connection, member().id, "attended", "alert", alert_id, now, outcome=outcome)
    if done:
        notices.done(gettext("Aviso atendido."), Undo(url_for("alerts.open_again", alert_id=alert_id)))
    else:
        notices.problem(gettext("Escoja qué pasó con el aviso. Si ya lo atendió otra persona, está en los atendidos."))
    return redirect(url_for("alerts.listing"), 303)


@alerts.post("/<int:alert_id>/abrir")
@permits(*READERS)
def open_again(alert_id: int) -> ResponseReturnValue:
    """Take back that it was attended."""
    with services().database.transaction() as connection:
        if emergency_alerts.find(connection, member(), alert_id) is None:
            abort(404)
        emergency_alerts.open_again(connection, member(), alert_id)
        audit.record(connection, member().id, "reopened", "alert", alert_id, datetime.now(UTC))
    return redirect(url_for("alerts.listing"), 303)


@alerts.route("/personas", methods=["GET", "POST"])
@permits(*COORDINATION)
def recipients() -> ResponseReturnValue:
    """Who is told by phone, of what and where."""
    form = Form(request.form if request.method == "POST" else None)
    with services().database.transaction() as connection:
        people, places = _people(connection), _places(connection)
        if request.method == "POST" and _name(connection, form, people, places):
            return redirect(url_for("alerts.recipients"), 303)
        page = render_template(
            "alerts/recipients.html",
            form=form,
            people={str(person.id): person.name for person in people},
            places=places,
            named=emergency_alerts.recipients(connection, member()),
            unheard=[places[code or EVERYWHERE] for code in emergency_alerts.unheard(connection, member())],
        )
    return page, 422 if form.problems else 200


@alerts.post("/personas/quitar")
@permits(*COORDINATION)
def drop_recipient() -> ResponseReturnValue:
    """Tell somebody no longer."""
    form = Form(request.form)
    staff_id = form.whole("staff_id", 1, 2**62)
    place = form.text("territory", required=False)
    if staff_id is None or not scope.covers(member(), place):
        abort(404)
    with services().database.transaction() as connection:
        emergency_alerts.drop_recipient(connection, member(), staff_id, place)
        audit.record(connection, member().id, "dropped_recipient", "staff", staff_id, datetime.now(UTC), place=place)
    notices.done(gettext("Ya no le llegan avisos."))
    return redirect(url_for("alerts.recipients"), 303)


def _name(connection: Connection, form: Form, people: list[Staff], places: dict[str, str]) -> bool:
    """Name somebody as the form says; False, with the problems noted, if it cannot be."""
    staff_id = form.choice("staff_id", {str(person.id) for person in people})
    place = form.choice("territory", places)
    phone = _phone(form)
    emergencies, deadlines = form.ticked("emergencies"), form.ticked("deadlines")
    if not (emergencies or deadlines):
        form.refuse("emergencies", gettext("Escoja de qué se le avisa."))
    if not form.valid:
        return False
    now, code = datetime.now(UTC), "" if place == EVERYWHERE else place
    office = Office(services().cipher, services().texts)
    emergency_alerts.name_recipient(
        connection,
        office,
        member(),
        int(staff_id),
        code,
        phone,
        now,
        emergencies=emergencies,
        deadlines=deadlines,
    )
    audit.record(connection, member().id, "named_recipient", "staff", int(staff_id), now, place=code)
    notices.done(gettext("Desde ahora le llegan los avisos."))
    return True


def _phone(form: Form) -> str:
    """The number of a phone as people write it, in international form."""
    written = form.text("phone").replace(" ", "").replace("-", "")
    try:
        return normal_number(written if written.startswith("+") else f"{COUNTRY_CODE}{written}") if written else ""
    except AddressError:
        form.refuse("phone", gettext("Escriba un número de celular, por ejemplo 300 123 4567."))
        return ""


def _people(connection: Connection) -> list[Staff]:
    """The staff that works within where this person does."""
    inside = [one for one in staff.listing(connection) if one.role in READERS]
    return [one for one in inside if all(scope.covers(member(), place) for place in one.territories)]


def _places(connection: Connection) -> dict[str, str]:
    """Where this person may name somebody for: their own territories."""
    named = [territory.named(connection, code) for code in member().territories]
    return {one.code or EVERYWHERE: one.name for one in named if one is not None}


def _who(connection: Connection, found: Any, now: datetime) -> dict[int, dict[str, str]]:
    """Name and number of whoever wrote, by notice, as far as they want to be known; that it was read is logged."""
    known: list[Alert] = [one for one in found if one.contact_id is not None]
    at = emergency_alerts.families_at(connection, [one.contact_id for one in known if one.contact_id is not None])
    family_ids = sorted({family_id for ids in at.values() for family_id in ids})
    names = families.head_names(connection, services().cipher, family_ids)
    audit.record_many(connection, member().id, "viewed", "family", family_ids, now, page="alerts")
    numbers = contacts.handles(connection, services().cipher, [one.contact_id for one in known if one.contact_id])
    return {
        one.id: {
            "names": ", ".join(names.get(family_id, "") for family_id in at.get(one.contact_id or 0, ())),
            "phone": numbers.get(one.contact_id or 0, ""),
        }
        for one in known
    }
