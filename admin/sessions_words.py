"""What the pages call sessions, replies, attendance and what is unusual about a plan."""

from datetime import date, datetime, timedelta
from typing import Final

from babel.dates import format_date
from flask import Flask

from admin.language import BOGOTA, gettext, language, local_day, mark
from families.session_kinds import kinds
from families.session_limits import Problem
from families.sessions import Attendance, Reply, State

REPLIES: Final = {
    Reply.GOING: mark("Va"),
    Reply.OTHER_DAY: mark("Pide otro día"),
    Reply.CANNOT: mark("No puede"),
}
ATTENDANCES: Final = {
    Attendance.ATTENDED: mark("Asistió"),
    Attendance.ABSENT: mark("No asistió"),
    Attendance.EXCUSED: mark("Se excusó"),
}
STATES: Final = {
    State.SCHEDULED: mark("Agendada"),
    State.MOVED: mark("Movida"),
    State.CANCELLED: mark("Cancelada"),
    State.HELD: mark("Realizada"),
}
PROBLEMS: Final = {
    Problem.TOO_MANY: mark("Con esta, la familia tendría más sesiones de este tipo que las previstas."),
    Problem.TOO_EARLY: mark("Todavía no ha empezado el plazo de este tipo de sesión."),
    Problem.TOO_LATE: mark("Queda después del plazo de este tipo de sesión."),
    Problem.CLASH: mark("Usted ya tiene otra sesión a esa hora."),
    Problem.DAY_OFF: mark("Ese día es domingo o festivo."),
}
LEFT_OUT: Final = {
    "no_phone": mark("no tiene teléfono: toca visitarla"),
    "stopped": mark("pidió no recibir mensajes"),
    "quarantined": mark("el número es de otra persona"),
    "told_today": mark("hoy ya se le escribió"),
    "too_late": mark("el mensaje no alcanza a llegar antes: llámela"),
}


def furnish(app: Flask) -> None:
    """Give the templates of an application these words."""
    app.jinja_env.filters.update(
        kind_name=kind_name,
        reply_name=lambda reply: gettext(REPLIES[reply]),
        attendance_name=lambda seen: gettext(ATTENDANCES[seen]),
        state_name=lambda state: gettext(STATES[state]),
        problem_name=lambda problem: gettext(PROBLEMS[problem]),
        left_out_name=lambda reason: gettext(LEFT_OUT[reason]),
        weekday=weekday,
        local_day=local_day,
    )


def kind_name(code: str) -> str:
    """What the staff call a kind of session."""
    labels = kinds()[code].label
    return labels.get(language(), labels["es"])


def weekday(value: date) -> str:
    """A day in a calendar: «martes 24 de noviembre»."""
    pattern, locale = ("EEEE, MMMM d", "en_US") if language() == "en" else ("EEEE d 'de' MMMM", "es_CO")
    return str(format_date(value, pattern, locale=locale))


def midnight(value: date) -> datetime:
    """When a day begins in Colombia."""
    return datetime.combine(value, datetime.min.time(), BOGOTA)


def monday(value: date) -> date:
    """The Monday of a day's week."""
    return value - timedelta(days=value.weekday())
