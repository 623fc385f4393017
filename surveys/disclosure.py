"""Disclosure control: what may be shown of figures without giving anybody away. Pure.

In public, a figure stands on at least `MINIMUM` respondents; shares are rounded to 5 points and numbers of
respondents to 5; a share near 0 or 1 is shown as «≤ 5 %» or «≥ 95 %», because «all of them» tells what each
one said. A figure that could be had by subtracting others from their total is withheld too (complementary
suppression: L. H. Cox, JASA 75, 1980), over the country, its departments and their municipalities. Staff see
figures as they are, on as many respondents, but they move only in steps of `STEP` respondents, so that no two
looks differ by one person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from surveys.figures import Actor, Figure, ReportCard

MINIMUM = 10
STEP = 10
POINTS = 5
ROUNDED_TO = 5
NEARLY_ALL, NEARLY_NONE = 95, 5

SMALL_TEAMS = frozenset({"gestor"})
"""Actors who may be one person in a municipality: shown in public from the department upward."""

DEPARTMENT, MUNICIPALITY = 2, 5
"""Lengths of the codes of territories; the country's is empty."""

Cell: TypeAlias = tuple[str, str, str]
"""Territory, actor, indicator."""


@dataclass(frozen=True, slots=True)
class Percent:
    """A share in whole percent, rounded to 5. `bound` is '≥' or '≤' where it stands for all or for none."""

    value: int
    bound: str = ""


@dataclass(frozen=True, slots=True)
class PublicFigure:
    """A figure as anybody may see it. `n` is rounded to 5, `mean` to one decimal."""

    n: int
    mean: float | None
    share: Percent | None
    interval: tuple[Percent, Percent] | None
    distribution: Mapping[str, Percent]


