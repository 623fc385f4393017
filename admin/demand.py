"""Unmet demand: what families ask for and no programme offers them, by achievement and municipality, in counts only.

Coordinators read exact counts of where they work. Whoever is outside (the auditor), and every file that leaves the
house, gets none below the minimum, nor one from which such a count could be worked out.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

import options
from admin import exports
from admin.language import gettext, mark
from admin.permission import permits
from admin.places import Places
from admin.services import services, today
from admin.sessions import member
from families import achievements, demand, scope
from families.demand import Unmet
from families.families import Family
from families.staff import Role

pages = Blueprint("demand", __name__, url_prefix="/admin/demanda")

HEADER: Final = (mark("Logro"), mark("Qué es"), mark("Municipio"), mark("Familias"))


@pages.get("/")
@permits(Role.ZONAL, Role.UT, Role.NATIONAL, Role.AUDITOR)
def overview() -> ResponseReturnValue:
    """The needs that no offer covers, the most families first."""
    kind = request.args.get("formato", "")
    with services().database.transaction() as connection:
        current = achievements.current(connection)
        here = scope.municipalities(member(), Family.municipality_code)
        found = demand.unmet(connection, here, current, today()) if current else []
        places = Places.read(connection)
        minimum = options.value(connection, options.MINIMUM_CELL)
    labels = {one.code: one.label for one in current.achievements} if current else {}
    shown = _guarded(found, minimum) if kind in exports.KINDS or member().role is Role.AUDITOR else found
    listed = sorted(shown, key=lambda one: (-one.families, one.municipality, one.achievement))
    if kind in exports.KINDS:
        rows = [
            (one.achievement, labels[one.achievement], places.name(one.municipality), one.families) for one in listed
        ]
        return exports.download(kind, "demanda", [gettext(name) for name in HEADER], rows)
    return render_template(
        "demand/overview.html",
        listed=listed,
        labels=labels,
        totals=_totals(listed),
        places=places,
        minimum=minimum,
        withheld=len(found) - len(shown),
    )


def _guarded(found: Sequence[Unmet], minimum: int) -> list[Unmet]:
    """The counts that may leave the house: no total is given with them, so a small one cannot be worked out."""
    return [one for one in found if one.families >= minimum]


def _totals(listed: Sequence[Unmet]) -> Mapping[str, int]:
    """Families by achievement over the municipalities shown, the most first."""
    totals: dict[str, int] = {}
    for one in listed:
        totals[one.achievement] = totals.get(one.achievement, 0) + one.families
    return dict(sorted(totals.items(), key=lambda each: (-each[1], each[0])))
