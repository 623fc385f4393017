"""Yearly plans: written and sent by a gestor, approved or returned by the coordination."""

from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from admin import notices, tables
from admin.forms import Form
from admin.language import gettext, mark
from admin.notices import Undo
from admin.permission import permits
from admin.services import services, today
from admin.sessions import member
from admin.tables import Column
from families import audit
from families import yearly_plans as records
from families.staff import Role, StaffMember
from families.yearly_plans import (
    DECIDERS,
    LONGEST,
    LONGEST_NOTE,
    OPEN,
    QUARTERS,
    READERS,
    Status,
    YearlyPlan,
    YearlyPlanError,
    YearlyPlanRow,
)

STATES: Final = {
    Status.DRAFT: mark("Sin enviar"),
    Status.SENT: mark("Por aprobar"),
    Status.RETURNED: mark("Devuelto"),
    Status.APPROVED: mark("Aprobado"),
}
STYLES: Final = {Status.SENT: "waits", Status.RETURNED: "late", Status.APPROVED: "over"}
QUARTER_NAMES: Final = (
    mark("De enero a marzo"),
    mark("De abril a junio"),
    mark("De julio a septiembre"),
    mark("De octubre a diciembre"),
)
COLUMNS: Final = (
    Column(
        "gestor",
        mark("Gestor o gestora"),
        StaffMember.name,
        link=lambda row: url_for("yearly_plans.one", plan_id=row.id),
    ),
    Column("year", mark("Año"), YearlyPlanRow.year, show=lambda row: str(row.year)),
    Column("status", mark("Estado"), YearlyPlanRow.status, show=lambda row: gettext(STATES[Status(row.status)])),
)

plans = Blueprint("yearly_plans", __name__, url_prefix="/admin/planes")


@plans.get("/")
@permits(*sorted(READERS))
def listing() -> ResponseReturnValue:
    """The own plans, or those of a team."""
    person = member()
    with services().database.transaction() as connection:
        table = tables.read(connection, records.query(person), COLUMNS, key=YearlyPlanRow.id, sort="-year")
    if kind := tables.file_wanted():
        return tables.file(table, kind, "planes")
    return render_template("yearly_plans/listing.html", table=table, writes=person.role is Role.GESTOR)


@plans.route("/nuevo", methods=["GET", "POST"])
@permits(Role.GESTOR)
def new() -> ResponseReturnValue:
    """Write the plan of this year or the next."""
    years = {str(year): str(year) for year in (today().year, today().year + 1)}
    form = Form(request.form if request.method == "POST" else None, {"year": max(years)})
    year = form.choice("year", years) if request.method == "POST" else ""
    if year and (made := _write(form, int(year))) is not None:
        return redirect(url_for(".one", plan_id=made), 303)
    return _form(form, None, years)


@plans.get("/<int:plan_id>")
@permits(*sorted(READERS))
def one(plan_id: int) -> ResponseReturnValue:
    """A plan with its history, and what can be done with it."""
    return _page(plan_id, Form())


@plans.route("/<int:plan_id>/editar", methods=["GET", "POST"])
@permits(Role.GESTOR)
def edit(plan_id: int) -> ResponseReturnValue:
    """Write a plan anew that was not sent, or was returned."""
    with services().database.transaction() as connection:
        plan = _found(connection, plan_id)
    if plan.status not in OPEN:
        abort(404)
    quarters = {_quarter(number): text for number, text in enumerate(plan.quarters)}
    form = Form(request.form if request.method == "POST" else None, {"goals": plan.goals, **quarters})
    if request.method == "POST" and _write(form, plan.year) is not None:
        return redirect(url_for(".one", plan_id=plan_id), 303)
    return _form(form, plan, {})


