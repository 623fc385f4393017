"""Obstacles (*nudos críticos*): written down, taken up a level, closed with what was done."""

from datetime import UTC, datetime
from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from admin import notices
from admin.forms import Form
from admin.language import gettext, mark
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from families import audit, scope, territory
from families import obstacles as records
from families.obstacles import LONGEST_NOTE, LONGEST_TITLE, Level, ObstacleError, Step
from families.staff import Role

WRITERS = (Role.GESTOR, Role.ZONAL, Role.UT, Role.NATIONAL)
DECIDERS = (Role.ZONAL, Role.UT, Role.NATIONAL)
READERS = (*WRITERS, Role.AUDITOR)

LEVELS: Final = {
    Level.MUNICIPAL: mark("Municipio"),
    Level.DEPARTMENTAL: mark("Departamento"),
    Level.NATIONAL: mark("Nación"),
}
STEPS: Final = {
    Step.RAISED: mark("Se anotó"),
    Step.NOTED: mark("Nota"),
    Step.TAKEN_UP: mark("Se subió de nivel"),
    Step.SOLVED: mark("Se desató"),
}

obstacles = Blueprint("obstacles", __name__, url_prefix="/admin/nudos")


@obstacles.get("/")
@permits(*READERS)
def listing() -> ResponseReturnValue:
    """The obstacles of where one works; with `desatados` those that are over."""
    solved = "desatados" in request.args
    with services().database.transaction() as connection:
        found = records.listing(connection, member(), solved=solved)
        places = territory.municipality_names(connection, [one.municipality for one in found])
    writes = member().role in WRITERS
    return render_template(
        "obstacles/list.html", obstacles=found, places=places, solved=solved, levels=LEVELS, writes=writes
    )


@obstacles.route("/nuevo", methods=["GET", "POST"])
@permits(*WRITERS)
def new() -> ResponseReturnValue:
    """Write an obstacle down."""
    form = Form(request.form if request.method == "POST" else None)
    with services().database.transaction() as connection:
        places = _places(connection)
        if request.method == "POST" and (made := _write(connection, form, places)) is not None:
            return redirect(url_for("obstacles.one", obstacle_id=made), 303)
        page = render_template("obstacles/new.html", form=form, places=places)
    return page, 422 if form.problems else 200


@obstacles.get("/<int:obstacle_id>")
@permits(*READERS)
def one(obstacle_id: int) -> ResponseReturnValue:
    """An obstacle and its history."""
    return _page(obstacle_id, Form())


@obstacles.post("/<int:obstacle_id>/<any(nota, subir, desatar):what>")
@permits(*DECIDERS)
def act(obstacle_id: int, what: str) -> ResponseReturnValue:
    """Add a note, take it up a level, or close it, each with what was done."""
    form = Form(request.form)
    words = form.text("note", longest=LONGEST_NOTE)
    if not form.valid:
        return _page(obstacle_id, form)
    now = datetime.now(UTC)
    try:
        with services().database.transaction() as connection:
            if records.find(connection, member(), obstacle_id) is None:
                abort(404)
            _DONE[what](connection, member(), obstacle_id, words, now)
            audit.record(connection, member().id, _VERBS[what], "obstacle", obstacle_id, now)
    except ObstacleError:
        notices.problem(gettext("Ya no se puede: cambió de nivel o alguien lo cerró."))
    else:
        notices.done(gettext("Anotado."))
    return redirect(url_for("obstacles.one", obstacle_id=obstacle_id), 303)


_DONE: Final = {"nota": records.note, "subir": records.take_up, "desatar": records.solve}
_VERBS: Final = {"nota": "noted", "subir": "took_up", "desatar": "solved"}


def _write(connection: Connection, form: Form, places: dict[str, str]) -> int | None:
    """A new obstacle as the form says; None, with the problems noted, if it is not complete."""
    title = form.text("title", longest=LONGEST_TITLE)
    place = form.choice("municipality", places)
    entity = form.text("entity", required=False)
    note = form.text("note", longest=LONGEST_NOTE)
    if not form.valid:
        return None
    now = datetime.now(UTC)
    made = records.raise_one(connection, member(), title, place, entity, note, now)
    audit.record(connection, member().id, "raised", "obstacle", made, now, municipality=place)
    notices.done(gettext("Nudo anotado. La coordinación del municipio lo ve."))
    return made


def _page(obstacle_id: int, form: Form) -> ResponseReturnValue:
    with services().database.transaction() as connection:
        found = records.find(connection, member(), obstacle_id)
        if found is None:
            abort(404)
        page = render_template(
            "obstacles/one.html",
            found=found,
            form=form,
            history=records.history(connection, obstacle_id),
            place=territory.municipality_names(connection, [found.municipality]).get(found.municipality, ""),
            levels=LEVELS,
            steps=STEPS,
            notes=found.solved_at is None and member().role in DECIDERS,
            decides=records.may_decide(member(), found),
            above=records.ABOVE.get(found.level),
        )
    return page, 422 if form.problems else 200


def _places(connection: Connection) -> dict[str, str]:
    """The municipalities where this person works, by name."""
    names = territory.municipality_names(connection)
    mine = {code: name for code, name in names.items() if scope.covers(member(), code)}
    return dict(sorted(mine.items(), key=lambda item: item[1]))
