"""«Mis familias»: search, filters and lists of the families that a person accompanies or coordinates."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

import options
from admin import tables
from admin.families_words import STATUSES, ZONES
from admin.forms import Form
from admin.language import gettext, mark, percent
from admin.permission import permits
from admin.places import Places
from admin.services import services
from admin.sessions import member
from admin.tables import Column
from bot import register
from families import audit, calendar, directory, folio, scope
from families import families as records
from families.families import Family, Status, Zone
from families.progress import FamilyProgress
from families.staff import Role

READERS: Final = (Role.GESTOR, Role.ZONAL, Role.UT, Role.NATIONAL)
"""Who sees families by name."""

list_pages = Blueprint("families", __name__, url_prefix="/admin/familias")


@list_pages.get("/")
@permits(*READERS)
def listing() -> ResponseReturnValue:
    """The families in a person's scope that fit the filters. Every name shown is a view, and is written down."""
    person, now = member(), datetime.now(UTC)
    filters = Form(initial=request.args)
    with services().database.transaction() as connection:
        ready = options.value(connection, options.EGRESS_SHARE)
        gestores = {} if person.role is Role.GESTOR else calendar.gestores(connection, person)
        places = Places.read(connection)
        query = directory.found(
            scope.families(person, Family.id, Family.municipality_code),
            _asked(filters, gestores, ready),
            services().cipher,
        ).add_columns(register.has_phone(Family.id).label("phone"))
        if filters.value("telefono") == "sin":
            query = query.where(~register.has_phone(Family.id))
        names: dict[int, str] = {}

        def open_names(rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
            names.update(records.head_names(connection, services().cipher, [row.id for row in rows]))
            return rows

        columns = _columns(names, places)
        if person.role is Role.GESTOR:
            columns = [column for column in columns if column.name not in ("municipality_code", "gestor")]
        table = tables.read(connection, query, columns, key=Family.id, sort="folio", prepare=open_names)
        audit.record_many(connection, person.id, "viewed", "family", sorted(names), now, page="families")
    if kind := tables.file_wanted():
        return tables.file(table, kind, "familias")
    return render_template(
        "families/listing.html",
        table=table,
        filters=filters,
        statuses={status: gettext(word) for status, word in STATUSES.items()},
        zones={zone: gettext(word) for zone, word in ZONES.items()},
        gestores=gestores,
        ready=ready,
    )


def _asked(filters: Form, gestores: Mapping[int, str], ready: int) -> directory.Filters:
    """What the address asks for; what makes no sense is not asked."""
    zone = filters.choice("zona", list(Zone), required=False)
    status = filters.choice("estado", list(Status), required=False)
    gestor = filters.choice("gestor", [str(id) for id in gestores], required=False)
    return directory.Filters(
        words=filters.text("texto", required=False),
        zone=Zone(zone) if zone else None,
        status=Status(status) if status else None,
        gestor_id=int(gestor) if gestor else None,
        reported=filters.value("logros") == "avisados",
        ready_at=ready if filters.value("logros") == "listas" else None,
    )


def _columns(names: Mapping[int, str], places: Places) -> Sequence[Column]:
    return (
        Column(
            "folio",
            mark("Folio"),
            Family.folio,
            show=lambda row: folio.display(row.folio),
            link=lambda row: url_for("family.one", family_id=row.id),
        ),
        Column(
            "name",
            mark("Jefa o jefe de hogar"),
            show=lambda row: names.get(row.id) or folio.display(row.folio),
            link=lambda row: url_for("family.one", family_id=row.id),
        ),
        Column(
            "share",
            mark("Avance"),
            FamilyProgress.share,
            show=lambda row: "" if row.share is None else percent(row.share),
            figure=True,
        ),
        Column(
            "waiting",
            mark("Por verificar"),
            directory.waiting,
            show=lambda row: row.waiting or "",
            figure=True,
        ),
        Column(
            "municipality_code",
            mark("Municipio"),
            Family.municipality_code,
            show=lambda row: places.municipalities.get(row.municipality_code, row.municipality_code),
        ),
        Column("zone", mark("Zona"), Family.zone, show=lambda row: gettext(ZONES[Zone(row.zone)])),
        Column("status", mark("Estado"), Family.status, show=lambda row: gettext(STATUSES[Status(row.status)])),
        Column("gestor", mark("Gestor o gestora"), show=lambda row: row.gestor or ""),
        Column("phone", mark("Teléfono"), show=lambda row: gettext("sí") if row.phone else gettext("visitar")),
    )
