"""Telling the families what came of it: for each municipality of a published wave, a draft of a campaign.

Nothing is sent from here. Each draft has its preview, its minute to undo and its ledger, like any campaign.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, Row

from admin import cards, notices, public
from admin.language import gettext, ngettext
from admin.permission import permits
from admin.services import services, today
from admin.sessions import member
from bot import results as told
from bot.campaigns import plans
from bot.campaigns.filters import Filter
from bot.campaigns.plans import Plan
from bot.campaigns.script import Kind
from bot.catalogue import SPANISH
from families import audit, scope, territory
from families.staff import Role
from messaging.campaigns import STOPPED
from surveys import commitments, library, publications
from surveys.answers import actors
from surveys.commitments import State
from surveys.waves import Wave

WRITERS: Final = (Role.ZONAL, Role.UT, Role.NATIONAL)

results = Blueprint("results", __name__, url_prefix="/admin/contar")


@dataclass(frozen=True, slots=True)
class Place:
    """A municipality: what its families would be told, and the campaign that tells them already, if there is one."""

    code: str
    name: str
    words: str | None
    campaign_id: int | None


@results.get("/")
@permits(*WRITERS)
def listing() -> ResponseReturnValue:
    """The municipalities of a published wave, with the words proposed for each."""
    return services().database.idempotent(_page)


@results.post("/")
@permits(*WRITERS)
def draft() -> ResponseReturnValue:
    """Make a draft for each municipality chosen; those that are told already are passed over."""
    chosen = set(request.form.getlist("lugar"))
    now = datetime.now(UTC)
    with services().database.transaction() as connection:
        wave = _asked(connection, request.form.get("ronda"))
        made = [
            _draft(connection, wave, place, now)
            for place in _places(connection, wave, [code for code in _own(connection, wave) if code in chosen])
            if place.words and place.campaign_id is None
        ]
    if not made:
        notices.problem(gettext("Escoja al menos un municipio al que falte contarle."))
        return redirect(url_for("results.listing", ronda=wave.id), 303)
    count = {"count": len(made)}
    notices.done(
        ngettext(
            "%(count)s borrador hecho: mírelo y envíelo.", "%(count)s borradores hechos: mírelos y envíelos.", len(made)
        )
        % count
    )
    if len(made) == 1:
        return redirect(url_for("campaigns.one", campaign_id=made[0]), 303)
    return redirect(url_for("campaigns.listing"), 303)


def _page(connection: Connection) -> str:
    listed = public.published_waves(connection)
    if not listed:
        return render_template("results/list.html", wave=None)
    wave = _asked(connection, request.args.get("ronda"))
    own = _own(connection, wave)
    departments = sorted({code[: public.DEPARTMENT] for code in own}) if len(own) > public.MOST_PLACES else []
    return render_template(
        "results/list.html",
        wave=wave,
        waves=listed,
        department=(department := _department(own, request.args.get("territorio"))),
        departments=public.place_names(connection, departments),
        places=_places(connection, wave, [code for code in own if code.startswith(department)]),
    )


def _department(own: Sequence[str], asked: str | None) -> str:
    """Of more municipalities than a page is for, those of one department; else all ('')."""
    if len(own) <= public.MOST_PLACES:
        return ""
    found = next((code[: public.DEPARTMENT] for code in own if asked in (None, code[: public.DEPARTMENT])), None)
    return found if found is not None else abort(404)


def _asked(connection: Connection, wave_id: str | None) -> Wave:
    found = next((each for each in public.published_waves(connection) if wave_id in (None, str(each.id))), None)
    if found is None:
        abort(404)
    return found


def _places(connection: Connection, wave: Wave, own: Sequence[str]) -> list[Place]:
    form = library.load(connection, wave.form_version_id)
    names = {actor: cards.actor_name(form, actor) for actor in actors(form)}
    places = territory.municipality_names(connection, own)
    shown = publications.compared_for_staff(connection, wave.id, own, cards.GRADE)
    promised = commitments.listed(connection, "", today(), wave_id=wave.id)
    done = _told(connection, wave)
    texts = services().texts
    return [
        Place(
            code,
            places[code],
            told.proposal(card, names, places[code], _promises(promised, code), texts, SPANISH),
            done.get(code),
        )
        for code, card in shown.items()
    ]


def _own(connection: Connection, wave: Wave) -> Sequence[str]:
    """The municipalities of a wave where the person works."""
    codes = publications.territories(connection, wave.id)
    return [code for code in codes if len(code) == territory.MUNICIPALITY and scope.covers(member(), code)]


def _told(connection: Connection, wave: Wave) -> Mapping[str, int]:
    """The campaign that tells a municipality the result, by its code."""
    return {
        code: campaign.id
        for campaign in plans.of_wave(connection, wave.id)
        if campaign.plan.kind is Kind.RESULT and campaign.status != STOPPED
        for code in campaign.plan.filter.territories
    }


def _promises(promised: Sequence[Row[Any]], code: str) -> Sequence[tuple[str, str]]:
    """Who promised what to the families of a municipality, or of what it lies in."""
    here = [each for each in promised if territory.contains(each.territory, code)]
    return [(each.owner, each.promise) for each in here if each.state != State.DROPPED]


def _draft(connection: Connection, wave: Wave, place: Place, now: datetime) -> int:
    assert place.words is not None
    plan = Plan(
        name=(gettext("Resultados: %(place)s") % {"place": place.name})[: plans.LONGEST_NAME],
        kind=Kind.RESULT,
        filter=Filter((place.code,)),
        wave_id=wave.id,
        written={SPANISH: place.words},
    )
    made = plans.draft(connection, plan, services().texts, now, member().id)
    audit.record(connection, member().id, "drafted", "campaign", made, now, kind=Kind.RESULT)
    return made
