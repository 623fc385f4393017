"""The inbox: what families wrote to a person, who waits longest first, and the answers."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from admin import notices
from admin.forms import Form
from admin.language import gettext, ngettext
from admin.notices import Undo
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from bot import correspondence
from bot.correspondence import LONGEST_ANSWER, LONGEST_QUICK, QUICK_REPLIES, Correspondence
from bot.desk import Office
from families import audit, families, territory
from families.staff import Role

READERS = (Role.GESTOR, Role.ZONAL, Role.UT, Role.NATIONAL)
DRAIN = "jobs.drain"

inbox = Blueprint("inbox", __name__, url_prefix="/admin/conversaciones")


@inbox.get("/")
@permits(*READERS)
def listing() -> ResponseReturnValue:
    """Threads that wait for this person; with `todo` those of the whole team, with `cerrados` the ended ones."""
    everything, closed = "todo" in request.args, "cerrados" in request.args
    now = datetime.now(UTC)
    with services().database.transaction() as connection:
        threads = correspondence.listing(connection, member(), everything=everything, closed=closed)
        names = _names(connection, threads, now)
        places = territory.municipality_names(connection, [one.municipality for one in threads if one.municipality])
    return render_template(
        "inbox/list.html",
        threads=threads,
        names=names,
        places=places,
        everything=everything,
        closed=closed,
        waited={one.id: waited(one, now) for one in threads},
        leads=member().role is not Role.GESTOR,
    )


@inbox.route("/<int:thread_id>", methods=["GET", "POST"])
@permits(*READERS)
def thread(thread_id: int) -> ResponseReturnValue:
    """One thread and its answer. Only what was written to people is in it, never answers to surveys."""
    written = {"text": request.args.get("texto", "")[:LONGEST_ANSWER]}
    form, now = Form(request.form if request.method == "POST" else None, written), datetime.now(UTC)
    if request.method == "POST" and (text := form.told("text", longest=LONGEST_ANSWER)) and form.valid:
        if _answer(thread_id, text, now):
            services().bell.ring(DRAIN)
            notices.done(gettext("Su respuesta sale con su nombre."))
        return redirect(url_for("inbox.thread", thread_id=thread_id), 303)
    with services().database.transaction() as connection:
        found = _found(connection, thread_id)
        names = _names(connection, [found], now)
        page = render_template(
            "inbox/thread.html",
            found=found,
            form=form,
            name=names.get(found.id, ""),
            letters=correspondence.letters(connection, services().cipher, thread_id),
            waited=waited(found, now),
            offered=[services().texts.text(key, "es") for key in QUICK_REPLIES],
            kept=correspondence.quick_replies(connection, member().id),
            longest=LONGEST_ANSWER,
        )
    return page, 422 if form.problems else 200


@inbox.post("/<int:thread_id>/cerrar")
@permits(*READERS)
def close(thread_id: int) -> ResponseReturnValue:
    """End a thread: what comes next is the service's again."""
    now = datetime.now(UTC)
    with services().database.transaction() as connection:
        _found(connection, thread_id)
        correspondence.close(connection, thread_id, now)
        audit.record(connection, member().id, "closed", "correspondence", thread_id, now)
    notices.done(gettext("Conversación cerrada."), Undo(url_for("inbox.reopen", thread_id=thread_id)))
    return redirect(url_for("inbox.listing"), 303)


@inbox.post("/<int:thread_id>/abrir")
@permits(*READERS)
def reopen(thread_id: int) -> ResponseReturnValue:
    """Take the closing back."""
    with services().database.transaction() as connection:
        _found(connection, thread_id)
        correspondence.reopen(connection, thread_id)
        audit.record(connection, member().id, "reopened", "correspondence", thread_id, datetime.now(UTC))
    return redirect(url_for("inbox.thread", thread_id=thread_id), 303)


@inbox.route("/respuestas", methods=["GET", "POST"])
@permits(*READERS)
def quick_replies() -> ResponseReturnValue:
    """The answers that one keeps to use again."""
    form = Form(request.form if request.method == "POST" else None)
    if request.method == "POST":
        text = form.told("text", longest=LONGEST_QUICK)
        if form.valid:
            with services().database.transaction() as connection:
                correspondence.keep_quick_reply(connection, member().id, text)
            notices.done(gettext("Respuesta guardada."))
            return redirect(url_for("inbox.quick_replies"), 303)
    with services().database.transaction() as connection:
        kept = correspondence.quick_replies(connection, member().id)
    page = render_template("inbox/quick_replies.html", form=form, kept=kept)
    return page, 422 if form.problems else 200


@inbox.post("/respuestas/quitar")
@permits(*READERS)
def drop_quick_reply() -> ResponseReturnValue:
    """Keep an answer no longer."""
    reply_id = Form(request.form).whole("reply_id", 1, 2**62)
    if reply_id is None:
        abort(404)
    with services().database.transaction() as connection:
        words = dict(correspondence.quick_replies(connection, member().id)).get(reply_id)
        correspondence.drop_quick_reply(connection, member().id, reply_id)
    undo = Undo(url_for("inbox.quick_replies"), {"text": words}) if words else None
    notices.done(gettext("Respuesta quitada."), undo)
    return redirect(url_for("inbox.quick_replies"), 303)


def waited(found: Correspondence, now: datetime) -> str:
    """For how long a person has been waiting, in words; empty if they do not."""
    if found.waiting_since is None:
        return ""
    passed = now - found.waiting_since
    if passed >= timedelta(days=1):
        return ngettext("espera hace %(num)s día", "espera hace %(num)s días", passed.days) % {"num": passed.days}
    hours = int(passed.total_seconds() // 3600)
    if hours:
        return ngettext("espera hace %(num)s hora", "espera hace %(num)s horas", hours) % {"num": hours}
    return gettext("acaba de escribir")


def _answer(thread_id: int, text: str, now: datetime) -> bool:
    try:
        with services().database.transaction() as connection:
            _found(connection, thread_id)
            office = Office(services().cipher, services().texts)
            correspondence.answer(connection, office, member(), thread_id, text, now)
            audit.record(connection, member().id, "answered", "correspondence", thread_id, now)
    except correspondence.ClosedError:
        notices.problem(gettext("La conversación ya está cerrada. Ábrala para contestar."))
        return False
    return True


def _found(connection: Connection, thread_id: int) -> Correspondence:
    found = correspondence.find(connection, member(), thread_id)
    if found is None:
        abort(404)
    return found


def _names(connection: Connection, threads: Sequence[Correspondence], now: datetime) -> dict[int, str]:
    """The names of the heads of the families that wrote, by thread; that they were read is logged."""
    family_ids = [one.family_id for one in threads if one.family_id is not None]
    names = families.head_names(connection, services().cipher, family_ids)
    audit.record_many(connection, member().id, "viewed", "family", sorted(names), now, page="inbox")
    return {one.id: names[one.family_id] for one in threads if one.family_id is not None and one.family_id in names}