@plans.post("/<int:plan_id>/<any(aprobar, devolver):what>")
@permits(*sorted(DECIDERS))
def decide(plan_id: int, what: str) -> ResponseReturnValue:
    """Approve a plan, or return it with a reason that its gestor reads."""
    form = Form(request.form)
    note = form.text("note", longest=LONGEST_NOTE, required=what == "devolver")
    if not form.valid:
        return _page(plan_id, form)
    status = Status.APPROVED if what == "aprobar" else Status.RETURNED
    now = services().database.now()
    try:
        with services().database.transaction() as connection:
            _found(connection, plan_id)
            records.decide(connection, plan_id, status, note, now, member().id)
            audit.record(connection, member().id, status.value, "yearly_plan", plan_id, now)
    except YearlyPlanError:
        notices.problem(gettext("Ya no se puede: alguien respondió antes."))
    else:
        approved = status is Status.APPROVED
        said = gettext("Plan aprobado.") if approved else gettext("Plan devuelto; el motivo queda en su página.")
        notices.done(said, Undo(url_for(".take_back", plan_id=plan_id)))
    return redirect(url_for(".one", plan_id=plan_id), 303)


@plans.post("/<int:plan_id>/deshacer")
@permits(*sorted(DECIDERS))
def take_back(plan_id: int) -> ResponseReturnValue:
    """Take the own answer back: the plan waits for one again."""
    now = services().database.now()
    with services().database.transaction() as connection:
        _found(connection, plan_id)
        undone = records.take_back(connection, plan_id, now, member().id)
        if undone:
            audit.record(connection, member().id, "undid", "yearly_plan", plan_id, now)
    if undone:
        notices.done(gettext("Se deshizo: el plan espera respuesta otra vez."))
    else:
        notices.problem(gettext("Ya no se puede deshacer."))
    return redirect(url_for(".one", plan_id=plan_id), 303)


def _write(form: Form, year: int) -> int | None:
    """Keep what the form holds, and send it if asked; None, with the problem noted, where that cannot be."""
    send = request.form.get("paso") == "enviar"
    goals = form.text("goals", longest=LONGEST)
    quarters = [form.text(_quarter(number), longest=LONGEST, required=send) for number in range(QUARTERS)]
    if not form.valid:
        return None
    now = services().database.now()
    try:
        with services().database.transaction() as connection:
            made = records.write(connection, member(), year, goals, quarters, now, send=send)
            audit.record(connection, member().id, "sent" if send else "drafted", "yearly_plan", made, now, year=year)
    except YearlyPlanError:
        form.refuse("goals", gettext("El plan de ese año ya está en la coordinación: no se puede cambiar."))
        return None
    notices.done(gettext("Plan enviado a la coordinación.") if send else gettext("Plan guardado, sin enviar."))
    return made


def _page(plan_id: int, form: Form) -> ResponseReturnValue:
    person = member()
    with services().database.transaction() as connection:
        plan = _found(connection, plan_id)
        page = render_template(
            "yearly_plans/one.html",
            plan=plan,
            form=form,
            history=records.history(connection, plan_id),
            quarters=list(zip(QUARTER_NAMES, plan.quarters, strict=True)),
            states=STATES,
            styles=STYLES,
            edits=person.role is Role.GESTOR and plan.status in OPEN,
            decides=person.role in DECIDERS and plan.status is Status.SENT,
        )
    return page, 422 if form.problems else 200


def _form(form: Form, plan: YearlyPlan | None, years: dict[str, str]) -> ResponseReturnValue:
    names = [(_quarter(number), name) for number, name in enumerate(QUARTER_NAMES)]
    page = render_template("yearly_plans/write.html", form=form, plan=plan, years=years, names=names, longest=LONGEST)
    return page, 422 if form.problems else 200


def _found(connection: Connection, plan_id: int) -> YearlyPlan:
    plan = records.find(connection, member(), plan_id)
    if plan is None:
        abort(404)
    return plan


def _quarter(number: int) -> str:
    """The field of a quarter."""
    return f"quarter{number + 1}"
