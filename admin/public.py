"""The public report card: what was published, and nothing else."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from admin import cards, charts, language
from admin.permission import anyone
from admin.services import gallery, services
from admin.tile_map import Tile, tiles
from families import territory
from surveys import comments, commitments, library, publications, waves
from surveys.disclosure import PublicCard, PublicFigure
from surveys.form import Form
from surveys.waves import Wave

DEPARTMENT = 2
"""Digits of a department's code."""

MOST_PLACES = 100
"""So many territories are listed at once; of more, those near the one that is shown."""

MOST_COMMENTS = 10

public = Blueprint("public", __name__)


@dataclass(frozen=True, slots=True)
class Published:
    """What a reader asked for: one wave in one territory, among those there are."""

    waves: Sequence[Wave]
    wave: Wave
    places: Mapping[str, str]
    territory: str
    card: PublicCard
    form: Form
    promised: frozenset[str]
    """Territories for which something was promised."""
    minimum: int
    """Fewest respondents behind a figure of this wave."""
    comments: Sequence[str] = ()
    """Some of what families wrote, as far as it was let out."""
    tiles: Sequence[Tile] = ()
    """The map of departments, where more than one was asked."""

    @property
    def lines(self) -> list[cards.Line]:
        return cards.public_lines(self.card, self.form)


@public.get("/")
@anyone
def report() -> ResponseReturnValue:
    """The grades of a territory: of the last published wave, unless another is asked for."""
    found = services().database.idempotent(_published)
    if found is None:
        return kept(render_template("public.html", wave=None, places={}))
    lines = found.lines
    chart = cards.chart(lines)
    page = render_template(
        "public.html",
        waves=found.waves,
        wave=found.wave,
        places=found.places,
        territory=found.territory,
        place=found.places[found.territory],
        lines=lines,
        facts=cards.public_facts(found.card),
        tiles=found.tiles,
        mapped=lines[0].name if lines else "",
        promised=found.promised,
        chart_url=_chart_url(found, chart) if chart.bars else None,
        minimum=found.minimum,
        comments=found.comments,
    )
    return kept(page)


@public.get("/grafico.png")
@anyone
def sent_picture() -> Response:
    """The same chart as WhatsApp shows it: people pass it on, so it says itself what it is."""
    found = services().database.idempotent(_published)
    if found is None or not (chart := cards.chart(found.lines)).bars:
        abort(404)
    period = language.period(found.wave.period_start, found.wave.period_end)
    asked = language.gettext("Nota de las familias de JUNTOS, de 1 a 5")
    drawn = replace(chart, format="png", title=(found.places[found.territory], asked, period))
    return charts.answer(gallery(), drawn, request.args.get("v"), charts.PNG)


@public.get("/grafico.svg")
@anyone
def picture() -> Response:
    """The chart of the same grades."""
    found = services().database.idempotent(_published)
    if found is None:
        abort(404)
    return charts.answer(gallery(), cards.chart(found.lines), request.args.get("v"))


def kept(page: str) -> Response:
    """A page that browsers may keep and only ask about: on a weak signal, «nothing new» is quick to hear."""
    response = Response(page)
    response.cache_control.private = response.cache_control.no_cache = True
    response.add_etag()
    response.make_conditional(request)
    return response


def _chart_url(found: Published, chart: charts.Chart) -> str:
    return url_for(
        "public.picture",
        ronda=found.wave.id,
        territorio=found.territory,
        lang=language.language(),
        v=chart.digest,
    )


def _published(connection: Connection) -> Published | None:
    """What the address asks for; None before the first publication. 404 for a wave or place that was not published."""
    listed = published_waves(connection)
    if not listed:
        return None
    wave = wave_to_read(listed)
    code, places = asked_place(connection, wave)
    card = publications.published(connection, wave.id, code)
    if card is None:
        abort(404)
    form = library.load(connection, wave.form_version_id)
    actor = next((line.actor for line in cards.public_lines(card, form) if line.mean is not None), None)
    drawn: Sequence[Tile] = ()
    if actor and code == territory.COUNTRY:
        departments = [each for each in places if len(each) == DEPARTMENT]
        drawn = department_map(connection, grades(connection, wave, actor, departments))
    minimum = publications.minimum_of(connection, wave.id)
    said = comments.released(connection, wave.id, code)[:MOST_COMMENTS]
    return Published(listed, wave, places, code, card, form, commitments.places(connection), minimum, said, drawn)


def grades(
    connection: Connection, wave: Wave, actor: str, territories: Collection[str]
) -> Mapping[str, PublicFigure | None]:
    """The published grades of one who was graded, by territory's code; None where a grade is withheld."""
    found = publications.of_actor(connection, wave.id, actor, territories)
    return {code: figures[cards.GRADE] for code, figures in found.items() if cards.GRADE in figures}


def department_map(connection: Connection, found: Mapping[str, PublicFigure | None]) -> Sequence[Tile]:
    """The map of the departments among these published grades; empty where there are none."""
    departments = {code: grade for code, grade in found.items() if len(code) == DEPARTMENT and grade}
    means = {code: grade.mean for code, grade in departments.items() if grade.mean is not None}
    return tiles(territory.department_names(connection), means) if means else ()


def published_waves(connection: Connection) -> list[Wave]:
    """The waves that anybody may read of, the newest first."""
    return [wave for wave in waves.listed(connection) if wave.published_at]


def asked_wave(listed: Sequence[Wave]) -> Wave:
    """The wave that the address names, else the first of these. 404 for any other."""
    asked = request.args.get("ronda")
    found = next((wave for wave in listed if asked in (None, str(wave.id))), None)
    if found is None:
        abort(404)
    return found


def wave_to_read(listed: Sequence[Wave]) -> Wave:
    """The wave that the address names, else the last one for whoever reads: of the place that the address names, or the
    widest, since a round in one department is no news elsewhere. 404 for one that is not listed.
    """
    if "ronda" in request.args:
        return asked_wave(listed)
    place = request.args.get("territorio")
    if place is None:
        return min(listed, key=lambda wave: len(wave.territory))
    return next((wave for wave in listed if territory.contains(wave.territory, place)), listed[0])


def asked_place(connection: Connection, wave: Wave) -> tuple[str, Mapping[str, str]]:
    """The territory that the address names, else the wave's whole one, and the names of those listed beside it.

    404 for one without a published card.
    """
    codes = publications.territories(connection, wave.id)
    inside = [code for code in codes if territory.contains(wave.territory, code)]
    code = request.args.get("territorio", next(iter(inside), ""))
    if inside and code not in inside:
        abort(404)
    return code, place_names(connection, near(inside, code))


def near(codes: Sequence[str], code: str) -> Sequence[str]:
    """Of very many territories those that are of interest beside one: departments, and what lies in the same one."""
    if len(codes) <= MOST_PLACES:
        return codes
    return [each for each in codes if len(each) <= DEPARTMENT or each[:DEPARTMENT] == code[:DEPARTMENT]]


def place_names(connection: Connection, codes: Sequence[str]) -> Mapping[str, str]:
    """Names of territories by code, in the order given: «Colombia», «Sucre (departamento)», «Sincelejo, Sucre»."""
    municipalities = territory.municipality_names(connection, codes)
    departments = territory.department_names(connection)
    names = {
        **{code: f"{name}, {departments[code[:2]]}" for code, name in municipalities.items()},
        **{code: language.gettext("%(name)s (departamento)") % {"name": name} for code, name in departments.items()},
        territory.COUNTRY: "Colombia",
    }
    return {code: names.get(code, code) for code in codes}
