"""The coordinators' pages of the Libreta: grades where one works, in all detail that may be seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from admin import cards, dashboards, exhibits, indicators
from admin.language import gettext
from admin.permission import permits
from admin.public import asked_wave, near, place_names
from admin.services import services
from admin.sessions import member
from bot.campaigns import wave_days
from families import scope, territory
from families.staff import Role, Staff
from surveys import aggregates, library, publications, waves
from surveys.disclosure import PublicCard
from surveys.figures import Measure
from surveys.form import Form
from surveys.waves import Wave

READERS = (Role.ZONAL, Role.UT, Role.NATIONAL, Role.AUDITOR)
"""Who compares grades. A gestor is one of those who are graded, and reads the public page."""

reports = Blueprint("reports", __name__, url_prefix="/admin/calificaciones")


@dataclass(frozen=True, slots=True)
class View:
    """What a coordinator asked for: one wave in one territory of their scope, and the territories next below it."""

    waves: Sequence[Wave]
    wave: Wave
    codes: Sequence[str]
    places: Mapping[str, str]
    territory: str
    card: PublicCard
    below: Mapping[str, PublicCard]
    form: Form
    known: Mapping[str, Measure]
    minimum: int

    @property
    def place(self) -> str:
        return self.places[self.territory]


@reports.get("")
@permits(*READERS)
def grades() -> ResponseReturnValue:
    """Grades of one territory, and of those next below it."""
    view = services().database.idempotent(_view)
    if view is None:
        return render_template("reports/grades.html", view=None)
    shown = dashboards.grades(view.card, view.form, view.place)
    compared = dashboards.territories(view.below, view.places, view.form)
    return exhibits.asked((shown, compared)) or render_template(
        "reports/grades.html",
        view=view,
        facts=cards.public_facts(view.card),
        lines=cards.public_lines(view.card, view.form),
        grades=shown,
        compared=compared,
        minimum=view.minimum,
    )


@reports.get("/de/<actor>")
@permits(*READERS)
def rated(actor: str) -> ResponseReturnValue:
    """One who is graded, in one territory: everything that was asked, the trend, and what goes with low grades."""

    def read(connection: Connection) -> tuple[View, Sequence[PublicCard], Mapping[str, PublicCard]] | None:
        view = _view(connection)
        if view is None:
            return None
        return view, publications.series(connection, view.territory), publications.strata(connection, view.wave.id)

    found = services().database.idempotent(read)
    if found is None or actor not in found[0].card.actors:
        abort(404)
    view, series, strata = found
    figures = view.card.actors[actor]
    grade = figures.get(cards.GRADE)
    spread = dashboards.distribution(grade, view.form, gettext("Cómo se reparten las notas")) if grade else None
    reasons = figures.get("reason")
    shown = [
        spread,
        dashboards.measures(figures, view.known),
        dashboards.distribution(reasons, view.form, indicators.name("reason"), "problemas") if reasons else None,
        dashboards.trend(series, {wave.id: wave for wave in view.waves}, actor),
        dashboards.drivers(strata, actor),
        dashboards.weights(figures, view.known),
    ]
    tables = [one for one in shown if one and one.rows]
    return exhibits.asked(tables) or render_template(
        "reports/rated.html",
        view=view,
        name=cards.actor_name(view.form, actor),
        actor=actor,
        grade=grade,
        exhibits=tables,
    )


@reports.get("/participacion")
@permits(*READERS)
def participation() -> ResponseReturnValue:
    """Who answered day by day, and where families are missing."""

    def read(connection: Connection) -> tuple[View, Sequence[wave_days.Day]] | None:
        view = _view(connection)
        if view is None:
            return None
        inside = [
            code for code in view.codes if len(code) == territory.MUNICIPALITY and code.startswith(view.territory)
        ]
        return view, wave_days.by_day(connection, view.wave.id, inside)

    found = services().database.idempotent(read)
    if found is None:
        return render_template("reports/grades.html", view=None)
    view, days = found
    tables = [
        one for one in (dashboards.days(days, view.wave), dashboards.missing(view.below, view.places)) if one.rows
    ]
    return exhibits.asked(tables) or render_template(
        "reports/participation.html", view=view, facts=cards.public_facts(view.card), exhibits=tables
    )


@reports.get("/definiciones")
@permits(*READERS)
def definitions() -> ResponseReturnValue:
    """What the figures of a wave mean, and by which rules they are shown."""
    view = services().database.idempotent(_view)
    if view is None:
        return render_template("reports/grades.html", view=None)
    table = dashboards.definitions(view.known, view.form)
    return exhibits.asked([table]) or render_template(
        "reports/definitions.html", view=view, exhibits=[table], minimum=view.minimum
    )


def _view(connection: Connection) -> View | None:
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
    return View(
        listed,
        wave,
        codes,
        place_names(connection, near(codes, code)),
        code,
        publications.for_staff(connection, wave.id, code),
        publications.compared_for_staff(connection, wave.id, below, cards.GRADE),
        library.load(connection, wave.form_version_id),
        aggregates.measured(connection, wave.id),
        publications.minimum_of(connection, wave.id),
    )


def _concerns(wave: Wave, person: Staff) -> bool:
    """Whether a wave has begun and its territory meets the person's."""
    return wave.status != waves.PLANNED and scope.meets(person, wave.territory)


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
    """The territories next below one; for a municipality, those beside it in scope."""
    if len(code) == territory.MUNICIPALITY:
        return [each for each in codes if len(each) == territory.MUNICIPALITY and each[:2] == code[:2]]
    length = min((len(each) for each in codes if each.startswith(code) and each != code), default=0)
    return [each for each in codes if each.startswith(code) and len(each) == length]
