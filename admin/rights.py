"""Requests about a family's own data, and the erasing of data: who handles them sees the clock of each."""

from datetime import UTC, datetime

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from admin import complaints as pqr
from admin import complaints_words as words
from admin import notices, tables
from admin.confirming import ask, confirmed
from admin.language import gettext
from admin.notices import Undo
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from bot import erasure
from families import audit, complaints_board
from families.complaints import Complaint, Kind
from families.complaints_board import HANDLERS

rights = Blueprint("rights", __name__, url_prefix="/admin/derechos")


@rights.get("/")
@permits(*HANDLERS)
def listing() -> ResponseReturnValue:
    """Requests about data, the most urgent first."""
    now = datetime.now(UTC)

    def read(connection: Connection) -> tables.Table:
        return pqr.board(connection, complaints_board.query(member(), pqr.asked_for(), now, about_data=True))

    table = services().database.idempotent(read)
    if (kind := tables.file_wanted()) is not None:
        return tables.file(table, kind, "derechos")
    return render_template("complaints/rights.html", table=table, words=words, now=now)


@rights.post("/<int:complaint_id>/borrar")
@permits(*HANDLERS)
def erase(complaint_id: int) -> ResponseReturnValue:
    """Have the data of the family erased, after a second look and with a day to take it back."""
    back = url_for("complaints.one", complaint_id=complaint_id)
    found = _deletion(complaint_id)
    if not confirmed():
        return ask(
            gettext("¿Borrar los datos de esta familia?"),
            gettext(
                "Confirme antes, en persona o por teléfono, que es la familia quien lo pide. Se borran nombres, "
                "documentos, mensajes y teléfonos, y la familia sale del programa. Quedan por ley su folio, las "
                "fechas y los números de sus peticiones. Se hace dentro de un día; hasta entonces se puede deshacer."
            ),
            gettext("Borrar los datos"),
            back,
        )
    now = datetime.now(UTC)
    assert found.family_id is not None
    with services().database.transaction() as connection:
        erasure.decide(connection, found.family_id, complaint_id, member().id, now)
        audit.record(connection, member().id, "decided_erasure", "family", found.family_id, now)
    notices.done(
        gettext("Los datos se borran mañana a esta hora."), Undo(url_for("rights.keep", complaint_id=complaint_id))
    )
    return redirect(back, 303)


@rights.post("/<int:complaint_id>/conservar")
@permits(*HANDLERS)
def keep(complaint_id: int) -> ResponseReturnValue:
    """Take the decision back."""
    found = _deletion(complaint_id)
    assert found.family_id is not None
    now = datetime.now(UTC)
    with services().database.transaction() as connection:
        undone = erasure.undo(connection, found.family_id)
        audit.record(connection, member().id, "undid_erasure", "family", found.family_id, now, undone=undone)
    if undone:
        notices.done(gettext("Los datos se conservan."))
    else:
        notices.problem(gettext("Ya no se puede deshacer."))
    return redirect(url_for("complaints.one", complaint_id=complaint_id), 303)


def _deletion(complaint_id: int) -> Complaint:
    """The request of a known family to have its data erased; 404 for any other."""
    with services().database.transaction() as connection:
        found = complaints_board.find(connection, member(), complaint_id)
    if found is None or found.kind is not Kind.DATA_DELETION or found.family_id is None:
        abort(404)
    return found
