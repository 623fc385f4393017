"""For whom an achievement counts: the `applies_to` column of the catalogue, evaluated over a household.

A rule names the people it is about. Ages are written out in the rule, so that a new catalogue with other ages
loads without a release: `<who>_<from>_<to>`, `<who>_<from>_plus`, `<who>_under_<age>`, each with `_months`
for months; `<who>` is `men`, `women` or any other word for people of both sexes. Ages are completed years or
months and both ends count; `under` leaves its end out. Beside them stand the named rules of `NAMED` and two
suffixes, `_or_pregnant` and `_or_<age>_if_disabled` (a later last age for persons with a disability).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

WORKING_AGE = (18, 65)
"""The programme's manual leaves it open; these are the ages it uses for adults elsewhere."""

LAST_COMPULSORY_GRADE = 9


@dataclass(frozen=True, slots=True)
class Person:
    """What a rule may ask of one member of the household."""

    birth_date: date | None
    sex: str
    disability: bool = False
    pregnant: bool = False
    grade: int | None = None
    """Last school grade completed; None where nobody asked."""


@dataclass(frozen=True, slots=True)
class Household:
    """What a rule may ask of a family."""

    people: tuple[Person, ...]
    farms: bool = False
    owns_land: bool = False
    legal_need: bool = False
    displaced: bool = False


Rule = Callable[[Household, date], bool]

NAMED: dict[str, Rule] = {
    "all": lambda household, today: True,
    "working_age": lambda household, today: _anyone(household, today, WORKING_AGE),
    "rural_producers": lambda household, today: household.farms,
    "land_users": lambda household, today: household.owns_land,
    "legal_need": lambda household, today: household.legal_need,
    "displaced": lambda household, today: household.displaced,
    "disability": lambda household, today: any(person.disability for person in household.people),
    "pregnant": lambda household, today: any(person.pregnant for person in household.people),
    "after_grade_9": lambda household, today: any(
        (person.grade or 0) >= LAST_COMPULSORY_GRADE for person in household.people
    ),
}

_AGES = re.compile(
    r"(?P<who>[a-z]+)_(?:under_(?P<under>\d+)|(?P<from>\d+)_(?:plus|(?:to_)?(?P<to>\d+)))(?P<months>_months)?"
)
_IF_DISABLED = re.compile(r"(?P<ages>.+)_or_(?P<age>\d+)_if_disabled")


def rule(applies_to: str) -> Rule:
    """The rule that `applies_to` names. Raises ValueError if there is no such rule."""
    if named := NAMED.get(applies_to):
        return named
    if applies_to.endswith("_or_pregnant"):
        ages = rule(applies_to.removesuffix("_or_pregnant"))
        return lambda household, today: ages(household, today) or NAMED["pregnant"](household, today)
    if match := _IF_DISABLED.fullmatch(applies_to):
        return _by_age(match["ages"], disabled_until=int(match["age"]))
    return _by_age(applies_to)


def applying(rules: Iterable[tuple[str, str]], household: Household, today: date) -> list[str]:
    """The codes, of the pairs (code, applies_to), that count for this household today."""
    return [code for code, applies_to in rules if rule(applies_to)(household, today)]


def completed_months(birth_date: date, today: date) -> int:
    """Whole months of age; negative before birth."""
    months = (today.year - birth_date.year) * 12 + today.month - birth_date.month
    return months - (today.day < birth_date.day)


def _by_age(applies_to: str, disabled_until: int | None = None) -> Rule:
    match = _AGES.fullmatch(applies_to)
    if match is None:
        raise ValueError(f"unknown rule: {applies_to}")
    lowest = int(match["from"] or 0)
    if match["under"]:
        highest: int | None = int(match["under"]) - 1
    else:
        highest = int(match["to"]) if match["to"] else None
    sex = {"men": "male", "women": "female"}.get(match["who"])
    months = bool(match["months"])
    return lambda household, today: _anyone(household, today, (lowest, highest), sex, months, disabled_until)


def _anyone(
    household: Household,
    today: date,
    ages: tuple[int, int | None],
    sex: str | None = None,
    months: bool = False,
    disabled_until: int | None = None,
) -> bool:
    lowest, highest = ages
    for person in household.people:
        if person.birth_date is None or (sex and person.sex != sex):
            continue
        age = completed_months(person.birth_date, today)
        if not months:
            age //= 12
        last = disabled_until if disabled_until and person.disability else highest
        if age >= lowest and (last is None or age <= last):
            return True
    return False
