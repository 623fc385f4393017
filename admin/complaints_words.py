"""How requests and complaints are called on the pages."""

from typing import Any, Final

from admin.language import gettext, mark, ngettext
from families.complaints import About, Category, Kind, Status, Step

KINDS: Final = {
    Kind.PETITION: mark("Petición"),
    Kind.INFORMATION: mark("Información"),
    Kind.CONSULTATION: mark("Consulta"),
    Kind.COMPLAINT: mark("Queja"),
    Kind.CLAIM: mark("Reclamo"),
    Kind.DATA_CONSULTATION: mark("Copia de sus datos"),
    Kind.DATA_CORRECTION: mark("Corregir sus datos"),
    Kind.DATA_WITHDRAWAL: mark("Salir del programa"),
    Kind.DATA_DELETION: mark("Borrar sus datos"),
}
ABOUT: Final = {
    About.PROGRAMME: mark("Un programa o entidad"),
    About.GESTOR: mark("El gestor o la gestora"),
    About.MUNICIPALITY: mark("La alcaldía"),
    About.OTHER: mark("Otra cosa"),
}
CATEGORIES: Final = {
    Category.TREATMENT: mark("Trato"),
    Category.DELAY: mark("Demora"),
    Category.MONEY: mark("Pidieron plata o un favor"),
    Category.PLACES: mark("Sin cupo"),
    Category.PAYMENT: mark("Pago que no llegó"),
    Category.OTHER: mark("Sin clasificar"),
}
STATES: Final = {
    Status.RECEIVED: mark("Recibida"),
    Status.TRANSFERRED: mark("Trasladada"),
    Status.ANSWERED: mark("Respondida"),
}
STEPS: Final = {
    Step.FILED: mark("Se radicó"),
    Step.CLASSIFIED: mark("Se clasificó"),
    Step.TRANSFERRED: mark("Se trasladó a la entidad"),
    Step.EXTENDED: mark("Se amplió el plazo"),
    Step.DUE_SOON: mark("Faltan tres días hábiles"),
    Step.TRANSFER_DUE_SOON: mark("Falta un día hábil para trasladarla"),
    Step.OVERDUE: mark("Se venció el plazo"),
    Step.ANSWERED: mark("Se respondió"),
    Step.RATED: mark("La persona dijo si le sirvió"),
    Step.RESERVED: mark("Se reservó: ningún gestor la ve"),
    Step.UNRESERVED: mark("Dejó de estar reservada"),
}


def days_left(complaint: Any, now: Any) -> str:
    """What is left of a term, in words; empty for what is answered."""
    if not complaint.open:
        return ""
    left = complaint.days_left(now)
    if left < 0:
        late = ngettext("vencida hace %(num)s día hábil", "vencida hace %(num)s días hábiles", -left)
        return late % {"num": -left}
    if left == 0:
        return gettext("vence hoy")
    return ngettext("queda %(num)s día hábil", "quedan %(num)s días hábiles", left) % {"num": left}


def urgency(complaint: Any, now: Any) -> str:
    """The style of a state: late, waits or over."""
    if not complaint.open:
        return "over"
    return "late" if complaint.days_left(now) < 0 else "waits" if complaint.days_left(now) <= 3 else ""
