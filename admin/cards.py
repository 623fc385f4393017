"""Report cards made ready for a page: names of those who were graded, and figures as they are written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from admin.charts import Bar, Chart
from admin.language import gettext, language, mark, percent, whole_percent
from bot.dialogues.survey import form_language
from surveys.disclosure import Percent, PublicCard
from surveys.figures import Figure, Participation, ReportCard
from surveys.form import Form, chosen

GRADE: Final = "grade"
"""The indicator of the overall grade."""

NAMES: Final = {
    "gestor": mark("Gestores y gestoras"),
    "municipio": mark("Alcaldía"),
    "coordinacion": mark("Coordinación de JUNTOS"),
}
"""Those who are graded without being a choice of the form."""


@dataclass(frozen=True, slots=True)
class Line:
    """The grade of one who is rated; `mean` is None where too few answered. `share` and `interval` are written out."""

    actor: str
    name: str
    mean: float | None = None
    n: int = 0
    share: str = ""
    interval: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Who was asked and who answered. `rate` is written out, empty where it may not be shown."""

    invited: int
    started: int
    unreachable: int
    rate: str
    codes_started: int = 0


def public_facts(card: PublicCard) -> Facts:
    """The participation of a published card."""
    rate = _written(card.response_rate) if card.response_rate else ""
    return Facts(card.invited, card.started, card.unreachable, rate)


def staff_facts(found: Participation) -> Facts:
    """Participation as the staff see it."""
    rate = "" if found.response_rate is None else percent(found.response_rate)
    return Facts(found.invited, found.started, found.unreachable, rate, found.codes_started)


def public_lines(card: PublicCard, form: Form) -> list[Line]:
    """The grades of a published card, those that may be shown first."""
    lines = []
    for actor, figures in card.actors.items():
        if GRADE not in figures:
            continue
        name, figure = actor_name(form, actor), figures[GRADE]
        if figure is None or figure.mean is None or figure.share is None or figure.interval is None:
            lines.append(Line(actor, name))
        else:
            lines.append(Line(actor, name, figure.mean, figure.n, _written(figure.share), _between(*figure.interval)))
    return _sorted(lines)


def staff_lines(card: ReportCard, form: Form) -> list[Line]:
    """The grades of a card that the staff may see."""
    grades = ((row.actor, row.grade) for row in card.rows)
    return _sorted(_staff_line(actor, grade, form) for actor, grade in grades if grade)


@dataclass(frozen=True, slots=True)
class Grid:
    """Mean grades of several territories side by side: a mean, or None, for each name and each territory code."""

    names: Sequence[str]
    means: Mapping[str, Sequence[float | None]]


def grid(found: Mapping[str, ReportCard], form: Form) -> Grid:
    """The grades that the staff may see in several territories, those graded in alphabetical order."""
    grades = {code: {line.name: line.mean for line in staff_lines(card, form)} for code, card in found.items()}
    names = sorted({name for means in grades.values() for name in means})
    return Grid(names, {code: [means.get(name) for name in names] for code, means in grades.items()})


def chart(lines: Iterable[Line]) -> Chart:
    """The picture of the grades that are shown, in the language of the page."""
    return Chart(
        bars=tuple(Bar(line.name, round(line.mean, 1)) for line in lines if line.mean is not None),
        decimal="." if language() == "en" else ",",
    )


def actor_name(form: Form, actor: str) -> str:
    """Who is graded, as people call it: by the form's choices, else by our own names, else as the form writes it."""
    if actor in NAMES:
        return gettext(NAMES[actor])
    for choices in form.lists.values():
        if actor in choices.by_name:
            label = chosen(choices.by_name[actor].label, form_language(form, language()), form.default_language)
            return label.source if label else actor
    return actor


def _staff_line(actor: str, grade: Figure, form: Form) -> Line:
    if grade.mean is None or grade.share is None or grade.interval is None:
        return Line(actor, actor_name(form, actor))
    bounds = Percent(round(100 * grade.interval.low)), Percent(round(100 * grade.interval.high))
    return Line(actor, actor_name(form, actor), grade.mean, grade.n, percent(grade.share), _between(*bounds))


def _sorted(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (line.mean is None, -(line.mean or 0), line.name))


def _written(share: Percent) -> str:
    """«85 %», «≥ 95 %»."""
    return f"{share.bound}\u00a0{whole_percent(share.value)}" if share.bound else whole_percent(share.value)


def _between(low: Percent, high: Percent) -> str:
    """«55–85 %», «75–≥95 %»."""
    return f"{low.bound}{low.value}–{high.bound}{whole_percent(high.value)}"
