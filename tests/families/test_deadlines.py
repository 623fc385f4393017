"""Business days, against holidays computed here from Ley 51 of 1983, Ley 2578 of 2026 and the date of Easter."""

from datetime import UTC, date, datetime, timedelta

import pytest

from families import deadlines
from families.deadlines import Request, add_business_days, business_days_left, due_at, is_holiday, last_day

YEARS = range(2021, 2036)

FIXED = [(1, 1), (5, 1), (7, 20), (8, 7), (12, 8), (12, 25)]
"""Article 1: kept on their own day."""

MOVED = [(1, 6), (3, 19), (6, 29), (8, 15), (10, 12), (11, 1), (11, 11)]
"""Articles 1 and 2: kept on the Monday that follows, unless they fall on a Monday."""

CHIQUINQUIRA = (7, 9)
"""Ley 2578 of 2026, article 6: from 2026 on, moved like those of Ley 51."""

AFTER_EASTER = [-3, -2, 43, 64, 71]
"""Thursday and Friday before Easter; Ascension, Corpus Christi and Sacred Heart on their Mondays."""


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by way of the golden number and the epact (Clavius)."""
    golden = year % 19 + 1
    century = year // 100 + 1
    skipped_leap_years = 3 * century // 4 - 12
    moon_correction = (8 * century + 5) // 25 - 5
    sunday = 5 * year // 4 - skipped_leap_years - 10
    epact = (11 * golden + 20 + moon_correction - skipped_leap_years) % 30
    if epact == 24 or (epact == 25 and golden > 11):
        epact += 1
    full_moon = 44 - epact
    if full_moon < 21:
        full_moon += 30
    day_of_march = full_moon + 7 - (sunday + full_moon) % 7
    return date(year, 3, 1) + timedelta(days=day_of_march - 1)


def by_law(year: int) -> set[date]:
    """The public holidays of a year."""
    found = {date(year, month, day) for month, day in FIXED}
    for month, day in [*MOVED, CHIQUINQUIRA] if year >= 2026 else MOVED:
        feast = date(year, month, day)
        found.add(feast + timedelta(days=-feast.weekday() % 7))
    return found | {easter(year) + timedelta(days=days) for days in AFTER_EASTER}


def business_days(year: int) -> list[date]:
    days = (date(year, 1, 1) + timedelta(days=day) for day in range(366))
    return [day for day in days if day.year == year and day.weekday() < 5 and day not in by_law(year)]


@pytest.mark.parametrize(
    ("year", "day"),
    [(2024, date(2024, 3, 31)), (2025, date(2025, 4, 20)), (2026, date(2026, 4, 5)), (2038, date(2038, 4, 25))],
)
def test_easter_as_the_almanac_has_it(year: int, day: date) -> None:
    assert easter(year) == day


@pytest.mark.parametrize("year", YEARS)
def test_holidays_are_those_of_the_law(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=day) for day in range(365)]
    assert {day for day in days if is_holiday(day)} == by_law(year)


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("days", [1, 5, 10, 15, 30])
def test_terms_counted_by_hand_over_whole_years(year: int, days: int) -> None:
    counted = [*business_days(year), *business_days(year + 1)]
    received = date(year, 1, 1)
    while received.year == year:
        expected = [day for day in counted if day > received][days - 1]
        assert add_business_days(received, days) == expected
        received += timedelta(days=1)


@pytest.mark.parametrize(
    ("request_", "received", "last"),
    [
        pytest.param(Request.PETITION, "2026-11-23T15:00Z", date(2026, 12, 15), id="over December 8"),
        pytest.param(Request.INFORMATION, "2026-03-27T15:00Z", date(2026, 4, 14), id="over Holy Week"),
        pytest.param(Request.CONSULTATION, "2026-12-01T15:00Z", date(2027, 1, 18), id="over New Year"),
        pytest.param(Request.TRANSFER, "2026-06-05T15:00Z", date(2026, 6, 16), id="over Corpus and Sacred Heart"),
        pytest.param(Request.DATA_CONSULTATION, "2026-07-17T15:00Z", date(2026, 8, 3), id="over July 20"),
        pytest.param(Request.DATA_CLAIM, "2026-10-09T15:00Z", date(2026, 11, 3), id="over two moved Mondays"),
    ],
)
def test_terms_of_the_law(request_: Request, received: str, last: date) -> None:
    assert last_day(request_, datetime.fromisoformat(received)) == last


def test_the_day_of_receipt_is_bogotas_and_the_term_ends_with_its_last_day() -> None:
    late_on_friday_in_bogota = datetime(2026, 11, 28, 4, 30, tzinfo=UTC)
    assert last_day(Request.TRANSFER, late_on_friday_in_bogota) == date(2026, 12, 4)
    assert due_at(Request.TRANSFER, late_on_friday_in_bogota) == datetime(2026, 12, 5, 5, tzinfo=UTC)


def test_what_arrives_on_a_sunday_counts_from_monday() -> None:
    assert last_day(Request.TRANSFER, datetime(2026, 11, 29, 15, tzinfo=UTC)) == date(2026, 12, 4)


def test_an_extension_counts_on_from_the_term() -> None:
    received = datetime(2026, 11, 23, 15, tzinfo=UTC)
    assert last_day(Request.DATA_CLAIM, received, extended=True) == date(2026, 12, 28)


@pytest.mark.parametrize(
    ("today", "left"),
    [
        pytest.param(date(2026, 12, 4), 5, id="Friday before a holiday"),
        pytest.param(date(2026, 12, 12), 1, id="Saturday"),
        pytest.param(date(2026, 12, 14), 0, id="the last day"),
        pytest.param(date(2026, 12, 15), -1, id="one late"),
        pytest.param(date(2026, 12, 21), -5, id="a week late"),
    ],
)
def test_days_left_until_december_14(today: date, left: int) -> None:
    assert business_days_left(today, date(2026, 12, 14)) == left


@pytest.mark.parametrize("days", [0, -1])
def test_a_term_of_no_days_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        deadlines.add_business_days(date(2026, 11, 23), days)
