"""The log of what the staff did and looked at, to be searched: for whoever administers, coordinates or audits."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, select

from admin import audit_words, tables
from admin.audit_words import Named
from admin.forms import Form
from admin.language import BOGOTA, mark
from admin.permission import permits
from admin.places import Places
from admin.services import services
from admin.tables import Column
from families import audit
from families.audit import AuditEntry, Question
from families.staff import Role, StaffMember

audit_page = Blueprint("audit", __name__, url_prefix="/admin/registro")

COLUMNS: Final = (
    Column("at", mark("Cuándo"), AuditEntry.at),
    Column("who", mark("Quién")),
    Column("action", mark("Qué hizo"), AuditEntry.action),
    Column("object_kind", mark("Con qué"), AuditEntry.object_kind),
    Column("object_id", mark("Número")),
    Column("details", mark("Detalles")),
)


@audit_page.get("/")
@permits(Role.ADMIN, Role.NATIONAL, Role.AUDITOR)
def listing() -> ResponseReturnValue:
    """The entries that answer what the filters ask, the newest first."""
    filters = Form(initial=request.args)
    since, until = filters.day("desde", required=False), filters.day("hasta", required=False)
    with services().database.transaction() as connection:
        login = filters.text("usuario", required=False).lower()
        person = connection.scalar(select(StaffMember.id).where(StaffMember.login == login)) if login else None
        question = Question(
            staff_id=-1 if login and person is None else person,
            action=filters.text("accion", required=False) or None,
            object_kind=filters.text("clase", required=False) or None,
            object_id=filters.text("numero", required=False) or None,
            since=datetime.combine(since, time(), BOGOTA) if since else None,
            until=datetime.combine(until + timedelta(days=1), time(), BOGOTA) if until else None,
        )

        def prepare(rows: Sequence[Any]) -> list[dict[str, Any]]:
            return _shown(rows, _named(connection, rows))

        columns = [Column(one.name, one.title, one.order, show=_field(one.name)) for one in COLUMNS]
        table = tables.read(connection, audit.search(question), columns, key=AuditEntry.id, sort="-at", prepare=prepare)
    if kind := tables.file_wanted():
        return tables.file(table, kind, "registro")
    return render_template(
        "audit/listing.html",
        table=table,
        filters=filters,
        actions=audit_words.choices(audit_words.ACTIONS),
        kinds=audit_words.choices(audit_words.KINDS),
    )


def _field(name: str) -> Any:
    return lambda entry: entry[name]


def _shown(rows: Sequence[Any], named: Named) -> list[dict[str, Any]]:
    return [
        {
            "at": row.at,
            "who": named.staff.get(row.staff_id) if row.staff_id else None,
            "action": audit_words.action(row.action),
            "object_kind": audit_words.kind(row.object_kind),
            "object_id": audit_words.thing(row.object_kind, row.object_id),
            "details": " · ".join(audit_words.detail(name, value, named) for name, value in row.details.items())
            or None,
        }
        for row in rows
    ]


def _named(connection: Connection, rows: Sequence[Any]) -> Named:
    """The people and places that entries name by their ids."""
    ids = {row.staff_id for row in rows} | {row.details.get("gestor") for row in rows}
    query = select(StaffMember.id, StaffMember.name, StaffMember.login).where(StaffMember.id.in_(ids - {None}))
    staff = {row.id: f"{row.name} ({row.login})" for row in connection.execute(query)}
    return Named(staff, Places.read(connection))
