"""How functions take their arguments: as text, as a number, as nodes. Arguments come unevaluated."""

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from surveys.expressions.context import Closure, Context
from surveys.expressions.errors import EvaluationError
from surveys.expressions.nodes import Node
from surveys.expressions.values import Value, to_number, to_text

Arguments: TypeAlias = Sequence[Closure]
Implementation: TypeAlias = Callable[[Context, Arguments], Value]
# What a function may put together; more is cut.
MAXIMUM_TEXT = 10_000

_WHOLE = re.compile(r"\s*([+-]?\d+)", re.ASCII)


def text_of(context: Context, arguments: Arguments, index: int = 0) -> str:
    return to_text(arguments[index](context), context.world)


def number_of(context: Context, arguments: Arguments, index: int = 0) -> float:
    return to_number(arguments[index](context), context.world)


def own(context: Context, arguments: Arguments) -> Value:
    """The only argument, or the context node where there is none."""
    return arguments[0](context) if arguments else [context.node]


def nodes_of(context: Context, arguments: Arguments, index: int = 0) -> list[Node]:
    value = arguments[index](context)
    if not isinstance(value, list):
        raise EvaluationError("a path to questions is wanted here")
    return value


def integer_of(context: Context, arguments: Arguments, index: int) -> int | None:
    """An argument's leading whole number, as ECMAScript's ``parseInt`` reads it."""
    match = _WHOLE.match(text_of(context, arguments, index))
    return int(match.group(1)) if match else None
