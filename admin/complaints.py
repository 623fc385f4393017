"""The board of requests and complaints (PQR) with their legal clocks, and each of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, case, select

from admin import complaints_words as words
from admin import notices, tables
from admin.confirming import ask, confirmed
from admin.forms import Form
from admin.language import gettext, mark
from admin.notices import Undo
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from admin.tables import Column
from bot import complainants, erasure
from bot.desk import Office
from families import audit, complaints_board, families, territory
from families import complaints as records
from families.complaints import (
    ABOUT_DATA,
    Category,
    Complaint,
    ComplaintRow,
    ComplaintStateError,
    Kind,
    Status,
    as_complaint,
)
from families.complaints_board import HANDLERS, Filter
from families.radicado import display
from families.staff import Role, StaffMember

READERS = (Role.GESTOR, Role.ZONAL, Role.UT, Role.NATIONAL, Role.AUDITOR, Role.ENTITY)
ANSWERERS = (*HANDLERS, Role.ENTITY)
DRAIN = "jobs.drain"

MOST_URGENT = case(
    (ComplaintRow.status == Status.ANSWERED, ComplaintRow.due_at + timedelta(days=36_500)), else_=ComplaintRow.due_at
)
"""What is open by the end of its term, then what is answered."""

COLUMNS = (
    Column(
        "radicado",
        mark("Radicado"),
        ComplaintRow.radicado,
        show=lambda row: display(row.radicado),
        link=lambda row: url_for("complaints.one", complaint_id=row.id),
    ),
    Column("left", mark("Plazo"), MOST_URGENT, show=lambda row: words.days_left(row, datetime.now(UTC))),
    Column("kind", mark("Tipo"), ComplaintRow.kind, show=lambda row: gettext(words.KINDS[row.kind])),
    Column("category", mark("Tema"), ComplaintRow.category, show=lambda row: gettext(words.CATEGORIES[row.category])),
    Column("status", mark("Estado"), ComplaintRow.status, show=lambda row: gettext(words.STATES[row.status])),
    Column("municipality", mark("Municipio"), ComplaintRow.municipality_code),
    Column("entity", mark("Entidad"), ComplaintRow.entity),
    Column("last_day", mark("Vence"), ComplaintRow.due_at),
)

complaints = Blueprint("complaints", __name__, url_prefix="/admin/pqr")


@complaints.get("/")
@permits(*READERS)
def listing() -> ResponseReturnValue:
    """The board: what is most urgent first."""
    now = datetime.now(UTC)
    narrowed = asked_for()

    def read(connection: Connection) -> tuple[tables.Table, complaints_board.Counts]:
        query = complaints_board.query(member(), narrowed, now)
        return board(connection, query), complaints_board.counts(connection, member(), now)

    table, counts = services().database.idempotent(read)
    if (kind := tables.file_wanted()) is not None:
        return tables.file(table, kind, "pqr")
    return render_template("complaints/list.html", table=table, counts=counts, words=words, now=now, data=ABOUT_DATA)


def board(connection: Connection, query: Any) -> tables.Table:
    """A page of requests, each with the name of its municipality."""

    def prepare(rows: Any) -> list[Any]:
        names = territory.municipality_names(connection, [row.municipality for row in rows if row.municipality])
        return [Shown(as_complaint(row), names.get(row.municipality, "")) for row in rows]

    return tables.read(connection, query, COLUMNS, key=ComplaintRow.id, sort="left", prepare=prepare)


class Shown:
    """A request with its place in words, as tables show it."""

    def __init__(self, complaint: Complaint, place: str) -> None:
        self._complaint = complaint
        self.municipality = place

    def __getattr__(self, name: str) -> Any:
        return getattr(self._complaint, name)


def asked_for() -> Filter:
    """What the address narrows the board to."""
    status, kind, category = (request.args.get(name, "") for name in ("estado", "tipo", "tema"))
    return Filter(
        status=Status(status) if status in set(Status) else None,
        kind=Kind(kind) if kind in set(Kind) else None,
        category=Category(category) if category in set(Category) else None,
        overdue="vencidas" in request.args,
        unhappy="sin-servir" in request.args,
    )


@complaints.get("/<int:complaint_id>")
@permits(*READERS)
def one(complaint_id: int) -> ResponseReturnValue:
    """A request with its words, its history, and what can be done."""
    with services().database.transaction() as connection:
        return render_template("complaints/one.html", **_page(connection, complaint_id, Form()))


@complaints.post("/<int:complaint_id>/responder")
@permits(*ANSWERERS)
def answer(complaint_id: int) -> ResponseReturnValue:
    """Answer: the person is told on the phone they filed it from."""
    form = Form(request.form)
    text = form.told("answer", longest=complainants.LONGEST_ANSWER)
    if not form.valid:
        return _again(complaint_id, form)
    if not _do(
        complaint_id,
        "answered",
        lambda connection, now: complainants.answer(connection, _office(), complaint_id, text, member().id, now),
    ):
        return redirect(url_for("complaints.one", complaint_id=complaint_id), 303)
    services().bell.ring(DRAIN)
    notices.done(gettext("Respuesta guardada. Si la persona dejó su número, le llega por mensaje."))
    return redirect(url_for("complaints.one", complaint_id=complaint_id), 303)


@complaints.post("/<int:complaint_id>/trasladar")
@permits(*HANDLERS)
def transfer(complaint_id: int) -> ResponseReturnValue:
    """Send it on to the entity that is competent."""
    form = Form(request.form)
    with services().database.transaction() as connection:
        entity = form.choice("entity", _entities(connection))
    if not form.valid:
        return _again(complaint_id, form)
    if _do(
        complaint_id,
        "transferred",
        lambda connection, now: complainants.transfer(connection, _office(), complaint_id, entity, member().id, now),
    ):
        services().bell.ring(DRAIN)
        notices.done(gettext("Trasladada a %(entity)s. El plazo completo vuelve a contar.") % {"entity": entity})
    return redirect(url_for("complaints.one", complaint_id=complaint_id), 303)


@complaints.post("/<int:complaint_id>/clasificar")
@permits(*HANDLERS)
def classify(complaint_id: int) -> ResponseReturnValue:
    """Say what it is about."""
    form = Form(request.form)
    category = form.choice("category", set(Category))
    if not form.valid:
        return _again(complaint_id, form)
    if _do(
        complaint_id,
        "classified",
        lambda connection, now: records.classify(connection, complaint_id, Category(category), member().id, now),
    ):
        notices.done(gettext("Tema guardado."))
    return redirect(url_for("complaints.one", complaint_id=complaint_id), 303)


@complaints.post("/<int:complaint_id>/ampliar")
@permits(*HANDLERS)
def extend(complaint_id: int) -> ResponseReturnValue:
    """Take the longer term that the law allows once, after a second look."""
    back = url_for("complaints.one", complaint_id=complaint_id)
    if _found(complaint_id) is None:
        abort(404)
    if not confirmed():
        return ask(
            gettext("¿Ampliar el plazo?"),
            gettext("Solo se puede una vez, antes de que venza. La persona recibe un mensaje con la nueva fecha."),
            gettext("Ampliar"),
            back,
        )
    if _do(
        complaint_id,
        "extended",
        lambda connection, now: complainants.extend(connection, _office(), complaint_id, member().id, now),
    ):
        services().bell.ring(DRAIN)
        notices.done(gettext("Plazo ampliado."))
    return redirect(back, 303)


@complaints.post("/<int:complaint_id>/reservar")
@permits(*HANDLERS)
def reserve(complaint_id: int) -> ResponseReturnValue:
    """Hide from every gestor what speaks of one."""
    if _do(
        complaint_id,
        "reserved",
        lambda connection, now: records.reserve(connection, complaint_id, member().id, now),
    ):
        undo = Undo(url_for("complaints.unreserve", complaint_id=complaint_id))
        notices.done(gettext("Reservada: ningún gestor la ve desde ahora."), undo)
    return redirect(url_for("complaints.one", complaint_id=complaint_id), 303)


@complaints.post("/<int:complaint_id>/quitar-reserva")
@permits(*HANDLERS)
def unreserve(complaint_id: int) -> ResponseReturnValue:
    """Take back what a coordination reserved; what a person wanted reserved stays so."""
    if _do(
        complaint_id,
        "unreserved",
        lambda connection, now: records.unreserve(connection, complaint_id, member().id, now),
    ):
        notices.done(gettext("Ya no está reservada: la ve también quien acompaña a la familia."))
    return redirect(url_for("complaints.one", complaint_id=complaint_id), 303)


def _do(complaint_id: int, action: str, work: Any) -> bool:
    """Do something with a request that this person may answer, and log it. False if it cannot be done any more."""
    now = datetime.now(UTC)
    try:
        with services().database.transaction() as connection:
            found = complaints_board.find(connection, member(), complaint_id)
            if found is None or not complaints_board.may_answer(member(), found):
                abort(404)
            work(connection, now)
            audit.record(connection, member().id, action, "complaint", complaint_id, now)
    except ComplaintStateError:
        notices.problem(gettext("Ya no se puede: alguien la cambió antes, o se venció el plazo. Mire cómo está ahora."))
        return False
    return True


def _found(complaint_id: int) -> Complaint | None:
    with services().database.transaction() as connection:
        return complaints_board.find(connection, member(), complaint_id)


def _again(complaint_id: int, form: Form) -> ResponseReturnValue:
    """The page once more, with what is wrong and what was written."""
    with services().database.transaction() as connection:
        return render_template("complaints/one.html", **_page(connection, complaint_id, form)), 422


def _page(connection: Connection, complaint_id: int, form: Form) -> dict[str, Any]:
    person, now = member(), datetime.now(UTC)
    found = complaints_board.find(connection, person, complaint_id)
    if found is None:
        abort(404)
    text, answered = records.words(connection, services().cipher, complaint_id)
    reads_words = person.role is not Role.AUDITOR
    knows_family = person.role in (Role.GESTOR, *HANDLERS) and found.family_id is not None
    audit.record(connection, person.id, "viewed", "complaint", complaint_id, now, words=reads_words)
    name = ""
    if knows_family and found.family_id is not None:
        name = families.head_names(connection, services().cipher, [found.family_id]).get(found.family_id, "")
        audit.record(connection, person.id, "viewed", "family", found.family_id, now, page="complaint")
    places = territory.municipality_names(connection, [found.municipality] if found.municipality else [])
    acts = found.open and complaints_board.may_answer(person, found)
    history = records.history(connection, complaint_id)
    return {
        "found": found,
        "form": form,
        "now": now,
        "number": display(found.radicado),
        "text": text if reads_words else None,
        "answer": answered if reads_words else None,
        "family": name,
        "place": places.get(found.municipality or "", ""),
        "history": history,
        "told": complainants.contact_of(connection, complaint_id) is not None,
        "acts": acts,
        "handles": acts and person.role in HANDLERS,
        "reserves": person.role in HANDLERS and found.kind not in ABOUT_DATA,
        "unreserves": records.reserved_by_staff(found, history),
        "entities": {one: one for one in _entities(connection)} if acts else {},
        "longest": complainants.LONGEST_ANSWER,
        "about_data": found.kind in ABOUT_DATA,
        "erases": found.kind is Kind.DATA_DELETION and person.role in HANDLERS and found.family_id is not None,
        "erasure": erasure.decided(connection, found.family_id) if found.family_id is not None else None,
        "words": words,
    }


def _entities(connection: Connection) -> list[str]:
    """The institutions that have a delegate here."""
    rows = connection.scalars(
        select(StaffMember.entity).where(StaffMember.role == Role.ENTITY, StaffMember.active).distinct()
    )
    return sorted(rows)


def _office() -> Office:
    return Office(services().cipher, services().texts)
