"""What families wrote in their own words: a person looks at each before anybody else sees it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from admin import notices
from admin.language import gettext
from admin.notices import Undo
from admin.permission import permits
from admin.public import asked_wave, place_names, published_waves
from admin.services import services
from admin.sessions import member
from families import audit, territory
from families.staff import Role
from surveys import comments as records
from surveys.comments import Comment
from surveys.waves import Wave

REVIEWERS = (Role.UT, Role.NATIONAL)
LONGEST = 1_000
"""Characters; an SMS of two segments has 306."""

comments = Blueprint("comments", __name__, url_prefix="/admin/comentarios")


@comments.get("/")
@permits(*REVIEWERS)
def listing() -> ResponseReturnValue:
    """The comments of one's territory that wait, of one published wave."""

    def read(connection: Connection) -> ResponseReturnValue:
        listed = published_waves(connection)
        wave = asked_wave(listed) if listed else None
        found = _pending(connection, wave) if wave else []
        out = records.let_out(connection, wave.id, member().territories) if wave else []
        names = place_names(connection, sorted({one.territory for one in (*found, *out)}))
        return render_template("comments/list.html", waves=listed, wave=wave, comments=found, out=out, places=names)

    return services().database.idempotent(read)


@comments.post("/<int:wave_id>/<uuid:comment_id>")
@permits(*REVIEWERS)
def decide(wave_id: int, comment_id: UUID) -> ResponseReturnValue:
    """Let one comment out, with the words as they were written into the form, or refuse it."""
    state, words = request.form.get("decision", ""), request.form.get("texto", "").strip()[:LONGEST]
    if state not in (records.RELEASED, records.REFUSED):
        abort(400)
    back = url_for("comments.listing", ronda=wave_id)
    if state == records.RELEASED and not words:
        notices.problem(gettext("El texto está vacío."))
        return redirect(back, 303)
    now = datetime.now(UTC)
    with services().database.transaction() as connection:
        wave = next((one for one in published_waves(connection) if one.id == wave_id), None)
        waiting = _pending(connection, wave) if wave else []
        comment = next((one for one in waiting if str(one.id) == str(comment_id)), None)
        done = comment is not None and records.decide(connection, comment, state, words, member().id, now)
        if done:
            audit.record(connection, member().id, state, "comment", str(comment_id), now, wave=wave_id)
    if not done:
        notices.problem(gettext("El comentario ya estaba revisado."))
    else:
        said = gettext("El comentario se publicó.")
        if state == records.REFUSED:
            said = gettext("El comentario no se publica.")
        notices.done(said, Undo(url_for("comments.take_back", wave_id=wave_id, comment_id=comment_id)))
    return redirect(back, 303)


@comments.post("/<int:wave_id>/<uuid:comment_id>/retirar")
@permits(*REVIEWERS)
def take_back(wave_id: int, comment_id: UUID) -> ResponseReturnValue:
    """Take a decision back: the comment is shown to nobody, and waits to be looked at again."""
    now = datetime.now(UTC)
    with services().database.transaction() as connection:
        done = records.take_back(connection, wave_id, comment_id, member().territories)
        if done:
            audit.record(connection, member().id, "reopened", "comment", str(comment_id), now, wave=wave_id)
    if not done:
        notices.problem(gettext("Ese comentario ya estaba por revisar."))
        return redirect(url_for("comments.listing"), 303)
    notices.done(gettext("El comentario ya no se ve: espera otra vez a que alguien lo revise."))
    return redirect(url_for("comments.listing", ronda=wave_id), 303)


def _pending(connection: Connection, wave: Wave) -> Sequence[Comment]:
    places = {*territory.municipality_names(connection).values(), *territory.department_names(connection).values()}
    return records.pending(connection, wave.id, member().territories, places)
