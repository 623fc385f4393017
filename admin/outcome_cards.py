"""What families told of a programme, made ready for a page: shares and grades as they may be shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from admin.cards import written
from admin.language import gettext, mark
from surveys.disclosure import PublicFigure

SERVED: Final = mark("Los atendieron")
GRADE: Final = mark("Nota de la atención")
REASONS: Final = {
    "plata": mark("Les pidieron plata"),
    "cupos": mark("No había cupo"),
    "lejos": mark("Quedaba muy lejos"),
    "papeles": mark("Faltaban papeles"),
    "rechazo": mark("No quisieron atenderlas"),
    "otro": mark("Otra razón"),
}


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """One figure, written out. `n` are the families behind it, rounded; one `within` is a part of those not served."""

    name: str
    value: str
    n: int
    within: bool = False


def outcome_lines(figures: Mapping[str, PublicFigure]) -> list[OutcomeLine]:
    """The figures of a programme in the order in which they are read."""
    lines = []
    if (served := figures.get("served")) is not None and served.share is not None:
        lines.append(OutcomeLine(gettext(SERVED), written(served.share), served.n))
    if (reasons := figures.get("reason")) is not None:
        lines += [
            OutcomeLine(gettext(name), written(reasons.distribution[reason]), reasons.n, within=True)
            for reason, name in REASONS.items()
            if reason in reasons.distribution
        ]
    if (found := figures.get("grade")) is not None and (mark_given := grade(found)):
        lines.append(OutcomeLine(gettext(GRADE), mark_given, found.n))
    return lines
