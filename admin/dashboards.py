"""What the dashboards of the Libreta show, made of cards that staff may see: tables with their graphs."""

from collections.abc import Mapping, Sequence
from math import ceil, floor
from typing import Final

from admin import cards, indicators
from admin.exhibits import Cell, Exhibit
from admin.graphs import Graph, Point
from admin.language import decimal, gettext, mark, short_day
from bot.campaigns.wave_days import Day
from surveys import statistics
from surveys.disclosure import POINTS, PublicCard, PublicFigure
from surveys.figures import Measure
from surveys.form import Form
from surveys.statistics import Interval
from surveys.waves import Wave

WORST, BEST = 1, 5
AT_LEAST = 10
"""Who took part is told in so many, before a wave is published."""

SPLITS: Final = {
    "problem": (mark("tuvieron un problema"), mark("no tuvieron problemas")),
    "payment": (mark("les pidieron plata o un favor"), mark("no les pidieron nada")),
}
"""What may go with a low grade: those who said yes, and those who said no."""


def grades(card: PublicCard, form: Form, place: str) -> Exhibit:
    """The grades of one territory, best first."""
    lines = [line for line in cards.public_lines(card, form) if line.grade]
    figures = {line.actor: card.figure(line.actor, cards.GRADE) for line in lines}
    return Exhibit(
        "notas",
        gettext("Notas de %(place)s") % {"place": place},
        [
            gettext("Calificado"),
            gettext("Nota"),
            *_share_columns(),
            gettext("Cambio en puntos"),
            gettext("¿Más que azar?"),
        ],
        [
            [line.name, _grade(figure), *_share(figure), *_change(figure)]
            for line in lines
            if (figure := figures[line.actor])
        ],
        Graph(
            "bars",
            [_mark(line.name, figure) for line in lines if (figure := figures[line.actor]) and figure.mean],
            WORST,
            BEST,
        ),
        gettext("Nota media, de 1 (muy malo) a 5 (muy bueno). La raya es el margen, donde se puede dar."),
    )


def territories(found: Mapping[str, PublicCard], names: Mapping[str, str], form: Form) -> Exhibit:
    """Who took part and the grades, territory by territory: who is missing, and where."""
    grid = cards.grid(found, form)
    columns = [gettext("Territorio"), *_participation_columns(), *grid.names]
    rows = [[names.get(code, code), *_participation(card), *grid.grades[code]] for code, card in found.items()]
    return Exhibit("territorios", gettext("Territorio por territorio"), columns, rows)


def missing(found: Mapping[str, PublicCard], names: Mapping[str, str]) -> Exhibit:
    """Who took part and who is missing, territory by territory."""
    rows = [[names.get(code, code), *_participation(card)] for code, card in found.items()]
    note = gettext("Mientras la ronda está abierta, «respondieron» avanza de 10 en 10: son al menos esas.")
    return Exhibit(
        "faltan", gettext("Quién falta"), [gettext("Territorio"), *_participation_columns()], rows, None, note
    )


def distribution(figure: PublicFigure, form: Form, title: str, key: str = "distribucion") -> Exhibit | None:
    """How the answers to one question are spread; None where nearly all are the same."""
    if figure.bounded or not figure.distribution:
        return None
    shares = [(indicators.choice(form, choice), share) for choice, share in sorted(figure.distribution.items())]
    return Exhibit(
        key,
        title,
        [gettext("Respuesta"), gettext("De cada 100"), gettext("Límite")],
        [[name, share.value, share.bound] for name, share in shares],
        Graph("bars", [Point(name, share.value, cards.written(share)) for name, share in shares], 0, 100),
        gettext("De cada 100 familias que respondieron, redondeado a 5. Lo que dijeron menos de tres no se muestra."),
    )


