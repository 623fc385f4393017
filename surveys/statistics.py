"""The statistics behind every figure. Pure; sums in, figures out.

Weights are inverses of the probability of being asked, so weighted figures speak of all who could have been
asked (D. G. Horvitz, D. J. Thompson, JASA 47, 1952; the mean is Hájek's ratio, which needs no population
size).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

Z95 = 1.959963984540054
"""The 97.5th percentile of the standard normal distribution: two-sided 95 % intervals."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval of a share, both ends between 0 and 1."""

    low: float
    high: float


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
