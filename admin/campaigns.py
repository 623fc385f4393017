"""Campaigns: written and looked at before anything is sent, started with a minute to undo, followed until they end."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from admin import campaigns_form, confirming, notices
from admin import campaigns_words as words
from admin.campaigns_form import OWN_TEXT, Offered
from admin.forms import Form
from admin.language import gettext, moment
from admin.notices import Undo
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from bot.campaigns import ledger, plans
from bot.campaigns.access import may_use
from bot.campaigns.plans import PlanError, Planned
from bot.campaigns.preview import count, pace_of, preview
from bot.campaigns.script import Kind
from families import audit
from families.staff import Role
from messaging import campaigns as sending

WRITERS = (Role.ZONAL, Role.UT, Role.NATIONAL)
READERS = (*WRITERS, Role.AUDITOR)
EXPAND, RECONCILE = "jobs.expand", "jobs.reconcile"

campaigns = Blueprint("campaigns", __name__, url_prefix="/admin/campanas")


@campaigns.get("/")
@permits(*READERS)
def listing() -> ResponseReturnValue:
    """The campaigns of the places where one works, newest first."""
    found = services().database.idempotent(lambda connection: plans.listed(connection, member()))
    return render_template("campaigns/list.html", campaigns=found, writes=writes())


@campaigns.route("/nueva", methods=["GET", "POST"])
@permits(*WRITERS)
def new() -> ResponseReturnValue:
    """Write a campaign; it does nothing yet."""
    kind = _kind(request.values.get("tipo"))
    if kind is None:
        return render_template("campaigns/kinds.html", kinds=words.KINDS)
    with services().database.transaction() as connection:
        offer = campaigns_form.offered(connection, member(), services().texts)
        form = Form(request.form if request.method == "POST" else None, _prefilled(offer))
        if request.method == "POST" and (plan := campaigns_form.read_plan(form, kind, offer, clock_now())) is not None:
            try:
                made = plans.draft(connection, plan, services().texts, clock_now(), member().id)
            except PlanError as error:
                _refuse(form, error)
            else:
                audit.record(connection, member().id, "drafted", "campaign", made, clock_now(), kind=kind)
                return redirect(url_for("campaigns.one", campaign_id=made), 303)
        return _form_page(form, kind, offer), 422 if form.problems else 200


@campaigns.route("/<int:campaign_id>/cambiar", methods=["GET", "POST"])
@permits(*WRITERS)
def change(campaign_id: int) -> ResponseReturnValue:
    """Write a draft anew."""
    with services().database.transaction() as connection:
        campaign = seen(connection, campaign_id)
        if campaign.status != sending.DRAFT:
            abort(404)
        kind = campaign.plan.kind
        offer = campaigns_form.offered(connection, member(), services().texts)
        form = Form(
            request.form if request.method == "POST" else None, campaigns_form.filled_plan(campaign.plan, offer)
        )
        if request.method == "POST" and (plan := campaigns_form.read_plan(form, kind, offer, clock_now())) is not None:
            try:
                plans.change(connection, campaign_id, plan, services().texts)
            except PlanError as error:
                _refuse(form, error)
            else:
                audit.record(connection, member().id, "changed", "campaign", campaign_id, clock_now())
                return redirect(url_for("campaigns.one", campaign_id=campaign_id), 303)
        return _form_page(form, kind, offer), 422 if form.problems else 200


@campaigns.get("/<int:campaign_id>")
@permits(*READERS)
def one(campaign_id: int) -> ResponseReturnValue:
    """A campaign: a draft with its preview, later how it goes and what became of it."""

    def read(connection: Connection) -> dict[str, Any]:
        campaign = seen(connection, campaign_id)
        script = plans.script(connection, campaign.plan, campaign.wave, services().texts)
        return {"campaign": campaign, "said": script.say("es"), "progress": ledger.progress(connection, campaign)}

    found = services().database.idempotent(read)
    return render_template("campaigns/one.html", writes=writes(), now=clock_now(), **found)


@campaigns.get("/<int:campaign_id>/vista")
@permits(*READERS)
def look(campaign_id: int) -> ResponseReturnValue:
    """What a draft would do: a part of its page, which takes seconds where there are many families."""
    pace = pace_of(services().settings.twilio)

    def read(connection: Connection) -> dict[str, Any]:
        campaign = seen(connection, campaign_id)
        exact = preview(connection, campaign.plan, campaign.wave, services().texts, pace, clock_now())
        return {"campaign": campaign, "preview": exact.in_tens if campaign.coarse else exact}

    return render_template("campaigns/preview.html", **services().database.idempotent(read))


@campaigns.get("/<int:campaign_id>/avance")
@permits(*READERS)
def progress(campaign_id: int) -> ResponseReturnValue:
    """How far a campaign is: a part of its page, asked for again and again.

    Where it is in another state than the page that asks (`?era=`), the whole page is loaded anew: what can be done
    with it has changed too.
    """

    def read(connection: Connection) -> dict[str, Any]:
        campaign = seen(connection, campaign_id)
        return {"campaign": campaign, "progress": ledger.progress(connection, campaign)}

    seen_now = services().database.idempotent(read)
    response = make_response(render_template("campaigns/progress.html", now=clock_now(), **seen_now))
    if request.args.get("era", seen_now["campaign"].status) != seen_now["campaign"].status:
        response.headers["HX-Refresh"] = "true"
    return response


@campaigns.get("/<int:campaign_id>/cuentas")
@permits(*READERS)
def accounts(campaign_id: int) -> ResponseReturnValue:
    """What became of it, family by family: a part of its page."""

    def read(connection: Connection) -> dict[str, Any]:
        campaign = seen(connection, campaign_id)
        return {"campaign": campaign, "ledger": ledger.shown(connection, campaign)}

    found = services().database.idempotent(read)
    return render_template("campaigns/ledger.html", lists=member().role is not Role.AUDITOR, **found)


@campaigns.post("/<int:campaign_id>/empezar")
@permits(*WRITERS)
def start(campaign_id: int) -> ResponseReturnValue:
    """Let a draft begin, after a minute in which it can be undone."""
    with services().database.transaction() as connection:
        campaign = seen(connection, campaign_id)
        try:
            plans.check(connection, campaign.plan, services().texts)
        except PlanError as error:
            notices.problem(words.problem(error.code))
            return redirect(url_for("campaigns.one", campaign_id=campaign_id), 303)
        expected = count(connection, plans.families(campaign.plan, campaign.wave, clock_now(), campaign_id))
        begins = plans.start(connection, campaign_id, expected, clock_now())
        if begins is not None:
            audit.record(connection, member().id, "started", "campaign", campaign_id, clock_now())
    if begins is None:
        notices.problem(gettext("Esta campaña ya había empezado."))
    else:
        text = gettext("Empieza el %(moment)s. Hasta entonces no sale nada.") % {"moment": moment(begins)}
        notices.done(text, Undo(url_for("campaigns.undo", campaign_id=campaign_id)))
    return redirect(url_for("campaigns.one", campaign_id=campaign_id), 303)


@campaigns.post("/<int:campaign_id>/deshacer")
@permits(*WRITERS)
def undo(campaign_id: int) -> ResponseReturnValue:
    """Take a start back, as long as nothing has begun."""
    done = gettext("Se deshizo: no salió ningún mensaje.")
    late = gettext("Ya empezó. Si hace falta, póngala en pausa o párela.")
    return _move(
        campaign_id, "undone", lambda connection: sending.undo(connection, campaign_id, clock_now()), done, late
    )


@campaigns.post("/<int:campaign_id>/pausar")
@permits(*WRITERS)
def pause(campaign_id: int) -> ResponseReturnValue:
    """Send no more until it goes on."""
    done = gettext("En pausa. Lo que ya estaba saliendo, unos segundos, alcanza a llegar.")
    return _move(campaign_id, "paused", lambda connection: sending.pause(connection, campaign_id), done)


@campaigns.post("/<int:campaign_id>/seguir")
@permits(*WRITERS)
def resume(campaign_id: int) -> ResponseReturnValue:
    """Go on where it was paused."""
    return _move(
        campaign_id, "resumed", lambda connection: sending.resume(connection, campaign_id), gettext("Sigue en marcha.")
    )


@campaigns.post("/<int:campaign_id>/parar")
@permits(*WRITERS)
def stop(campaign_id: int) -> ResponseReturnValue:
    """Never send the rest."""
    if not confirming.confirmed():
        services().database.idempotent(lambda connection: seen(connection, campaign_id))
        return confirming.ask(
            gettext("¿Parar la campaña?"),
            gettext("Lo que no ha salido no saldrá nunca. Si solo quiere esperar, póngala en pausa."),
            gettext("Sí, parar"),
            url_for("campaigns.one", campaign_id=campaign_id),
        )
    done = gettext("Parada. Lo que faltaba por salir ya no sale.")
    return _move(campaign_id, "stopped", lambda connection: sending.stop(connection, campaign_id, clock_now()), done)


def _move(
    campaign_id: int, action: str, work: Callable[[Connection], bool], done: str, late: str | None = None
) -> ResponseReturnValue:
    """Do something to a campaign, write it into the audit log, and wake whoever carries it out."""
    with services().database.transaction() as connection:
        seen(connection, campaign_id)
        moved = work(connection)
        if moved:
            audit.record(connection, member().id, action, "campaign", campaign_id, clock_now())
    if moved:
        services().bell.ring(EXPAND, RECONCILE, "jobs.drain")
        notices.done(done)
    else:
        notices.problem(late or gettext("La campaña ya estaba en otro estado: mire cómo está ahora."))
    return redirect(url_for("campaigns.one", campaign_id=campaign_id), 303)


def seen(connection: Connection, campaign_id: int) -> Planned:
    """A campaign that the person may see; 404 for any other."""
    campaign = plans.get(connection, campaign_id)
    if campaign is None or not may_use(member(), campaign.plan.filter):
        abort(404)
    return campaign


def writes() -> bool:
    """Whether the person may do something about campaigns."""
    return member().role in WRITERS


def _form_page(form: Form, kind: Kind, offer: Offered) -> str:
    return render_template(
        "campaigns/write.html", form=form, kind=kind, offer=offer, own_text=kind in OWN_TEXT, about=offer.about(kind)
    )


def _prefilled(offer: Offered) -> dict[str, object]:
    """The form as a link may fill it: a wave, and with it its territory."""
    wave = offer.waves.get(request.args.get("ronda", ""))
    if wave is None:
        return {"lugar": list(offer.places)[:1]}
    code = wave.territory or campaigns_form.EVERYWHERE
    places = [code] if code in offer.places else list(offer.places)[:1]
    return {"ronda": wave.id, "nombre": wave.name[: plans.LONGEST_NAME], "lugar": places}


def _refuse(form: Form, error: PlanError) -> None:
    fields = {"name": "nombre", "budget": "tope", "anonymous_filter": "audiencia", "achievement": "audiencia"}
    field = fields.get(error.code, "texto" if error.code.startswith("text") else "ronda")
    form.refuse(field, words.problem(error.code))


def _kind(written: str | None) -> Kind | None:
    return Kind(written) if written in set(Kind) else None


def clock_now() -> datetime:
    """The time by the clock that all processes share."""
    return services().database.now()
