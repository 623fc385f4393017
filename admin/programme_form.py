"""The form of a programme: what can be chosen, what was written, and whether its offer still fits two SMS."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection

from admin.forms import Form
from admin.language import BOGOTA, gettext, mark
from admin.places import Places
from admin.services import services
from bot import referral_offers
from bot.desk import Office
from families import achievements, programmes
from families.programmes import Details, Programme, Status
from families.staff import Staff
from messaging.encoding import segments

WHOLE_COUNTRY: Final = "pais"
"""The country in a form, where an empty value is no choice."""
LONGEST: Final = {"name": 50, "requirements": 90, "bring": 70, "address": 70, "hours": 40, "contact": 50}
"""Characters that leave an offer within two SMS."""
OFFER_SEGMENTS: Final = 2
STATUSES: Final = {
    Status.DRAFT: mark("Borrador"),
    Status.OPEN: mark("Abierto"),
    Status.PAUSED: mark("En pausa"),
    Status.CLOSED: mark("Cerrado"),
}


def office() -> Office:
    """What writing to families takes."""
    return Office(services().cipher, services().texts)


def choices_for(connection: Connection, person: Staff) -> dict[str, Mapping[str, str]]:
    """What can be chosen in the form of a programme."""
    current = achievements.current(connection)
    places = Places.read(connection)
    own = {code or WHOLE_COUNTRY: places.name(code) for code in person.territories}
    for code in person.territories:
        if len(code) < 5:
            inside = {each: name for each, name in places.municipalities.items() if each.startswith(code)}
            departments = {each: name for each, name in places.departments.items() if each.startswith(code)}
            own |= departments | {each: places.name(each) for each in inside}
    return {
        "served": {one.code: f"{one.code} {one.label}" for one in current.achievements} if current else {},
        "territories": own,
        "statuses": {str(status): gettext(name) for status, name in STATUSES.items()},
    }


def read_details(form: Form, choices: Mapping[str, Mapping[str, str]], entity: str) -> Details | None:
    """What the form says of a programme; None, with the problems noted, where that cannot be."""
    texts = {name: form.text(name, longest=longest) for name, longest in LONGEST.items()}
    served = form.choices("achievements", choices["served"], least=1)
    territory = form.choice("territory", choices["territories"])
    opens_on, closes_on = form.day("opens_on"), form.day("closes_on", required=False)
    answer_days = form.whole("answer_days", 1, programmes.LONGEST_ANSWER)
    day, hour = form.day("appointment_day", required=False), form.hour("appointment_hour", required=False)
    if (day is None) != (hour is None) and not form.problems:
        form.refuse("appointment_hour", gettext("La cita lleva día y hora, o ninguno de los dos."))
    if opens_on and closes_on and closes_on < opens_on:
        form.refuse("closes_on", gettext("El último día va después del primero."))
    form.choice("status", choices["statuses"])
    if form.problems or opens_on is None or answer_days is None:
        return None
    details = Details(
        achievements=tuple(served),
        territory="" if territory == WHOLE_COUNTRY else territory,
        opens_on=opens_on,
        closes_on=closes_on,
        appointment=None if day is None or hour is None else datetime.combine(day, hour, BOGOTA),
        answer_days=answer_days,
        **texts,
    )
    example = Programme(0, "", entity, details, Status.OPEN, 1, 0)
    parts = segments(referral_offers.message(example, office(), datetime.now(UTC))).count
    if parts > OFFER_SEGMENTS:
        form.refuse("bring", gettext("El mensaje de la oferta ocupa %(parts)s SMS; acórtelo a 2.") % {"parts": parts})
        return None
    return details


def initial(programme: Programme) -> dict[str, Any]:
    """What the fields of the form hold for a programme."""
    details = programme.details
    written = {
        name: getattr(details, name) for name in (*LONGEST, "opens_on", "closes_on", "answer_days", "achievements")
    }
    here = details.appointment.astimezone(BOGOTA) if details.appointment else None
    return {
        **written,
        "territory": details.territory or WHOLE_COUNTRY,
        "status": programme.status.value,
        "appointment_day": here.date() if here else None,
        "appointment_hour": f"{here:%H:%M}" if here else None,
    }
