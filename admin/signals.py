"""The page of signals: what asks a coordinator for a look today, each with the page where to look."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from flask import Blueprint, render_template, url_for
from sqlalchemy import Connection

from admin import cards, public, waiting
from admin.language import decimal, mark, ngettext, number, whole_percent
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from bot import signals as watched
from bot.signals import Kind, Signal
from families import team
from families.staff import Role
from surveys import library, waves
from surveys.form import Form

MOST_SHOWN: Final = 50
"""Of one kind: who has more before them begins with the first."""

signals = Blueprint("signals", __name__, url_prefix="/admin/senales")

TITLES: Final = {
    Kind.OVERDUE_COMPLAINTS: mark("PQR vencidas"),
    Kind.FALLEN: mark("Bajaron más de lo que explica el azar"),
    Kind.LOW_GRADE: mark("Notas bajas"),
    Kind.LOW_RESPONSE: mark("Responden pocas familias"),
    Kind.QUIET_GESTORES: mark("Gestores sin sesiones"),
    Kind.RISEN: mark("Subieron más de lo que explica el azar"),
}
HELP: Final = {
    Kind.OVERDUE_COMPLAINTS: mark("Pasó su término legal y nadie ha contestado."),
    Kind.FALLEN: mark(
        "Familias satisfechas frente a la ronda anterior. Aun comparando tantos lugares a la vez, es más que azar."
    ),
    Kind.LOW_GRADE: mark("Nota media por debajo de 2,5 en la última ronda publicada."),
    Kind.LOW_RESPONSE: mark(
        "Menos de la mitad de lo que responde toda la ronda. Recuérdeles, o lleve hojas de códigos."
    ),
    Kind.QUIET_GESTORES: mark("Acompañan familias y no han hecho ninguna sesión en 30 días."),
    Kind.RISEN: mark("Familias satisfechas frente a la ronda anterior: cuéntelo."),
}


def _value(signal: Signal) -> str:
    """How much, in words."""
    count = round(signal.value)
    match signal.kind:
        case Kind.OVERDUE_COMPLAINTS:
            return ngettext("%(n)s solicitud", "%(n)s solicitudes", count) % {"n": number(count)}
        case Kind.QUIET_GESTORES:
            return ngettext("%(n)s gestor", "%(n)s gestores", count) % {"n": number(count)}
        case Kind.LOW_GRADE:
            return decimal(signal.value)
        case Kind.LOW_RESPONSE:
            return whole_percent(count)
        case Kind.FALLEN | Kind.RISEN:
            return cards.points(count, 1 if signal.kind is Kind.RISEN else -1)


LINKS: Final[Mapping[Kind, Callable[[Signal], str]]] = {
    Kind.OVERDUE_COMPLAINTS: lambda _signal: url_for("complaints.listing"),
    Kind.FALLEN: lambda signal: _report(signal),
    Kind.LOW_GRADE: lambda signal: _report(signal),
    Kind.LOW_RESPONSE: lambda signal: url_for("reports.grades", ronda=signal.wave_id, territorio=signal.territory),
    Kind.QUIET_GESTORES: lambda _signal: url_for("team.listing", orden="held") if _leads() else "",
    Kind.RISEN: lambda signal: _report(signal),
}


@signals.get("/")
@permits(Role.ZONAL, Role.UT, Role.NATIONAL, Role.AUDITOR)
def listing() -> str:
    """All signals of the places where one works, by kind."""
    return services().database.idempotent(_page)


def _page(connection: Connection) -> str:
    now = datetime.now(UTC)
    found = watched.seen_by(connection, member(), now)
    by_kind = {kind: [signal for signal in found if signal.kind is kind] for kind in watched.counted(found)}
    more = {kind: len(listed) - MOST_SHOWN for kind, listed in by_kind.items() if len(listed) > MOST_SHOWN}
    found = [signal for listed in by_kind.values() for signal in listed[:MOST_SHOWN]]
    places = public.place_names(connection, sorted({signal.territory for signal in found}))
    forms = _forms(connection, {signal.wave_id for signal in found if signal.wave_id is not None})
    groups = {
        kind: [
            {
                "place": places[signal.territory],
                "name": cards.actor_name(forms[signal.wave_id], signal.actor)
                if signal.actor and signal.wave_id
                else "",
                "value": _value(signal),
                "link": LINKS[kind](signal),
            }
            for signal in found
            if signal.kind is kind
        ]
        for kind in by_kind
    }
    waits = waiting.of(connection, member(), now)
    return render_template("signals/list.html", groups=groups, more=more, titles=TITLES, help=HELP, waiting=waits)


def _forms(connection: Connection, wave_ids: set[int]) -> Mapping[int, Form]:
    found = {wave_id: waves.get(connection, wave_id) for wave_id in wave_ids}
    return {
        wave_id: library.load(connection, wave.form_version_id) for wave_id, wave in found.items() if wave is not None
    }


def _leads() -> bool:
    """Whether the page of the team opens to whoever reads."""
    return member().role in team.READERS


def _report(signal: Signal) -> str:
    return url_for("public.report", ronda=signal.wave_id, territorio=signal.territory)
