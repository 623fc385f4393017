"""Dates and times."""

from surveys.expressions import dates
from surveys.expressions.context import Context
from surveys.expressions.functions.arguments import (
    Arguments,
    text_of,
)
from surveys.expressions.values import NAN, Value, to_text


def today(context: Context, arguments: Arguments) -> Value:
    now = context.world.now.astimezone(context.world.zone)
    return dates.of_moment(now.replace(hour=0, minute=0, second=0, microsecond=0))


def now(context: Context, arguments: Arguments) -> Value:
    moment = context.world.now.astimezone(context.world.zone)
    return dates.DayNumber((moment - dates.EPOCH) / dates.DAY, dates.moment_text(moment))


def date(context: Context, arguments: Arguments) -> Value:
    value = arguments[0](context)
    world = context.world
    if isinstance(value, bool):
        return ""
    if isinstance(value, float):
        return dates.of_days(value, world.zone) or "" if value == value else ""
    text = to_text(value, world)
    moment = dates.parse(dates.padded(text), world.zone)
    return "" if moment is None else dates.of_moment(moment)


def decimal_date_time(context: Context, arguments: Arguments) -> Value:
    value = arguments[0](context)
    if isinstance(value, float):
        return float(value)
    moment = dates.parse(to_text(value, context.world), context.world.zone)
    return NAN if moment is None else (moment - dates.EPOCH) / dates.DAY


def decimal_time(context: Context, arguments: Arguments) -> Value:
    fraction = dates.fraction_of_day(text_of(context, arguments), context.world.zone)
    return NAN if fraction is None else fraction


def _formatted(context: Context, arguments: Arguments, with_time: bool) -> str:
    moment = dates.parse(text_of(context, arguments), context.world.zone)
    return "" if moment is None else dates.formatted(moment, text_of(context, arguments, 1), with_time)


def format_date(context: Context, arguments: Arguments) -> Value:
    return _formatted(context, arguments, with_time=False)


def format_date_time(context: Context, arguments: Arguments) -> Value:
    return _formatted(context, arguments, with_time=True)
