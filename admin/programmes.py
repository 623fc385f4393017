"""Programmes and their places: kept current by the entity's delegate or a coordinator, looked up by whoever refers.

A delegate reads the names of the families that have a place with it, and of nobody else; every look is written down.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, func, select

import options
from admin import notices, tables
from admin.forms import Form, unsaid
from admin.language import gettext, mark, ngettext
from admin.outcome_cards import outcome_lines
from admin.permission import permits
from admin.places import Places
from admin.programme_form import LONGEST, STATUSES, choices_for, initial, office, read_details
from admin.services import services, today
from admin.sessions import member
from admin.tables import Column
from bot import referral_changes, referral_offers
from bot.forbidden_words import ForbiddenWordError
from families import achievements, audit, families, programmes, referrals, scope
from families.families import Family
from families.programmes import EDITORS, Entity, PlacesHeldError, Programme, ProgrammeRow, Status
from families.referrals import GOING, ReferralRow, State
from families.staff import Role, Staff
from surveys import outcomes

READERS: Final = (Role.GESTOR, Role.ZONAL, Role.UT, Role.NATIONAL, Role.AUDITOR, Role.ENTITY)
PROPOSERS: Final = frozenset({Role.GESTOR, Role.ZONAL})
MOST_PLACES: Final = 100_000

STATES: Final = {
    State.OFFERED: mark("Por contestar"),
    State.WAITING: mark("En lista de espera"),
    State.CALLED: mark("Cupo guardado, por contestar"),
    State.ACCEPTED: mark("Con cupo"),
    State.ATTENDED: mark("Asistió"),
    State.SERVED: mark("Atendida"),
    State.NOT_SERVED: mark("No atendida"),
    State.DECLINED: mark("No quiso o no puede"),
    State.LAPSED: mark("No contestó a tiempo"),
    State.WITHDRAWN: mark("Retirada por el equipo"),
    State.UNKNOWN: mark("Nadie contó cómo le fue"),
}
OUTSIDERS: Final = frozenset({Role.ENTITY, Role.AUDITOR})
TOLD: Final = frozenset({State.SERVED, State.NOT_SERVED, State.UNKNOWN})
"""What a family told of the entity, or did not. Of a few, an outsider could tell which of them said what."""
OVER: Final = mark("Ya pasó su cita")

_WAITING = (
    select(func.count())
    .where(ReferralRow.programme_id == ProgrammeRow.id, ReferralRow.state == State.WAITING)
    .scalar_subquery()
)
COLUMNS: Final = (
    Column(
        "name", mark("Programa"), ProgrammeRow.name, link=lambda row: url_for("programmes.one", programme_id=row.id)
    ),
    Column("entity", mark("Entidad"), Entity.name),
    Column("territory", mark("Lugar"), ProgrammeRow.territory),
    Column("status", mark("Estado"), ProgrammeRow.status, show=lambda row: gettext(STATUSES[Status(row.status)])),
    Column("places", mark("Cupos"), ProgrammeRow.places, figure=True),
    Column("left", mark("Quedan"), ProgrammeRow.places - ProgrammeRow.taken, figure=True),
    Column("waiting", mark("En espera"), _WAITING, figure=True),
    Column("closes_on", mark("Hasta"), ProgrammeRow.closes_on),
)

pages = Blueprint("programmes", __name__, url_prefix="/admin/programas")


@pages.get("/")
@permits(*READERS)
def listing() -> ResponseReturnValue:
    """The programmes that concern a person, with the places left."""
    status = request.args.get("estado", "")
    with services().database.transaction() as connection:
        query = (
            programmes.query()
            .add_columns((ProgrammeRow.places - ProgrammeRow.taken).label("left"), _WAITING.label("waiting"))
            .where(programmes.seen_by(member()))
        )
        if status in set(Status):
            query = query.where(ProgrammeRow.status == status)
        places = Places.read(connection)
        columns = [_in_words(column, places) if column.name == "territory" else column for column in COLUMNS]
        table = tables.read(connection, query, columns, key=ProgrammeRow.id, sort="name")
    if kind := tables.file_wanted():
        return tables.file(table, kind, "programas")
    return render_template(
        "programmes/list.html",
        table=table,
        status=status,
        statuses=STATUSES,
        writes=member().role in EDITORS,
    )


@pages.get("/<int:programme_id>")
@permits(*READERS)
def one(programme_id: int) -> ResponseReturnValue:
    """A programme: what it offers, its places, how families are doing with it, and what they tell of it."""
    person, now = member(), datetime.now(UTC)
    with services().database.transaction() as connection:
        programme = _find(connection, programme_id)
        counts = referrals.counts(connection, programme_id)
        return render_template(
            "programmes/one.html",
            programme=programme,
            place=Places.read(connection).name(programme.details.territory),
            serves=_serves(connection, programme),
            waiting=counts.get(State.WAITING, 0),
            standing=_standing(counts, person),
            history=_history(connection, programme_id),
            told=_told(connection, programme),
            minimum=options.value(connection, options.MINIMUM_CELL),
            message=referral_offers.message(programme, office(), now) if programme.takes(today()) else "",
            statuses=STATUSES,
            keeps=_keeps(connection, programme_id, person),
            proposes=person.role in PROPOSERS and programme.takes(today()),
            form=Form(None, {"cupos": programme.places}),
        )


@pages.route("/nuevo", methods=["GET", "POST"])
@permits(*sorted(EDITORS))
def new() -> ResponseReturnValue:
    """Make a programme."""
    person, now = member(), datetime.now(UTC)
    form = Form(request.form if request.method == "POST" else None, {"opens_on": today(), "answer_days": 3})
    with services().database.transaction() as connection:
        named = Places.read(connection)
        choices = choices_for(connection, person, named)
        if request.method == "POST":
            entity = person.entity if person.role is Role.ENTITY else form.text("entity", longest=60)
            places = form.whole("places", 0, MOST_PLACES)
            details = read_details(form, choices, entity, person, named)
            status = Status(form.choice("status", list(Status)) or Status.DRAFT)
            if form.valid and details is not None and places is not None:
                made = programmes.create(connection, entity, details, places, now, status=status, by=person.id)
                audit.record(connection, person.id, "made", "programme", made, now, places=places)
                notices.done(gettext("El programa quedó guardado."))
                return redirect(url_for(".one", programme_id=made), 303)
        page = render_template(
            "programmes/edit.html", form=form, programme=None, entities=_entities(connection), **choices
        )
    return page, 422 if form.problems else 200


@pages.route("/<int:programme_id>/editar", methods=["GET", "POST"])
@permits(*sorted(EDITORS))
def edit(programme_id: int) -> ResponseReturnValue:
    """Write a programme anew; a date that moves is told to those who have a place."""
    person, now = member(), datetime.now(UTC)
    with services().database.transaction() as connection:
        programme = _kept(connection, programme_id, person)
        named = Places.read(connection)
        choices = choices_for(connection, person, named)
        form = Form(request.form if request.method == "POST" else None, initial(programme, named))
        if request.method == "POST":
            details = read_details(form, choices, programme.entity, person, named)
            status = form.choice("status", list(Status))
            if form.valid and details is not None:
                try:
                    told = referral_changes.change(connection, office(), programme_id, details, Status(status), now)
                except ForbiddenWordError as error:
                    form.refuse(next(name for name in LONGEST if error.word in form.value(name)), unsaid(error.word))
                else:
                    audit.record(
                        connection, person.id, "changed", "programme", programme_id, now, status=status, told=told
                    )
                    notices.done(_change_told(told))
                    return redirect(url_for(".one", programme_id=programme_id), 303)
        page = render_template("programmes/edit.html", form=form, programme=programme, entities=[], **choices)
    return page, 422 if form.problems else 200


@pages.post("/<int:programme_id>/cupos")
@permits(*sorted(EDITORS))
def places(programme_id: int) -> ResponseReturnValue:
    """Change how many places there are; those who wait are called to new ones."""
    person, now = member(), datetime.now(UTC)
    form = Form(request.form)
    wanted = form.whole("cupos", 0, MOST_PLACES)
    try:
        with services().database.transaction() as connection:
            _kept(connection, programme_id, person)
            if wanted is None:
                notices.problem(form.problems["cupos"])
                return redirect(url_for(".one", programme_id=programme_id), 303)
            called = referral_changes.set_places(connection, office(), programme_id, wanted, person.id, now)
            if called is not None:
                audit.record(connection, person.id, "changed", "programme", programme_id, now, places=wanted)
    except PlacesHeldError as error:
        held = gettext("Ya hay %(taken)s familias con cupo: no puede haber menos.") % {"taken": error.taken}
        notices.problem(held)
    else:
        notices.done(_places_told(wanted, called or 0))
    return redirect(url_for(".one", programme_id=programme_id), 303)


@pages.get("/<int:programme_id>/familias")
@permits(Role.ENTITY, Role.GESTOR, Role.ZONAL)
def people(programme_id: int) -> ResponseReturnValue:
    """The families that have a place: their names for the delegate who expects them, one's own for everybody else."""
    person, now = member(), datetime.now(UTC)
    with services().database.transaction() as connection:
        programme = _find(connection, programme_id)
        query = referrals.query().add_columns(Family.folio).join(Family, Family.id == ReferralRow.family_id)
        query = query.where(ReferralRow.programme_id == programme_id, ReferralRow.state.in_(GOING))
        if person.role is not Role.ENTITY:
            query = query.where(scope.families(person, Family.id, Family.municipality_code))
        rows = connection.execute(query.order_by(ReferralRow.id).limit(MOST_NAMES)).all()
        ids = [row.family_id for row in rows]
        names = families.head_names(connection, services().cipher, ids)
        audit.record_many(connection, person.id, "viewed", "family", ids, now, page="programme", programme=programme_id)
    return render_template("programmes/people.html", programme=programme, rows=rows, names=names, states=STATES)


