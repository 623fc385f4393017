"""Which figures of a table may be shown together, so that no group of few people can be worked out. Pure.

What can be worked out of figures of territories that lie within each other are their sums and differences. Every
group of respondents that such a difference can isolate is therefore made safe in truth: it has `minimum` respondents,
and at least `DISSENT` of them answered otherwise than the rest. Then nobody can
conclude from the figures what each one in the group said, because it is not so, however exact the figures are and
whatever else is known of the other groups. (Complementary suppression: L. H. Cox, JASA 75, 1980; the rule on dissent
is l-diversity for two answers: A. Machanavajjhala et al., ACM TKDD 1, 2007.)
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Self

MINIMUM = 10
"""Fewest respondents behind a figure, unless the setting says otherwise."""

DISSENT_IN_STRATA = 5
"""The same in a part by zone or channel: parts lie across territories, so more is left to doubt than within one."""

DISSENT = 3
"""Fewest who must have answered otherwise: one of them who knows the own answer still knows nothing of the others."""

DEPARTMENT, MUNICIPALITY = 2, 5
"""Lengths of the codes of territories; the country's is empty."""


class Showing(Enum):
    """How much of a figure may be shown."""

    WHOLE = "whole"
    BOUNDED = "bounded"
    """Nearly all answered the same: only that nearly all did, not whether all did."""
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Group:
    """Respondents behind a figure, and how many of them gave each answer that could give them away.

    `counts` are the satisfied and the others, those who said yes and the others, or those who chose each choice;
    empty where everybody may have said something else, as with a number.
    """

    n: int = 0
    counts: tuple[int, ...] = ()

    def __add__(self, other: Self) -> "Group":
        return Group(self.n + other.n, _added(self.counts, other.counts, 1))

    def __sub__(self, other: Self) -> "Group":
        return Group(self.n - other.n, _added(self.counts, other.counts, -1))

    @property
    def dissent(self) -> int:
        """How many did not give the commonest answer."""
        return self.n - max(self.counts, default=0)

    def safe(self, minimum: int) -> bool:
        """Whether this group may be known by its figures."""
        return self.n >= minimum and self.dissent >= DISSENT


def showing(
    groups: Mapping[str, Group], minimum: int, *, small_teams: bool = False, barred: Collection[str] = ()
) -> Mapping[str, Showing]:
    """How much to show of one figure in each territory, so that all may be shown together.

    `groups` holds every territory with respondents. `small_teams`: those rated may be one person in a municipality.
    `barred` territories are withheld whatever the figure is, and all the same if they have no respondents: then it
    cannot be told from the rest whether they have.
    """
    withheld = {*barred, *(code for code in groups if small_teams and len(code) == MUNICIPALITY)}
    large = {code for code, group in groups.items() if group.n >= minimum and code not in withheld}
    whole = {code for code in large if groups[code].safe(minimum)}
    bounded = large - whole
    concerned = {code: group for code, group in groups.items() if group.n} | {
        code: groups.get(code, Group()) for code in barred
    }
    for total in sorted(groups, key=lambda code: (-len(code), code)):
        _protect(total, concerned, whole, bounded, minimum, fewest=2 if small_teams else 1)
    return {
        code: Showing.WHOLE if code in whole else Showing.BOUNDED if code in bounded else Showing.WITHHELD
        for code in groups
    }


def _protect(
    total: str, groups: Mapping[str, Group], whole: set[str], bounded: set[str], minimum: int, fewest: int
) -> None:
    """Withhold territories within `total`, the smallest first, and at last itself, until nothing follows from it.

    A total tells of the municipalities that are `hidden`, in no part that is shown: together they must be safe. Where
    none is hidden, but some are only bounded, their exact answers would follow. `fewest` municipalities must be hidden,
    if any are. Municipalities have no parts, and departments are seen to before the country.
    """
    if len(total) == MUNICIPALITY:
        return
    while total in whole or total in bounded:
        hidden = _outside(_largest_within(total, whole | bounded), total, groups)
        parts = _largest_within(total, whole)
        if total in bounded:
            if not hidden or (len(hidden) >= fewest and _together(hidden, groups).n >= minimum):
                return
            bounded.remove(total)
            continue
        if hidden:
            telling = len(hidden) < fewest or not _together(hidden, groups).safe(minimum)
        else:
            telling = bool(_outside(parts, total, groups))
        if not telling:
            return
        whole.remove(min(parts, key=lambda code: (groups[code].n, code), default=total))


def _outside(parts: tuple[str, ...], total: str, groups: Mapping[str, Group]) -> list[str]:
    """The municipalities within a total that lie in none of these parts."""
    return [
        code
        for code, group in groups.items()
        if len(code) == MUNICIPALITY and code.startswith(total) and not code.startswith(parts)
    ]


def _together(codes: Iterable[str], groups: Mapping[str, Group]) -> Group:
    return sum((groups[code] for code in codes), Group())


def _largest_within(total: str, shown: set[str]) -> tuple[str, ...]:
    """The shown territories within `total` that lie within no other of them."""
    below = [code for code in shown if code.startswith(total) and code != total]
    departments = tuple(code for code in below if len(code) == DEPARTMENT)
    return departments + tuple(code for code in below if len(code) == MUNICIPALITY and not code.startswith(departments))


def _added(one: tuple[int, ...], other: tuple[int, ...], sign: int) -> tuple[int, ...]:
    if not one or not other:
        return one or tuple(sign * count for count in other)
    return tuple(a + sign * b for a, b in zip(one, other, strict=True))
