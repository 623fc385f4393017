"""Waves: planned, opened by a campaign, followed by day and by place, reminded, closed."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from admin import campaigns_form, cards, confirming, notices
from admin.campaigns import READERS, WRITERS, writes
from admin.campaigns_form import EVERYWHERE
from admin.forms import Form
from admin.language import gettext, mark
from admin.permission import permits
from admin.public import place_names
from admin.services import services
from admin.sessions import member
from bot import closing
from bot.campaigns import plans, wave_days
from bot.campaigns.access import may_use
from families import audit, scope
from surveys import library, publications
from surveys import waves as rounds
from surveys.waves import Wave, WaveStateError

STATES = {"planned": mark("Planeada"), "open": mark("Abierta"), "closed": mark("Cerrada")}
STYLES = {"planned": "waits", "closed": "over"}
FOLD, EXPAND = "jobs.fold", "jobs.expand"
LONGEST_NAME = 80
MOST_SHOWN = 200
"""Municipalities of one page."""

waves = Blueprint("waves", __name__, url_prefix="/admin/rondas")


@waves.get("/")
@permits(*READERS)
def listing() -> ResponseReturnValue:
    """The waves that meet the places where one works."""

    def read(connection: Connection) -> list[Wave]:
        return [wave for wave in rounds.listed(connection) if campaigns_form.concerns(wave, member())]

    found = services().database.idempotent(read)
    return render_template("waves/list.html", waves=found, states=STATES, styles=STYLES, writes=writes())


@waves.route("/nueva", methods=["GET", "POST"])
@permits(*WRITERS)
def new() -> ResponseReturnValue:
    """Plan a wave; nobody is invited yet."""
    with services().database.transaction() as connection:
        places = _places(connection)
        versions = {
            str(one.id): f"{one.title} · {one.version}" for one in library.listed(connection) if not one.retired_at
        }
        form = Form(request.form if request.method == "POST" else None, {"muestra": None})
        if request.method == "POST" and (details := _read(form, places, versions)) is not None:
            made = rounds.plan(connection, **details)
            audit.record(connection, member().id, "planned", "wave", made, datetime.now(UTC))
            notices.done(gettext("Ronda planeada. Ahora invite a las familias con una campaña."))
            return redirect(url_for("waves.one", round_id=made), 303)
        page = render_template("waves/new.html", form=form, places=places, versions=versions)
    return page, 422 if form.problems else 200


@waves.get("/<int:round_id>")
@permits(*READERS)
def one(round_id: int) -> ResponseReturnValue:
    """How a wave goes: by day and by place, with its campaigns."""
    found = services().database.idempotent(lambda connection: _view(connection, round_id))
    return render_template("waves/one.html", states=STATES, styles=STYLES, writes=writes(), **found)


@waves.post("/<int:round_id>/cerrar")
@permits(*WRITERS)
def close(round_id: int) -> ResponseReturnValue:
    """End a wave: what was begun counts as it is."""
    wave = services().database.idempotent(lambda connection: _seen(connection, round_id))
    if not scope.covers(member(), wave.territory):
        abort(404)
    if not confirming.confirmed():
        return confirming.ask(
            gettext("¿Cerrar la ronda?"),
            gettext("Nadie más podrá responder. Lo que está a medias cuenta como está, y sus campañas se paran."),
            gettext("Sí, cerrar"),
            url_for("waves.one", round_id=round_id),
        )
    now = datetime.now(UTC)
    try:
        with services().database.transaction() as connection:
            closing.close_wave(connection, round_id, now)
            audit.record(connection, member().id, "closed", "wave", round_id, now)
    except WaveStateError:
        notices.problem(gettext("Esta ronda no está abierta."))
    else:
        services().bell.ring(FOLD, EXPAND)
        notices.done(gettext("Ronda cerrada."))
    return redirect(url_for("waves.one", round_id=round_id), 303)


def _view(connection: Connection, wave_id: int) -> dict[str, Any]:
    wave = _seen(connection, wave_id)
    codes = _municipalities(connection, wave)
    shown = publications.all_for_staff(connection, wave_id, codes[:MOST_SHOWN]) if codes else {}
    return {
        "wave": wave,
        "mine": scope.covers(member(), wave.territory),
        "place": place_names(connection, [wave.territory])[wave.territory],
        "by_place": {code: cards.public_facts(card) for code, card in shown.items()},
        "more": max(0, len(codes) - MOST_SHOWN),
        "places": place_names(connection, codes[:MOST_SHOWN]) if codes else {},
        "days": wave_days.by_day(connection, wave_id, codes),
        "campaigns": [each for each in plans.of_wave(connection, wave_id) if may_use(member(), each.plan.filter)],
    }


def _seen(connection: Connection, wave_id: int) -> Wave:
    wave = rounds.get(connection, wave_id)
    if wave is None or wave.standing or not campaigns_form.concerns(wave, member()):
        abort(404)
    return wave


def _municipalities(connection: Connection, wave: Wave) -> list[str]:
    """The municipalities of a wave where the person works, in which families are invited."""
    if wave.status == rounds.PLANNED:
        return []
    inside = wave_days.municipalities(connection, wave.id)
    return [code for code in inside if scope.covers(member(), code)]


def _places(connection: Connection) -> dict[str, str]:
    return dict(campaigns_form.places(connection, member()))


def _read(form: Form, places: dict[str, str], versions: dict[str, str]) -> dict[str, Any] | None:
    name = form.text("nombre", longest=LONGEST_NAME)
    version = form.choice("formulario", versions)
    place = form.choice("lugar", places)
    start, end = form.day("desde"), form.day("hasta")
    sample = form.whole("muestra", 1, 10_000_000, required=False)
    expected = form.whole("esperadas", 1, 10_000_000, required=False)
    if start and end and end < start:
        form.refuse("hasta", gettext("La ronda termina después de empezar."))
    if form.problems or start is None or end is None:
        return None
    return {
        "name": name,
        "form_version_id": int(version),
        "territory": "" if place == EVERYWHERE else place,
        "period": (start, end),
        "anonymous": not form.ticked("con_nombre"),
        "sample_size": sample,
        "expected_responses": expected,
    }
