"""What families told of a programme, made ready for a page: shares and grades as they may be shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from admin.cards import written
from admin.language import decimal, gettext, mark
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
    if (grade := figures.get("grade")) is not None and (given := _grade(grade)):
        lines.append(OutcomeLine(gettext(GRADE), given, grade.n))
    return lines


def _grade(figure: PublicFigure) -> str:
    """«3,8»; or «4–5» where nearly all gave a 4 or a 5, and «1–3» where hardly anybody did."""
    if figure.mean is not None:
        return decimal(figure.mean)
    return "" if figure.share is None else "4–5" if figure.share.bound == "≥" else "1–3"
