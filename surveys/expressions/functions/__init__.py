"""The functions of XForms expressions: one Python function each, and one table with how many arguments each takes.

Sources: the ODK XForms specification (https://getodk.github.io/xforms-spec/#xpath-functions) and XPath 1.0; where
engines differ the result is ODK Web Forms' (see ``docs/forms.md``).
"""

import math
from dataclasses import dataclass

from surveys.expressions.functions import logic, moments, nodesets, numbers, text
from surveys.expressions.functions.arguments import Implementation
from surveys.expressions.values import Value

MANY = 1_000


@dataclass(frozen=True, slots=True)
class Function:
    """``call`` takes ``least`` to ``most`` arguments; ``stable``: its result hangs on its arguments alone."""

    call: Implementation
    least: int
    most: int
    stable: bool = True


def _constant(value: Value) -> Implementation:
    return lambda context, arguments: value


FUNCTIONS: dict[str, Function] = {
    "true": Function(_constant(True), 0, 0),
    "false": Function(_constant(False), 0, 0),
    "if": Function(logic.if_, 3, 3),
    "not": Function(logic.not_, 1, 1),
    "boolean": Function(logic.boolean, 1, 1),
    "boolean-from-string": Function(logic.boolean_from_string, 1, 1),
    "coalesce": Function(logic.coalesce, 2, MANY),
    "once": Function(logic.once, 1, 1, stable=False),
    "checklist": Function(logic.checklist, 2, MANY),
    "weighted-checklist": Function(logic.weighted_checklist, 2, MANY),
    "string": Function(text.string, 0, 1),
    "concat": Function(text.concat, 0, MANY),
    "join": Function(text.join, 1, MANY),
    "contains": Function(text.contains, 2, 2),
    "starts-with": Function(text.starts_with, 2, 2),
    "ends-with": Function(text.ends_with, 2, 2),
    "string-length": Function(text.string_length, 0, 1),
    "normalize-space": Function(text.normalize_space, 0, 1),
    "substr": Function(text.substr, 2, 3),
    "substring": Function(text.substring, 2, 3),
    "substring-before": Function(text.substring_before, 2, 2),
    "substring-after": Function(text.substring_after, 2, 2),
    "translate": Function(text.translate, 3, 3),
    "regex": Function(text.regex, 2, 2),
    "digest": Function(text.digest, 2, 3),
    "base64-decode": Function(text.base64_decode, 1, 1),
    "uuid": Function(text.uuid, 0, 1, stable=False),
    "number": Function(numbers.number, 0, 1),
    "int": Function(numbers.int_, 1, 1),
    "round": Function(numbers.round_, 1, 2),
    "floor": Function(numbers.unary(numbers.floor), 1, 1),
    "ceiling": Function(numbers.unary(numbers.ceiling), 1, 1),
    "abs": Function(numbers.unary(abs), 1, 1),
    "sqrt": Function(numbers.unary(math.sqrt), 1, 1),
    "exp": Function(numbers.unary(math.exp), 1, 1),
    "exp10": Function(numbers.unary(lambda value: math.pow(10.0, value)), 1, 1),
    "log": Function(numbers.unary(numbers.log), 1, 1),
    "log10": Function(numbers.unary(numbers.log10), 1, 1),
    "sin": Function(numbers.unary(math.sin), 1, 1),
    "cos": Function(numbers.unary(math.cos), 1, 1),
    "tan": Function(numbers.unary(math.tan), 1, 1),
    "asin": Function(numbers.unary(math.asin), 1, 1),
    "acos": Function(numbers.unary(math.acos), 1, 1),
    "atan": Function(numbers.unary(math.atan), 1, 1),
    "atan2": Function(numbers.atan2, 2, 2),
    "pow": Function(numbers.pow_, 2, 2),
    "pi": Function(_constant(math.pi), 0, 0),
    "sum": Function(numbers.sum_, 1, 1),
    "max": Function(numbers.max_, 1, MANY),
    "min": Function(numbers.min_, 1, MANY),
    "random": Function(numbers.random, 0, 0, stable=False),
    "today": Function(moments.today, 0, 0, stable=False),
    "now": Function(moments.now, 0, 0, stable=False),
    "date": Function(moments.date, 1, 1),
    "date-time": Function(moments.date, 1, 1),
    "decimal-date-time": Function(moments.decimal_date_time, 1, 1),
    "decimal-time": Function(moments.decimal_time, 1, 1),
    "format-date": Function(moments.format_date, 2, 2),
    "format-date-time": Function(moments.format_date_time, 2, 2),
    "selected": Function(nodesets.selected, 2, 2),
    "selected-at": Function(nodesets.selected_at, 2, 2),
    "count-selected": Function(nodesets.count_selected, 1, 1),
    "jr:choice-name": Function(nodesets.choice_name, 2, 2),
    "count": Function(nodesets.count, 1, 1),
    "count-non-empty": Function(nodesets.count_non_empty, 1, 1),
    "position": Function(nodesets.position, 0, 1, stable=False),
    "last": Function(nodesets.last, 0, 0, stable=False),
    "name": Function(nodesets.name, 0, 1),
    "local-name": Function(nodesets.name, 0, 1),
    "current": Function(nodesets.current, 0, 0, stable=False),
    "instance": Function(nodesets.instance, 1, 1),
    "pulldata": Function(nodesets.pulldata, 4, 4),
    "indexed-repeat": Function(nodesets.indexed_repeat, 3, MANY),
    "randomize": Function(nodesets.randomize, 1, 2),
    "distance": Function(nodesets.distance, 1, MANY),
    "area": Function(nodesets.area, 1, 1),
    "geofence": Function(nodesets.geofence, 2, 2),
}
