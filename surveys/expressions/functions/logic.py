"""Truth: conditions, choices between values, checklists."""

from surveys.expressions.context import Context
from surveys.expressions.errors import EvaluationError
from surveys.expressions.functions.arguments import (
    Arguments,
    number_of,
    text_of,
)
from surveys.expressions.values import Value, texts, to_boolean


def if_(context: Context, arguments: Arguments) -> Value:
    return arguments[1](context) if to_boolean(arguments[0](context)) else arguments[2](context)


def not_(context: Context, arguments: Arguments) -> Value:
    return not to_boolean(arguments[0](context))


def boolean(context: Context, arguments: Arguments) -> Value:
    return to_boolean(arguments[0](context))


def boolean_from_string(context: Context, arguments: Arguments) -> Value:
    return text_of(context, arguments) in ("1", "true")


def coalesce(context: Context, arguments: Arguments) -> Value:
    for index in range(len(arguments)):
        text = text_of(context, arguments, index)
        if text:
            return text
    return ""


def once(context: Context, arguments: Arguments) -> Value:
    return context.node.text(context.world) or text_of(context, arguments)


def checklist(context: Context, arguments: Arguments) -> Value:
    values = [argument(context) for argument in arguments[2:]]
    count = sum(_truths(value, context) for value in values)
    return _within(count, number_of(context, arguments, 0), number_of(context, arguments, 1))


def _truths(value: Value, context: Context) -> int:
    if isinstance(value, list):
        return sum(bool(text.strip()) for text in texts(value, context.world))
    return to_boolean(value)


def weighted_checklist(context: Context, arguments: Arguments) -> Value:
    if len(arguments) % 2:
        raise EvaluationError("weighted-checklist() wants pairs of condition and weight")
    total = 0.0
    for index in range(2, len(arguments), 2):
        if _truths(arguments[index](context), context):
            total += number_of(context, arguments, index + 1)
    return _within(total, number_of(context, arguments, 0), number_of(context, arguments, 1))


def _within(count: float, least: float, most: float) -> bool:
    return count >= least and (most == -1 or count <= most)
