"""Figures of a report card as plain data. Pure: `aggregates` fills them, `disclosure` decides what may be seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from surveys import answers, statistics
from surveys.form import Form, Question
from surveys.statistics import Interval

Kind: TypeAlias = Literal["scale", "yes_no", "choices", "number"]

GRADE = "grade"
"""The indicator of the overall grade."""
SCALE = ("1", "2", "3", "4", "5")
SATISFIED = frozenset({"4", "5"})
YES = frozenset({"si", "yes"})


@dataclass(frozen=True, slots=True)
class Measure:
    """What a question measures: an indicator (its own name where the form gives none) of one kind.

    A scale is a select of the marks 1–5; its share is of the satisfied, 4 and 5. The share of a yes_no is of
    those who said yes. `choices` has a distribution only, `number` a mean only. `after` names the indicators of the
    questions by whose answers it is decided who is asked this one: how many answer it tells what they said to those.
    """

    question: str
    indicator: str
    kind: Kind
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of one actor in one territory.

    `n` counts respondents, `effective_n` what they are worth after weighting. `mean`, `share` (0–1, with its
    95 % `interval`) and `distribution` (0–1 by choice) are weighted; `unweighted` is the plain mean of a scale and
    the plain share of a yes_no. `counts` are respondents by choice. Where several choices may be given, the
    distribution sums to more than 1. `mean_interval` is None where it is not known to cover. `after`: see `Measure`.
    """

    question: str
    indicator: str
    kind: Kind
    n: int
    effective_n: float
    counts: Mapping[str, int]
    distribution: Mapping[str, float]
    mean: float | None
    unweighted: float | None
    share: float | None
    interval: Interval | None
    mean_interval: Interval | None = None
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Actor:
    """One row of a report card: who is rated, and the figures by indicator. The actor '' is nobody."""

    actor: str
    figures: Mapping[str, Figure]

    @property
    def grade(self) -> Figure | None:
        return self.figures.get("grade")

    @property
    def problems(self) -> Figure | None:
        return self.figures.get("problem")

    @property
    def solved(self) -> Figure | None:
        return self.figures.get("solved")

    @property
    def payments(self) -> Figure | None:
        return self.figures.get("payment")


@dataclass(frozen=True, slots=True)
class Participation:
    """Families invited, of them without a number that can be reached, and what became of their invitations.

    `started` includes those that `finished` or ended as `partial`. Responses by one-time code are apart,
    because the codes that were printed are no families.
    """

    invited: int = 0
    unreachable: int = 0
    started: int = 0
    finished: int = 0
    partial: int = 0
    codes: int = 0
    codes_started: int = 0

    @property
    def response_rate(self) -> float | None:
        """Families that began, of all invited, whether they can be reached or not."""
        return statistics.share(self.started, self.invited)


@dataclass(frozen=True, slots=True)
class ReportCard:
    """All figures of a wave in a territory, unsuppressed: for the operator and for `disclosure`, not for a page."""

    wave_id: int
    territory: str
    rows: tuple[Actor, ...]
    participation: Participation

    def row(self, actor: str) -> Actor | None:
        return next((row for row in self.rows if row.actor == actor), None)

    def figure(self, actor: str, indicator: str) -> Figure | None:
        """One figure; None where there is none."""
        row = self.row(actor)
        return row.figures.get(indicator) if row else None


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of one category: respondents, weights, squared weights, and weighted numbers."""

    n: int = 0
    weight: float = 0.0
    weight2: float = 0.0
    total: float = 0.0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.n + other.n, self.weight + other.weight, self.weight2 + other.weight2, self.total + other.total
        )


Cells: TypeAlias = Mapping[tuple[str, str], Mapping[str, Sums]]
"""Sums by actor and question, then by choice; '' is everybody who answered, where they gave several choices."""


def measures(form: Form) -> Mapping[str, Measure]:
    """What each counted question of a form measures."""
    counted = {question.element: question for question in form.questions if answers.counted(form, question)}
    nodes = {node.element: node for node in form.by_path.values()}
    return {
        answers.question_name(question): Measure(
            answers.question_name(question),
            _indicator(question),
            _kind(form, question),
            tuple(
                _indicator(counted[read.element])
                for gate in question.element.gates
                if (relevant := nodes[gate].relevant) is not None
                for read in sorted(relevant.reads, key=lambda read: read.element.path)
                if read.element in counted
            ),
        )
        for question in counted.values()
    }


def figure(measure: Measure, sums: Mapping[str, Sums]) -> Figure:
    """The figure of these sums by category; '' is everybody who answered, where they gave several choices."""
    everybody = sums[""] if "" in sums else sum(sums.values(), Sums())
    chosen = {category: part for category, part in sorted(sums.items()) if category and part.n}
    effective = statistics.effective_n(everybody.weight, everybody.weight2)
    mean = unweighted = share = mean_interval = None
    match measure.kind:
        case "scale":
            mean = statistics.mean({int(mark): part.weight for mark, part in chosen.items()})
            unweighted = statistics.mean({int(mark): part.n for mark, part in chosen.items()})
            share = _share(chosen, SATISFIED, everybody)
            mean_interval = statistics.mean_interval(
                {int(mark): part.weight for mark, part in chosen.items()}, effective
            )
        case "yes_no":
            share = _share(chosen, YES, everybody)
            unweighted = statistics.share(sum(part.n for choice, part in chosen.items() if choice in YES), everybody.n)
        case "number":
            mean = statistics.share(everybody.total, everybody.weight)
    return Figure(
        question=measure.question,
        indicator=measure.indicator,
        kind=measure.kind,
        n=everybody.n,
        effective_n=effective,
        counts={category: part.n for category, part in chosen.items()},
        distribution={category: part.weight / everybody.weight for category, part in chosen.items()},
        mean=mean,
        unweighted=unweighted,
        share=share,
        interval=None if share is None else statistics.wilson(share, effective),
        mean_interval=mean_interval,
        after=measure.after,
    )


def _indicator(question: Question) -> str:
    return question.extra.get("indicator") or answers.question_name(question)


def _kind(form: Form, question: Question) -> Kind:
    if answers.counted(form, question) == "number":
        return "number"
    names = [choice.name for choice in form.lists[question.choices].choices] if question.choices else []
    if question.type == "select_one" and sorted(names) == list(SCALE):
        return "scale"
    if question.type == "select_one" and len(names) == 2 and YES & set(names):
        return "yes_no"
    return "choices"


def _share(chosen: Mapping[str, Sums], wanted: frozenset[str], everybody: Sums) -> float | None:
    part = sum(sums.weight for category, sums in chosen.items() if category in wanted)
    return statistics.share(part, everybody.weight)
