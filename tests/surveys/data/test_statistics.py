"""Statistics against independent implementations, and by simulation."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom  # type: ignore[import-untyped]
from statsmodels.stats.proportion import proportion_confint  # type: ignore[import-untyped]
from statsmodels.stats.weightstats import DescrStatsW  # type: ignore[import-untyped]

from surveys import statistics
from surveys.figures import Measure, Sums, figure
from surveys.statistics import Interval


@given(st.integers(1, 2_000), st.data())
def test_wilson_agrees_with_statsmodels(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    found = statistics.wilson(successes / n, n)
    low, high = proportion_confint(successes, n, method="wilson")
    assert found.low == pytest.approx(low, abs=1e-12)
    assert found.high == pytest.approx(high, abs=1e-12)


def test_wilson_without_answers_says_nothing() -> None:
    assert statistics.wilson(0.0, 0) == Interval(0.0, 1.0)


@pytest.mark.parametrize("n", [30, 50, 100, 400])
def test_wilson_covers_what_it_promises(n: int) -> None:
    """Exact coverage over all outcomes: 95 ± 1.5 % on average over p, and never under 90 % from n = 30."""
    successes = np.arange(n + 1)
    intervals = [statistics.wilson(x / n, n) for x in successes]
    low, high = np.array([i.low for i in intervals]), np.array([i.high for i in intervals])
    shares = np.linspace(0.02, 0.98, 193)
    coverage = [binom.pmf(successes, n, p)[(low <= p) & (p <= high)].sum() for p in shares]
    assert np.mean(coverage) == pytest.approx(0.95, abs=0.015)
    assert min(coverage) >= 0.90


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 40)), min_size=1, max_size=60))
def test_weighted_figures_agree_with_statsmodels(answers: list[tuple[int, int]]) -> None:
    marks, weights = zip(*answers, strict=True)
    sums = {"": Sums(len(marks), sum(weights), sum(w * w for w in weights))}
    for mark, weight in answers:
        so_far = sums.get(str(mark), Sums())
        sums[str(mark)] = Sums(so_far.n + 1, so_far.weight + weight, so_far.weight2 + weight * weight)
    found = figure(Measure("nota", "grade", "scale"), sums)
    reference = DescrStatsW(marks, weights=weights)
    satisfied = DescrStatsW([mark >= 4 for mark in marks], weights=weights)
    assert found.n == len(marks)
    assert found.mean == pytest.approx(reference.mean)
    assert found.unweighted == pytest.approx(np.mean(marks))
    assert found.share == pytest.approx(satisfied.mean)
    assert found.effective_n == pytest.approx(sum(weights) ** 2 / sum(w * w for w in weights))
    assert found.share is not None
    assert found.interval is not None
    assert found.interval.low <= found.share <= found.interval.high


def test_equal_weights_lose_nothing() -> None:
    assert statistics.effective_n(weight=30 * 2.5, weight2=30 * 2.5**2) == pytest.approx(30)


def test_a_figure_nobody_answered_is_empty() -> None:
    empty = figure(Measure("nota", "grade", "scale"), {})
    assert (empty.n, empty.mean, empty.share, empty.interval, empty.distribution) == (0, None, None, None, {})


def test_more_answers_narrow_the_interval() -> None:
    widths = [i.high - i.low for i in (statistics.wilson(0.7, n) for n in (10, 40, 160, 640))]
    assert all(wide > narrow for wide, narrow in pairwise(widths))
