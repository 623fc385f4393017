"""Numbers: conversion, rounding, arithmetic and trigonometry, sums."""

import math
from collections.abc import Callable

from surveys.expressions import dates
from surveys.expressions.context import Context
from surveys.expressions.functions.arguments import (
    Arguments,
    Implementation,
    number_of,
    own,
)
from surveys.expressions.values import NAN, Value, numbers, to_number, to_text


def number(context: Context, arguments: Arguments) -> Value:
    """A date becomes its day number and prints as a whole number of days."""
    value = own(context, arguments)
    if isinstance(value, (str, list)):
        moment = dates.parse(to_text(value, context.world), context.world.zone)
        if moment is not None:
            days = (moment - dates.EPOCH) / dates.DAY
            return dates.DayNumber(days, str(math.floor(days)))
    return to_number(value, context.world)


def int_(context: Context, arguments: Arguments) -> Value:
    value = number_of(context, arguments)
    return float(math.trunc(value)) if math.isfinite(value) else value


def round_(context: Context, arguments: Arguments) -> Value:
    """Half away from zero, to some decimals; negative decimals round to tens and hundreds."""
    value = number_of(context, arguments)
    places = number_of(context, arguments, 1) if len(arguments) > 1 else 0.0
    if not math.isfinite(value) or places != places:
        return value if places == places else NAN
    scale = math.pow(10.0, min(max(places, -300.0), 300.0))
    shifted = abs(value) * scale
    if math.isinf(shifted):
        return value
    return math.copysign(math.floor(shifted + 0.5) / scale, value) if shifted >= 0.5 else 0.0


def unary(compute: Callable[[float], float]) -> Implementation:
    def call(context: Context, arguments: Arguments) -> Value:
        value = number_of(context, arguments)
        if value != value:
            return NAN
        try:
            return float(compute(value))
        except (ValueError, OverflowError):
            return NAN

    return call


def floor(value: float) -> float:
    return math.floor(value) if math.isfinite(value) else value


def ceiling(value: float) -> float:
    return math.ceil(value) if math.isfinite(value) else value


def log(value: float) -> float:
    return math.log(value) if value else -math.inf


def log10(value: float) -> float:
    return math.log10(value) if value else -math.inf


def pow_(context: Context, arguments: Arguments) -> Value:
    try:
        return math.pow(number_of(context, arguments), number_of(context, arguments, 1))
    except OverflowError:
        return math.inf
    except ValueError:
        return NAN


def atan2(context: Context, arguments: Arguments) -> Value:
    return math.atan2(number_of(context, arguments), number_of(context, arguments, 1))


def _all_numbers(context: Context, arguments: Arguments) -> list[float]:
    return [found for argument in arguments for found in numbers(argument(context), context.world)]


def sum_(context: Context, arguments: Arguments) -> Value:
    """A blank among the numbers makes the sum blank, and so do no numbers at all, as in Web Forms."""
    found = _all_numbers(context, arguments)
    return float(sum(found)) if found else NAN


def max_(context: Context, arguments: Arguments) -> Value:
    found = _all_numbers(context, arguments)
    return NAN if not found or any(value != value for value in found) else float(max(found))


def min_(context: Context, arguments: Arguments) -> Value:
    found = _all_numbers(context, arguments)
    return NAN if not found or any(value != value for value in found) else float(min(found))


def random(context: Context, arguments: Arguments) -> Value:
    return context.world.random()
