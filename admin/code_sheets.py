"""Sheets of one-time codes to be printed, for families without a phone of their own."""

from datetime import UTC, datetime
from io import BytesIO

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from admin.forms import Form
from admin.language import gettext
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from bot import code_sheets as sheets
from bot.code_sheets import CODES_PER_SHEET, MOST_SHEETS, CodeSheetError, Sheets
from families import audit, scope, territory
from families.staff import Role
from surveys import waves
from surveys.waves import Wave

PRINTERS = (Role.ZONAL, Role.UT, Role.NATIONAL)

code_sheets = Blueprint("code_sheets", __name__, url_prefix="/admin/codigos")


@code_sheets.route("/", methods=["GET", "POST"])
@permits(*PRINTERS)
def page() -> ResponseReturnValue:
    """Choose a wave, a municipality and how many sheets; the answer is the PDF."""
    form = Form(request.form if request.method == "POST" else None, {"sheets": 5})
    with services().database.transaction() as connection:
        places = _places(connection)
        open_waves = {str(wave.id): wave for wave in waves.listed(connection, waves.OPEN) if _held(wave, places)}
        made = _draw(connection, form, open_waves, places) if request.method == "POST" else None
    if made is not None:
        return send_file(BytesIO(made.pdf), mimetype="application/pdf", as_attachment=True, download_name=made.filename)
    names = {key: wave.name for key, wave in open_waves.items()}
    body = render_template(
        "code_sheets/page.html", form=form, waves=names, places=places, each=CODES_PER_SHEET, most=MOST_SHEETS
    )
    return body, 422 if form.problems else 200


def _draw(connection: Connection, form: Form, open_waves: dict[str, Wave], places: dict[str, str]) -> Sheets | None:
    """The sheets that the form asks for; None, with the problems noted, if it cannot be."""
    wave = form.choice("wave", open_waves)
    place = form.choice("municipality", places)
    count = form.whole("sheets", 1, MOST_SHEETS)
    if not form.valid or count is None:
        return None
    try:
        made = sheets.draw(connection, int(wave), place, count, services().code_key, _number())
    except CodeSheetError:
        form.refuse("municipality", gettext("Esa ronda no se hace en ese municipio."))
        return None
    audit.record(
        connection, member().id, "printed_codes", "wave", wave, datetime.now(UTC), place=place, codes=made.codes
    )
    return made


def _number() -> str:
    """Where people write to, as it is printed."""
    twilio = services().settings.twilio
    return (twilio.sms_from if twilio else None) or ""


def _places(connection: Connection) -> dict[str, str]:
    """The municipalities where this person works, by name."""
    names = territory.municipality_names(connection)
    mine = {code: name for code, name in names.items() if scope.covers(member(), code)}
    return dict(sorted(mine.items(), key=lambda item: item[1]))


def _held(wave: Wave, places: dict[str, str]) -> bool:
    return any(territory.contains(wave.territory, code) for code in places)
