"""«Equipo»: who accompanies how many families, and families given to a gestor one by one or many at once."""

from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, Row, select

from admin import notices, tables
from admin.confirming import ask, confirmed
from admin.families_words import STATUSES
from admin.forms import Form
from admin.language import gettext, mark, ngettext
from admin.notices import Undo
from admin.permission import permits
from admin.places import Places
from admin.services import services
from admin.sessions import member
from admin.tables import Column
from families import assignments, audit, directory, families, folio
from families import team as records
from families.families import Family, Status
from families.sessions import State
from families.staff import StaffMember
from families.team import AHEAD, ASSIGNERS, BEHIND, READERS, Gestor

NOBODY: Final = "nadie"
LONGEST_ID: Final = 18
"""Digits that fit a key of the database."""
WHEN: Final = "cuando"
"""The field that names the families of one step, however many, by its moment: so it is taken back."""

team = Blueprint("team", __name__, url_prefix="/admin/equipo")


@team.get("/")
@permits(*READERS)
def listing() -> ResponseReturnValue:
    """The team with its work, and how many families nobody accompanies."""
    person, now = member(), services().database.now()
    planned = records.sessions(State.SCHEDULED, now, now + AHEAD)
    held = records.sessions(State.HELD, now - BEHIND, now)
    with services().database.transaction() as connection:
        places = Places.read(connection)
        columns = (
            Column("name", mark("Gestor o gestora"), StaffMember.name, show=_name, link=_page_of),
            Column("territories", mark("Municipio"), show=lambda row: places.names(row.territories)),
            Column("families", mark("Familias"), records.families, figure=True),
            Column("planned", mark("Sesiones en los próximos 7 días"), planned, figure=True),
            Column("held", mark("Sesiones hechas en 30 días"), held, figure=True),
        )
        query = records.query(person).add_columns(planned.label("planned"), held.label("held"))
        table = tables.read(connection, query, columns, key=StaffMember.id, sort="name")
        alone = records.alone(connection, person)
    if kind := tables.file_wanted():
        return tables.file(table, kind, "equipo")
    return render_template("team/listing.html", table=table, alone=alone)


@team.get("/<int:gestor_id>")
@permits(*READERS)
def one(gestor_id: int) -> ResponseReturnValue:
    """The families that a gestor accompanies, to be given to somebody else."""
    return _families(gestor_id)


@team.get("/sin-gestor")
@permits(*READERS)
def without() -> ResponseReturnValue:
    """The families that nobody accompanies."""
    return _families(None)


@team.post("/asignar")
@permits(*ASSIGNERS)
def assign() -> ResponseReturnValue:
    """Give the families that were ticked, or all of a gestor, to another."""
    person, now = member(), services().database.now()
    form = Form(request.form)
    with services().database.transaction() as connection:
        gestores = records.members(connection, person)
        known = {str(one) for one in gestores}
        working = {str(one.id) for one in gestores.values() if one.working}
        before = form.choice("de", {*known, NOBODY})
        to = form.choice("a", {*working, NOBODY} if form.value(WHEN) else working)
        back = url_for(".one", gestor_id=before) if before in known else url_for(".without")
        if not form.valid:
            notices.problem(gettext("Escoja a quién pasan las familias."))
            return redirect(back if before else url_for(".listing"), 303)
        chosen = _chosen(connection, before)
        ids = [row.id for row in chosen]
        if to == NOBODY:
            released = assignments.release(connection, ids, now)
            audit.record_many(connection, person.id, "assigned", "family", ids, now, gestor=None)
            notices.done(_released(released))
            return redirect(url_for(".without"), 303)
        target = gestores[int(to)]
        if problem := _refusal(chosen, target):
            notices.problem(problem)
            return redirect(back, 303)
        if not confirmed():
            return ask(_question(len(ids), target), _consequences(), gettext("Sí, pasarlas"), back)
        moved, visits = records.hand_over(connection, ids, target.id, now, person.id)
        audit.record_many(connection, person.id, "assigned", "family", ids, now, gestor=target.id)
    undone = before in working or (before == NOBODY and not visits)
    fields = {"de": to, "a": before, WHEN: now.isoformat(), "confirmado": "si"}
    notices.done(_told(moved, visits, target), Undo(url_for(".assign"), fields) if undone else None)
    return redirect(back if before in working else url_for(".listing"), 303)


