"""The coordinators' pages of the Libreta: grades where one works, in all detail that may be seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from admin import cards, charts, language
from admin.permission import permits
from admin.public import asked_wave, place_names
from admin.services import gallery, services
from admin.sessions import member
from families import territory
from families.staff import Role, Staff
from surveys import disclosure, library, publications, waves
from surveys.disclosure import PublicCard
from surveys.form import Form
from surveys.waves import Wave

READERS = (Role.ZONAL, Role.UT, Role.NATIONAL, Role.AUDITOR)
"""Who compares grades. A gestor is one of those who are graded, and reads the public page."""

reports = Blueprint("reports", __name__, url_prefix="/admin")


@dataclass(frozen=True, slots=True)
class View:
    """What a coordinator asked for: one wave in one territory of their scope, and the territories next below it."""

    waves: Sequence[Wave]
    wave: Wave
    places: Mapping[str, str]
    territory: str
    card: PublicCard
    below: Mapping[str, PublicCard]
    form: Form

    @property
    def lines(self) -> list[cards.Line]:
        return cards.public_lines(self.card, self.form)

    @property
    def place(self) -> str:
        return self.places[self.territory]


@reports.get("/calificaciones")
@permits(*READERS)
def grades() -> ResponseReturnValue:
    """Grades of one territory, and of those next below it."""
    view = services().database.idempotent(find)
    if view is None:
        return render_template("grades.html", wave=None)
    lines = view.lines
    chart = cards.chart(lines)
    return render_template(
        "grades.html",
        waves=view.waves,
        wave=view.wave,
        places=view.places,
        territory=view.territory,
        place=view.place,
        lines=lines,
        facts=cards.public_facts(view.card),
        below={code: cards.public_facts(found) for code, found in view.below.items()},
        grid=cards.grid(view.below, view.form),
        chart_url=_chart_url(view, chart),
        minimum=disclosure.MINIMUM,
    )


@reports.get("/grafico.svg")
@permits(*READERS)
def picture() -> Response:
    """The chart of the same grades, for the same eyes."""
    view = services().database.idempotent(find)
    if view is None:
        abort(404)
    return charts.answer(gallery(), cards.chart(view.lines), request.args.get("v"))


def _chart_url(view: View, chart: charts.Chart) -> str:
    return url_for(
        "reports.picture",
        ronda=view.wave.id,
        territorio=view.territory,
        lang=language.language(),
        v=chart.digest,
    )


def find(connection: Connection) -> View | None:
    """What the address asks for; None where there is no wave yet. 404 for a wave or territory out of scope."""
    person = member()
    listed = [wave for wave in waves.listed(connection) if _concerns(wave, person)]
    begun = _begun(connection, listed, person) if listed else None
    if begun is None:
        return None
    wave, codes = begun
    code = request.args.get("territorio", codes[0])
    if code not in codes:
        abort(404)
    below = _below(code, codes)
    found = publications.all_for_staff(connection, wave.id, [code, *below])
    offered = [each for each in codes if len(each) < territory.MUNICIPALITY or each[:2] == code[:2] or len(codes) < 100]
    return View(
        listed,
        wave,
        place_names(connection, offered),
        code,
        found[code],
        {each: found[each] for each in below},
        library.load(connection, wave.form_version_id),
    )


def _concerns(wave: Wave, person: Staff) -> bool:
    """Whether a wave has begun and its territory meets the person's."""
    return wave.status != waves.PLANNED and any(
        territory.contains(wave.territory, own) or territory.contains(own, wave.territory) for own in person.territories
    )


def _begun(connection: Connection, listed: Sequence[Wave], person: Staff) -> tuple[Wave, Sequence[str]] | None:
    """The wave asked for, else the newest in which families in scope are invited, and the territories in scope."""
    for wave in [asked_wave(listed)] if "ronda" in request.args else listed:
        codes = [
            code
            for code in publications.territories_for_staff(connection, wave.id)
            if territory.contains(wave.territory, code)
            and any(territory.contains(own, code) for own in person.territories)
        ]
        if codes:
            return wave, codes
    return None


def _below(code: str, codes: Sequence[str]) -> list[str]:
    """The territories next below one; for a municipality, its neighbours in scope."""
    if len(code) == territory.MUNICIPALITY:
        return [each for each in codes if len(each) == territory.MUNICIPALITY and each[:2] == code[:2]]
    longer = min((len(each) for each in codes if each.startswith(code) and each != code), default=0)
    return [each for each in codes if each.startswith(code) and len(each) == longer]