@pages.post("/<int:programme_id>/familias/<int:referral_id>")
@permits(Role.ENTITY)
def attended(programme_id: int, referral_id: int) -> ResponseReturnValue:
    """The delegate notes that a family was there."""
    person, now = member(), datetime.now(UTC)
    with services().database.transaction() as connection:
        _kept(connection, programme_id, person)
        referral = referrals.get(connection, referral_id)
        if referral is None or referral.programme_id != programme_id:
            abort(404)
        if referrals.attended(connection, referral_id, now, person.id):
            audit.record(connection, person.id, "noted_attendance", "referral", referral_id, now)
            notices.done(gettext("Asistencia anotada."))
        else:
            notices.problem(gettext("Esa familia ya no tiene el cupo pendiente."))
    return redirect(url_for(".people", programme_id=programme_id), 303)


MOST_NAMES: Final = 500


def _find(connection: Connection, programme_id: int) -> Programme:
    """The programme, if it concerns the person who asks."""
    row = connection.execute(
        programmes.query().where(ProgrammeRow.id == programme_id, programmes.seen_by(member()))
    ).first()
    if row is None:
        abort(404)
    return programmes.read(row)


def _keeps(connection: Connection, programme_id: int, person: Staff) -> bool:
    """Whether this person keeps the programme current."""
    query = select(ProgrammeRow.id).join(Entity, Entity.id == ProgrammeRow.entity_id)
    return connection.scalar(query.where(ProgrammeRow.id == programme_id, programmes.kept_by(person))) is not None


