"""Statutory deadlines in Colombian business days. Pure.

Petitions, complaints and claims (*PQR*): Ley 1755 of 2015, articles 14 (15 days; documents and information
10; consultations 30) and 21 (5 days to pass one on to the competent authority). Personal data: Ley 1581 of
2012, articles 14 (consultations 10 days, at most 5 more) and 15 (claims 15 days, at most 8 more).

A term counts from the business day after the one on which it was received, and ends at the end of its last
day. Business days are Monday to Friday save public holidays, whose laws are Ley 51 of 1983 and, for July 9
from 2026 on, Ley 2578 of 2026.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo

import holidays

BOGOTA = ZoneInfo("America/Bogota")

SATURDAY = 5


class Request(StrEnum):
    """A kind of request with a term of its own."""

    PETITION = "petition"
    INFORMATION = "information"
    CONSULTATION = "consultation"
    TRANSFER = "transfer"
    DATA_CONSULTATION = "data_consultation"
    DATA_CLAIM = "data_claim"


@dataclass(frozen=True, slots=True)
class Term:
    """Business days to answer, and how many more may be taken once, if the person is told why."""

    days: int
    extension: int


TERMS = {
    Request.PETITION: Term(15, 15),
    Request.INFORMATION: Term(10, 10),
    Request.CONSULTATION: Term(30, 30),
    Request.TRANSFER: Term(5, 0),
    Request.DATA_CONSULTATION: Term(10, 5),
    Request.DATA_CLAIM: Term(15, 8),
}
"""The extension of petitions may be as long as the term itself (Ley 1755, article 14, paragraph)."""


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("CO", years=year))


def is_holiday(day: date) -> bool:
    """Whether a day is a public holiday in Colombia."""
    return day in _holidays(day.year)


def is_business_day(day: date) -> bool:
    """Whether a day counts in a statutory term."""
    return day.weekday() < SATURDAY and not is_holiday(day)


def add_business_days(day: date, days: int, is_business: Callable[[date], bool] = is_business_day) -> date:
    """The day on which `days` business days after `day` are over; `day` itself never counts.

    Raises ValueError for a term of less than one day.
    """
    if days < 1:
        raise ValueError("a term has at least one day")
    while days:
        day += timedelta(days=1)
        days -= is_business(day)
    return day


def business_day_before(day: date, days: int) -> date:
    """The business day that is `days` business days before `day`. Raises ValueError for less than one day."""
    if days < 1:
        raise ValueError("go back at least one day")
    while days:
        day -= timedelta(days=1)
        days -= is_business_day(day)
    return day


def business_days_left(today: date, last: date) -> int:
    """How many business days after today a term that ends on `last` still has; negative once it is over."""
    first, end = sorted((today, last))
    count = sum(is_business_day(first + timedelta(days=step)) for step in range(1, (end - first).days + 1))
    return count if today <= last else -count


def last_day(request: Request, received: datetime, *, extended: bool = False) -> date:
    """The last day, in Bogotá, to answer a request received at an aware moment."""
    term = TERMS[request]
    days = term.days + (term.extension if extended else 0)
    return add_business_days(received.astimezone(BOGOTA).date(), days)


def due_at(request: Request, received: datetime, *, extended: bool = False) -> datetime:
    """The moment a request is overdue: midnight in Bogotá after its last day."""
    following = last_day(request, received, extended=extended) + timedelta(days=1)
    return datetime.combine(following, time(), BOGOTA)
