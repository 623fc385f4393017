"""Disclosure control: what anybody, and the staff, may see of the figures of a wave. Pure.

`suppression` says how much of a figure may be shown; here it is written so. Shares are rounded to 5 points, numbers
of respondents to 5, means to one decimal. Where nearly all answered the same there is no mean, and the share is only
a bound: «≥ 95 %», and among fewer respondents a weaker one («≥ 75 %» of 10), because «≥ 95 %» of 10 would say all.
A bound speaks of respondents as they are, not weighted: it follows from their number alone, so that the weight of the
one who stands apart cannot show in it. Intervals are rounded outwards, so that they cover no less.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor
from typing import Any, TypeAlias

import orjson

from surveys import statistics
from surveys.figures import SATISFIED, YES, Figure, Participation, ReportCard
from surveys.statistics import Difference, Interval
from surveys.suppression import DISSENT, DISSENT_IN_STRATA, Group, Showing, showing
from surveys.suppression import MINIMUM as MINIMUM

POINTS = 5
ROUNDED_TO = 5
NEARLY_ALL, NEARLY_NONE = 95, 5
WEIGHTS_TOLD = 100
WORST, BEST = 1, 5

SMALL_TEAMS = frozenset({"gestor"})
"""Actors who may be one person in a municipality: shown from the department upward."""

Table: TypeAlias = tuple[str, str]
"""Actor and indicator: one figure in all territories."""


@dataclass(frozen=True, slots=True)
class Percent:
    """A share in whole percent, rounded to 5. `bound` is '≥' or '≤' where it stands for all or for none."""

    value: int
    bound: str = ""


@dataclass(frozen=True, slots=True)
class PublicChange:
    """How a share changed since the wave `since`: points rounded to 5, the ends of its 95 % interval outwards.

    `clear` says whether it is more than chance; the ends then have the same sign before they are rounded. `stands_out`
    says whether it is so among all that are compared at once (`statistics.discoveries`).
    """

    since: int
    points: int
    low: int
    high: int
    clear: bool
    stands_out: bool = False

    @property
    def direction(self) -> int:
        """1 where the share rose by more than chance, -1 where it fell, else 0; `points` may be rounded to nought."""
        if not self.clear:
            return 0
        return -1 if self.low < 0 else 1


@dataclass(frozen=True, slots=True)
class PublicFigure:
    """A figure as it may be seen. `n` is rounded to 5, `mean` to one decimal.

    `bounded` tells that nearly all answered the same: the share is a bound then, there is no mean (it would tell
    whether all did), and the `distribution` (by choice) is empty or knows only the commonest choice. It never knows a
    choice that fewer than `DISSENT` gave: whether anybody did is not told. `mean_interval`
    (95 %, rounded outwards) is there where it is known to cover, `change` where the wave before has the same figure.
    `effective_n` is what the respondents are worth after weighting, `unweighted` the plain mean of a scale or the plain
    share of a yes_no, in points: of `WEIGHTS_TOLD` respondents or more. Of fewer, both together would tell something of
    those whose weights are known, as by the programmes that they use.
    """

    n: int
    mean: float | None
    share: Percent | None
    interval: tuple[Percent, Percent] | None
    distribution: Mapping[str, Percent] = field(default_factory=dict)
    mean_interval: tuple[float, float] | None = None
    bounded: bool = False
    change: PublicChange | None = None
    effective_n: int | None = None
    unweighted: float | None = None


@dataclass(frozen=True, slots=True)
class PublicCard:
    """A report card as it may be seen: actor → indicator → figure, None where it is withheld.

    `stratum` is '' for all families, or the part of them that it speaks of, as 'zone:rural' or 'problem:si'.
    `invited`, `unreachable` and `started` are rounded to 5, or None where they are withheld; so is `response_rate`.
    """

    wave_id: int
    territory: str
    actors: Mapping[str, Mapping[str, PublicFigure | None]]
    invited: int | None = None
    unreachable: int | None = None
    started: int | None = None
    response_rate: Percent | None = None
    stratum: str = ""

    def figure(self, actor: str, indicator: str) -> PublicFigure | None:
        """One figure; None where it is withheld or there is none."""
        return self.actors.get(actor, {}).get(indicator)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads back: the form in which a publication is kept."""
        data: dict[str, Any] = orjson.loads(orjson.dumps(self, _plain, orjson.OPT_PASSTHROUGH_DATACLASS))
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "PublicCard":
        """A card from what `to_json` gave."""
        actors = {actor: figures_from_json(figures) for actor, figures in data["actors"].items()}
        return cls(**{**data, "actors": actors, "response_rate": _percent(data["response_rate"])})


