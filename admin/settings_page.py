"""What can be set while the service runs: what each thing means, its bounds, who changed it and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, select

import options
from admin import notices
from admin.forms import Form
from admin.language import gettext, mark, ngettext, number
from admin.notices import Undo
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from families import audit
from families.staff import Role, StaffMember
from messaging import policy
from options import Option, OptionError


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an option is called, what it does, and in what it is counted; all marked for translation."""

    label: str
    help: str
    unit: str = ""


MEANINGS: Final[Mapping[str, Meaning]] = {
    "weekly_cap": Meaning(
        mark("Mensajes masivos por semana"),
        mark(
            "Cuántos mensajes de campañas recibe un hogar en siete días, sumando todos sus teléfonos. Los recordatorios"
            " y las respuestas no cuentan."
        ),
        mark("mensajes"),
    ),
    "egress_share": Meaning(
        mark("Logros para el egreso"),
        mark("Qué parte de los logros que le corresponden debe tener verificada una familia para egresar."),
        mark("por ciento"),
    ),
    "milestones": Meaning(
        mark("Felicitaciones"),
        mark(
            "Con cuántos logros verificados se felicita a una familia, una vez cada uno. Los logros sensibles no"
            " cuentan."
        ),
        mark("logros"),
    ),
    "goal_question_days": Meaning(
        mark("Preguntas por una meta"),
        mark("Cada cuántos días se le pregunta a una familia cómo va con una meta de su proyecto de vida."),
        mark("días"),
    ),
    "recycled_days": Meaning(
        mark("Teléfonos callados"),
        mark(
            "Después de cuántos días de silencio se pregunta, sin nombrar a nadie, si el teléfono sigue siendo de la"
            " familia."
        ),
        mark("días"),
    ),
    "reminder_morning": Meaning(
        mark("Recordatorio del mismo día"), mark("A qué hora se recuerda una vez más la sesión de ese día.")
    ),
    "reminder_weekday_hours": Meaning(
        mark("Horario de recordatorios y ofertas, de lunes a viernes"),
        mark(
            "Apertura y cierre, así: 08:00-19:00. Lo que cae fuera sale a la última hora permitida antes, o a la"
            " primera después. Domingos y festivos no sale nada; a quien acaba de escribir se le contesta siempre."
        ),
    ),
    "reminder_saturday_hours": Meaning(
        mark("Horario de recordatorios y ofertas, los sábados"),
        mark("Apertura y cierre, así: 08:00-15:00. Escriba «no» para que los sábados no salga nada."),
    ),
    "bulk_weekday_hours": Meaning(
        mark("Horario de campañas, de lunes a viernes"),
        mark(
            "Apertura y cierre, así: 08:00-19:00. Lo que no alcanza a salir espera al siguiente día permitido."
            " Domingos y festivos no sale nada."
        ),
    ),
    "bulk_saturday_hours": Meaning(
        mark("Horario de campañas, los sábados"),
        mark("Apertura y cierre, así: 08:00-15:00. Escriba «no» para que los sábados no salga nada."),
    ),
    "minimum_cell": Meaning(
        mark("Respuestas para mostrar una cifra"),
        mark(
            "Por debajo de este número no se muestra ninguna nota, para que nadie adivine quién respondió. No puede"
            " bajar de 10."
        ),
        mark("respuestas"),
    ),
    "reminder_days": Meaning(
        mark("Recordatorios de una sesión"),
        mark("Cuántos días antes se recuerda; varios, separados por comas."),
        mark("días antes"),
    ),
}

OPTIONS: Final[Mapping[str, Option[Any]]] = {option.name: option for option in options.OPTIONS}
HOURS: Final = tuple(chain.from_iterable(policy.SET.values()))

settings_page = Blueprint("settings", __name__, url_prefix="/admin/ajustes")


@settings_page.get("/")
@permits(Role.ADMIN, Role.NATIONAL, Role.AUDITOR)
def overview() -> ResponseReturnValue:
    """All settings with their values."""
    with services().database.transaction() as connection:
        values = {name: option.write(options.value(connection, option)) for name, option in OPTIONS.items()}
    return render_template("settings/overview.html", options=OPTIONS, meanings=MEANINGS, values=values)


@settings_page.get("/<name>")
@permits(Role.ADMIN, Role.NATIONAL, Role.AUDITOR)
def setting(name: str) -> ResponseReturnValue:
    """One setting with its history."""
    option = _option(name)
    with services().database.transaction() as connection:
        form = Form(initial={"value": option.write(options.value(connection, option))})
        return _setting(connection, option, form)


@settings_page.post("/<name>")
@permits(Role.ADMIN, Role.NATIONAL)
def change(name: str) -> ResponseReturnValue:
    """Set it."""
    option, form, now = _option(name), Form(request.form), services().database.now()
    written, sooner = form.text("value"), 0
    with services().database.transaction() as connection:
        before = options.value(connection, option)
        if form.valid:
            try:
                new = option.read(written)
                options.change(connection, option, new, member().id, now)
                sooner = policy.bring_forward(connection, now) if option in HOURS else 0
            except OptionError as error:
                bounds = {"least": error.least, "most": error.most}
                said = (
                    gettext("Va de %(least)s a %(most)s, o «no».")
                    if option.may_close
                    else gettext("Va de %(least)s a %(most)s.")
                )
                form.refuse("value", said % bounds)
        if not form.valid:
            return _setting(connection, option, form), 422
        details = {"before": _code(option.write(before)), "after": _code(option.write(new))}
        audit.record(connection, member().id, "changed", "setting", name, now, **details)
    undo = Undo(url_for("settings.change", name=name), {"value": option.write(before)}) if new != before else None
    notices.done(_told(sooner), undo)
    return redirect(url_for("settings.setting", name=name), 303)


def _setting(connection: Connection, option: Option[Any], form: Form) -> str:
    changes = options.history(connection, option)
    people = select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_({one.set_by for one in changes}))
    return render_template(
        "settings/setting.html",
        option=option,
        meaning=MEANINGS[option.name],
        form=form,
        changes=changes,
        people={row.id: row.name for row in connection.execute(people)},
        may_change=member().role is not Role.AUDITOR,
    )


def _told(sooner: int) -> str:
    """That it is done, and how many messages that were put off leave sooner by it."""
    saved = gettext("El ajuste quedó guardado; vale en unos segundos.")
    if not sooner:
        return saved
    leave = ngettext("%(num)s mensaje que esperaba sale antes.", "%(num)s mensajes que esperaban salen antes.", sooner)
    return f"{saved} {leave % {'num': number(sooner)}}"


def _option(name: str) -> Option[Any]:
    if name not in OPTIONS:
        abort(404)
    return OPTIONS[name]


def _code(written: str) -> str:
    """A value as the log takes it: without blanks."""
    return written.replace(", ", "/")