def _kept(connection: Connection, programme_id: int, person: Staff) -> Programme:
    """The programme, if this person keeps it current."""
    programme = _find(connection, programme_id)
    if not _keeps(connection, programme_id, person):
        abort(404)
    return programme


def _in_words(column: Column, where: Places) -> Column:
    return Column(column.name, column.title, column.order, show=lambda row: where.name(row.territory))


def _serves(connection: Connection, programme: Programme) -> list[str]:
    """The achievements that a programme serves, in words; codes that no catalogue knows stay codes."""
    current = achievements.current(connection)
    labels = {one.code: one.label for one in current.achievements} if current else {}
    return [labels.get(code, code) for code in programme.details.achievements]


def _history(connection: Connection, programme_id: int) -> Sequence[programmes.Changed]:
    return programmes.history(connection, programme_id)[:20]


def _standing(counts: Mapping[State, int], person: Staff) -> list[tuple[str, int]]:
    """How many families stand where, in words. Outsiders read what families told only among many: see `_told`."""
    hidden = TOLD if person.role in OUTSIDERS else frozenset()
    shown = {state: n for state, n in counts.items() if state not in hidden}
    lines = [(gettext(name), shown[state]) for state, name in STATES.items() if state in shown]
    over = sum(counts.get(state, 0) for state in hidden)
    return [*lines, (gettext(OVER), over)] if over else lines


def _told(connection: Connection, programme: Programme) -> tuple[str, Any] | None:
    """What families told of the programme, as it may be shown."""
    found = outcomes.card(connection, programme.key, programme.details.territory)
    return None if found is None else (found[0], outcome_lines(found[1]))


def _entities(connection: Connection) -> list[str]:
    return programmes.entities(connection, member()) if member().role is not Role.ENTITY else []


def _change_told(told: int) -> str:
    if not told:
        return gettext("El programa quedó guardado.")
    text = ngettext(
        "Guardado. La nueva fecha se le cuenta a %(told)s familia.",
        "Guardado. La nueva fecha se les cuenta a %(told)s familias.",
        told,
    )
    return text % {"told": told}


def _places_told(places: int, called: int) -> str:
    if not called:
        return gettext("Ahora son %(places)s cupos.") % {"places": places}
    text = ngettext(
        "Ahora son %(places)s cupos. Se llamó a %(called)s familia de la lista de espera.",
        "Ahora son %(places)s cupos. Se llamó a %(called)s familias de la lista de espera.",
        called,
    )
    return text % {"places": places, "called": called}
