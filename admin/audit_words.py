"""What the audit log calls things, in words. A code that has none yet is shown as it is."""

from collections.abc import Mapping
from typing import Final

from admin.language import gettext, mark

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


def action(code: str) -> str:
    """What somebody did."""
    return gettext(ACTIONS[code]) if code in ACTIONS else code


def kind(code: str) -> str:
    """With what kind of thing."""
    return gettext(KINDS[code]) if code in KINDS else code


def choices(named: Mapping[str, str]) -> dict[str, str]:
    """Codes by their words, in the order of the words, for a filter."""
    return dict(sorted(((code, gettext(words)) for code, words in named.items()), key=lambda each: each[1]))
