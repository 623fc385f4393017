"""The public site around the report card: programmes, commitments, participation, and how it is all done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy import Connection, Row

import options
from admin import cards, indicators, public
from admin.language import gettext
from admin.permission import anyone
from admin.services import services, today
from surveys import aggregates, commitments, library, publications, waves
from surveys.disclosure import PublicCard, PublicChange, PublicFigure
from surveys.figures import Measure
from surveys.form import Form
from surveys.waves import Wave

MOST_PROMISES = 50
"""So many are shown at once."""

site = Blueprint("site", __name__)


@dataclass(frozen=True, slots=True)
class Grade:
    """The published grade of one who was graded, somewhere or in some wave; empty where it is withheld."""

    name: str
    mean: str = ""
    n: int = 0
    share: str = ""
    change: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What the families of one place said besides the grade, written out; a choice is `within` its question, whose
    `value` is empty.
    """

    name: str
    value: str
    n: int
    within: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """How many took part in a territory, as published; what may not be shown is None, `rate` empty."""

    name: str
    invited: int | None
    started: int | None
    unreachable: int | None
    rate: str


@site.get("/programas")
@anyone
def programmes() -> Response:
    """Everybody who is graded, by the last wave that was published."""
    return _page(_programmes)


@site.get("/programas/<actor>")
@anyone
def programme(actor: str) -> Response:
    """One who is graded: place by place in the last wave, and wave by wave."""
    return _page(lambda connection: _programme(connection, actor))


@site.get("/compromisos")
@anyone
def promises() -> Response:
    """What was promised to the families, and what became of it."""
    return _page(_promises)


@site.get("/participacion")
@anyone
def participation() -> Response:
    """How many families were asked and how many answered."""
    return _page(_participation)


@site.get("/metodo")
@anyone
def method() -> Response:
    """How the figures are made and what is done so that nobody is given away."""
    return _page(lambda connection: render_template("public/method.html", minimum=_minimum(connection)))


def _minimum(connection: Connection) -> int:
    return options.value(connection, options.MINIMUM_CELL)


def _page(read: Callable[[Connection], str]) -> Response:
    return public.kept(services().database.idempotent(read))


def _programmes(connection: Connection) -> str:
    listed = public.published_waves(connection)
    if not listed:
        return render_template("public/programmes.html", wave=None)
    wave = public.wave_to_read(listed)
    card = publications.published(connection, wave.id, wave.territory)
    form = library.load(connection, wave.form_version_id)
    return render_template(
        "public/programmes.html", wave=wave, waves=listed, lines=cards.public_lines(card, form) if card else []
    )


def _programme(connection: Connection, actor: str) -> str:
    listed = public.published_waves(connection)
    if not listed:
        abort(404)
    wave = public.wave_to_read(listed)
    code, names = public.asked_place(connection, wave)
    found = public.grades(connection, wave, actor, names)
    if not found:
        abort(404)
    form = library.load(connection, wave.form_version_id)
    figures = publications.of_actor(connection, wave.id, actor, [code]).get(code, {})
    return render_template(
        "public/programme.html",
        name=cards.actor_name(form, actor),
        actor=actor,
        wave=wave,
        waves=listed,
        territory=code,
        places=names,
        grades=[_grade(names[each], grade) for each, grade in found.items()],
        tiles=public.department_map(connection, found),
        said=_said(figures, aggregates.measured(connection, wave.id), form),
        trend=_trend(connection, listed, wave, actor),
        promises=commitments.listed(connection, code, today(), actor=actor, limit=MOST_PROMISES),
    )


def _promises(connection: Connection) -> str:
    code = request.args.get("territorio", "")
    promised = commitments.places(connection)
    places = promised | {place[: public.DEPARTMENT] for place in promised} | {""}
    if code not in places:
        abort(404)
    found = commitments.listed(connection, code, today(), limit=MOST_PROMISES + 1)
    more, found = len(found) > MOST_PROMISES, found[:MOST_PROMISES]
    shown = {code, *public.near(sorted(places), code), *(each.territory for each in found)}
    return render_template(
        "public/promises.html",
        promises=found,
        more=more,
        places=public.place_names(connection, sorted(shown)),
        territory=code,
        actors=_actor_names(connection, found),
    )


def _participation(connection: Connection) -> str:
    listed = public.published_waves(connection)
    if not listed:
        return render_template("public/participation.html", wave=None)
    wave = public.wave_to_read(listed)
    code, names = public.asked_place(connection, wave)
    found = publications.participation(connection, wave.id, names)
    answered = [_answered(names[each], card) for each, card in found.items()]
    return render_template(
        "public/participation.html", wave=wave, waves=listed, territory=code, places=names, answered=answered
    )


def _said(figures: Mapping[str, PublicFigure | None], known: Mapping[str, Measure], form: Form) -> list[Said]:
    """What is published besides the grade, in the order in which it was asked."""
    found: list[Said] = []
    for measure in known.values():
        figure = figures.get(measure.indicator)
        if figure is None or measure.indicator == cards.GRADE:
            continue
        name = indicators.name(measure.indicator)
        if measure.kind == "scale":
            found.append(Said(name, gettext("%(grade)s de 5") % {"grade": cards.grade(figure)}, figure.n))
        elif figure.share is not None:
            found.append(Said(name, cards.written(figure.share), figure.n))
        elif figure.distribution:
            found.append(Said(name, "", figure.n))
            found += [
                Said(indicators.choice(form, choice), cards.written(share), figure.n, within=True)
                for choice, share in sorted(figure.distribution.items(), key=lambda one: (-one[1].value, one[0]))
            ]
    return found


def _trend(connection: Connection, listed: Sequence[Wave], wave: Wave, actor: str) -> list[Grade]:
    """The grades in a wave's territory, wave by wave, the newest first."""
    names = {each.id: each.name for each in listed}
    series = [card for card in publications.series(connection, wave.territory) if card.wave_id in names]
    return [_grade(names[card.wave_id], card.figure(actor, cards.GRADE)) for card in reversed(series)]


def _answered(name: str, card: PublicCard) -> Answered:
    rate = cards.written(card.response_rate) if card.response_rate else ""
    return Answered(name, card.invited, card.started, card.unreachable, rate)


def _actor_names(connection: Connection, found: Sequence[Row[Any]]) -> Mapping[str, str]:
    """Whom commitments are about, as people call them, by the forms of their waves."""
    known = {each.wave_id: waves.get(connection, each.wave_id) for each in found if each.actor}
    return {
        each.actor: cards.actor_name(library.load(connection, wave.form_version_id), each.actor)
        for each in found
        if (wave := known.get(each.wave_id)) is not None
    }


def _grade(name: str, figure: PublicFigure | None) -> Grade:
    if figure is None or figure.share is None:
        return Grade(name)
    return Grade(name, cards.grade(figure), figure.n, cards.written(figure.share), changed(figure.change))


def changed(change: PublicChange | None) -> str:
    """How much a share changed since the wave before: «+10 puntos», or that it is no more than chance."""
    if change is None:
        return ""
    return cards.points(change.points, change.direction) if change.clear else gettext("parecido")