def figures_from_json(data: Mapping[str, Any]) -> Mapping[str, PublicFigure | None]:
    """The figures of one who is rated, by indicator, from what `PublicCard.to_json` gave of them."""
    return {name: None if found is None else _figure(found) for name, found in data.items()}


def public_table(cards: Mapping[str, ReportCard], minimum: int = MINIMUM) -> Mapping[str, PublicCard]:
    """All report cards of a wave as they may be published together, by territory.

    Every card names the same figures, those that are shown somewhere: one that is withheld cannot be told from one that
    nobody answered.
    """
    shown = {
        table: found for table, found in _showings(cards, minimum).items() if set(found.values()) != {Showing.WITHHELD}
    }
    began = showing({code: _began(card.participation) for code, card in cards.items()}, minimum)
    reached = showing({code: _reached(card.participation) for code, card in cards.items()}, minimum)
    return {
        code: PublicCard(
            wave_id=card.wave_id,
            territory=code,
            actors={
                actor: {
                    indicator: None if figure is None else public_figure(figure, found[code])
                    for (who, indicator), found in shown.items()
                    if who == actor
                    for figure in [card.figure(actor, indicator)]
                }
                for actor in dict.fromkeys(actor for actor, _ in shown)
            },
            invited=None if began[code] is Showing.WITHHELD else rounded(card.participation.invited),
            unreachable=rounded(card.participation.unreachable) if reached[code] is Showing.WHOLE else None,
            started=rounded(card.participation.started) if began[code] is Showing.WHOLE else None,
            response_rate=_rate(card.participation, began[code]),
        )
        for code, card in cards.items()
    }


def public_strata(
    total: ReportCard, published: PublicCard, parts: Mapping[str, ReportCard], minimum: int = MINIMUM
) -> Mapping[str, PublicCard]:
    """The cards of parts of a territory, by stratum ('zone:rural'), as they may stand beside its `published` card.

    A figure is shown of all parts or of none: of all where that of the territory is shown whole and every part is safe,
    with `DISSENT_IN_STRATA` who answered otherwise. Those who belong to no part must be safe too, or so few that they
    are lost in the rounding. What follows on another's answers is shown only where that is.
    """
    by_part, after = _groups(parts), _after({"": total})
    shown: set[Table] = set()
    for table, whole in _groups({"": total}).items():
        figure, found = published.figure(*table), [part for part in by_part.get(table, {}).values() if part.n]
        rest = whole[""] - sum(found, Group())
        if figure is None or figure.bounded or not all(_safe_stratum(part, minimum) for part in found):
            continue
        if not shown.issuperset(after[table]):
            continue
        if rest.n == 0 or rest.safe(minimum) or _lost(whole[""], found):
            shown.add(table)
    return {
        name: PublicCard(
            wave_id=total.wave_id,
            territory=total.territory,
            stratum=name,
            actors={
                row.actor: {
                    indicator: public_figure(figure, Showing.WHOLE)
                    for indicator, figure in row.figures.items()
                    if (row.actor, indicator) in shown and figure.n
                }
                for row in part.rows
            },
        )
        for name, part in parts.items()
    }


def public_figure(figure: Figure, how: Showing) -> PublicFigure | None:
    """A figure as far as it may be shown."""
    match how:
        case Showing.WITHHELD:
            return None
        case Showing.BOUNDED:
            return _bounded(figure)
        case Showing.WHOLE:
            return PublicFigure(
                n=rounded(figure.n),
                # Of numbers only their sum is known, and from that it may follow that all said the same: nought.
                mean=None if figure.mean is None or figure.kind == "number" else round(figure.mean, 1),
                share=None if figure.share is None else percent(figure.share),
                interval=None if figure.interval is None else _outwards(figure.interval),
                distribution={
                    choice: percent(share)
                    for choice, share in figure.distribution.items()
                    if figure.counts[choice] >= DISSENT
                },
                mean_interval=_outward_means(figure.mean_interval) if figure.mean_interval else None,
                **_weights(figure),
            )


