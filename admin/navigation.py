"""The main pages of the staff's web, as each person's menu shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from flask import Flask, current_app, request
from markupsafe import Markup

from admin.language import mark
from admin.permission import rule
from families.staff import Staff


class Section(StrEnum):
    """A part of the menu, named as it is shown."""

    DAY = mark("Mi trabajo")
    PROGRAMME = mark("Programa")
    RESULTS = mark("Resultados")
    SYSTEM = mark("Sistema")


@dataclass(frozen=True, slots=True)
class Item:
    """One page of the menu: the endpoint, which opens without parameters, and its name (marked for translation).

    Who sees it follows from the rule of its route.
    """

    endpoint: str
    label: str
    section: Section


ITEMS: Final[Sequence[Item]] = (
    Item("today.overview", mark("Hoy"), Section.DAY),
    Item("families.listing", mark("Familias"), Section.DAY),
    Item("team.listing", mark("Equipo"), Section.DAY),
    Item("yearly_plans.listing", mark("Planes del año"), Section.DAY),
    Item("achievements.queue", mark("Por verificar"), Section.DAY),
    Item("calendar.overview", mark("Calendario"), Section.DAY),
    Item("slots.overview", mark("Horas abiertas"), Section.DAY),
    Item("inbox.listing", mark("Conversaciones"), Section.DAY),
    Item("alerts.listing", mark("Avisos"), Section.DAY),
    Item("complaints.listing", mark("PQR"), Section.DAY),
    Item("rights.listing", mark("Derechos sobre los datos"), Section.DAY),
    Item("obstacles.listing", mark("Nudos críticos"), Section.DAY),
    Item("referrals.listing", mark("Remisiones"), Section.DAY),
    Item("programmes.listing", mark("Programas"), Section.PROGRAMME),
    Item("demand.overview", mark("Lo que hace falta"), Section.PROGRAMME),
    Item("code_sheets.page", mark("Códigos impresos"), Section.PROGRAMME),
    Item("spot_checks.listing", mark("Control de visitas"), Section.PROGRAMME),
    Item("campaigns.listing", mark("Campañas"), Section.PROGRAMME),
    Item("waves.listing", mark("Rondas"), Section.PROGRAMME),
    Item("channels.overview", mark("Canales y plantillas"), Section.SYSTEM),
    Item("reports.grades", mark("Calificaciones"), Section.RESULTS),
    Item("signals.listing", mark("Señales"), Section.RESULTS),
    Item("comments.listing", mark("Comentarios"), Section.RESULTS),
    Item("commitments.listing", mark("Compromisos"), Section.RESULTS),
    Item("results.listing", mark("Contar a las familias"), Section.RESULTS),
    Item("closings.listing", mark("Cierres mensuales"), Section.RESULTS),
    Item("forms.listing", mark("Formularios"), Section.PROGRAMME),
    Item("people.listing", mark("Personas"), Section.SYSTEM),
    Item("settings.overview", mark("Ajustes"), Section.SYSTEM),
    Item("texts.listing", mark("Textos de los mensajes"), Section.SYSTEM),
    Item("audit.listing", mark("Registro"), Section.SYSTEM),
    Item("health_page.overview", mark("Salud del servicio"), Section.SYSTEM),
)
"""In the order in which they are shown within their sections."""


def guide(app: Flask) -> None:
    """Give the templates of an application the menu. Raises MissingRuleError for an item whose page has no rule."""
    for item in ITEMS:
        rule(app, item.endpoint)
    app.jinja_env.globals.update(menu=menu, here=here)


def menu(person: Staff) -> Mapping[Section, list[Item]]:
    """The pages that a person may open, by section."""
    allowed = [item for item in ITEMS if person.role in rule(current_app, item.endpoint)]
    return {section: found for section in Section if (found := [one for one in allowed if one.section is section])}


def here(item: Item) -> Markup:
    """The attribute that tells screen readers and the style which item the reader is on, or within."""
    if request.endpoint == item.endpoint:
        return Markup('aria-current="page"')
    siblings = [other for other in ITEMS if _blueprint(other) == _blueprint(item)]
    within = request.blueprint == _blueprint(item) and siblings == [item]
    return Markup('aria-current="true"') if within else Markup()


def _blueprint(item: Item) -> str:
    return item.endpoint.partition(".")[0]
