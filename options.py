"""What the coordination may set while the service runs: typed, checked, with a default, and with its history.

    options.value(connection, options.WEEKLY_CAP)

costs a look at a dictionary; every process asks the database again after some seconds.
"""

import time as clock
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import BigInteger, Connection, DateTime, Engine, ForeignKey, Identity, Index, insert, select
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.orm import Mapped, mapped_column

from db import Base

FRESH: Final = 5.0
"""Seconds for which a process trusts what it has read."""

Value = TypeVar("Value")
Hours = tuple[time, time] | tuple[()]
"""Opening and closing; nothing where it stays closed."""
CLOSED: Final[Hours] = ()
NEVER: Final = "no"
"""How hours that stay closed are written."""


class OptionError(ValueError):
    """A value that an option cannot have. `least` and `most` are the bounds, written out."""

    def __init__(self, name: str, least: str, most: str) -> None:
        super().__init__(f"{name} goes from {least} to {most}")
        self.least, self.most = least, most


@dataclass(frozen=True, slots=True)
class Option(Generic[Value]):
    """One thing that can be set. `default`, `least` and `most` are of one type: whole numbers, hours of the day,
    opening and closing hours, or lists of whole numbers; the bounds of the last two are those of each part. Hours that
    `may_close` may also be «no».
    """

    name: str
    default: Value
    least: Any
    most: Any
    may_close: bool = False

    def read(self, written: str) -> Value:
        """The value that a person wrote: «3», «08:00», «08:00-19:00», «no», «3, 1». Raises OptionError."""
        if self.may_close and written.strip().lower() == NEVER:
            return self.check(CLOSED)  # type: ignore[arg-type]
        try:
            match self.default:
                case time():
                    value: Any = _hour(written)
                case (time(), time()):
                    opening, closing = written.replace("–", "-").split("-")
                    value = (_hour(opening), _hour(closing))
                case tuple():
                    value = tuple(int(part) for part in written.replace(",", " ").split())
                case _:
                    value = int(written)
        except ValueError:
            raise self._refused() from None
        return self.check(value)

    def write(self, value: Value) -> str:
        """A value as a person writes it."""
        match value:
            case time():
                return value.strftime("%H:%M")
            case (time(), time()):
                return "-".join(hour.strftime("%H:%M") for hour in value)
            case () if self.may_close:
                return NEVER
            case tuple():
                return ", ".join(str(part) for part in value)
            case _:
                return str(value)

    def check(self, value: Value) -> Value:
        """The value, if the option can have it. Raises OptionError."""
        if self.may_close and value == CLOSED:
            return value
        parts = value if isinstance(value, tuple) else (value,)
        if not parts or not all(self.least <= part <= self.most for part in parts) or len(set(parts)) < len(parts):
            raise self._refused()
        if isinstance(parts[0], time) and list(parts) != sorted(parts):
            raise self._refused()
        return value

    def _refused(self) -> OptionError:
        bounds = [
            bound.strftime("%H:%M") if isinstance(bound, time) else str(bound) for bound in (self.least, self.most)
        ]
        return OptionError(self.name, *bounds)


def _hour(written: str) -> time:
    return time.fromisoformat(written.strip().zfill(5))


WEEKLY_CAP: Final = Option("weekly_cap", 2, 1, 7)
"""Bulk messages that a household may get within seven days, on all its phones."""
EGRESS_SHARE: Final = Option("egress_share", 80, 50, 100)
"""Percent of the achievements that count for a family with which it is ready to leave."""
MILESTONES: Final[Option[tuple[int, ...]]] = Option("milestones", (1, 5, 10, 15, 20, 25, 30, 35, 40), 1, 60)
"""Numbers of verified achievements at which a family is congratulated, each once; sensitive ones are not counted."""
GOAL_QUESTION_DAYS: Final = Option("goal_question_days", 30, 7, 180)
"""One goal of a life plan is asked about every so many days."""
RECYCLED_DAYS: Final = Option("recycled_days", 180, 30, 730)
"""A phone that was silent for so many days may have another owner: it is asked before anything is told it."""
MINIMUM_CELL: Final = Option("minimum_cell", 10, 10, 100)
"""Answers below which no figure is shown."""
REMINDER_DAYS: Final[Option[tuple[int, ...]]] = Option("reminder_days", (3, 1), 1, 14)
"""So many days before a session it is reminded of."""
REMINDER_MORNING: Final = Option("reminder_morning", time(8), time(7), time(11))
"""At this hour of its own day a session is reminded of once more."""

