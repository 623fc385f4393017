"""Statistics against independent implementations, and by simulation."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom  # type: ignore[import-untyped]
from statsmodels.stats.multitest import multipletests  # type: ignore[import-untyped]
from statsmodels.stats.proportion import (  # type: ignore[import-untyped]
    confint_proportions_2indep,
    proportion_confint,
)
from statsmodels.stats.weightstats import DescrStatsW  # type: ignore[import-untyped]

from bench.coverage import coverage, shapes
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


@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_newcombe_agrees_with_statsmodels(n_before: int, n_after: int, data: st.DataObject) -> None:
    before, after = data.draw(st.integers(0, n_before)), data.draw(st.integers(0, n_after))
    found = statistics.difference(before / n_before, n_before, after / n_after, n_after)
    low, high = confint_proportions_2indep(after, n_after, before, n_before, method="newcomb", compare="diff")
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)


def test_newcombe_agrees_with_his_own_table() -> None:
    """R. G. Newcombe, Statistics in Medicine 17, 1998, table II, (a): 56/70 against 48/80, method 10."""
    found = statistics.difference(48 / 80, 80, 56 / 70, 70)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    assert found.clear


def test_a_change_that_chance_may_bring_is_not_clear() -> None:
    assert not statistics.difference(0.5, 20, 0.6, 20).clear
    assert statistics.difference(0.5, 800, 0.6, 800).clear


@given(st.integers(5, 500), st.integers(5, 500), st.data())
def test_a_p_value_is_where_the_interval_reaches_nought(n_before: int, n_after: int, data: st.DataObject) -> None:
    before, after = data.draw(st.integers(0, n_before)), data.draw(st.integers(0, n_after))
    p = statistics.p_value(before / n_before, n_before, after / n_after, n_after)
    if before / n_before == after / n_after:
        assert p == pytest.approx(1)
    elif p > 1e-9:
        low, high = confint_proportions_2indep(
            after, n_after, before, n_before, method="newcomb", compare="diff", alpha=p
        )
        assert min(abs(low), abs(high)) == pytest.approx(0, abs=1e-6)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_what_stands_out_agrees_with_statsmodels(p_values: list[float]) -> None:
    assert statistics.discoveries(p_values) == list(multipletests(p_values, 0.05, method="fdr_bh")[0])


def test_nothing_stands_out_of_nothing() -> None:
    assert statistics.discoveries([]) == []


def test_of_many_changes_those_that_are_only_chance_do_not_stand_out() -> None:
    """A thousand places where nothing changed, and fifty where 20 points more are satisfied, 150 answers in each."""
    random, n = np.random.default_rng(7), 150
    changes = [0.0] * 1_000 + [0.2] * 50
    before, after = random.binomial(n, 0.6, 1_050) / n, random.binomial(n, 0.6 + np.array(changes)) / n
    pairs = list(zip(before, after, strict=True))
    assert sum(statistics.difference(a, n, b, n).clear for a, b in pairs[:1_000]) > 30
    found = statistics.discoveries([statistics.p_value(a, n, b, n) for a, b in pairs])
    assert sum(found[:1_000]) <= 3
    assert sum(found[1_000:]) >= 35


@pytest.mark.parametrize("n", [30, 100, 400])
def test_newcombe_covers_what_it_promises(n: int) -> None:
    """By simulation: 95 ± 1.5 % on average over pairs of shares, and never under 90 %."""
    random = np.random.default_rng(7)
    covered = []
    for p, q in random.uniform(0.05, 0.95, (60, 2)):
        first, second = random.binomial(n, p, 400) / n, random.binomial(n, q, 400) / n
        found = [statistics.difference(a, n, b, n) for a, b in zip(first, second, strict=True)]
        covered.append(np.mean([one.low <= q - p <= one.high for one in found]))
    assert np.mean(covered) == pytest.approx(0.95, abs=0.015)
    assert min(covered) >= 0.90


@pytest.mark.parametrize("n", [30, 100, 400])
def test_the_interval_of_a_mean_covers_where_it_is_given(n: int) -> None:
    found = [coverage(shape, n, draws=400) for _, shape in shapes()]
    looked = [held for given_in, held in found if given_in >= 0.5]
    assert len(looked) >= 20
    assert np.mean(looked) == pytest.approx(0.95, abs=0.015)
    assert min(looked) >= 0.90


@pytest.mark.parametrize(
    "marks",
    [
        pytest.param({1: 10, 5: 19}, id="too few"),
        pytest.param({5: 200}, id="all the same"),
        pytest.param({5: 99, 1: 1}, id="one apart from all others"),
        pytest.param({}, id="nobody"),
    ],
)
def test_no_interval_of_a_mean_where_it_is_not_known_to_cover(marks: dict[int, int]) -> None:
    assert statistics.mean_interval(marks, sum(marks.values())) is None


def test_the_interval_of_a_mean_is_students() -> None:
    marks = [1] * 5 + [2] * 10 + [3] * 20 + [4] * 15 + [5] * 10
    found = statistics.mean_interval({mark: marks.count(mark) for mark in set(marks)}, len(marks))
    assert found is not None
    assert (found.low, found.high) == pytest.approx(DescrStatsW(marks).tconfint_mean(), abs=1e-4)
