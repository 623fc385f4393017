"""The staff's page of commitments: recorded in the public meeting, kept up to date by whoever answers for the place."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, Row

from admin import cards, notices, public, tables
from admin.forms import Form
from admin.language import gettext, mark
from admin.permission import permits
from admin.services import services, today
from admin.sessions import member
from admin.tables import Column
from bot import results
from bot.campaigns import plans
from bot.campaigns.filters import Filter
from bot.campaigns.plans import Plan, PlanError
from bot.campaigns.script import Kind
from bot.catalogue import SPANISH
from families import audit, scope
from families.staff import Role, Staff
from surveys import commitments as kept
from surveys import library, waves
from surveys.answers import actors
from surveys.commitments import Commitment, Promise, State
from surveys.waves import Wave

LONGEST = 600
"""Characters of what was said or promised: it is read on a phone, and goes into a message."""

EVERYWHERE = "pais"
"""The country in a form, where an empty value is no choice."""

WRITERS = (Role.ZONAL, Role.UT, Role.NATIONAL)
READERS = (*WRITERS, Role.AUDITOR)

STATES = {
    State.OPEN: mark("En marcha"),
    State.DONE: mark("Cumplido"),
    State.DROPPED: mark("No se hará"),
}

commitments = Blueprint("commitments", __name__, url_prefix="/admin/compromisos")


def state_name(row: Any) -> str:
    """How far a commitment is, in words."""
    return gettext("Vencido") if row.late else gettext(STATES[State(row.state)])


def _columns(places: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("due_on", mark("Para el"), Commitment.due_on),
        Column("promise", mark("Compromiso"), link=lambda row: url_for("commitments.one", commitment_id=row.id)),
        Column("owner", mark("Responde"), Commitment.owner),
        Column("territory", mark("Lugar"), Commitment.territory, show=lambda row: places[row.territory]),
        Column("state", mark("Estado"), Commitment.state, show=state_name),
    )


@commitments.get("/")
@permits(*READERS)
def listing() -> ResponseReturnValue:
    """Commitments of the places where one works, the next to fall due first."""
    state = request.args.get("estado", "")

    def read(connection: Connection) -> tables.Table:
        query = kept.concerning("", today()).where(scope.municipalities(member(), Commitment.territory))
        if state in set(State):
            query = query.where(Commitment.state == state)
        names = public.place_names(connection, sorted(kept.places(connection)))
        return tables.read(connection, query, _columns(names), key=Commitment.id, sort="due_on")

    table = services().database.idempotent(read)
    if (kind := tables.file_wanted()) is not None:
        return tables.file(table, kind, "compromisos")
    return render_template(
        "commitments/list.html", table=table, state=state, states=STATES, writes=member().role in WRITERS
    )


@commitments.route("/nuevo", methods=["GET", "POST"])
@permits(*WRITERS)
def new() -> ResponseReturnValue:
    """Record a commitment."""
    with services().database.transaction() as connection:
        choices = Choices(connection, member())
        form = Form(request.form if request.method == "POST" else None)
        if request.method == "GET" or (promise := _read(form, choices)) is None:
            return _form_page(form, choices), 200 if request.method == "GET" else 422
        now = datetime.now(UTC)
        made = kept.make(connection, promise, member().id, now)
        audit.record(connection, member().id, "made", "commitment", made, now, territory=promise.territory)
    notices.done(gettext("Compromiso anotado. Ya se ve en la página pública."))
    return redirect(url_for("commitments.one", commitment_id=made), 303)


@commitments.route("/<int:commitment_id>", methods=["GET", "POST"])
@permits(*READERS)
def one(commitment_id: int) -> ResponseReturnValue:
    """A commitment, its history, and how it is kept up to date."""
    with services().database.transaction() as connection:
        found = kept.get(connection, commitment_id)
        if found is None or not scope.covers(member(), found.territory):
            abort(404)
        form = Form(request.form if request.method == "POST" else None, dict(found._mapping))
        if request.method == "POST":
            if member().role not in WRITERS:
                abort(404)
            if _change(connection, found, form):
                return redirect(url_for("commitments.one", commitment_id=commitment_id), 303)
        page = render_template(
            "commitments/one.html",
            found=found,
            form=form,
            states={state: gettext(name) for state, name in STATES.items()},
            history=kept.history(connection, commitment_id),
            place=public.place_names(connection, [found.territory])[found.territory],
            writes=member().role in WRITERS,
            names=STATES,
        )
    return page, 422 if form.problems else 200


@commitments.post("/<int:commitment_id>/contar")
@permits(*WRITERS)
def tell(commitment_id: int) -> ResponseReturnValue:
    """Make a draft that tells those who took part what became of a commitment."""
    now = datetime.now(UTC)
    try:
        with services().database.transaction() as connection:
            found = kept.get(connection, commitment_id)
            if found is None or not scope.covers(member(), found.territory) or not found.outcome:
                abort(404)
            texts = services().texts
            plan = Plan(
                name=(gettext("Compromiso: %(owner)s") % {"owner": found.owner})[: plans.LONGEST_NAME],
                kind=Kind.RESULT,
                filter=Filter((found.territory,)),
                wave_id=found.wave_id,
                written={SPANISH: results.kept(found.said, found.owner, found.outcome, texts, SPANISH)},
            )
            made = plans.draft(connection, plan, texts, now, member().id)
            audit.record(connection, member().id, "drafted", "campaign", made, now, kind=Kind.RESULT)
    except PlanError as error:
        long = gettext("Lo que pasó no cabe en dos mensajes: acórtelo y guarde antes de contarlo.")
        unpublished = gettext("Primero hay que publicar la ronda: se le cuenta a quienes participaron en ella.")
        notices.problem(long if error.code == "text_long" else unpublished)
        return redirect(url_for("commitments.one", commitment_id=commitment_id), 303)
    return redirect(url_for("campaigns.one", campaign_id=made), 303)


class Choices:
    """What a commitment can be about: the waves begun where a person works, the places, and who is graded."""

    def __init__(self, connection: Connection, person: Staff) -> None:
        begun = [wave for wave in waves.listed(connection) if wave.status != waves.PLANNED]
        begun.sort(key=lambda wave: wave.published_at is None)  # a promise mostly follows on what was published last
        self.waves: dict[str, Wave] = {str(wave.id): wave for wave in begun if scope.meets(person, wave.territory)}
        codes = sorted({*person.territories, *(wave.territory for wave in self.waves.values())})
        named = public.place_names(connection, [code for code in codes if scope.covers(person, code)])
        self.places = {code or EVERYWHERE: name for code, name in named.items()}
        self.actors: dict[str, str] = {}
        for version in {wave.form_version_id for wave in self.waves.values()}:
            form = library.load(connection, version)
            self.actors |= {actor: cards.actor_name(form, actor) for actor in actors(form)}


def _read(form: Form, choices: Choices) -> Promise | None:
    wave = form.choice("ronda", choices.waves)
    place = form.choice("territorio", choices.places)
    promise = {
        "actor": form.choice("actor", choices.actors, required=False),
        "said": form.text("said", longest=LONGEST),
        "promise": form.text("promise", longest=LONGEST),
        "owner": form.text("owner"),
    }
    due_on = form.day("due_on", earliest=today())
    if not form.valid or due_on is None:
        return None
    return Promise(wave_id=int(wave), territory="" if place == EVERYWHERE else place, due_on=due_on, **promise)


def _change(connection: Connection, found: Row[Any], form: Form) -> bool:
    """Change a commitment as the form says; False, with the problems noted, if it cannot be."""
    state = form.choice("state", set(State))
    due_on = form.day("due_on")
    promise = form.text("promise", longest=LONGEST)
    outcome = form.text("outcome", longest=LONGEST, required=state != State.OPEN)
    if not form.valid or due_on is None:
        return False
    now = datetime.now(UTC)
    if kept.change(
        connection,
        found.id,
        member().id,
        now,
        state=State(state),
        due_on=due_on,
        promise=promise,
        outcome=outcome,
    ):
        audit.record(connection, member().id, "changed", "commitment", found.id, now, state=state, due_on=due_on)
        notices.done(gettext("Cambio guardado. Lo que decía antes queda en la historia."))
    return True


def _form_page(form: Form, choices: Choices) -> str:
    names = {key: wave.name for key, wave in choices.waves.items()}
    return render_template("commitments/new.html", form=form, waves=names, places=choices.places, actors=choices.actors)
