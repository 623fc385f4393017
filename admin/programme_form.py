"""The form of a programme: what can be chosen, what was written, and whether its offer still fits two SMS."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection

from admin.forms import Form
from admin.language import BOGOTA, gettext, mark
from admin.places import Places, UnknownPlaceError
from admin.services import services
from bot import referral_offers
from bot.desk import Office
from families import achievements, programmes, territory
from families.programmes import Details, Programme, Status
from families.staff import Staff
from messaging.encoding import segments

SUGGESTED: Final = 50
"""Places offered while one is written: more would weigh on a weak signal and help nobody."""
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


def choices_for(connection: Connection, person: Staff, places: Places) -> dict[str, Any]:
    """What the form of a programme offers: achievements and states to choose, places as suggestions."""
    current = achievements.current(connection)
    known = (territory.COUNTRY, *places.departments, *places.municipalities)
    own = [places.name(code) for code in known if _covers(person, code)]
    return {
        "served": {one.code: f"{one.code} {one.label}" for one in current.achievements} if current else {},
        "suggested": own[:SUGGESTED],
        "statuses": {str(status): gettext(name) for status, name in STATUSES.items()},
    }


def read_details(form: Form, choices: Mapping[str, Any], entity: str, person: Staff, places: Places) -> Details | None:
    """What the form says of a programme; None, with the problems noted, where that cannot be."""
    texts = {name: form.text(name, longest=longest) for name, longest in LONGEST.items()}
    served = form.choices("achievements", choices["served"], least=1)
    place = _read_place(form, person, places)
    opens_on, closes_on = form.day("opens_on"), form.day("closes_on", required=False)
    answer_days = form.whole("answer_days", 1, programmes.LONGEST_ANSWER)
    day, hour = form.day("appointment_day", required=False), form.hour("appointment_hour", required=False)
    if (day is None) != (hour is None) and not form.problems:
        form.refuse("appointment_hour", gettext("La cita lleva día y hora, o ninguno de los dos."))
    if opens_on and closes_on and closes_on < opens_on:
        form.refuse("closes_on", gettext("El último día va después del primero."))
    form.choice("status", choices["statuses"])
    if form.problems or place is None or opens_on is None or answer_days is None:
        return None
    details = Details(
        achievements=tuple(served),
        territory=place,
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


def initial(programme: Programme, places: Places) -> dict[str, Any]:
    """What the fields of the form hold for a programme."""
    details = programme.details
    written = {
        name: getattr(details, name) for name in (*LONGEST, "opens_on", "closes_on", "answer_days", "achievements")
    }
    here = details.appointment.astimezone(BOGOTA) if details.appointment else None
    return {
        **written,
        "territory": places.name(details.territory),
        "status": programme.status.value,
        "appointment_day": here.date() if here else None,
        "appointment_hour": f"{here:%H:%M}" if here else None,
    }


def _read_place(form: Form, person: Staff, places: Places) -> str | None:
    """The one territory that was written, if it lies within the person's."""
    written = form.text("territory")
    if not written:
        return None
    try:
        codes = places.codes(written)
    except UnknownPlaceError as error:
        form.refuse("territory", str(error))
        return None
    if len(codes) > 1:
        form.refuse("territory", gettext("Escriba un solo lugar."))
    if not _covers(person, codes[0]):
        form.refuse("territory", gettext("Ese lugar no está en su territorio."))
    return codes[0]


def _covers(person: Staff, code: str) -> bool:
    return any(code.startswith(own) for own in person.territories)
