"""The attacker: knows the rules, reads everything that was published, and searches for what must be so.

Cell are whole numbers: how many gave each mark in each cell. What was published says what they add up to. The
attacker is given more than is published: of every figure that is shown whole, the exact number of each mark. What
holds in every solution is derived; a mixed-integer programme finds the solutions at the ends.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp  # type: ignore[import-untyped]
from scipy.sparse import csr_array  # type: ignore[import-untyped]

from surveys import disclosure
from surveys.disclosure import Percent, PublicFigure
from surveys.suppression import DISSENT, MINIMUM

Cell: TypeAlias = tuple[Any, ...]
"""What people are told apart by: municipality, zone, and what they answered; marks stand third."""

Row: TypeAlias = NDArray[np.float64]

SATISFIED = (4, 5)
MANY = 10_000
SLACK = 1e-6
"""For errors of rounding in the programme itself."""
HALF = 0.05
"""Half of the last decimal of a mean."""


class Attacker:
    """Gathers equations about numbers of people, by whatever they are told apart: place, zone, what they answered."""

    def __init__(self, unknowns: Iterable[Cell], dissent: int = DISSENT) -> None:
        self.dissent = dissent
        self.unknowns = list(unknowns)
        self.rows: list[Row] = []
        self.low: list[float] = []
        self.high: list[float] = []

    def learn_answers(
        self,
        asked: Callable[[Cell], bool],
        gave: Callable[[Cell, str], bool],
        figure: PublicFigure | None,
        yes: str = "si",
        exactly: int | None = None,
    ) -> None:
        """Take in a published figure of those `asked`.

        `gave` tells who gave which answer, `yes` is the answer that the share is of. Where figures are weighted, the
        share is not one of people: the attacker is told instead `exactly` how many gave `yes` in a whole figure.
        """
        if figure is None:
            return
        everybody = self._sum(asked)
        self._add(everybody, max(MINIMUM, figure.n - 2), figure.n + 2)
        shares = {yes: figure.share} if figure.share and not figure.distribution else figure.distribution
        for choice, share in shares.items():
            chosen = self._sum(lambda one, choice=choice: asked(one) and gave(one, choice))  # type: ignore[misc]
            if figure.bounded:
                self._add(everybody - chosen if share.bound == "≥" else chosen, 0, self.dissent - 1)
                continue
            self._add(everybody - chosen, self.dissent, MANY)
            if exactly is None:
                self._learn_share(chosen, everybody, share)
            else:
                self._add(chosen, max(self.dissent, exactly), exactly)

    def learn(
        self, within: Callable[[Cell], bool], figure: PublicFigure | None, exactly: Mapping[int, int] | None = None
    ) -> None:
        """Take in a published figure of the answers `within`.

        The attacker may be given more than is published: `exactly` how many gave each mark. Of that they learn how
        many answered, and how many are satisfied where the figure is whole.
        """
        if figure is None:
            return
        self._learn_number(within, figure, exactly)
        if figure.bounded:
            self._learn_bounds(within, figure)
        else:
            self._learn_shares(within, figure, exactly)

    def _learn_number(
        self, within: Callable[[Cell], bool], figure: PublicFigure, exactly: Mapping[int, int] | None
    ) -> None:
        if exactly is None:
            self.know(within, max(MINIMUM, figure.n - 2), figure.n + 2)
        else:
            self.know(within, sum(exactly.values()), sum(exactly.values()))

    def _learn_shares(
        self, within: Callable[[Cell], bool], figure: PublicFigure, exactly: Mapping[int, int] | None
    ) -> None:
        satisfied = self._sum(lambda one: within(one) and one[2] in SATISFIED)
        everybody = self._sum(within)
        assert figure.share is not None
        assert figure.mean is not None
        self._learn_share(satisfied, everybody, figure.share)
        self._add(satisfied, self.dissent, MANY)
        self._add(everybody - satisfied, self.dissent, MANY)
        if exactly is not None:
            there = sum(exactly[mark] for mark in SATISFIED)
            self._add(satisfied, there, there)
        marks = np.array([one[2] if within(one) else 0 for one in self.unknowns], float)
        self._add(marks - (figure.mean - HALF) * everybody, 0, MANY)
        self._add((figure.mean + HALF) * everybody - marks, 0, MANY)
        for mark in {one[2] for one in self.unknowns}:
            chosen = self._sum(lambda one, mark=mark: within(one) and one[2] == mark)  # type: ignore[misc]
            if share := figure.distribution.get(str(mark)):
                self._learn_share(chosen, everybody, share)
            elif self.dissent and figure.distribution:
                self._add(chosen, 0, self.dissent - 1)

    def _learn_share(self, part: Row, whole: Row, share: Percent) -> None:
        rounding = 0 if share.bound else disclosure.POINTS / 2
        low = 0 if share.bound == "≤" else (share.value - rounding) / 100
        high = 1 if share.bound == "≥" else (share.value + rounding) / 100
        self._add(part - low * whole, 0, MANY)
        self._add(high * whole - part, 0, MANY)

    def _learn_bounds(self, within: Callable[[Cell], bool], figure: PublicFigure) -> None:
        assert figure.share is not None
        most = figure.share.bound == "≥"
        self.know(lambda one: within(one) and (one[2] in SATISFIED) is not most, 0, self.dissent - 1)

    def learn_share(self, part: Callable[[Cell], bool], whole: Callable[[Cell], bool], share: Percent) -> None:
        """Take in the share of a part in a whole."""
        self._learn_share(self._sum(part), self._sum(whole), share)

    def know(self, within: Callable[[Cell], bool], low: float, high: float) -> None:
        """Take in how many answers there are among some."""
        self._add(self._sum(within), low, high)

    def most(self, within: Callable[[Cell], bool]) -> int:
        """The most answers that there may be among these."""
        return self._solve(-self._sum(within))

    def fewest(self, within: Callable[[Cell], bool]) -> int:
        """The fewest answers that there may be among these."""
        return self._solve(self._sum(within))

    def _sum(self, within: Callable[[Cell], bool]) -> Row:
        return np.array([float(within(one)) for one in self.unknowns])

    def _add(self, row: Row, low: float, high: float) -> None:
        self.rows.append(row)
        self.low.append(low - SLACK)
        self.high.append(high + SLACK)

    def _solve(self, objective: Row) -> int:
        known = [LinearConstraint(csr_array(np.array(self.rows)), self.low, self.high)] if self.rows else []
        found = milp(objective, constraints=known, integrality=np.ones(len(objective)), bounds=Bounds(0, MANY))
        assert found.success, found.message  # the truth is always a solution
        return abs(round(float(found.fun)))


def gives_away(
    attacker: Attacker,
    within: Callable[[Cell], bool],
    truth: Mapping[int, int],
    insiders: int,
) -> str:
    """What follows about the marks `within`, in words; '' if nothing that may not be known: see `unmasked`."""
    satisfied = sum(truth[mark] for mark in SATISFIED)
    counts = satisfied, sum(truth.values()) - satisfied
    return unmasked(attacker, within, lambda one: one[2] in SATISFIED, counts, insiders).format("satisfied")


def unmasked(
    attacker: Attacker,
    within: Callable[[Cell], bool],
    gave: Callable[[Cell], bool],
    truth: tuple[int, int],
    insiders: int,
    *,
    number: bool = True,
) -> str:
    """What follows about an answer of those `within`, in words; '' if nothing that may not be known.

    That there are some, but too few, where their `number` may not be known; or how many of these few gave the answer;
    or that all gave it, or none, save perhaps `insiders`, who know their own answers. `truth`: how many gave it and how
    many did not. What is not so cannot follow, and is not searched for.
    """
    n = sum(truth)
    if not n or (n >= MINIMUM and min(truth) > insiders) or attacker.fewest(within) == 0:
        return ""
    if n < MINIMUM and attacker.most(within) < MINIMUM:
        if number:
            return f"there are fewer than {MINIMUM}"
        if all(
            attacker.fewest(part) == attacker.most(part) for part in (within, lambda one: within(one) and gave(one))
        ):
            return f"{truth[0]} of fewer than {MINIMUM} are {{}}"
    if min(truth) > insiders:
        return ""
    gave_it = attacker.most(lambda one: within(one) and gave(one))
    did_not = attacker.most(lambda one: within(one) and not gave(one))
    if min(gave_it, did_not) > insiders:
        return ""
    return f"{'everybody' if gave_it > did_not else 'nobody'} is {{}}"
