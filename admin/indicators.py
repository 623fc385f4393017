"""What is measured, as the staff read it: names of indicators, how each is worked out, and names of choices."""

from typing import Final

from admin.cards import actor_name
from admin.language import gettext, mark
from surveys.form import Form

NAMES: Final = {
    "grade": mark("Nota general"),
    "access": mark("Facilidad para conseguirlo"),
    "wait": mark("Tiempo de espera"),
    "treatment": mark("Trato"),
    "information": mark("Información"),
    "problem": mark("Tuvo problemas"),
    "reason": mark("Qué problema"),
    "solved": mark("Le resolvieron el problema"),
    "payment": mark("Le pidieron plata o un favor"),
    "visit": mark("Recibió visita este mes"),
    "use": mark("Programas que usa"),
}
"""Those of the Libreta; another form's indicators are called as it calls them."""

KINDS: Final = {
    "scale": mark("Nota de 1 a 5. El promedio, y de cada 100 familias cuántas pusieron 4 o 5."),
    "yes_no": mark("De cada 100 familias, cuántas dijeron que sí."),
    "choices": mark("De cada 100 familias, cuántas escogieron cada respuesta."),
    "number": mark(
        "El promedio de lo que respondieron. No se muestra: de él podría seguirse que todas dijeron lo mismo."
    ),
}
"""How each kind of measure is worked out."""


def name(indicator: str) -> str:
    """What an indicator is called."""
    return gettext(NAMES[indicator]) if indicator in NAMES else indicator


def choice(form: Form, value: str) -> str:
    """What a choice is called: a mark stays a number."""
    return value if value.isdecimal() else actor_name(form, value)
