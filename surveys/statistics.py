"""The statistics behind every figure. Pure; sums in, figures out.

Weights are inverses of the probability of being asked, so weighted figures speak of all who could have been
asked (D. G. Horvitz, D. J. Thompson, JASA 47, 1952; the mean is Hájek's ratio, which needs no population
size).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erfc, sqrt

Z95 = 1.959963984540054
"""The 97.5th percentile of the standard normal distribution: two-sided 95 % intervals."""


FEWEST_FOR_A_MEAN = 30
COCHRAN = 25
"""An interval for a mean is given from so many answers on, and from so many times their squared skewness: the rule of
W. G. Cochran (Sampling Techniques, 3rd ed., 1977, 2.15). `python -m bench.coverage` shows where it holds for marks.
"""

FALSE_DISCOVERIES = 0.05
WIDEST, HALVINGS = 8.0, 30
"""So many standard deviations wide an interval gets while its p-value is looked for, in so many steps."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval of a share, both ends between 0 and 1, or of a mean."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How much a share changed, -1…1, with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the change is more than chance alone would bring: 0 lies outside the interval."""
        return self.low > 0 or self.high < 0


def effective_n(weight: float, weight2: float) -> float:
    """How many equally weighted answers tell as much: (Σw)² / Σw² (L. Kish, Survey Sampling, 1965, 11.7)."""
    return weight * weight / weight2 if weight2 else 0.0


def share(part: float, whole: float) -> float | None:
    """`part` of `whole`, both sums of weights; None where there is nothing to share."""
    return part / whole if whole else None


def wilson(share: float, n: float, z: float = Z95) -> Interval:
    """The score interval of a share seen in `n` answers (E. B. Wilson, JASA 22, 1927).

    It holds its coverage where few answered and where all said the same, and stays within 0…1. `n` may be an
    effective number of answers, hence not whole. With no answer at all it says nothing: 0…1.
    """
    if n <= 0:
        return Interval(0.0, 1.0)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # Bounded by the share too: at 0 and 1 the ends differ from it by an error of rounding.
    return Interval(min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half)))


def mean(weights: Mapping[int, float]) -> float | None:
    """The mean of a scale whose marks have these sums of weights; None if nobody gave a mark."""
    whole = sum(weights.values())
    return sum(mark * weight for mark, weight in weights.items()) / whole if whole else None


def mean_interval(weights: Mapping[int, float], n: float) -> Interval | None:
    """Student's interval of the mean of marks, of `n` answers or as many as they are worth.

    None where it is not known to cover: where few answered, or nearly all the same, or some very differently from all
    others. The marks' weights are as in `mean`; the interval stays between the lowest and the highest possible mark
    only as far as the marks themselves do.
    """
    centre, whole = mean(weights), sum(weights.values())
    if centre is None or n < FEWEST_FOR_A_MEAN:
        return None
    second, third = (
        sum(weight * (mark - centre) ** power for mark, weight in weights.items()) / whole for power in (2, 3)
    )
    if second <= 0 or third * third * COCHRAN > n * second**3:
        return None
    half = _student(n - 1) * sqrt(second / (n - 1))
    return Interval(centre - half, centre + half)


def difference(before: float, n_before: float, after: float, n_after: float) -> Difference:
    """The change from one share to another, independent one: Newcombe's hybrid score interval.

    R. G. Newcombe, Statistics in Medicine 17, 1998, method 10: made of the two Wilson intervals, so it too holds
    where few answered and where all said the same.
    """
    return combined(before, wilson(before, n_before), after, wilson(after, n_after))


def combined(before: float, first: Interval, after: float, second: Interval) -> Difference:
    """`difference` of two shares of which the intervals are known, but not how many answered."""
    value = after - before
    low = value - sqrt((after - second.low) ** 2 + (first.high - before) ** 2)
    high = value + sqrt((second.high - after) ** 2 + (before - first.low) ** 2)
    return Difference(value, low, high)


def p_value(before: float, n_before: float, after: float, n_after: float) -> float:
    """How likely chance alone brings as great a change: 1 less the level at which `difference` would just reach 0."""
    low, high = 0.0, WIDEST
    for _ in range(HALVINGS):
        z = (low + high) / 2
        found = combined(before, wilson(before, n_before, z), after, wilson(after, n_after, z))
        low, high = (z, high) if found.clear else (low, z)
    return erfc(low / sqrt(2))


def discoveries(p_values: Sequence[float], rate: float = FALSE_DISCOVERIES) -> list[bool]:
    """Which of many changes stand out, so that no more than `rate` of these are chance, on average.

    Of a thousand places where nothing changed, fifty lie outside their 95 % interval: a list of changes asks for more.
    Y. Benjamini, Y. Hochberg, JRSS B 57, 1995; it holds for figures that go together, as a department's and its
    municipalities', too (Y. Benjamini, D. Yekutieli, Annals of Statistics 29, 2001).
    """
    kept = [p for rank, p in enumerate(sorted(p_values), 1) if p <= rate * rank / len(p_values)]
    return [bool(kept) and p <= kept[-1] for p in p_values]


def _student(freedom: float) -> float:
    """The 97.5th percentile of Student's t, right to three places from 29 degrees of freedom on.

    M. Abramowitz, I. Stegun, Handbook of Mathematical Functions, 1964, 26.7.5.
    """
    z = Z95
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    return z + first / freedom + second / freedom**2
