"""The coordinators' page: grades and participation in the municipalities where one works."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, func, select

from admin import cards, charts, language
from admin.permission import permits
from admin.public import asked_wave, place_names
from admin.services import gallery, services
from admin.sessions import member
from families import scope, territory
from families.staff import Role, Staff
from surveys import disclosure, library, publications, waves
from surveys.figures import Participation, ReportCard
from surveys.folding import Rollup
from surveys.form import Form
from surveys.waves import Wave

READERS = (Role.ZONAL, Role.UT, Role.NATIONAL, Role.AUDITOR)
"""Who compares grades. A gestor is one of those who are graded, and reads the public page."""

reports = Blueprint("reports", __name__, url_prefix="/admin")


@dataclass(frozen=True, slots=True)
class View:
    """What a coordinator asked for: one wave in one municipality, among those in scope."""

    waves: Sequence[Wave]
    wave: Wave
    places: Mapping[str, str]
    participation: Mapping[str, Participation]
    territory: str
    by_place: Mapping[str, ReportCard]
    form: Form

    @property
    def lines(self) -> list[cards.Line]:
        return cards.staff_lines(self.by_place[self.territory], self.form)


@reports.get("/calificaciones")
@permits(*READERS)
def grades() -> ResponseReturnValue:
    """Grades of one municipality, and participation in all of one's own."""
    view = services().database.idempotent(_view)
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
        place=view.places[view.territory],
        lines=lines,
        facts=cards.staff_facts(view.participation[view.territory]),
        others={code: cards.staff_facts(found) for code, found in view.participation.items()},
        grid=cards.grid(view.by_place, view.form),
        chart_url=_chart_url(view, chart),
        minimum=disclosure.MINIMUM,
    )


@reports.get("/grafico.svg")
@permits(*READERS)
def picture() -> Response:
    """The chart of the same grades, for the same eyes."""
    view = services().database.idempotent(_view)
    if view is None:
        abort(404)
    return charts.answer(gallery(), cards.chart(view.lines), request.args.get("v"))


def _chart_url(view: View, chart: charts.Chart) -> str:
    return url_for(
        "reports.picture",
        ronda=view.wave.id,
        municipio=view.territory,
        lang=language.language(),
        v=chart.digest,
    )


def _view(connection: Connection) -> View | None:
    """What the address asks for; None where there is no wave yet. 404 for a wave or municipality out of scope."""
    person = member()
    listed = [wave for wave in waves.listed(connection) if _concerns(wave, person)]
    begun = _begun(connection, listed, person) if listed else None
    if begun is None:
        return None
    wave, participation = begun
    code = request.args.get("municipio", next(iter(participation)))
    if code not in participation:
        abort(404)
    return View(
        listed,
        wave,
        place_names(connection, list(participation)),
        participation,
        code,
        publications.all_for_staff(connection, wave.id, list(participation)),
        library.load(connection, wave.form_version_id),
    )


def _concerns(wave: Wave, person: Staff) -> bool:
    """Whether a wave has begun and its territory meets the person's."""
    return wave.status != waves.PLANNED and any(
        territory.contains(wave.territory, own) or territory.contains(own, wave.territory) for own in person.territories
    )


def _begun(
    connection: Connection, listed: Sequence[Wave], person: Staff
) -> tuple[Wave, Mapping[str, Participation]] | None:
    """The wave asked for, else the newest in which families in scope are invited, and who of them answered."""
    for wave in [asked_wave(listed)] if "ronda" in request.args else listed:
        if participation := _participation(connection, wave, person):
            return wave, participation
    return None


def _participation(connection: Connection, wave: Wave, person: Staff) -> Mapping[str, Participation]:
    """Who was asked and who answered, by municipality in scope."""
    rows = connection.execute(
        select(Rollup.territory, Rollup.category, func.sum(Rollup.n))
        .where(
            Rollup.wave_id == wave.id,
            Rollup.question == "#families",
            func.length(Rollup.territory) == 5,
            scope.municipalities(person, Rollup.territory),
        )
        .group_by(Rollup.territory, Rollup.category)
        .order_by(Rollup.territory)
    )
    counts: dict[str, dict[str, int]] = {}
    for code, event, n in rows:
        counts.setdefault(code, {})[event] = int(n)
    return {code: Participation(**events) for code, events in counts.items()}
