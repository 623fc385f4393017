"""Referrals at work: where the families of a gestor stand, and offering them a programme with the places left.

Of a family that was not served nobody reads more than that: the reason is told in secret.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, Row, func, select

from admin import notices, tables
from admin.confirming import ALREADY_SENT, ask, confirmed
from admin.forms import Form
from admin.language import gettext, local_day, mark, ngettext
from admin.notices import Undo
from admin.permission import permits
from admin.programme_form import office
from admin.programmes import STATES
from admin.services import services
from admin.sessions import member
from admin.tables import Column
from bot import referral_changes, referral_offers
from bot.referral_offers import OfferError
from families import achievements, audit, demand, families, folio, offers, programmes, referrals, scope
from families.families import Family
from families.programmes import Programme, ProgrammeRow
from families.referrals import GOING, OPEN, ReferralRow, State
from families.staff import Role, Staff

READERS: Final = (Role.GESTOR, Role.ZONAL)
OVERDUE: Final = "atrasadas"
ON_THE_WAY: Final = "en_camino"
PROBLEMS: Final = {
    "not_open": mark("El programa no está recibiendo familias."),
    "in_person": mark("Este programa atiende algo que no se nombra en un mensaje: ofrézcalo en persona."),
}
COLUMNS: Final = (
    Column("name", mark("Familia")),
    Column("folio", mark("Folio"), Family.folio, show=lambda row: folio.display(row.folio)),
    Column(
        "programme",
        mark("Programa"),
        ProgrammeRow.name,
        link=lambda row: url_for("programmes.one", programme_id=row.programme_id),
    ),
    Column("state", mark("Va en"), ReferralRow.state, show=lambda row: gettext(STATES[State(row.state)])),
    Column("changed_at", mark("Desde"), ReferralRow.changed_at),
    Column("answer_by", mark("Contesta hasta"), ReferralRow.answer_by),
    Column("due_at", mark("Va el"), ReferralRow.due_at),
)

pages = Blueprint("referrals", __name__, url_prefix="/admin/remisiones")


@pages.get("/")
@permits(*READERS)
def listing() -> ResponseReturnValue:
    """Where the families in scope stand with the programmes that they were offered."""
    person, now = member(), datetime.now(UTC)
    wanted = request.args.get("estado", ON_THE_WAY)
    with services().database.transaction() as connection:
        query = (
            referrals.query()
            .add_columns(Family.folio, ProgrammeRow.name.label("programme"))
            .join(Family, Family.id == ReferralRow.family_id)
            .join(ProgrammeRow, ProgrammeRow.id == ReferralRow.programme_id)
            .where(scope.families(person, Family.id, Family.municipality_code), _filter(wanted, now))
        )

        def named(rows: Sequence[Row[Any]]) -> Sequence[Any]:
            return _with_names(connection, rows, now)

        table = tables.read(connection, query, COLUMNS, key=ReferralRow.id, sort="-changed_at", prepare=named)
        counts = _counts(connection, person, now)
    if kind := tables.file_wanted():
        return tables.file(table, kind, "remisiones")
    return render_template(
        "referrals/list.html", table=table, counts=counts, wanted=wanted, states=STATES, going=GOING, open=OPEN
    )


@pages.route("/proponer/<int:programme_id>", methods=["GET", "POST"])
@permits(*READERS)
def propose(programme_id: int) -> ResponseReturnValue:
    """Choose families, look at what they will read and what it costs, and send."""
    person, now = member(), datetime.now(UTC)
    form = Form(request.form if request.method == "POST" else None)
    with services().database.transaction() as connection:
        programme = _programme(connection, programme_id)
        listed = offers.candidates(connection, person, programme, local_day(now))
        names = families.head_names(connection, services().cipher, [one.family_id for one in listed])
        if request.method == "GET":
            ids = [one.family_id for one in listed]
            audit.record_many(connection, person.id, "viewed", "family", ids, now, page="propose")
        ticked = form.choices("familias", [str(one.family_id) for one in listed], least=1)
        chosen = {one.family_id for one in listed if str(one.family_id) in ticked}
        try:
            if form.valid and not confirmed():
                seen = referral_offers.preview(connection, office(), programme, chosen, now)
                return render_template(
                    "referrals/preview.html",
                    programme=programme,
                    preview=seen,
                    names=names,
                    fields=[
                        (name, value) for name, value in request.form.items(multi=True) if name not in ALREADY_SENT
                    ],
                )
            if form.valid:
                wanted = {one.family_id: one.achievement.code for one in listed if one.family_id in chosen}
                made = referral_offers.offer(connection, office(), programme_id, wanted, person.id, now)
                told = [referral.family_id for referral in made]
                audit.record_many(connection, person.id, "offered", "family", told, now, programme=programme_id)
                notices.done(_offered(len(made)), Undo(url_for(".undo", programme_id=programme_id)))
                return redirect(url_for(".listing"), 303)
        except OfferError as error:
            notices.problem(gettext(PROBLEMS[error.reason]))
            return redirect(url_for("programmes.one", programme_id=programme_id), 303)
    problems = form.problems if request.method == "POST" else {}
    page = render_template(
        "referrals/propose.html", programme=programme, candidates=listed, names=names, chosen=chosen, problems=problems
    )
    return page, 422 if problems else 200


@pages.get("/proponer/<int:programme_id>/quedan")
@permits(*READERS)
def left(programme_id: int) -> ResponseReturnValue:
    """The places left, as the page of offers asks for them every few seconds."""
    with services().database.transaction() as connection:
        return render_template("referrals/left.html", programme=_programme(connection, programme_id))


@pages.post("/deshacer/<int:programme_id>")
@permits(*READERS)
def undo(programme_id: int) -> ResponseReturnValue:
    """Take back what was offered within the last minute."""
    person, now = member(), datetime.now(UTC)
    with services().database.transaction() as connection:
        _programme(connection, programme_id)
        taken_back = referral_offers.undo(connection, office(), programme_id, person.id, now)
        if taken_back:
            audit.record(connection, person.id, "undid", "programme", programme_id, now, offers=taken_back)
    if taken_back:
        notices.done(gettext("No se envió nada: las ofertas quedaron retiradas."))
    else:
        notices.problem(gettext("Ya no se puede deshacer: los mensajes salieron."))
    return redirect(url_for(".listing"), 303)


@pages.post("/<int:referral_id>")
@permits(*READERS)
def note(referral_id: int) -> ResponseReturnValue:
    """Note in person what a family did not say by message: that it was there, how it went, or that it does not go."""
    person, now = member(), datetime.now(UTC)
    with services().database.transaction() as connection:
        _own(connection, referral_id)
        if request.form.get("hecho") == "retirada" and not confirmed():
            consequences = gettext("La familia pierde el cupo o el turno, y el cupo pasa a la primera que espera.")
            return ask(gettext("¿Retirar la remisión?"), consequences, gettext("Sí, retirarla"), url_for(".listing"))
        match request.form.get("hecho"):
            case "asistio":
                done = referrals.attended(connection, referral_id, now, person.id)
            case "atendida" | "no_atendida" as outcome:
                done = referrals.told(connection, referral_id, outcome == "atendida", now, person.id)
            case "retirada":
                moved = referral_changes.withdraw(connection, office(), referral_id, person.id, now)
                done = moved is not None and moved.changed
            case _:
                abort(404)
        if done:
            audit.record(connection, person.id, "noted", "referral", referral_id, now, what=request.form["hecho"])
    if done:
        notices.done(gettext("Anotado."))
    else:
        notices.problem(gettext("Esa remisión ya cambió; mire cómo va ahora."))
    return redirect(url_for(".listing"), 303)


@pages.route("/pedidos", methods=["GET", "POST"])
@permits(Role.GESTOR)
def need() -> ResponseReturnValue:
    """Note what a family asks help with, so that it counts where no programme offers it."""
    person, now = member(), datetime.now(UTC)
    form = Form(request.form if request.method == "POST" else None)
    with services().database.transaction() as connection:
        own = connection.execute(
            select(Family.id, Family.folio).where(scope.families(person, Family.id, Family.municipality_code))
        ).all()
        current = achievements.current(connection)
        served = {one.code: one.label for one in demand.tellable(current.achievements)} if current else {}
        if request.method == "POST":
            family_id = form.choice("familia", [str(one.id) for one in own])
            code = form.choice("logro", served)
            if form.valid:
                new = demand.ask(connection, int(family_id), [code], now, person.id)
                audit.record(connection, person.id, "noted_need", "family", family_id, now, achievement=code)
                notices.done(gettext("Pedido anotado.") if new else gettext("Ese pedido ya estaba anotado."))
                return redirect(url_for(".need"), 303)
        ids = [one.id for one in own]
        names = families.head_names(connection, services().cipher, ids)
        audit.record_many(connection, person.id, "viewed", "family", ids, now, page="needs")
    options = {str(one.id): f"{names.get(one.id, '')} · {folio.display(one.folio)}" for one in own}
    page = render_template("referrals/need.html", form=form, families=_by_name(options), served=served)
    return page, 422 if form.problems else 200


def _by_name(options: dict[str, str]) -> dict[str, str]:
    return dict(sorted(options.items(), key=lambda option: option[1]))


def _filter(wanted: str, now: datetime) -> Any:
    """The condition that a filter of the list stands for."""
    if wanted == OVERDUE:
        return referrals.overdue(now)
    if wanted in set(State):
        return ReferralRow.state == wanted
    return ReferralRow.state.in_(OPEN)


def _counts(connection: Connection, person: Staff, now: datetime) -> dict[str, int]:
    """How many referrals in scope stand where, and how many are overdue."""
    here = (
        select(ReferralRow.state, func.count(), func.count().filter(referrals.overdue(now)))
        .join(Family, Family.id == ReferralRow.family_id)
        .where(scope.families(person, Family.id, Family.municipality_code))
        .group_by(ReferralRow.state)
    )
    rows = connection.execute(here).all()
    counted = {state: n for state, n, _ in rows}
    in_order = {state.value: counted[state] for state in State if state in counted}
    return {OVERDUE: sum(late for _, _, late in rows), **in_order}


def _with_names(connection: Connection, rows: Sequence[Row[Any]], now: datetime) -> Sequence[Any]:
    """The rows with the name of each family's head; that they were read is written down."""
    person = member()
    ids = [row.family_id for row in rows]
    names = families.head_names(connection, services().cipher, ids)
    audit.record_many(connection, person.id, "viewed", "family", sorted(set(ids)), now, page="referrals")
    late = now - referrals.OVERDUE_AFTER
    return [
        SimpleNamespace(
            **row._mapping,
            name=names.get(row.family_id, ""),
            late=row.state in GOING and row.due_at is not None and row.due_at < late,
        )
        for row in rows
    ]


def _programme(connection: Connection, programme_id: int) -> Programme:
    """The programme, if it concerns the person who asks."""
    query = programmes.query().where(ProgrammeRow.id == programme_id, programmes.seen_by(member()))
    row = connection.execute(query).first()
    if row is None:
        abort(404)
    return programmes.read(row)


def _own(connection: Connection, referral_id: int) -> None:
    """404 unless the referral is of a family in scope."""
    query = (
        select(ReferralRow.id)
        .join(Family, Family.id == ReferralRow.family_id)
        .where(ReferralRow.id == referral_id, scope.families(member(), Family.id, Family.municipality_code))
    )
    if connection.scalar(query) is None:
        abort(404)


def _offered(count: int) -> str:
    text = ngettext(
        "La oferta sale en un minuto para %(count)s familia.",
        "La oferta sale en un minuto para %(count)s familias.",
        count,
    )
    return text % {"count": count}