def _weights(figure: Figure) -> Mapping[str, Any]:
    """What the weights do to a figure of many respondents."""
    if figure.n < WEIGHTS_TOLD or figure.unweighted is None:
        return {}
    if figure.kind == "scale":
        return {"effective_n": rounded(figure.effective_n), "unweighted": round(figure.unweighted, 1)}
    plain = percent(figure.unweighted)
    return {"effective_n": rounded(figure.effective_n), "unweighted": None if plain.bound else plain.value}


def alone(figure: Figure, minimum: int) -> PublicFigure | None:
    """A figure that stands by itself, in no table, as it may be shown."""
    if figure.n < minimum:
        return None
    safe = group(figure, figure.counts).safe(minimum)
    return public_figure(figure, Showing.WHOLE if safe else Showing.BOUNDED)


def public_change(since: int, difference: Difference, *, stands_out: bool) -> PublicChange:
    """A change between two figures that are both shown whole."""
    low, high = (100 * end / POINTS for end in (difference.low, difference.high))
    return PublicChange(
        since,
        POINTS * round(100 * difference.value / POINTS),
        POINTS * floor(low),
        POINTS * ceil(high),
        difference.clear,
        stands_out,
    )


def group(figure: Figure, choices: Collection[str]) -> Group:
    """The respondents behind a figure, as `suppression` looks at them. `choices` are all that anybody gave."""
    if figure.kind == "number":
        return Group(figure.n)
    if figure.kind == "choices":
        return Group(figure.n, tuple(figure.counts.get(choice, 0) for choice in sorted(choices)))
    wanted = SATISFIED if figure.kind == "scale" else YES
    part = sum(n for choice, n in figure.counts.items() if choice in wanted)
    return Group(figure.n, (part, figure.n - part))


def percent(share: float) -> Percent:
    """A share rounded to 5 points; nearly all and nearly nobody only as bounds."""
    if share >= NEARLY_ALL / 100:
        return Percent(NEARLY_ALL, "≥")
    if share <= NEARLY_NONE / 100:
        return Percent(NEARLY_NONE, "≤")
    return Percent(POINTS * round(share * 100 / POINTS))


def rounded(n: float) -> int:
    """A number of respondents rounded to 5."""
    return ROUNDED_TO * round(n / ROUNDED_TO)


def _showings(cards: Mapping[str, ReportCard], minimum: int) -> Mapping[Table, Mapping[str, Showing]]:
    """How much of every figure may be shown where. What follows on another's answers only where that is shown whole."""
    groups, after = _groups(cards), _after(cards)
    found: dict[Table, Mapping[str, Showing]] = {}

    def decide(table: Table) -> Mapping[str, Showing]:
        if table not in found:
            barred = [code for one in after[table] for code, how in decide(one).items() if how is not Showing.WHOLE]
            found[table] = showing(groups[table], minimum, small_teams=table[0] in SMALL_TEAMS, barred=barred)
        return found[table]

    return {table: decide(table) for table in groups}


def _after(cards: Mapping[str, ReportCard]) -> Mapping[Table, Collection[Table]]:
    """The figures on whose answers each figure follows, as far as they are about the same actor."""
    figures = {
        (row.actor, name): one for card in cards.values() for row in card.rows for name, one in row.figures.items()
    }
    return {
        (actor, name): [(actor, each) for each in figure.after if (actor, each) in figures]
        for (actor, name), figure in figures.items()
    }


def _groups(cards: Mapping[str, ReportCard]) -> dict[Table, dict[str, Group]]:
    """The respondents behind every figure, by table and by the name of the card."""
    figures: dict[Table, dict[str, Figure]] = defaultdict(dict)
    choices: dict[Table, set[str]] = defaultdict(set)
    for code, card in cards.items():
        for row in card.rows:
            for indicator, figure in row.figures.items():
                figures[row.actor, indicator][code] = figure
                choices[row.actor, indicator] |= figure.counts.keys()
    return {
        table: {code: group(figure, choices[table]) for code, figure in by_code.items()}
        for table, by_code in figures.items()
    }


def _safe_stratum(part: Group, minimum: int) -> bool:
    return part.safe(minimum) and part.dissent >= DISSENT_IN_STRATA


