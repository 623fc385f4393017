"""The values of expressions and how one kind becomes another: text, number, truth, node-set.

A node-set is a Python list of nodes. Numbers are floats; a date in arithmetic is a ``DayNumber``. Comparison follows
XPath 1.0 with the XForms addition that a date's text counts as its day number where a number is wanted.
"""

import math
import operator
import re
from collections.abc import Callable
from datetime import tzinfo
from decimal import Decimal
from typing import Any, TypeAlias

from surveys.expressions.dates import DAY, EPOCH, DayNumber, parse
from surveys.expressions.nodes import World

NAN = math.nan
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_PREFIXED = re.compile(r"0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+")
SPACES = " \t\r\n"


# A node-set is list[nodes.Node]; Any because lists are invariant and sets of one kind of node are common.
Value: TypeAlias = str | float | bool | list[Any]


def number_text(number: float) -> str:
    """A number as ECMAScript prints it, which is what ODK Web Forms stores; NaN is blank."""
    if number != number:
        return ""
    if isinstance(number, DayNumber):
        return number.text
    if number in (math.inf, -math.inf):
        return "Infinity" if number > 0 else "-Infinity"
    if number == int(number) and abs(number) < 2**53:
        return str(int(number))
    if 1e-6 <= abs(number) < 1e21:
        return format(Decimal(repr(float(number))).normalize(), "f")
    digits, _, exponent = repr(float(number)).partition("e")
    return f"{digits}e{int(exponent):+d}"


def text_number(text: str, zone: tzinfo) -> float:
    """Text as a number: a date's day number, or by ECMAScript's rules; NaN where it is none."""
    if not text:
        return NAN
    if len(text) >= 10 and text[4] == "-":
        moment = parse(text, zone)
        if moment is not None:
            return (moment - EPOCH) / DAY
    return plain_number(text)


def plain_number(text: str) -> float:
    """Text as a number by ECMAScript's ``Number()``: spaces around are ignored, spaces alone are 0."""
    stripped = text.strip()
    if _NUMBER.fullmatch(stripped):
        return float(stripped)
    if not stripped:
        return 0.0
    if stripped.lstrip("+-") == "Infinity" and len(stripped) <= 9:
        return float(stripped)
    return float(int(stripped, 0)) if _PREFIXED.fullmatch(stripped) else NAN


def to_text(value: Value, world: World) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return value[0].text(world) if value else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value)


def to_number(value: Value, world: World) -> float:
    if isinstance(value, float):
        return value
    if isinstance(value, list):
        return node_number(value[0].text(world), world.zone) if value else NAN
    if isinstance(value, bool):
        return 1.0 if value else 0.0
    return text_number(value, world.zone)


def node_number(text: str, zone: tzinfo) -> float:
    """The number in a node: blank or white space is no number."""
    return text_number(text, zone) if text.strip(SPACES) else NAN


def to_boolean(value: Value) -> bool:
    """A node-set is true when it has a node, even a blank one: so does Web Forms, unlike JavaRosa."""
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        return value != 0 and value == value
    return bool(value)


def texts(value: Value, world: World) -> list[str]:
    """Every text of a node-set, or the one text of anything else."""
    if isinstance(value, list):
        return [node.text(world) for node in value]
    return [to_text(value, world)]


def numbers(value: Value, world: World) -> list[float]:
    if isinstance(value, list):
        return [node_number(node.text(world), world.zone) for node in value]
    return [to_number(value, world)]


def words(text: str) -> list[str]:
    """A list separated by white space. Blank text is a list of one blank word, as in Web Forms."""
    stripped = text.strip(SPACES)
    return re.split(f"[{SPACES}]+", stripped)


_ORDER: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compare(sign: str, left: Value, right: Value, world: World) -> bool:
    """Comparison; over node-sets it is true when it is true for some node."""
    if sign in _ORDER:
        order = _ORDER[sign]
        rights = numbers(right, world)
        return any(order(a, b) for a in numbers(left, world) for b in rights)
    wanted = sign == "="
    if isinstance(left, bool) or isinstance(right, bool):
        return (to_boolean(left) == to_boolean(right)) == wanted
    if isinstance(left, float) or isinstance(right, float):
        rights = numbers(right, world)
        return any((a == b) == wanted for a in numbers(left, world) for b in rights)
    if isinstance(left, str) and isinstance(right, str):
        return (left == right) == wanted
    others = texts(right, world)
    return any((a == b) == wanted for a in texts(left, world) for b in others)
