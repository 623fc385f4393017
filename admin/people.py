"""People and their roles: who has an account, where they work, and the way back in for whoever is locked out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, func, or_, select

from admin import confirming, notices, tables
from admin.forms import Form
from admin.language import gettext, mark
from admin.permission import permits
from admin.places import Places, UnknownPlaceError
from admin.services import services
from admin.sessions import member
from admin.tables import Column
from families import assignments, audit, staff, staff_links, staff_second_step, staff_sessions
from families.staff import Role, Staff, StaffError, StaffMember
from families.staff_second_step import SecondStep

ROLES: Final[Mapping[Role, str]] = {
    Role.GESTOR: mark("Gestor o gestora social"),
    Role.ZONAL: mark("Coordinación zonal"),
    Role.UT: mark("Coordinación departamental (UT)"),
    Role.NATIONAL: mark("Coordinación nacional"),
    Role.AUDITOR: mark("Auditoría"),
    Role.ENTITY: mark("Delegado de entidad"),
    Role.ADMIN: mark("Administración del sistema"),
}

OPEN, CLOSED = "abiertas", "cerradas"

people = Blueprint("people", __name__, url_prefix="/admin/personas")


class Asked(NamedTuple):
    """What the form says of a person."""

    name: str
    role: Role
    territories: tuple[str, ...]
    entity: str


def role_name(role: str) -> str:
    """A role as people call it."""
    return gettext(ROLES[Role(role)])


COLUMNS: Final = (
    Column(
        "name",
        mark("Nombre"),
        func.lower(StaffMember.name),
        link=lambda row: url_for("people.person", staff_id=row.id),
    ),
    Column("login", mark("Usuario"), StaffMember.login),
    Column("role", mark("Cargo"), StaffMember.role, show=lambda row: role_name(row.role)),
    Column("territories", mark("Territorio")),
    Column("second_step", mark("Segundo paso"), SecondStep.since, show=lambda row: row.since is not None),
    Column("last_login_at", mark("Última entrada"), StaffMember.last_login_at),
)


@people.get("/")
@permits(Role.ADMIN)
def listing() -> ResponseReturnValue:
    """All accounts, with filters."""
    filters = Form(initial=request.args)
    words, role = filters.text("texto", required=False), filters.choice("cargo", list(Role), required=False)
    query = (
        select(StaffMember, SecondStep.since)
        .outerjoin(SecondStep, SecondStep.staff_id == StaffMember.id)
        .where(StaffMember.active.is_(request.args.get("cuentas") != CLOSED))
    )
    if words:
        query = query.where(
            or_(StaffMember.name.icontains(words, autoescape=True), StaffMember.login.icontains(words, autoescape=True))
        )
    if role:
        query = query.where(StaffMember.role == role)
    with services().database.transaction() as connection:
        places = Places.read(connection)
        columns = tuple(
            Column("territories", column.title, show=lambda row: places.names(row.territories))
            if column.name == "territories"
            else column
            for column in COLUMNS
        )
        table = tables.read(connection, query, columns, key=StaffMember.id, sort="name")
    if kind := tables.file_wanted():
        return tables.file(table, kind, "personas")
    return render_template(
        "people/listing.html", table=table, filters=filters, roles=_roles(), closed=CLOSED, open=OPEN
    )


@people.route("/nueva", methods=["GET", "POST"])
@permits(Role.ADMIN)
def new() -> ResponseReturnValue:
    """A new account; its owner chooses the password by the link that the next page shows."""
    form, now = Form(request.form if request.method == "POST" else None), datetime.now(UTC)
    with services().database.transaction() as connection:
        if request.method == "POST" and (asked := _read(connection, form)):
            try:
                with connection.begin_nested():
                    made = staff.add(connection, login=form.text("login"), password=None, **asked._asdict())
            except StaffError as error:
                form.refuse("login", gettext(str(error)))
            else:
                audit.record(
                    connection,
                    member().id,
                    "created",
                    "staff",
                    made.id,
                    now,
                    role=made.role,
                    territories=made.territories,
                )
                return _show_link(connection, made, now)
    return _page("people/new.html", form)


@people.get("/<int:staff_id>")
@permits(Role.ADMIN)
def person(staff_id: int) -> ResponseReturnValue:
    """One account: what it is, where it is open, and what can be done with it."""
    with services().database.transaction() as connection:
        shown = _found(connection, staff_id)
        places = Places.read(connection)
        territories = ", ".join(places.name(code) for code in shown.territories)
        form = Form(initial={**shown._asdict(), "territories": territories})
        return _person(connection, shown, form)


@people.post("/<int:staff_id>")
@permits(Role.ADMIN)
def change(staff_id: int) -> ResponseReturnValue:
    """Give somebody another name, role or territory."""
    form, now = Form(request.form), datetime.now(UTC)
    with services().database.transaction() as connection:
        shown = _found(connection, staff_id)
        asked = _read(connection, form)
        if asked and staff_id == member().id and asked.role is not Role.ADMIN:
            form.refuse("role", gettext("No puede quitarse a usted mismo la administración: que lo haga otra persona."))
        if form.valid and asked:
            try:
                staff.change(connection, staff_id, **asked._asdict())
            except StaffError as error:
                form.refuse("role", gettext(str(error)))
        if not form.valid or not asked:
            return _person(connection, shown, form), 422
        places = asked.territories
        audit.record(connection, member().id, "changed", "staff", staff_id, now, role=asked.role, territories=places)
    notices.done(gettext("Los datos quedaron guardados."))
    return redirect(url_for("people.person", staff_id=staff_id), 303)


@people.post("/<int:staff_id>/enlace")
@permits(Role.ADMIN)
def link(staff_id: int) -> ResponseReturnValue:
    """A one-time link by which the person chooses a password; shown once, to be handed over."""
    with services().database.transaction() as connection:
        shown = _found(connection, staff_id)
        if not shown.active:
            abort(404)
        return _show_link(connection, staff.as_staff(shown), datetime.now(UTC))


@people.post("/<int:staff_id>/telefono")
@permits(Role.ADMIN)
def lost_telephone(staff_id: int) -> ResponseReturnValue:
    """Forget the telephone and the recovery codes of somebody who has lost both, and end their sessions."""
    now = datetime.now(UTC)
    with services().database.transaction() as connection:
        shown = _found(connection, staff_id)
        if not confirming.confirmed():
            return confirming.ask(
                gettext("¿Quitar el segundo paso de %(name)s?") % {"name": shown.name},
                gettext(
                    "Compruebe antes, en persona o por una llamada, que de verdad perdió el teléfono. Sus sesiones se"
                    " cierran y al entrar tendrá que configurar otro."
                ),
                gettext("Quitarlo"),
                url_for("people.person", staff_id=staff_id),
            )
        staff_second_step.take_away(connection, staff_id)
        staff_sessions.end_others(connection, staff_id, None, now)
        audit.record(connection, member().id, "second_step_taken_away", "staff", staff_id, now)
    notices.done(gettext("El segundo paso quedó quitado y sus sesiones cerradas."))
    return redirect(url_for("people.person", staff_id=staff_id), 303)


@people.post("/<int:staff_id>/sesiones")
@permits(Role.ADMIN)
def end_sessions(staff_id: int) -> ResponseReturnValue:
    """End all sessions of somebody: a telephone was stolen, say."""
    now = datetime.now(UTC)
    with services().database.transaction() as connection:
        _found(connection, staff_id)
        staff_sessions.end_others(connection, staff_id, None, now)
        audit.record(connection, member().id, "sessions_ended", "staff", staff_id, now)
    notices.done(gettext("Sus sesiones quedaron cerradas."))
    return redirect(url_for("people.person", staff_id=staff_id), 303)


@people.post("/<int:staff_id>/cerrar")
@permits(Role.ADMIN)
def close(staff_id: int) -> ResponseReturnValue:
    """Close an account: its owner is out at once, what they did stays under their name."""
    now = datetime.now(UTC)
    with services().database.transaction() as connection:
        shown = _found(connection, staff_id)
        if staff_id == member().id:
            notices.problem(gettext("No puede cerrar su propia cuenta: que lo haga otra persona."))
            return redirect(url_for("people.person", staff_id=staff_id), 303)
        if not confirming.confirmed():
            return confirming.ask(
                gettext("¿Cerrar la cuenta de %(name)s?") % {"name": shown.name},
                _consequences(assignments.accompanied(connection, staff_id)),
                gettext("Cerrar la cuenta"),
                url_for("people.person", staff_id=staff_id),
            )
        staff.deactivate(connection, staff_id)
        staff_sessions.end_others(connection, staff_id, None, now)
        audit.record(connection, member().id, "closed", "staff", staff_id, now)
    undo = notices.Undo(url_for("people.reopen", staff_id=staff_id))
    notices.done(gettext("La cuenta quedó cerrada."), undo)
    return redirect(url_for("people.person", staff_id=staff_id), 303)


@people.post("/<int:staff_id>/abrir")
@permits(Role.ADMIN)
def reopen(staff_id: int) -> ResponseReturnValue:
    """Open a closed account again."""
    now = datetime.now(UTC)
    with services().database.transaction() as connection:
        _found(connection, staff_id)
        staff.reactivate(connection, staff_id)
        audit.record(connection, member().id, "reopened", "staff", staff_id, now)
    notices.done(gettext("La cuenta está abierta otra vez."))
    return redirect(url_for("people.person", staff_id=staff_id), 303)


def _read(connection: Connection, form: Form) -> Asked | None:
    """Name, role, territories and entity as the form holds them; None where something is wrong."""
    name, role = form.text("name"), form.choice("role", list(Role))
    entity = form.text("entity", required=False)
    try:
        codes = Places.read(connection).codes(form.text("territories", longest=2_000, required=False))
    except UnknownPlaceError as error:
        form.refuse("territories", str(error))
        codes = ()
    if role and not form.problems and any(len(code) not in staff.TERRITORY_LENGTHS[Role(role)] for code in codes):
        form.refuse("territories", gettext("Ese cargo no trabaja en un territorio así; mire la ayuda de arriba."))
    if role and (role == Role.ENTITY) != bool(entity):
        form.refuse("entity", gettext("Solo un delegado de entidad lleva entidad, y siempre la lleva."))
    return Asked(name, Role(role), codes, entity) if form.valid else None


def _show_link(connection: Connection, owner: Staff, now: datetime) -> str:
    token = staff_links.make(connection, owner.id, now)
    audit.record(connection, member().id, "link_made", "staff", owner.id, now)
    address = services().settings.public_url + url_for("access.choose_password", token=token)
    hours = int(staff_links.VALID.total_seconds()) // 3600
    return render_template("people/link.html", owner=owner, address=address, hours=hours)


def _person(connection: Connection, shown: Any, form: Form) -> str:
    now, staff_id = datetime.now(UTC), shown.id
    return _page(
        "people/person.html",
        form,
        person=shown,
        sessions=staff_sessions.going_on(connection, staff_id, now),
        second_step=staff_second_step.is_set_up(connection, staff_id),
        families=assignments.accompanied(connection, staff_id),
    )


def _page(template: str, form: Form, **values: object) -> str:
    return render_template(template, form=form, roles=_roles(), **values)


def _roles() -> dict[str, str]:
    return {str(role): role_name(role) for role in Role}


def _found(connection: Connection, staff_id: int) -> Any:
    row = connection.execute(select(StaffMember).where(StaffMember.id == staff_id)).first()
    if row is None:
        abort(404)
    return row


def _consequences(families: int) -> str:
    if not families:
        return gettext("No podrá entrar más. Lo que hizo queda registrado a su nombre.")
    text = gettext(
        "No podrá entrar más. Acompaña a %(count)s familias: seguirán a su nombre hasta que la coordinación las asigne"
        " a otra persona."
    )
    return text % {"count": families}
