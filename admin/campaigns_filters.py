"""Audiences: filters with a name, counted live, shared with all who work in their territory."""

from datetime import UTC, datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from admin import campaigns_form, notices
from admin import campaigns_words as words
from admin.campaigns import READERS, WRITERS, writes
from admin.campaigns_form import Offered
from admin.confirming import ask, confirmed
from admin.forms import Form
from admin.language import gettext
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from bot.campaigns import saved_filters
from bot.campaigns.audience import audience
from bot.campaigns.filters import Filter
from bot.campaigns.preview import count
from bot.campaigns.saved_filters import Saved
from families import audit

audiences = Blueprint("audiences", __name__, url_prefix="/admin/campanas/audiencias")


@audiences.get("/")
@permits(*READERS)
def listing() -> ResponseReturnValue:
    """The filters that one may use."""
    found = services().database.idempotent(lambda connection: saved_filters.listed(connection, member()))
    return render_template("campaigns/filters.html", filters=found, me=member().id, writes=writes())


@audiences.route("/nueva", methods=["GET", "POST"])
@permits(*WRITERS)
def new() -> ResponseReturnValue:
    """Give a filter a name."""
    with services().database.transaction() as connection:
        offer = campaigns_form.offered(connection, member(), services().texts)
        form = Form(request.form if request.method == "POST" else None, {"lugar": list(offer.places)[:1]})
        if request.method == "POST" and (filter := _read(connection, form, offer)) is not None:
            name = form.text("nombre", longest=saved_filters.LONGEST_NAME)
            made = saved_filters.save(connection, name, filter, member().id, _now())
            audit.record(connection, member().id, "made", "filter", made, _now())
            return redirect(url_for("audiences.one", filter_id=made), 303)
        return _page(form, offer, None), 422 if form.problems else 200


@audiences.route("/<int:filter_id>", methods=["GET", "POST"])
@permits(*WRITERS)
def one(filter_id: int) -> ResponseReturnValue:
    """A filter and how many families it means now; its owner may write it anew."""
    with services().database.transaction() as connection:
        saved = _seen(connection, filter_id)
        offer = campaigns_form.offered(connection, member(), services().texts)
        form = Form(request.form if request.method == "POST" else None, campaigns_form.filled(saved.name, saved.filter))
        if request.method == "POST" and (filter := _read(connection, form, offer, filter_id)) is not None:
            name = form.text("nombre", longest=saved_filters.LONGEST_NAME)
            if not saved_filters.change(connection, filter_id, name, filter, member().id, _now()):
                abort(404)
            audit.record(connection, member().id, "changed", "filter", filter_id, _now())
            return redirect(url_for("audiences.one", filter_id=filter_id), 303)
        return _page(form, offer, saved), 422 if form.problems else 200


@audiences.get("/<int:filter_id>/cuantas")
@permits(*WRITERS)
def how_many(filter_id: int) -> ResponseReturnValue:
    """How many families it means at this moment: a part of its page."""

    def read(connection: Connection) -> tuple[Filter, int]:
        filter = _seen(connection, filter_id).filter
        return filter, count(connection, audience(filter, _now()))

    filter, families = services().database.idempotent(read)
    coarse = filter.unanswered_wave is not None
    return render_template("campaigns/count.html", families=families // 10 * 10 if coarse else families, coarse=coarse)


@audiences.post("/<int:filter_id>/borrar")
@permits(*WRITERS)
def remove(filter_id: int) -> ResponseReturnValue:
    """Forget one's own filter; campaigns that used it keep what it said."""
    with services().database.transaction() as connection:
        saved = _seen(connection, filter_id)
        if saved.owner_id != member().id:
            abort(404)
        if not confirmed():
            question = gettext("¿Borrar la audiencia «%(name)s»?") % {"name": saved.name}
            consequences = gettext("Nadie la podrá usar más. Las campañas que la usaron no cambian.")
            back = url_for("audiences.one", filter_id=filter_id)
            return ask(question, consequences, gettext("Sí, borrarla"), back)
        if not saved_filters.remove(connection, filter_id, member().id):
            abort(404)
        audit.record(connection, member().id, "removed", "filter", filter_id, _now())
    notices.done(gettext("Audiencia borrada. Las campañas que la usaron no cambian."))
    return redirect(url_for("audiences.listing"), 303)


def _seen(connection: Connection, filter_id: int) -> Saved:
    found = [saved for saved in saved_filters.listed(connection, member()) if saved.id == filter_id]
    if not found:
        abort(404)
    return found[0]


def _read(connection: Connection, form: Form, offer: Offered, filter_id: int | None = None) -> Filter | None:
    name = form.text("nombre", longest=saved_filters.LONGEST_NAME)
    if saved_filters.taken(connection, member(), name, besides=filter_id):
        form.refuse("nombre", gettext("Ya hay una audiencia con ese nombre: escoja otro."))
    filter = campaigns_form.read_filter(form, offer)
    if filter is None:
        return None
    about = offer.waves.get(str(filter.unanswered_wave))
    if about is not None and about.anonymous and not filter.territorial:
        form.refuse("sin_responder", words.problem("anonymous_filter"))
        return None
    return filter


def _page(form: Form, offer: Offered, saved: Saved | None) -> str:
    mine = saved is None or saved.owner_id == member().id
    return render_template("campaigns/filter.html", form=form, offer=offer, saved=saved, mine=mine, words=words)


def _now() -> datetime:
    return datetime.now(UTC)
