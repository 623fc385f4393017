"""How campaigns, filters and the reasons of the gate are called on the pages."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from babel import Locale
from babel.numbers import format_currency
from flask import Flask

from admin.language import LOCALES, gettext, language, mark
from bot.campaigns.script import Kind
from messaging.address import Channel

KINDS: Final[Mapping[str, str]] = {
    Kind.INVITATION: mark("Invitación a una ronda"),
    Kind.REMINDER: mark("Recordatorio a quienes no han respondido"),
    Kind.ANNOUNCEMENT: mark("Aviso de la coordinación"),
    Kind.RESULT: mark("Resultado a quienes participaron"),
}
STATES: Final[Mapping[str, str]] = {
    "draft": mark("Borrador"),
    "planned": mark("Por empezar"),
    "running": mark("En marcha"),
    "paused": mark("En pausa"),
    "stopped": mark("Parada"),
    "finished": mark("Terminada"),
}
STYLES: Final[Mapping[str, str]] = {"planned": "waits", "paused": "late", "stopped": "over", "finished": "over"}
"""Of the mark that shows the state."""
FATES: Final[Mapping[str, str]] = {
    "excluded": mark("No se les escribió"),
    "deferred": mark("Esperan su turno"),
    "failed": mark("Falló"),
    "delivered": mark("Llegó"),
    "unknown": mark("Salió, sin confirmar"),
}
ANSWERS: Final[Mapping[str, str]] = {
    "answered": mark("Respondieron"),
    "partial": mark("Empezaron"),
    "silent": mark("No han respondido"),
}
REASONS: Final[Mapping[str, str]] = {
    "no_number": mark("Sin teléfono"),
    "no_consent": mark("No autorizó que la contacten"),
    "stopped": mark("Pidió no recibir más mensajes"),
    "quarantined": mark("Número equivocado"),
    "unreachable": mark("El número no recibe mensajes"),
    "no_opt_in": mark("No ha autorizado WhatsApp"),
    "window_closed": mark("WhatsApp cerrado por más de un día"),
    "no_template": mark("Falta la plantilla de WhatsApp"),
    "no_sender": mark("No hay por dónde enviar"),
    "budget": mark("Se acabó el presupuesto"),
    "cap": mark("Ya recibió los mensajes de la semana"),
    "hours": mark("Espera el horario permitido"),
    "paused": mark("La campaña está en pausa"),
    "too_late": mark("Se pasó la fecha"),
    "campaign_stopped": mark("La campaña se paró antes"),
    "waiting": mark("En la fila"),
    "held": mark("Lo revisa una persona"),
    "gone": mark("El mensaje ya no se guarda"),
    "sent": mark("En camino"),
    "queued": mark("En camino"),
    "accepted": mark("En camino"),
    "sending": mark("En camino"),
    "scheduled": mark("En camino"),
    "delivered": mark("Entregado"),
    "read": mark("Leído"),
    "partially_delivered": mark("Llegó en parte"),
}
CHANNELS: Final[Mapping[str, str]] = {Channel.SMS: mark("SMS"), Channel.WHATSAPP: mark("WhatsApp")}
ZONES: Final[Mapping[str, str]] = {"urban": mark("Cabecera (urbana)"), "rural": mark("Rural")}
STAGES: Final[Mapping[str, str]] = {
    "active": mark("Firmaron el acuerdo"),
    "welcomed": mark("Bienvenidas, sin firmar todavía"),
}
COMPOSITIONS: Final[Mapping[str, str]] = {
    "children_under_6": mark("Con niños menores de 6 años"),
    "children_6_to_17": mark("Con niños o jóvenes de 6 a 17 años"),
    "people_60_plus": mark("Con personas de 60 años o más"),
    "rural_producers": mark("Que cultivan o crían animales"),
    "displaced": mark("Desplazadas (solo Coordinación Nacional)"),
}
PROBLEMS: Final[Mapping[str, str]] = {
    "name": mark("Escriba un nombre de hasta 80 letras."),
    "budget": mark("El tope es un número de partes mayor que cero, o nada."),
    "wave": mark("Esa ronda no sirve para esto."),
    "wave_invitation": mark("Escoja una ronda planeada o abierta."),
    "wave_reminder": mark("Escoja una ronda abierta."),
    "wave_result": mark("Escoja una ronda cerrada y publicada."),
    "anonymous_filter": mark(
        "La ronda es anónima: escoja solo el lugar. Con más condiciones se podría saber quién respondió."
    ),
    "achievement": mark("De ese logro no se habla por mensaje."),
    "text_missing": mark("Escriba el texto en español."),
    "text_forbidden": mark(
        "Ningún mensaje habla de desplazamiento, víctimas ni cultivos: pondría en riesgo a la familia."
    ),
    "text_unprintable": mark("El texto tiene caracteres que un teléfono no muestra."),
    "text_long": mark("Con el saludo y la salida no cabe en dos SMS: acórtelo."),
    "no_own_text": mark("Esta campaña lleva el texto del programa, no uno propio."),
    "begun": mark("Ya empezó: no se puede cambiar."),
    "territory": mark("Escoja un lugar donde usted trabaja."),
    "zone": mark("Escoja una de las opciones."),
    "stage": mark("Escoja una de las opciones."),
    "composition": mark("Escoja una de las opciones."),
    "channel": mark("Escoja una de las opciones."),
    "months": mark("Los meses van de menos a más, hasta 120."),
    "session_within": mark("De 0 a 60 días."),
}


def furnish(app: Flask) -> None:
    """Give the templates of an application these words."""
    tables: Mapping[str, Mapping[str, str]] = {
        "campaign_kind": KINDS,
        "campaign_state": STATES,
        "campaign_fate": FATES,
        "campaign_answer": ANSWERS,
        "channel_name": CHANNELS,
    }
    for name, table in tables.items():
        app.jinja_env.filters[name] = _named(table)
    app.jinja_env.globals.update(own_words=translated)
    app.jinja_env.filters.update(campaign_reason=reason, state_style=lambda state: STYLES.get(state, ""), money=money)


def translated(table: Mapping[str, str]) -> dict[str, str]:
    """A table of words in the language of the page."""
    return {value: gettext(word) for value, word in table.items()}


def _named(table: Mapping[str, str]) -> Any:
    return lambda value: gettext(table[value])


def reason(code: str) -> str:
    """Why a family was left out, waits, or was not reached. What the provider says stands as it says it."""
    if code in REASONS:
        return gettext(REASONS[code])
    number = code.removeprefix("error ")
    return gettext("Error %(code)s del operador") % {"code": number} if number.isdecimal() else code


def money(amount: Decimal, currency: str) -> str:
    """An amount in its currency: «US$12,50»; a fraction, as a message costs, with up to four decimals: «US$0,0058»."""
    locale = Locale.parse(LOCALES[language()])
    if not 0 < amount < 1:
        return format_currency(amount, currency, locale=locale)
    pattern = locale.currency_formats["standard"].pattern.replace("0.00", "0.00##")
    return format_currency(amount, currency, format=pattern, locale=locale, currency_digits=False)


def problem(code: str) -> str:
    """Why a campaign or a filter cannot be so, and what to do."""
    return gettext(PROBLEMS.get(code, mark("Revise este dato.")))
