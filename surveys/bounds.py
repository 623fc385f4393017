"""The numbers that a question takes, as far as its type and its constraint tell: for hints, not for judging answers."""

import math
from dataclasses import dataclass

from surveys.expressions import syntax
from surveys.expressions.values import plain_number
from surveys.form import Form, Question


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the greatest number, both included; None where there is no bound. ``step`` is a range's."""

    least: float | None = None
    most: float | None = None
    step: float | None = None


def bounds(form: Form, question: Question) -> Bounds:
    """Bounds of a question: a range's ends, the numbers that name a select's choices, or a constraint's comparisons.

    Only what the constraint demands in any case counts: comparisons of ``.`` with a number, joined by ``and``.
    """
    if question.type == "range":
        ends = [_parameter(question, key, default) for key, default in (("start", 1), ("end", 10))]
        return Bounds(min(ends), max(ends), _parameter(question, "step", 1))
    if question.is_select:
        return _of_choices(form, question)
    if question.constraint is None:
        return Bounds()
    whole = question.data_type == "int"
    least, most = -math.inf, math.inf
    for sign, number in _comparisons(question.constraint.tree):
        if sign in (">", ">=", "="):
            least = max(least, _strict(number, whole, 1) if sign == ">" else number)
        if sign in ("<", "<=", "="):
            most = min(most, _strict(number, whole, -1) if sign == "<" else number)
    return Bounds(least if math.isfinite(least) else None, most if math.isfinite(most) else None)


def _parameter(question: Question, key: str, default: float) -> float:
    number = plain_number(question.parameters.get(key, str(default)))
    return number if math.isfinite(number) else default


def _of_choices(form: Form, question: Question) -> Bounds:
    listed = form.lists.get(question.choices)
    numbers = [plain_number(choice.name) for choice in listed.choices] if listed else []
    if not numbers or not all(math.isfinite(number) for number in numbers):
        return Bounds()
    return Bounds(min(numbers), max(numbers))


def _strict(number: float, whole: bool, direction: int) -> float:
    """The nearest number that a strict comparison still takes; for decimals the number itself, being a hint."""
    if not whole:
        return number
    return math.floor(number) + 1 if direction > 0 else math.ceil(number) - 1


_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


def _comparisons(tree: syntax.Tree) -> list[tuple[str, float]]:
    if isinstance(tree, syntax.Connected) and tree.operator == "and":
        return [found for operand in tree.operands for found in _comparisons(operand)]
    if not isinstance(tree, syntax.Binary) or tree.operator not in _MIRRORED:
        return []
    for sign, side, other in (
        (tree.operator, tree.left, tree.right),
        (_MIRRORED[tree.operator], tree.right, tree.left),
    ):
        number = _number(other)
        if _is_itself(side) and number is not None:
            return [(sign, number)]
    return []


def _is_itself(tree: syntax.Tree) -> bool:
    return isinstance(tree, syntax.Path) and tree == syntax.Path(syntax.Here(), (syntax.Step("self", "*"),))


def _number(tree: syntax.Tree) -> float | None:
    if isinstance(tree, syntax.Number):
        return tree.value
    if isinstance(tree, syntax.Negation) and (inner := _number(tree.operand)) is not None:
        return -inner
    return None
