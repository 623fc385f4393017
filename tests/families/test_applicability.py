from datetime import date

import pytest

from families.applicability import Household, Person, applying, completed_months, rule

TODAY = date(2026, 11, 23)


def household(*people: Person, **facts: bool) -> Household:
    return Household(people, **facts)


def aged(years: int, *, months: int = 0, sex: str = "female", **facts: object) -> Person:
    """Somebody who completed this age exactly today."""
    total = TODAY.year * 12 + TODAY.month - 1 - years * 12 - months
    return Person(date(total // 12, total % 12 + 1, TODAY.day), sex, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("applies_to", "counts", "does_not"),
    [
        pytest.param("men_18_plus", aged(18, sex="male"), aged(18, sex="female"), id="men, not women"),
        pytest.param("men_18_plus", aged(80, sex="male"), aged(17, months=11, sex="male"), id="grown men"),
        pytest.param("age_60_plus", aged(60), aged(59, months=11), id="sixty on the birthday"),
        pytest.param("children_under_3", aged(2, months=11), aged(3), id="under leaves its age out"),
        pytest.param("children_3_4", aged(4, months=11), aged(5), id="both ends count"),
        pytest.param("children_5_17", aged(17, months=11), aged(18), id="until the next birthday"),
        pytest.param("adults_18_65", aged(65, months=11), aged(66), id="adults"),
        pytest.param("children_6_to_24_months", aged(0, months=6), aged(0, months=5), id="from 6 months"),
        pytest.param("children_6_to_24_months", aged(2), aged(2, months=1), id="to 24 months"),
        pytest.param("babies_under_6_months", aged(0, months=5), aged(0, months=6), id="babies"),
        pytest.param(
            "children_5_17_or_22_if_disabled",
            aged(22, disability=True),
            aged(22),
            id="to 22 with a disability",
        ),
        pytest.param(
            "children_5_17_or_22_if_disabled",
            aged(5),
            aged(23, disability=True),
            id="not beyond 22",
        ),
        pytest.param("children_under_5_or_pregnant", aged(30, pregnant=True), aged(30), id="a pregnant woman counts"),
        pytest.param("children_under_5_or_pregnant", aged(4), aged(5), id="and so does a small child"),
        pytest.param("after_grade_9", aged(16, grade=9), aged(16, grade=8), id="who finished ninth grade"),
        pytest.param("disability", aged(40, disability=True), aged(40), id="disability"),
        pytest.param("working_age", aged(18), aged(17, months=11), id="working age"),
        pytest.param("women_40_to_49", aged(49, months=11), aged(50), id="a rule of a later catalogue"),
    ],
)
def test_rules_about_people(applies_to: str, counts: Person, does_not: Person) -> None:
    assert rule(applies_to)(household(counts), TODAY)
    assert not rule(applies_to)(household(does_not), TODAY)


@pytest.mark.parametrize(
    ("applies_to", "fact"),
    [
        ("rural_producers", "farms"),
        ("land_users", "owns_land"),
        ("legal_need", "legal_need"),
        ("displaced", "displaced"),
    ],
)
def test_rules_about_the_family(applies_to: str, fact: str) -> None:
    assert rule(applies_to)(household(aged(30), **{fact: True}), TODAY)
    assert not rule(applies_to)(household(aged(30)), TODAY)


def test_one_member_is_enough_and_an_unknown_birth_date_is_none() -> None:
    assert rule("children_3_4")(household(aged(40), aged(3)), TODAY)
    assert not rule("children_3_4")(household(Person(None, "female")), TODAY)


def test_the_codes_that_count_keep_their_order() -> None:
    rules = [("ID1", "all"), ("SA6", "pregnant"), ("ED2", "children_3_4")]
    assert applying(rules, household(aged(3)), TODAY) == ["ID1", "ED2"]


def test_a_child_of_february_29_has_its_birthday_on_march_1() -> None:
    assert completed_months(date(2024, 2, 29), date(2025, 2, 28)) == 11
    assert completed_months(date(2024, 2, 29), date(2025, 3, 1)) == 12


@pytest.mark.parametrize("applies_to", ["", "everybody", "children_", "children_under", "all_or", "_18_plus", "a b"])
def test_an_unknown_rule_is_refused(applies_to: str) -> None:
    with pytest.raises(ValueError, match="unknown rule"):
        rule(applies_to)
