"""Disclosure control: nothing that is shown gives a small group away, even by subtraction."""

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.disclosure import MINIMUM, Cell, Percent, percent, rounded, suppressed


def cells(counts: dict[str, int], actor: str = "sena") -> dict[Cell, int]:
    return {(territory, actor, "grade"): n for territory, n in counts.items()}


def shown(counts: dict[str, int], actor: str = "sena") -> set[str]:
    withheld = suppressed(cells(counts, actor))
    return {territory for territory, _, _ in cells(counts, actor).keys() - withheld}


def with_totals(municipalities: dict[str, int]) -> dict[str, int]:
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
    assert shown(many, "gestor") == {""}
    assert shown(with_totals({"11001": 50}), "gestor") == set()


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
        pytest.param(0.06, Percent(5, "≤"), id="hardly anybody"),
        pytest.param(0.1249, Percent(10), id="a tenth"),
        pytest.param(0.5, Percent(50), id="half"),
        pytest.param(0.93, Percent(95, "≥"), id="nearly all"),
        pytest.param(1.0, Percent(95, "≥"), id="all"),
    ],
)
def test_shares_are_rounded_and_bounded(share: float, expected: Percent) -> None:
    assert percent(share) == expected


def test_numbers_of_respondents_are_rounded() -> None:
    assert [rounded(n) for n in (10, 12, 13, 17, 18)] == [10, 10, 15, 15, 20]