def measures(figures: Mapping[str, PublicFigure | None], known: Mapping[str, Measure]) -> Exhibit:
    """Everything that was asked about one who is graded."""
    scales = {measure.indicator for measure in known.values() if measure.kind == "scale"}
    return Exhibit(
        "preguntas",
        gettext("Todo lo que se preguntó"),
        [gettext("Qué se mide"), gettext("Nota"), *_share_columns()],
        [
            [indicators.name(name), _grade(figure) if name in scales else None, *_share(figure)]
            for name, figure in figures.items()
            if figure is None or figure.share is not None
        ],
        note=gettext("De cada 100: cuántas pusieron 4 o 5, o cuántas dijeron que sí. «–»: no se puede mostrar."),
    )


def weights(figures: Mapping[str, PublicFigure | None], known: Mapping[str, Measure]) -> Exhibit:
    """What the weights do to the figures of many respondents."""
    scales = {measure.indicator for measure in known.values() if measure.kind == "scale"}
    return Exhibit(
        "pesos",
        gettext("Qué hacen los pesos"),
        [
            gettext("Qué se mide"),
            gettext("Con pesos"),
            gettext("Sin pesos"),
            gettext("Respuestas"),
            gettext("Valen por"),
        ],
        [
            [
                indicators.name(name),
                figure.mean if name in scales else figure.share.value if figure.share else None,
                figure.unweighted,
                figure.n,
                figure.effective_n,
            ]
            for name, figure in figures.items()
            if figure is not None and figure.effective_n is not None
        ],
        note=gettext(
            "Cada familia califica uno de los programas que usa, escogido al azar, y los pesos lo compensan."
            " «Valen por»: a cuántas respuestas sin pesos equivalen. Desde 100 respuestas."
        ),
    )


def trend(series: Sequence[PublicCard], waves: Mapping[int, Wave], actor: str) -> Exhibit:
    """The grade of one territory wave by wave, with the change from one to the next."""
    found = [
        (waves[card.wave_id].name, figure)
        for card in series
        if card.wave_id in waves and (figure := card.figure(actor, cards.GRADE)) is not None
    ]
    return Exhibit(
        "tendencia",
        gettext("De ronda en ronda"),
        [gettext("Ronda"), gettext("Nota"), *_share_columns(), gettext("Cambio en puntos"), gettext("¿Más que azar?")],
        [[name, _grade(figure), *_share(figure), *_change(figure)] for name, figure in found],
        Graph("line", [_percentage(name, figure) for name, figure in found if figure.share], 0, 100),
        gettext("De cada 100 familias, cuántas pusieron 4 o 5, con su margen. Solo rondas publicadas."),
    )


def drivers(strata: Mapping[str, PublicCard], actor: str) -> Exhibit:
    """What goes with a low grade: the same grade among those to whom something happened, and those to whom not.

    Of the whole wave, once it is published. The difference is worked out from the published shares, and its margin from
    theirs, rounded outwards as they are.
    """
    rows: list[list[Cell]] = []
    points: list[Point] = []
    for axis, names in SPLITS.items():
        yes, no = (_of(strata, f"{axis}:{answer}", actor) for answer in ("si", "no"))
        if yes is None or no is None or yes.share is None or no.share is None:
            continue
        told = _difference(no, yes)
        rows += [
            [gettext(names[0]), _grade(yes), *_share(yes), *told],
            [gettext(names[1]), _grade(no), *_share(no), None, None, None],
        ]
        points += [_mark(gettext(name), figure) for name, figure in zip(names, (yes, no), strict=True)]
    return Exhibit(
        "motivos",
        gettext("Qué va con una nota baja"),
        [
            gettext("Familias que"),
            gettext("Nota"),
            *_share_columns(),
            gettext("Diferencia en puntos"),
            gettext("Margen, desde"),
            gettext("Margen, hasta"),
        ],
        rows,
        Graph("bars", points, WORST, BEST) if points else None,
        gettext("En toda la ronda. Ir juntos no quiere decir que lo uno cause lo otro."),
    )


