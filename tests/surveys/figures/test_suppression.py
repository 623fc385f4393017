"""Disclosure control: nothing that is shown gives a small group away, even by subtraction."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.disclosure import Percent, percent, public_figure, rounded
from surveys.figures import SATISFIED, Figure, Measure, Sums, figure
from surveys.suppression import DISSENT, MINIMUM, Group, Showing, showing


def shown(counts: Mapping[str, int], *, small_teams: bool = False) -> set[str]:
    """The territories whose figure is shown where half of the respondents are satisfied everywhere."""
    groups = {code: Group(n, (n // 2, n - n // 2)) for code, n in counts.items()}
    found = showing(groups, MINIMUM, small_teams=small_teams)
    return {code for code, how in found.items() if how is Showing.WHOLE}


def with_totals(municipalities: Mapping[str, int]) -> dict[str, int]:
    """Municipalities with their departments and the country."""
    counts = dict(municipalities)
    for code, n in municipalities.items():
        counts[code[:2]] = counts.get(code[:2], 0) + n
        counts[""] = counts.get("", 0) + n
    return counts


@pytest.mark.parametrize(
    ("municipalities", "expected"),
    [
        pytest.param({"05001": 40}, {"", "05", "05001"}, id="one municipality"),
        pytest.param({"05001": 9}, set(), id="too small everywhere"),
        pytest.param({"05001": 40, "05002": 30}, {"", "05", "05001", "05002"}, id="nothing small"),
        pytest.param({"05001": 40, "05002": 30, "05003": 3}, {"", "05", "05001"}, id="the next smallest too"),
        pytest.param({"05001": 40, "05002": 3}, {"", "05"}, id="two parts: both"),
        pytest.param({"05001": 40, "05002": 6, "05003": 6}, {"", "05", "05001"}, id="two small ones hide each other"),
        pytest.param(
            {"05001": 40, "05002": 3, "05003": 2, "05004": 20},
            {"", "05", "05001"},
            id="two small ones are still too few",
        ),
        pytest.param({"05001": 40, "11001": 3, "76001": 50}, {"", "76", "76001"}, id="a small department"),
    ],
)
def test_complementary_suppression(municipalities: dict[str, int], expected: set[str]) -> None:
    assert shown(with_totals(municipalities)) == expected


def test_a_gestor_is_not_rated_by_municipality_in_public() -> None:
    many = with_totals({"05001": 40, "05002": 30, "11001": 50})
    assert shown(many, small_teams=True) == {""}
    assert shown(with_totals({"11001": 50}), small_teams=True) == set()


def test_where_nearly_all_say_the_same_it_is_only_said_that_they_do() -> None:
    groups = {
        "": Group(60, (50, 10)),
        "05": Group(60, (50, 10)),
        "05001": Group(40, (30, 10)),
        "05002": Group(20, (20, 0)),
    }
    found = showing(groups, MINIMUM)
    assert found["05002"] is Showing.BOUNDED
    assert found["05"] is Showing.WHOLE
    assert found["05001"] is Showing.WITHHELD, "with it, all in the other would be known to be satisfied"


def test_a_small_place_hides_behind_one_that_could_be_shown() -> None:
    """The two that are bounded hide nobody: what nearly all of them said is known."""
    groups = {
        "": Group(70, (57, 13)),
        "05": Group(70, (57, 13)),
        "05001": Group(40, (30, 10)),
        "05002": Group(15, (15, 0)),
        "05003": Group(5, (4, 1)),
        "05004": Group(10, (8, 2)),
    }
    found = showing(groups, MINIMUM)
    assert [found[code] for code in ("05", "05001", "05003")] == [Showing.WHOLE, Showing.WITHHELD, Showing.WITHHELD]
    assert (groups["05001"] + groups["05003"]).dissent >= DISSENT


towns = st.dictionaries(
    st.sampled_from([f"{department:02}{place:03}" for department in (5, 11, 76) for place in range(4)]),
    st.integers(1, 30),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)
@given(towns)
def test_no_sum_or_difference_of_what_is_shown_is_a_small_group(municipalities: dict[str, int]) -> None:
    """The attacker's view: every shown territory is a set of municipalities; they solve for all they can."""
    counts = with_totals(municipalities)
    places = sorted(municipalities)
    known = [[Fraction(place.startswith(territory)) for place in places] for territory in sorted(shown(counts))]
    for size in range(1, len(places) + 1):
        for group in combinations(places, size):
            if sum(municipalities[place] for place in group) < MINIMUM:
                target = [Fraction(place in group) for place in places]
                assert rank([*known, target]) > rank(known)


def rank(rows: list[list[Fraction]]) -> int:
    """The rank of a matrix, exactly."""
    rows = [list(row) for row in rows]
    found = 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((row for row in range(found, len(rows)) if rows[row][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for row in range(found + 1, len(rows)):
            factor = rows[row][column] / rows[found][column]
            rows[row] = [a - factor * b for a, b in zip(rows[row], rows[found], strict=True)]
        found += 1
    return found


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        pytest.param(0.0, Percent(5, "≤"), id="nobody"),
        pytest.param(0.05, Percent(5, "≤"), id="hardly anybody"),
        pytest.param(0.06, Percent(5), id="few"),
        pytest.param(0.1249, Percent(10), id="a tenth"),
        pytest.param(0.5, Percent(50), id="half"),
        pytest.param(0.93, Percent(95), id="most"),
        pytest.param(0.95, Percent(95, "≥"), id="nearly all"),
        pytest.param(1.0, Percent(95, "≥"), id="all"),
    ],
)
def test_shares_are_rounded_and_bounded(share: float, expected: Percent) -> None:
    assert percent(share) == expected


def test_numbers_of_respondents_are_rounded() -> None:
    assert [rounded(n) for n in (10, 12, 13, 17, 18)] == [10, 10, 15, 15, 20]


def marks(counts: dict[str, int], weight: float) -> Figure:
    """Grades; the satisfied weigh `weight`, the others one."""
    sums = {
        mark: Sums(n, n * each, n * each * each)
        for mark, n in counts.items()
        for each in [weight if mark in SATISFIED else 1.0]
    }
    return figure(Measure("nota", "grade", "scale"), sums)


def test_what_weights_do_is_told_of_many_only() -> None:
    """Of few, whoever knows the weights could tell by them who said what."""
    many = public_figure(marks({"1": 60, "5": 60}, weight=3), Showing.WHOLE)
    few = public_figure(marks({"1": 45, "5": 45}, weight=3), Showing.WHOLE)
    alike = public_figure(marks({"1": 2, "5": 118}, weight=3), Showing.BOUNDED)
    assert many is not None
    assert few is not None
    assert alike is not None
    assert (many.mean, many.unweighted, many.n, many.effective_n) == (4.0, 3.0, 120, 95)
    assert (few.mean, few.unweighted, few.effective_n) == (4.0, None, None)
    assert (alike.mean, alike.unweighted, alike.effective_n) == (None, None, None)


@pytest.mark.parametrize("total", [0, 35])
def test_the_mean_of_a_number_is_not_told(total: float) -> None:
    """Nought on average is nought of each, and nothing but the sum is known."""
    asked = figure(Measure("pesos", "pesos", "number"), {"": Sums(40, 40, 40, total)})
    told = public_figure(asked, Showing.WHOLE)
    assert told is not None
    assert (told.n, told.mean, told.distribution) == (40, None, {})