@dataclass(frozen=True, slots=True)
class PublicCard:
    """A report card as anybody may see it: actor → indicator → figure, None where too few answered.

    `invited`, `unreachable` and `started` are rounded to 5; `response_rate` is None below the minimum.
    """

    wave_id: int
    territory: str
    actors: Mapping[str, Mapping[str, PublicFigure | None]]
    invited: int
    unreachable: int
    started: int
    response_rate: Percent | None

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads back: the form in which a publication is kept."""
        return {
            "wave_id": self.wave_id,
            "territory": self.territory,
            "actors": {
                actor: {name: found and _figure_to_json(found) for name, found in figures.items()}
                for actor, figures in self.actors.items()
            },
            "invited": self.invited,
            "unreachable": self.unreachable,
            "started": self.started,
            "response_rate": self.response_rate and _percent_to_json(self.response_rate),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "PublicCard":
        """A card from what `to_json` gave."""
        rate = data["response_rate"]
        return cls(
            wave_id=data["wave_id"],
            territory=data["territory"],
            actors={
                actor: {name: found and _figure_from_json(found) for name, found in figures.items()}
                for actor, figures in data["actors"].items()
            },
            invited=data["invited"],
            unreachable=data["unreachable"],
            started=data["started"],
            response_rate=rate and Percent(*rate),
        )


def public_table(cards: Mapping[str, ReportCard], minimum: int = MINIMUM) -> Mapping[str, PublicCard]:
    """All report cards of a wave as they may be published together, by territory."""
    n = {
        (territory, row.actor, indicator): figure.n
        for territory, card in cards.items()
        for row in card.rows
        for indicator, figure in row.figures.items()
    }
    withheld = suppressed(n, minimum)
    return {territory: _public_card(card, withheld, minimum) for territory, card in cards.items()}


def public(card: ReportCard, minimum: int = MINIMUM) -> PublicCard:
    """One report card as it may be published if no other ever is."""
    return public_table({card.territory: card}, minimum)[card.territory]


def staff(current: ReportCard, shown: ReportCard | None, minimum: int = MINIMUM, step: int = STEP) -> ReportCard:
    """What staff see of a wave under way: each figure as it was `shown` until `step` more people stand behind it.

    Figures of fewer than `minimum` respondents are left out.
    """
    rows = []
    for row in current.rows:
        before = shown and shown.row(row.actor)
        figures = {
            indicator: _stepped(figure, before.figures.get(indicator) if before else None, step)
            for indicator, figure in row.figures.items()
            if figure.n >= minimum
        }
        if figures:
            rows.append(Actor(row.actor, figures))
    return replace(current, rows=tuple(rows))


def suppressed(n: Mapping[Cell, int], minimum: int = MINIMUM) -> frozenset[Cell]:
    """The cells to withhold: too small ones, and those without which a small one could be worked out."""
    tables: dict[tuple[str, str], dict[str, int]] = {}
    for (territory, actor, indicator), count in n.items():
        tables.setdefault((actor, indicator), {})[territory] = count
    return frozenset(
        (territory, actor, indicator)
        for (actor, indicator), counts in tables.items()
        for territory in counts.keys() - _shown(counts, minimum, actor in SMALL_TEAMS)
    )


def percent(share: float) -> Percent:
    """A share rounded to 5 points; nearly all and nearly nobody only as bounds."""
    rounded = POINTS * round(share * 100 / POINTS)
    if rounded >= NEARLY_ALL:
        return Percent(NEARLY_ALL, "≥")
    if rounded <= NEARLY_NONE:
        return Percent(NEARLY_NONE, "≤")
    return Percent(rounded)


def rounded(n: int) -> int:
    """A number of respondents rounded to 5."""
    return ROUNDED_TO * round(n / ROUNDED_TO)


def _shown(counts: Mapping[str, int], minimum: int, small_team: bool) -> set[str]:
    """The territories whose figure may be shown.

    Territories lie within each other, so all that can be worked out by adding and subtracting is made of
    pieces: a territory that is shown less the largest shown ones within it. Each piece must be empty, or have
    `minimum` respondents in at least two municipalities. While one does not, the smallest territory next to
    it is withheld.
    """
    shown = {
        territory
        for territory, count in counts.items()
        if count >= minimum and not (small_team and len(territory) == MUNICIPALITY)
    }
    while True:
        for total in sorted(shown, key=len, reverse=True):
            if len(total) == MUNICIPALITY:
                continue
            parts = _largest_within(total, shown)
            rest = counts[total] - sum(counts[part] for part in parts)
            municipalities = sum(
                len(territory) == MUNICIPALITY and territory.startswith(total) and not territory.startswith(parts)
                for territory in counts
            )
            if rest and (rest < minimum or municipalities < 2):
                shown.remove(min(parts, key=lambda part: (counts[part], part), default=total))
                break
        else:
            return shown


def _largest_within(total: str, shown: set[str]) -> tuple[str, ...]:
    """The shown territories within `total` that lie within no other of them."""
    below = [territory for territory in shown if territory.startswith(total) and territory != total]
    departments = tuple(territory for territory in below if len(territory) == DEPARTMENT)
    return departments + tuple(
        territory for territory in below if len(territory) == MUNICIPALITY and not territory.startswith(departments)
    )


def _stepped(current: Figure, before: Figure | None, step: int) -> Figure:
    return current if before is None or abs(current.n - before.n) >= step else before


def _public_card(card: ReportCard, withheld: frozenset[Cell], minimum: int) -> PublicCard:
    asked = card.participation
    rate = asked.response_rate
    return PublicCard(
        wave_id=card.wave_id,
        territory=card.territory,
        actors={
            row.actor: {
                indicator: None if (card.territory, row.actor, indicator) in withheld else _public_figure(figure)
                for indicator, figure in row.figures.items()
            }
            for row in card.rows
        },
        invited=rounded(asked.invited),
        unreachable=rounded(asked.unreachable),
        started=rounded(asked.started),
        response_rate=None if rate is None or asked.started < minimum else percent(rate),
    )


def _public_figure(figure: Figure) -> PublicFigure:
    interval = figure.interval
    return PublicFigure(
        n=rounded(figure.n),
        mean=None if figure.mean is None else round(figure.mean, 1),
        share=None if figure.share is None else percent(figure.share),
        interval=None if interval is None else (percent(interval.low), percent(interval.high)),
        distribution={choice: percent(share) for choice, share in figure.distribution.items()},
    )


def _percent_to_json(found: Percent) -> list[Any]:
    return [found.value, found.bound]


def _figure_to_json(figure: PublicFigure) -> dict[str, Any]:
    return {
        "n": figure.n,
        "mean": figure.mean,
        "share": figure.share and _percent_to_json(figure.share),
        "interval": figure.interval and [_percent_to_json(end) for end in figure.interval],
        "distribution": {choice: _percent_to_json(share) for choice, share in figure.distribution.items()},
    }


def _figure_from_json(data: Mapping[str, Any]) -> PublicFigure:
    share, interval = data["share"], data["interval"]
    return PublicFigure(
        n=data["n"],
        mean=data["mean"],
        share=share and Percent(*share),
        interval=interval and (Percent(*interval[0]), Percent(*interval[1])),
        distribution={choice: Percent(*found) for choice, found in data["distribution"].items()},
    )