def _families(gestor_id: int | None) -> ResponseReturnValue:
    person, now = member(), services().database.now()
    with services().database.transaction() as connection:
        gestores = records.members(connection, person)
        if gestor_id is not None and gestor_id not in gestores:
            abort(404)
        condition = records.accompanied_by(person, gestor_id)
        names: dict[int, str] = {}

        def open_names(rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
            names.update(families.head_names(connection, services().cipher, [row.id for row in rows]))
            return rows

        query = directory.found(condition, directory.Filters(), services().cipher)
        places = Places.read(connection)
        columns = _columns(names, places)
        table = tables.read(connection, query, columns, key=Family.id, sort="folio", prepare=open_names)
        audit.record_many(connection, person.id, "viewed", "family", sorted(names), now, page="team")
    if kind := tables.file_wanted():
        return tables.file(table, kind, "familias")
    gestor = gestores.get(gestor_id or 0)
    working = [one for one in gestores.values() if one.working and one != gestor]
    others = [one for one in working if gestor is None or one.works_with(gestor)]
    return render_template(
        "team/families.html",
        table=table,
        gestor=gestor,
        nobody=NOBODY,
        others={one.id: f"{one.name} · {places.names(one.municipalities)}" for one in others},
        assigns=person.role in ASSIGNERS,
        form=Form(),
    )


def _columns(names: dict[int, str], places: Places) -> Sequence[Column]:
    return (
        Column("folio", mark("Folio"), Family.folio, show=lambda row: folio.display(row.folio)),
        Column("head", mark("Jefa o jefe de hogar"), show=lambda row: names.get(row.id, "")),
        Column(
            "municipality_code",
            mark("Municipio"),
            Family.municipality_code,
            show=lambda row: places.municipalities.get(row.municipality_code, row.municipality_code),
        ),
        Column("status", mark("Estado"), Family.status, show=lambda row: gettext(STATUSES[Status(row.status)])),
    )


def _chosen(connection: Connection, before: str) -> Sequence[Any]:
    """The families that are meant, of those which the one before accompanies."""
    condition = records.accompanied_by(member(), None if before == NOBODY else int(before))
    query = select(Family.id, Family.municipality_code).where(condition).order_by(Family.id)
    if WHEN in request.form:
        at = Form(request.form).moment(WHEN) or abort(400)
        query = query.where(records.given(member(), at))
    elif not request.form.get("todas"):
        ticked = ",".join(request.form.getlist("familias")).split(",")
        numbers = [int(one) for one in ticked if one.isascii() and one.isdecimal() and len(one) <= LONGEST_ID]
        query = query.where(Family.id.in_(numbers))
    return connection.execute(query).all()


def _refusal(chosen: Sequence[Any], target: Gestor) -> str:
    if not chosen:
        return gettext("Marque las familias que pasan.")
    if any(row.municipality_code not in target.municipalities for row in chosen):
        said = gettext(
            "%(name)s no trabaja en el municipio de todas esas familias: la administración lo puede cambiar."
        )
        return said % {"name": target.name}
    return ""


def _question(count: int, target: Gestor) -> str:
    text = ngettext("¿Pasar %(num)s familia a %(name)s?", "¿Pasar %(num)s familias a %(name)s?", count)
    return text % {"num": count, "name": target.name}


def _consequences() -> str:
    return gettext(
        "Quien las acompañaba deja de verlas. Sus visitas agendadas pasan también; los encuentros con otras familias"
        " siguen con quien los agendó. Queda en la historia de cada familia."
    )


def _told(count: int, visits: int, target: Gestor) -> str:
    text = ngettext(
        "%(num)s familia pasó a %(name)s. Visitas que pasaron: %(visits)s.",
        "%(num)s familias pasaron a %(name)s. Visitas que pasaron: %(visits)s.",
        count,
    )
    return text % {"num": count, "name": target.name, "visits": visits}


def _released(count: int) -> str:
    text = ngettext(
        "%(num)s familia volvió a quedar sin gestor o gestora.",
        "%(num)s familias volvieron a quedar sin gestor o gestora.",
        count,
    )
    return text % {"num": count}


def _name(row: Row[Any]) -> str:
    return row.name if row.working else gettext("%(name)s (ya no acompaña)") % {"name": row.name}


def _page_of(row: Row[Any]) -> str:
    return url_for("team.one", gestor_id=row.id)
