"""What the audit log calls things, in words. A code that has none yet is shown as it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from admin import alerts_inbox, campaigns_words, commitments, people, programme_form
from admin.language import cell, gettext, mark
from admin.places import Places
from admin.settings_page import MEANINGS

ACTIONS: Final[Mapping[str, str]] = {
    "answered": mark("respondió"),
    "approved": mark("aprobó"),
    "assigned": mark("asignó a otro gestor"),
    "attended": mark("atendió"),
    "cancelled": mark("canceló"),
    "changed": mark("cambió"),
    "classified": mark("clasificó"),
    "closed": mark("cerró"),
    "closed_slot": mark("cerró una hora"),
    "created": mark("creó"),
    "decided_erasure": mark("decidió borrar"),
    "drafted": mark("preparó"),
    "dropped_recipient": mark("quitó a quien recibe avisos"),
    "extended": mark("amplió el plazo"),
    "judged": mark("valoró un logro"),
    "launched": mark("lanzó"),
    "link_made": mark("hizo un enlace de un solo uso"),
    "logged_in": mark("entró"),
    "made": mark("hizo"),
    "moved": mark("movió"),
    "named_recipient": mark("nombró a quien recibe avisos"),
    "noted": mark("anotó"),
    "noted_attendance": mark("anotó asistencia"),
    "noted_need": mark("anotó una necesidad"),
    "offered": mark("ofreció"),
    "opened_slots": mark("abrió horas"),
    "password_changed": mark("cambió la contraseña"),
    "password_chosen": mark("escogió contraseña"),
    "paused": mark("pausó"),
    "planned": mark("planeó"),
    "printed_codes": mark("imprimió códigos"),
    "published": mark("publicó"),
    "raised": mark("levantó"),
    "recorded_attendance": mark("anotó quién asistió"),
    "recovery_codes_made": mark("hizo códigos de recuperación"),
    "refused": mark("no dejó publicar"),
    "released": mark("dejó publicar"),
    "reminded": mark("recordó"),
    "removed": mark("borró"),
    "reopened": mark("abrió otra vez"),
    "reserved": mark("reservó"),
    "resumed": mark("reanudó"),
    "retired": mark("retiró"),
    "returned": mark("devolvió"),
    "saw_news": mark("leyó una novedad"),
    "scheduled_session": mark("agendó una sesión"),
    "second_step_set_up": mark("puso el segundo paso"),
    "second_step_taken_away": mark("quitó el segundo paso"),
    "sent": mark("envió"),
    "sessions_ended": mark("cerró sesiones"),
    "solved": mark("desató"),
    "started": mark("empezó"),
    "stopped": mark("paró"),
    "took_up": mark("subió de nivel"),
    "transferred": mark("trasladó"),
    "undid": mark("deshizo"),
    "undid_erasure": mark("decidió conservar"),
    "undone": mark("deshizo lo hecho"),
    "unreserved": mark("quitó la reserva"),
    "uploaded": mark("subió"),
    "viewed": mark("vio"),
}
KINDS: Final[Mapping[str, str]] = {
    "alert": mark("aviso de peligro"),
    "campaign": mark("campaña"),
    "comment": mark("comentario"),
    "commitment": mark("compromiso"),
    "complaint": mark("PQR"),
    "correspondence": mark("conversación"),
    "family": mark("familia"),
    "filter": mark("audiencia"),
    "form_draft": mark("borrador de formulario"),
    "form_version": mark("versión de formulario"),
    "month": mark("mes"),
    "obstacle": mark("nudo crítico"),
    "prices": mark("precios"),
    "programme": mark("programa"),
    "referral": mark("remisión"),
    "session": mark("sesión"),
    "session_change": mark("cambio de sesión"),
    "session_slot": mark("hora abierta"),
    "setting": mark("ajuste"),
    "spot_check": mark("control de visitas"),
    "staff": mark("cuenta"),
    "wave": mark("ronda"),
    "yearly_plan": mark("plan del año"),
}

DETAILS: Final[Mapping[str, str]] = {
    "achievement": mark("logro"),
    "after": mark("después"),
    "batch": mark("envío"),
    "before": mark("antes"),
    "campaign": mark("campaña"),
    "codes": mark("códigos"),
    "count": mark("cuántas"),
    "due_on": mark("plazo"),
    "families": mark("familias"),
    "gestor": mark("gestor o gestora"),
    "goal": mark("meta"),
    "kind": mark("clase"),
    "month": mark("mes"),
    "municipality": mark("municipio"),
    "offers": mark("ofertas"),
    "outcome": mark("resultado"),
    "page": mark("página"),
    "place": mark("lugar"),
    "places": mark("cupos"),
    "programme": mark("programa"),
    "role": mark("cargo"),
    "state": mark("estado"),
    "status": mark("estado"),
    "step": mark("paso"),
    "territories": mark("territorio"),
    "territory": mark("territorio"),
    "told": mark("familias avisadas"),
    "undone": mark("a tiempo"),
    "wave": mark("ronda"),
    "what": mark("qué pasó"),
    "words": mark("leyó el texto"),
    "year": mark("año"),
}
PAGES: Final[Mapping[str, str]] = {
    "achievements": mark("Por verificar"),
    "alerts": mark("Avisos"),
    "calendar": mark("Calendario"),
    "complaint": mark("PQR"),
    "families": mark("Familias"),
    "history": mark("historia de la familia"),
    "inbox": mark("Conversaciones"),
    "needs": mark("pedidos de las familias"),
    "new_session": mark("sesión nueva"),
    "programme": mark("familias con cupo"),
    "propose": mark("proponer un programa"),
    "referrals": mark("Remisiones"),
    "remind": mark("recordar una sesión"),
    "session": mark("sesión"),
    "team": mark("Equipo"),
    "today": mark("Hoy"),
}
STEPS: Final[Mapping[str, str]] = {
    "agregar": mark("agregar"),
    "confirmar": mark("verificar"),
    "devolver": mark("devolver"),
    "no_aplica": mark("no aplica"),
    "pendiente": mark("dejar pendiente"),
    "primera": mark("poner primero"),
    "quitar": mark("quitar"),
}
EVENTS: Final[Mapping[str, str]] = {
    "asistio": mark("Asistió"),
    "atendida": mark("La atendieron"),
    "no_atendida": mark("No la atendieron"),
    "retirada": mark("Se retiró"),
}
VALUES: Final[Mapping[str, Mapping[Any, str]]] = {
    "kind": campaigns_words.KINDS,
    "outcome": alerts_inbox.OUTCOMES,
    "page": PAGES,
    "role": people.ROLES,
    "state": {**campaigns_words.FATES, **commitments.STATES, "visitar": mark("por visitar")},
    "status": programme_form.STATUSES,
    "step": STEPS,
    "what": EVENTS,
}
"""Of details that are codes."""
TERRITORIES: Final = frozenset({"municipality", "place", "territories", "territory"})
DAYS: Final = frozenset({"due_on"})
IDS: Final = frozenset({"campaign", "programme", "wave", "year"})
"""Numbers that count nothing."""


@dataclass(frozen=True, slots=True)
class Named:
    """What details name by its id."""

    staff: Mapping[int, str]
    places: Places


def detail(name: str, value: Any, named: Named) -> str:
    """One detail, in words."""
    values = value if isinstance(value, list) else [value]
    title = gettext(DETAILS[name]) if name in DETAILS else name
    return f"{title}: " + ", ".join(_value(name, one, named) for one in values)


def thing(kind: str, object_id: str) -> str:
    """What stands for one thing: a number mostly, and the name of a setting."""
    return gettext(MEANINGS[object_id].label) if kind == "setting" and object_id in MEANINGS else object_id


def _value(name: str, value: Any, named: Named) -> str:
    if name in VALUES and value in VALUES[name]:
        return gettext(VALUES[name][value])
    if name in TERRITORIES:
        return named.places.name(value)
    if name == "gestor":
        return named.staff.get(value) or str(cell(value))
    if name in DAYS:
        return str(cell(date.fromisoformat(value)))
    return str(value if name in IDS else cell(value))


def action(code: str) -> str:
    """What somebody did."""
    return gettext(ACTIONS[code]) if code in ACTIONS else code


def kind(code: str) -> str:
    """With what kind of thing."""
    return gettext(KINDS[code]) if code in KINDS else code


def choices(named: Mapping[str, str]) -> dict[str, str]:
    """Codes by their words, in the order of the words, for a filter."""
    return dict(sorted(((code, gettext(words)) for code, words in named.items()), key=lambda each: each[1]))
