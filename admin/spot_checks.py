"""Spot checks of visits: launched by the coordination, read merged over its whole territory."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from admin import notices
from admin.confirming import ask, confirmed
from admin.forms import Form
from admin.language import gettext, number
from admin.permission import permits
from admin.services import services, today
from admin.sessions import member
from bot import closing, spot_check
from bot.spot_check import FEWEST_GESTORES, LARGEST, LAUNCHERS, SMALLEST
from families import audit, territory
from surveys import waves

EXPAND = "jobs.expand"
FOLD = "jobs.fold"
EVERYWHERE = "pais"
"""The country in a form, where an empty value is no choice."""

spot_checks = Blueprint("spot_checks", __name__, url_prefix="/admin/control-visitas")


@spot_checks.get("/")
@permits(*LAUNCHERS)
def listing() -> ResponseReturnValue:
    """The checks of where one works, each with one figure over all of it."""
    with services().database.transaction() as connection:
        checks = spot_check.listing(connection, member())
        names = {code: _name(connection, code) for code in {one.wave.territory for one in checks}}
    return render_template("spot_checks/list.html", checks=checks, names=names, fewest=FEWEST_GESTORES)


@spot_checks.route("/nuevo", methods=["GET", "POST"])
@permits(*LAUNCHERS)
def launch() -> ResponseReturnValue:
    """Ask a random sample, after a second look."""
    now = today()
    initial = {"size": 100, "start": now.replace(day=1), "end": now + timedelta(days=7)}
    form = Form(request.form if request.method == "POST" else None, initial)
    with services().database.transaction() as connection:
        places = {code or EVERYWHERE: _name(connection, code) for code in member().territories}
    if request.method == "POST":
        place = form.choice("territory", places)
        size = form.whole("size", SMALLEST, LARGEST)
        start, end = form.day("start"), form.day("end", earliest=now)
        if start is not None and end is not None and end < start:
            form.refuse("end", gettext("Termina antes de empezar."))
        if form.valid and size is not None and start is not None and end is not None:
            if not confirmed():
                return ask(
                    gettext("¿Preguntar a las familias?"),
                    gettext("Se invita por mensaje a %(count)s familias al azar de %(place)s.")
                    % {"count": number(size), "place": places[place]},
                    gettext("Preguntar"),
                    url_for("spot_checks.listing"),
                )
            code, now = "" if place == EVERYWHERE else place, datetime.now(UTC)
            with services().database.transaction() as connection:
                wave_id, invited = spot_check.launch(connection, member(), code, size, (start, end), now)
                audit.record(connection, member().id, "launched", "spot_check", wave_id, now, families=invited)
            services().bell.ring(EXPAND)
            notices.done(gettext("Se invitó a %(count)s familias.") % {"count": number(invited)})
            return redirect(url_for("spot_checks.listing"), 303)
    page = render_template("spot_checks/launch.html", form=form, places=places)
    return page, 422 if form.problems else 200


@spot_checks.post("/<int:wave_id>/cerrar")
@permits(*LAUNCHERS)
def close(wave_id: int) -> ResponseReturnValue:
    """Close a check: its figure is shown from then on."""
    now = datetime.now(UTC)
    with services().database.transaction() as connection:
        checks = {one.wave.id: one for one in spot_check.listing(connection, member())}
        if wave_id not in checks:
            abort(404)
        if checks[wave_id].wave.status == waves.OPEN:
            closing.close_wave(connection, wave_id, now)
            audit.record(connection, member().id, "closed", "spot_check", wave_id, now)
    services().bell.ring(FOLD)
    notices.done(gettext("Control cerrado. La cifra aparece en unos segundos."))
    return redirect(url_for("spot_checks.listing"), 303)


def _name(connection: Connection, code: str) -> str:
    found = territory.named(connection, code)
    return found.name if found else code