_WEEKDAY: Final[Hours] = (time(8), time(19))
_SATURDAY: Final[Hours] = (time(8), time(15))
# The bounds are those of Ley 2300 of 2023, written for debt collection and advertising; weekdays begin an hour later by
# default, as the telecom regulator's hours for commercial SMS do. Sundays and holidays are always closed.
REMINDER_WEEKDAY_HOURS: Final[Option[Hours]] = Option("reminder_weekday_hours", _WEEKDAY, time(7), time(19))
"""Monday to Friday: when reminders, offers and notices to one family go out."""
REMINDER_SATURDAY_HOURS: Final[Option[Hours]] = Option("reminder_saturday_hours", _SATURDAY, time(8), time(15), True)
"""The same on Saturdays, where there are any."""
BULK_WEEKDAY_HOURS: Final[Option[Hours]] = Option("bulk_weekday_hours", _WEEKDAY, time(7), time(19))
"""Monday to Friday: when campaigns go out."""
BULK_SATURDAY_HOURS: Final[Option[Hours]] = Option("bulk_saturday_hours", _SATURDAY, time(8), time(15), True)
"""The same on Saturdays, where there are any."""

OPTIONS: Final[Sequence[Option[Any]]] = (
    WEEKLY_CAP,
    EGRESS_SHARE,
    MILESTONES,
    GOAL_QUESTION_DAYS,
    RECYCLED_DAYS,
    MINIMUM_CELL,
    REMINDER_DAYS,
    REMINDER_MORNING,
    REMINDER_WEEKDAY_HOURS,
    REMINDER_SATURDAY_HOURS,
    BULK_WEEKDAY_HOURS,
    BULK_SATURDAY_HOURS,
)


class SettingsValue(Base):
    """A value that somebody set. The newest of a name holds; none is ever changed."""

    __tablename__ = "settings_values"
    __table_args__ = (Index("ix_settings_values_name_id", "name", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    value: Mapped[Any] = mapped_column(JSONB)
    set_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    set_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Change(Generic[Value]):
    """One value that held from a moment on."""

    value: Value
    set_by: int | None
    set_at: datetime


_known: WeakKeyDictionary[Engine, tuple[float, dict[str, str]]] = WeakKeyDictionary()


def value(connection: Connection, option: Option[Value]) -> Value:
    """What an option is now, as this process knew it some seconds ago at most."""
    read_at, written = _known.get(connection.engine, (0.0, {}))
    if not written or clock.monotonic() - read_at > FRESH:
        newest = select(SettingsValue.name, SettingsValue.value).ext(distinct_on(SettingsValue.name))
        rows = connection.execute(newest.order_by(SettingsValue.name, SettingsValue.id.desc()))
        written = {"": "", **{row.name: row.value for row in rows}}
        _known[connection.engine] = (clock.monotonic(), written)
    return option.read(written[option.name]) if option.name in written else option.default


def change(connection: Connection, option: Option[Value], new: Value, staff_id: int | None, now: datetime) -> None:
    """Set an option. Raises OptionError for a value that it cannot have."""
    written = option.write(option.check(new))
    connection.execute(insert(SettingsValue).values(name=option.name, value=written, set_by=staff_id, set_at=now))
    _known.pop(connection.engine, None)


def history(connection: Connection, option: Option[Value]) -> list[Change[Value]]:
    """What an option was and is, the newest first."""
    rows = connection.execute(
        select(SettingsValue).where(SettingsValue.name == option.name).order_by(SettingsValue.id.desc())
    )
    return [Change(option.read(row.value), row.set_by, row.set_at) for row in rows]
