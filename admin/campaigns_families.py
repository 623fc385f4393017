"""The families behind a figure of a campaign's ledger: those not reached are to be visited."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import BigInteger, Connection, Row, Select, Text, column, select

from admin import campaigns, tables
from admin import campaigns_words as words
from admin.language import gettext, mark
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from admin.tables import Column
from bot.campaigns import ledger
from bot.campaigns.plans import Planned
from families import audit, families, scope
from families.assignments import GestorAssignment
from families.families import Family
from families.staff import StaffMember
from families.territory import Municipality, Place

VISIT = "visitar"
"""Families that nothing reached and nothing will: those for whom somebody must go."""

pages = Blueprint("campaigns_families", __name__, url_prefix="/admin/campanas")

COLUMNS = (
    Column("folio", mark("Folio"), Family.folio),
    Column("head", mark("Cabeza de familia")),
    Column("gestor", mark("Gestor o gestora"), StaffMember.name),
    Column("municipality", mark("Municipio"), Municipality.name),
    Column("place", mark("Vereda o centro poblado"), Place.name),
    Column("zone", mark("Zona"), Family.zone, show=lambda row: gettext(words.ZONES[row.zone])),
    Column("reason", mark("Por qué"), column("reason"), show=lambda row: words.reason(row.reason)),
)


@pages.get("/<int:campaign_id>/familias")
@permits(*campaigns.WRITERS)
def listing(campaign_id: int) -> ResponseReturnValue:
    """The families in one state of the ledger, of those that one may see. Looking is written into the audit log."""
    state = request.args.get("estado", VISIT)
    if state not in (VISIT, *ledger.STATES):
        abort(404)

    def read(connection: Connection) -> tuple[Planned, tables.Table]:
        campaign = campaigns.seen(connection, campaign_id)
        if not campaign.listable:
            abort(404)
        query = _families(campaign_id, state, request.args.get("motivo"))
        table = tables.read(
            connection, query, COLUMNS, key=Family.id, sort="gestor", prepare=lambda rows: _named(connection, rows)
        )
        shown = [row.family_id for row in table.rows]
        now = campaigns.clock_now()
        audit.record_many(connection, member().id, "viewed", "family", shown, now, campaign=campaign_id, state=state)
        return campaign, table

    with services().database.transaction() as connection:
        campaign, table = read(connection)
    if (kind := tables.file_wanted()) is not None:
        return tables.file(table, kind, f"campana-{campaign_id}-{state}")
    return render_template("campaigns/families.html", campaign=campaign, table=table, state=state, visit=VISIT)


def _families(campaign_id: int, state: str, reason: str | None) -> Select[Any]:
    fates = (
        ledger.families(campaign_id)
        .columns(column("family_id", BigInteger), column("state", Text), column("reason", Text))
        .subquery("fates")
    )
    wanted = ledger.NOT_REACHED if state == VISIT else (state,)
    query = (
        select(
            Family.id.label("family_id"),
            Family.folio,
            Family.zone,
            Municipality.name.label("municipality"),
            Place.name.label("place"),
            StaffMember.name.label("gestor"),
            fates.c.reason.label("reason"),
        )
        .join(fates, fates.c.family_id == Family.id)
        .join(Municipality, Municipality.code == Family.municipality_code)
        .outerjoin(Place, Place.code == Family.place_code)
        .outerjoin(GestorAssignment, (GestorAssignment.family_id == Family.id) & GestorAssignment.until.is_(None))
        .outerjoin(StaffMember, StaffMember.id == GestorAssignment.gestor_id)
        .where(fates.c.state.in_(wanted), scope.families(member(), Family.id, Family.municipality_code))
    )
    return query.where(fates.c.reason == reason) if reason else query


def _named(connection: Connection, rows: Sequence[Row[Any]]) -> Sequence[Any]:
    """The rows with the names of the heads of the families, opened."""
    names = families.head_names(connection, services().cipher, [row.family_id for row in rows])
    return [_Listed(**row._mapping, head=names.get(row.family_id, "")) for row in rows]


class _Listed:
    """A family of the list."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)
