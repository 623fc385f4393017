"""When people may be written to without having asked.

Source of the defaults: Ley 2300 of 2023 and the telecom regulator's hours for commercial SMS, taken together,
as a courtesy: Monday to Friday 8–19, Saturday 8–15, never on Sundays or Colombian holidays.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

import holidays

BOGOTA = ZoneInfo("America/Bogota")

WEEKDAY = (time(8), time(19))
SATURDAY = (time(8), time(15))
DEFAULT_WEEK = MappingProxyType({**dict.fromkeys(range(5), WEEKDAY), 5: SATURDAY})
"""Opening and closing by weekday, Monday being 0; a day that is missing stays closed."""

LONGEST_PAUSE = timedelta(days=31)
"""How far to look for an open day before the hours are taken to be a mistake."""


@cache
def _year(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("CO", years=year))


def colombian_holiday(day: date) -> bool:
    """Whether the day is a public holiday in Colombia, moved Mondays included (Ley 51 of 1983)."""
    return day in _year(day.year)


@dataclass(frozen=True)
class ContactHours:
    """Opening hours in a time zone. Times given and returned are aware; open from opening up to, not at,
    closing.
    """

    week: Mapping[int, tuple[time, time]] = field(default_factory=lambda: DEFAULT_WEEK)
    zone: ZoneInfo = BOGOTA
    is_holiday: Callable[[date], bool] = colombian_holiday

    def on(self, day: date) -> tuple[datetime, datetime] | None:
        """Opening and closing of one day; None if it stays closed."""
        hours = self.week.get(day.weekday())
        if hours is None or self.is_holiday(day):
            return None
        opening, closing = (datetime.combine(day, hour, self.zone) for hour in hours)
        return opening, closing

    def closing(self, moment: datetime) -> datetime | None:
        """When the hours open at `moment` end; None if they are closed then."""
        hours = self.on(moment.astimezone(self.zone).date())
        return hours[1] if hours and hours[0] <= moment < hours[1] else None

    def next_open(self, moment: datetime) -> datetime:
        """The first open moment at or after `moment`. Raises ValueError if no day of a month is open."""
        day = moment.astimezone(self.zone).date()
        for ahead in range(LONGEST_PAUSE.days):
            hours = self.on(day + timedelta(days=ahead))
            if hours and moment < hours[1]:
                return max(moment, hours[0])
        raise ValueError("the contact hours never open")

    def last_open(self, moment: datetime) -> datetime:
        """The last open minute at or before `moment`. Raises ValueError if no day of a month is open."""
        day = moment.astimezone(self.zone).date()
        for back in range(LONGEST_PAUSE.days):
            hours = self.on(day - timedelta(days=back))
            if hours and hours[0] <= moment:
                return min(moment, hours[1] - timedelta(minutes=1))
        raise ValueError("the contact hours never open")