def days(found: Sequence[Day], wave: Wave) -> Exhibit:
    """How many families had begun to answer by the end of each day, at least."""
    begun = [(day, day.started // AT_LEAST * AT_LEAST) for day in found]
    points = [
        Point(short_day(day.day), 100 * started / day.invited, str(started)) for day, started in begun if day.invited
    ]
    highest = max((point.value for point in points), default=0)
    return Exhibit(
        "dias",
        gettext("Día por día: %(wave)s") % {"wave": wave.name},
        [gettext("Día"), gettext("Invitadas"), gettext("Respondieron al menos"), gettext("De cada 100")],
        [
            [short_day(day.day), day.invited, started, round(100 * started / day.invited) if day.invited else None]
            for day, started in begun
        ],
        Graph("line", points, 0, max(10.0, 10 * (highest // 10 + 1))) if points else None,
        gettext("De cada 100 familias invitadas, cuántas habían comenzado a responder. Avanza de 10 en 10."),
    )


def definitions(known: Mapping[str, Measure], form: Form) -> Exhibit:
    """What each figure means: the question, how it is worked out."""
    return Exhibit(
        "definiciones",
        gettext("Qué quiere decir cada cifra"),
        [gettext("Qué se mide"), gettext("Pregunta"), gettext("Cómo se calcula")],
        [
            [
                indicators.name(measure.indicator),
                cards.question_text(form, name),
                gettext(indicators.KINDS[measure.kind]),
            ]
            for name, measure in known.items()
        ],
    )


def _difference(one: PublicFigure, other: PublicFigure) -> list[Cell]:
    """How many points more the share of the other is, and between how many that may be."""
    if one.share is None or other.share is None or one.interval is None or other.interval is None:
        return [None] * 3
    first, second = (Interval(low.value, high.value) for low, high in (one.interval, other.interval))
    found = statistics.combined(one.share.value, first, other.share.value, second)
    low, high = POINTS * floor(found.low / POINTS), POINTS * ceil(found.high / POINTS)
    return [other.share.value - one.share.value, low, high]


def _of(strata: Mapping[str, PublicCard], stratum: str, actor: str) -> PublicFigure | None:
    return strata[stratum].figure(actor, cards.GRADE) if stratum in strata else None


def _share_columns() -> list[str]:
    return [
        gettext("De cada 100"),
        gettext("Límite"),
        gettext("Margen, desde"),
        gettext("Margen, hasta"),
        gettext("Respuestas"),
    ]


def _share(figure: PublicFigure | None) -> list[Cell]:
    if figure is None:
        return [None] * 5
    share = [None, ""] if figure.share is None else [figure.share.value, figure.share.bound]
    return [*share, *_ends(figure), figure.n]


def _ends(figure: PublicFigure) -> tuple[int | None, int | None]:
    if figure.interval is None:
        return None, None
    low, high = figure.interval
    return low.value, high.value


def _grade(figure: PublicFigure | None) -> Cell:
    if figure is None:
        return None
    return figure.mean if figure.mean is not None else cards.grade(figure) or None


def _change(figure: PublicFigure) -> list[Cell]:
    if figure.change is None:
        return [None, None]
    told = {1: gettext("sí, subió"), -1: gettext("sí, bajó"), 0: gettext("no")}
    return [figure.change.points, told[figure.change.direction]]


def _mark(label: str, figure: PublicFigure) -> Point:
    low, high = figure.mean_interval or (None, None)
    return Point(label, figure.mean or 0, decimal(figure.mean or 0), low, high)


def _percentage(label: str, figure: PublicFigure) -> Point:
    assert figure.share is not None
    return Point(label, figure.share.value, cards.written(figure.share), *_ends(figure))


def _participation_columns() -> list[str]:
    return [gettext("Invitadas"), gettext("Respondieron"), gettext("Faltan"), gettext("Sin teléfono al que llegar")]


def _participation(card: PublicCard) -> list[Cell]:
    missing = None if card.invited is None or card.started is None else card.invited - card.started
    return [card.invited, card.started, missing, card.unreachable]
