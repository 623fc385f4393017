"""Report cards made ready for a page: names of those who were graded, and figures as they are written."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from admin.charts import Bar, Chart
from admin.language import decimal, gettext, language, mark, number, whole_percent
from bot.dialogues.survey import choice_label, form_language
from surveys import answers
from surveys.disclosure import Percent, PublicCard, PublicFigure
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
    """The grade of one who is rated: its `mean`, None where it is not told, and as it is written, '' where withheld.

    `share` and `interval` are written out.
    """

    actor: str
    name: str
    mean: float | None = None
    n: int = 0
    share: str = ""
    interval: str = ""
    grade: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Who was asked and who answered, written out: «–» for what may not be shown; `rate` is empty then."""

    invited: str
    started: str
    unreachable: str
    rate: str


def public_facts(card: PublicCard) -> Facts:
    """The participation of a published card."""
    rate = written(card.response_rate) if card.response_rate else ""
    invited, started, unreachable = (
        "–" if n is None else number(n) for n in (card.invited, card.started, card.unreachable)
    )
    return Facts(invited, started, unreachable, rate)


def public_lines(card: PublicCard, form: Form) -> list[Line]:
    """The grades of a published card, those that may be shown first."""
    lines = []
    for actor, figures in card.actors.items():
        if GRADE not in figures:
            continue
        name, figure = actor_name(form, actor), figures[GRADE]
        if figure is None or figure.share is None or figure.interval is None:
            lines.append(Line(actor, name))
        else:
            share, interval = written(figure.share), _between(*figure.interval)
            lines.append(Line(actor, name, figure.mean, figure.n, share, interval, grade(figure)))
    return _sorted(lines)


@dataclass(frozen=True, slots=True)
class Grid:
    """Grades of several territories side by side, written out: for each name and each territory code."""

    names: Sequence[str]
    grades: Mapping[str, Sequence[str]]


def grid(found: Mapping[str, PublicCard], form: Form) -> Grid:
    """The grades that the staff may see in several territories, those graded in alphabetical order."""
    grades = {code: {line.name: line.grade for line in public_lines(card, form)} for code, card in found.items()}
    names = sorted({name for means in grades.values() for name in means})
    return Grid(names, {code: [means.get(name, "") for name in names] for code, means in grades.items()})


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
    return choice_label(form, actor, language())


def question_text(form: Form, name: str) -> str:
    """A question as families read it; who is graded in it is left open."""
    question = next(each for each in form.questions if answers.question_name(each) == name)
    label = chosen(question.label, form_language(form, language()), form.default_language)
    return re.sub(r"\$\{[^}]*\}", "…", label.source) if label else name


def _sorted(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (not line.grade, line.mean is None, -(line.mean or 0), line.name))


def written(share: Percent) -> str:
    """«85 %», «≥ 95 %»."""
    return f"{share.bound}\u00a0{whole_percent(share.value)}" if share.bound else whole_percent(share.value)


def grade(figure: PublicFigure) -> str:
    """«3,8»; or «4–5» where nearly all gave a 4 or a 5, and «1–3» where hardly anybody did."""
    if figure.mean is not None:
        return decimal(figure.mean)
    if not figure.bounded or figure.share is None:
        return ""
    return "4–5" if figure.share.bound == "≥" else "1–3"


def points(value: int, direction: int) -> str:
    """How much a share changed, by more than chance: «+10 puntos»; «un poco más» where that is rounded to nothing."""
    if value == 0:
        return gettext("un poco más") if direction > 0 else gettext("un poco menos")
    return gettext("%(points)s puntos") % {"points": f"{value:+d}".replace("-", "\N{MINUS SIGN}")}


def _between(low: Percent, high: Percent) -> str:
    """«55–85 %», «75–≥95 %»."""
    return f"{low.bound}{low.value}–{high.bound}{whole_percent(high.value)}"
