"""Channels and templates: by which senders messages leave, what they cost, and how far WhatsApp's approval is."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from admin import notices
from admin.forms import Form
from admin.language import gettext, mark
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from bot import templates
from families import audit
from families.staff import Role
from messaging import prices
from messaging.cost import Prices
from messaging.providers import registry

APPROVALS = {
    "unsubmitted": mark("Sin pedir"),
    "received": mark("Pedida"),
    "pending": mark("En revisión"),
    "approved": mark("Aprobada"),
    "rejected": mark("Rechazada"),
    "paused": mark("En pausa"),
    "disabled": mark("Desactivada"),
    "missing": mark("Sin registrar"),
}
"""As WhatsApp calls the states of a template's approval; «missing» is ours."""
AMOUNTS = {"segment": "precio_sms", "template": "precio_plantilla", "in_session": "precio_sesion"}

channels = Blueprint("channels", __name__, url_prefix="/admin/campanas/canales")


@channels.route("/", methods=["GET", "POST"])
@permits(Role.ZONAL, Role.UT, Role.NATIONAL, Role.AUDITOR, Role.ADMIN)
def overview() -> ResponseReturnValue:
    """Senders, prices and templates; the national coordination and the administration change the prices."""
    changes = member().role in (Role.NATIONAL, Role.ADMIN)
    with services().database.transaction() as connection:
        now = prices.current(connection)
        form = Form(request.form if request.method == "POST" else None, _filled(now))
        if request.method == "POST" and changes and (wanted := _read(form)) is not None:
            moment = datetime.now(UTC)
            prices.change(connection, wanted, moment, member().id)
            audit.record(connection, member().id, "changed", "prices", wanted.currency, moment)
            notices.done(gettext("Precios guardados: valen desde la próxima vista previa."))
            return redirect(url_for("channels.overview"), 303)
        page = _page(connection, form, changes)
    return page, 422 if form.problems else 200


def _page(connection: Connection, form: Form, changes: bool) -> str:
    known = {each.name: each for each in registry.known(connection)}
    texts = services().texts
    listed = [(each, known.get(each.name)) for each in templates.templates(texts)]
    twilio = services().settings.twilio
    return render_template(
        "campaigns/channels.html",
        form=form,
        changes=changes,
        twilio=twilio,
        templates=listed,
        approvals=APPROVALS,
        generic=sum(each.approval == registry.NO_APPROVAL_NEEDED for each in known.values()),
    )


def _filled(now: Prices) -> dict[str, Any]:
    amounts = {field: format(getattr(now, name).normalize(), "f") for name, field in AMOUNTS.items()}
    return {**amounts, "moneda": now.currency}


def _read(form: Form) -> Prices | None:
    amounts = {name: _amount(form, field) for name, field in AMOUNTS.items()}
    currency = form.text("moneda", longest=3).upper()
    if form.problems:
        return None
    try:
        return Prices(**amounts, currency=currency)
    except ValueError:
        form.refuse("moneda", gettext("Tres letras, por ejemplo COP o USD."))
        return None


def _amount(form: Form, field: str) -> Decimal:
    written = form.text(field, longest=12).replace(",", ".")
    try:
        amount = Decimal(written)
    except InvalidOperation:
        amount = Decimal(-1)
    if not (amount.is_finite() and 0 <= amount < 1_000_000):
        form.refuse(field, gettext("Escriba un precio, por ejemplo 0,05."))
    return amount