def _lost(total: Group, parts: Sequence[Group]) -> bool:
    """Whether rounded figures of a total and its parts leave open that the parts are all there is."""
    half = ROUNDED_TO // 2
    if rounded(total.n) - half > sum(rounded(part.n) + half for part in parts):
        return False
    return all(
        _shares(count, total.n)[0] * (rounded(total.n) - half)
        <= sum(_shares(part.counts[side], part.n)[1] * (rounded(part.n) + half) for part in parts)
        for side, count in enumerate(total.counts)
    )


def _shares(count: int, n: int) -> tuple[float, float]:
    """Between what shares `count` of `n` may lie, as far as the rounded one tells."""
    found = percent(count / n)
    margin = 0 if found.bound else POINTS / 2
    low, high = 0 if found.bound == "≤" else found.value - margin, 100 if found.bound == "≥" else found.value + margin
    return low / 100, high / 100


def _bounded(figure: Figure) -> PublicFigure:
    """A figure of which only so much is said: fewer than `DISSENT` respondents stand apart, or nobody does."""
    n = rounded(figure.n)
    if figure.kind == "choices":
        commonest = max(figure.counts, key=lambda choice: figure.counts[choice])
        return PublicFigure(n, None, None, None, {commonest: _nearly_all(figure.n)}, bounded=True)
    wanted = SATISFIED if figure.kind == "scale" else YES
    most = 2 * sum(count for choice, count in figure.counts.items() if choice in wanted) > figure.n
    bound = _nearly_all(figure.n) if most else _nearly_none(figure.n)
    ends = _outwards(statistics.wilson(bound.value / 100, min(n, figure.effective_n)))
    interval = (ends[0], Percent(100)) if most else (Percent(0), ends[1])
    return PublicFigure(n, None, bound, interval, bounded=True)


def _nearly_all(n: int) -> Percent:
    """«≥ 80 %»: as high as it is known to be if fewer than `DISSENT` of about `n` said otherwise."""
    return Percent(min(NEARLY_ALL, POINTS * floor(100 * (1 - (DISSENT - 1) / _fewest(n)) / POINTS)), "≥")


def _nearly_none(n: int) -> Percent:
    """«≤ 20 %»: as low as it is known to be if fewer than `DISSENT` of about `n` said so."""
    return Percent(max(NEARLY_NONE, POINTS * ceil(100 * (DISSENT - 1) / _fewest(n) / POINTS)), "≤")


def _fewest(n: int) -> int:
    """The fewest respondents that a published number of them may stand for."""
    return rounded(n) - ROUNDED_TO // 2


def _outwards(interval: Interval) -> tuple[Percent, Percent]:
    low, high = 100 * interval.low / POINTS, 100 * interval.high / POINTS
    return Percent(POINTS * floor(low)), Percent(POINTS * ceil(high))


def _outward_means(interval: Interval) -> tuple[float, float]:
    return max(WORST, floor(10 * interval.low) / 10), min(BEST, ceil(10 * interval.high) / 10)


def _began(asked: Participation) -> Group:
    return Group(asked.invited, (asked.started, asked.invited - asked.started))


def _reached(asked: Participation) -> Group:
    return Group(asked.invited, (asked.unreachable, asked.invited - asked.unreachable))


def _rate(asked: Participation, how: Showing) -> Percent | None:
    rate = asked.response_rate
    if rate is None or how is Showing.WITHHELD:
        return None
    if how is Showing.WHOLE:
        return percent(rate)
    return _nearly_all(asked.invited) if rate > 1 / 2 else _nearly_none(asked.invited)


def _figure(data: Mapping[str, Any]) -> PublicFigure:
    interval, means, change = data["interval"], data["mean_interval"], data["change"]
    return PublicFigure(
        **{
            **data,
            "share": _percent(data["share"]),
            "interval": interval and (Percent(*interval[0]), Percent(*interval[1])),
            "distribution": {choice: Percent(*found) for choice, found in data["distribution"].items()},
            "mean_interval": means and (means[0], means[1]),
            "change": change and PublicChange(**change),
        }
    )


def _percent(data: Sequence[Any] | None) -> Percent | None:
    return None if data is None else Percent(*data)


def _plain(value: Any) -> Any:
    """What is stored of a part of a card; there are many shares, so they are pairs."""
    if isinstance(value, Percent):
        return [value.value, value.bound]
    return {name: getattr(value, name) for name in value.__dataclass_fields__}
