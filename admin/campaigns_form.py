"""The forms of campaigns and of filters: what they offer to whom, and what they read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import Connection

from admin import campaigns_words as words
from admin.forms import LONG, Form
from admin.language import BOGOTA, gettext
from bot.campaigns import saved_filters
from bot.campaigns.filters import COMPOSITIONS, GUARDED, Filter, FilterError
from bot.campaigns.plans import Plan
from bot.campaigns.saved_filters import Saved
from bot.campaigns.script import Kind
from bot.catalogue import Catalogue
from families import achievements, scope, staff, territory
from families.staff import Role, Staff
from surveys import waves
from surveys.waves import Wave

EVERYWHERE = "pais"
"""The country in a form, where an empty value is no choice."""
OWN_TEXT = (Kind.ANNOUNCEMENT, Kind.RESULT)
FIELDS = {"name": "nombre", "budget": "tope", "session_within": "sesion", "months": "meses_hasta"}
"""The field of a problem, where it is not the same word."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What a person may choose from."""

    person: Staff
    places: Mapping[str, str]
    saved: Mapping[str, Saved]
    waves: Mapping[str, Wave]
    gestores: Mapping[str, str]
    achievements: Mapping[str, str]
    languages: tuple[str, ...]

    @property
    def compositions(self) -> dict[str, str]:
        """Those of the person's role."""
        shown = [each for each in COMPOSITIONS if each not in GUARDED or self.person.role is Role.NATIONAL]
        return {each: gettext(words.COMPOSITIONS[each]) for each in shown}

    def about(self, kind: Kind) -> dict[str, str]:
        """The waves that a kind of campaign may be about."""
        states = {
            Kind.INVITATION: (waves.PLANNED, waves.OPEN),
            Kind.REMINDER: (waves.OPEN,),
            Kind.RESULT: (waves.CLOSED,),
        }.get(kind, ())
        return {
            id: wave.name
            for id, wave in self.waves.items()
            if wave.status in states and (kind is not Kind.RESULT or wave.published_at)
        }


def offered(connection: Connection, person: Staff, texts: Catalogue) -> Offered:
    """What this person may choose from; a handful of statements."""
    meeting = [wave for wave in waves.listed(connection) if concerns(wave, person)]
    gestores = [
        one
        for one in staff.listing(connection)
        if one.role is Role.GESTOR and all(scope.covers(person, code) for code in one.territories)
    ]
    return Offered(
        person,
        places(connection, person),
        {str(saved.id): saved for saved in saved_filters.listed(connection, person)},
        {str(wave.id): wave for wave in meeting},
        {str(one.id): one.name for one in gestores},
        {one.code: one.label for one in achievements.tellable(achievements.in_force(connection))},
        texts.languages,
    )


def concerns(wave: Wave, person: Staff) -> bool:
    """Whether the territory of a wave and that of a person meet."""
    contains = territory.contains
    return any(contains(wave.territory, own) or contains(own, wave.territory) for own in person.territories)


def places(connection: Connection, person: Staff) -> dict[str, str]:
    """The territories in which a person works and those within them, the largest first."""
    departments = territory.department_names(connection)
    municipalities = territory.municipality_names(connection)
    named = {EVERYWHERE: gettext("Todo el país")} if "" in person.territories else {}
    for code, name in departments.items():
        if scope.covers(person, code):
            named[code] = gettext("%(department)s: todo el departamento") % {"department": name}
        inside = {each: name for each, name in municipalities.items() if each.startswith(code)}
        named |= {each: name for each, name in inside.items() if scope.covers(person, each)}
    return named


def read_filter(form: Form, offer: Offered) -> Filter | None:
    """The filter that was filled in; None with its problems noted."""
    chosen = form.choices("lugar", offer.places, least=1)
    asked = {
        "zone": form.choice("zona", words.ZONES, required=False),
        "stage": form.choice("etapa", words.STAGES, required=False) or "active",
        "months_from": form.whole("meses_desde", 0, 120, required=False),
        "months_to": form.whole("meses_hasta", 0, 120, required=False),
        "gestor_id": _number(form.choice("gestor", offer.gestores, required=False)),
        "composition": form.choice("composicion", offer.compositions, required=False),
        "unanswered_wave": _number(form.choice("sin_responder", offer.waves, required=False)),
        "session_within": form.whole("sesion", 0, 60, required=False),
        "achievement": form.choice("logro", offer.achievements, required=False),
        "language": form.choice("idioma", offer.languages, required=False),
        "channel": form.choice("canal", words.CHANNELS, required=False),
    }
    if form.problems:
        return None
    try:
        return Filter(tuple("" if code == EVERYWHERE else code for code in chosen), **asked)  # type: ignore[arg-type]
    except FilterError as error:
        form.refuse(FIELDS.get(error.code, error.code), words.problem(error.code))
        return None


def filled(name: str, filter: Filter) -> dict[str, object]:
    """What the form of a filter holds at first."""
    return {
        "nombre": name,
        "lugar": [code or EVERYWHERE for code in filter.territories],
        "zona": filter.zone,
        "etapa": filter.stage,
        "meses_desde": filter.months_from,
        "meses_hasta": filter.months_to,
        "gestor": filter.gestor_id,
        "composicion": filter.composition,
        "sin_responder": filter.unanswered_wave,
        "sesion": filter.session_within,
        "logro": filter.achievement,
        "idioma": filter.language,
        "canal": filter.channel,
    }


def read_plan(form: Form, kind: Kind, offer: Offered, now: datetime) -> Plan | None:
    """The campaign that was filled in; None with its problems noted."""
    name = form.text("nombre", longest=80)
    audience = form.choice("audiencia", offer.saved, required=False)
    places = form.choices("lugar", offer.places, least=0 if audience else 1)
    about = form.choice("ronda", offer.about(kind)) if kind is not Kind.ANNOUNCEMENT else ""
    written = {}
    if kind in OWN_TEXT:
        written = {"es": form.text("texto", longest=LONG), "en": form.text("texto_en", longest=LONG, required=False)}
    budget = form.whole("tope", 1, 10_000_000, required=False)
    not_before = _moment(form)
    if form.problems:
        return None
    here = Filter(tuple("" if each == EVERYWHERE else each for each in places or [EVERYWHERE]))
    filter = offer.saved[audience].filter if audience else here
    if not_before is not None and not_before <= now:
        not_before = None
    return Plan(
        name, kind, filter, _number(about), {code: text for code, text in written.items() if text}, not_before, budget
    )


def filled_plan(plan: Plan, offer: Offered) -> dict[str, object]:
    """What the form of a campaign holds at first."""
    same = [id for id, saved in offer.saved.items() if saved.filter == plan.filter]
    local = plan.not_before.astimezone(BOGOTA) if plan.not_before else None
    return {
        "nombre": plan.name,
        "audiencia": same[0] if same else "",
        "lugar": [code or EVERYWHERE for code in plan.filter.territories],
        "ronda": plan.wave_id,
        "texto": plan.written.get("es"),
        "texto_en": plan.written.get("en"),
        "tope": plan.budget_segments,
        "dia": local.date().isoformat() if local else None,
        "hora": local.strftime("%H:%M") if local else None,
    }


def _moment(form: Form) -> datetime | None:
    day = form.day("dia", required=False)
    hour = form.hour("hora", required=False)
    return datetime.combine(day, hour or time(8), BOGOTA) if day else None


def _number(value: str) -> int | None:
    return int(value) if value else None
