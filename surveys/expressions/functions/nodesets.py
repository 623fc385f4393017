"""Selections, choices, lists, repeats and places."""

from surveys.expressions import geography, shuffle
from surveys.expressions.context import Context
from surveys.expressions.errors import EvaluationError
from surveys.expressions.functions.arguments import (
    Arguments,
    integer_of,
    nodes_of,
    number_of,
    text_of,
)
from surveys.expressions.nodes import At, Row
from surveys.expressions.values import NAN, Value, texts, to_number, to_text, words


def selected(context: Context, arguments: Arguments) -> Value:
    return text_of(context, arguments, 1).strip() in words(text_of(context, arguments))


def selected_at(context: Context, arguments: Arguments) -> Value:
    found = words(text_of(context, arguments))
    at = integer_of(context, arguments, 1)
    return found[at] if at is not None and 0 <= at < len(found) else ""


def count_selected(context: Context, arguments: Arguments) -> Value:
    return float(len(text_of(context, arguments).split()))


def choice_name(context: Context, arguments: Arguments) -> Value:
    value = text_of(context, arguments)
    for node in nodes_of(context, arguments, 1):
        if isinstance(node, At):
            return context.world.label(node.element, node.positions, value)
    return ""


def count(context: Context, arguments: Arguments) -> Value:
    return float(len(nodes_of(context, arguments)))


def count_non_empty(context: Context, arguments: Arguments) -> Value:
    return float(sum(bool(text) for text in texts(nodes_of(context, arguments), context.world)))


def position(context: Context, arguments: Arguments) -> Value:
    if not arguments:
        return float(context.position)
    found = nodes_of(context, arguments)
    if not found:
        return NAN
    node = found[0]
    if isinstance(node, At):
        return float(node.positions[-1]) if node.element.is_repeat else 1.0
    raise EvaluationError("position() wants a repeat")


def last(context: Context, arguments: Arguments) -> Value:
    return float(context.size)


def name(context: Context, arguments: Arguments) -> Value:
    found = nodes_of(context, arguments) if arguments else [context.node]
    return found[0].element.name if found and isinstance(found[0], At) else ""


def current(context: Context, arguments: Arguments) -> Value:
    return [context.origin]


def instance(context: Context, arguments: Arguments) -> Value:
    table = context.world.table(text_of(context, arguments))
    return [] if table is None else [table]


def pulldata(context: Context, arguments: Arguments) -> Value:
    table_name, wanted, column, key = (text_of(context, arguments, index) for index in range(4))
    table = context.world.table(table_name)
    rows: list[Row] = [] if table is None else table.where(column, key)
    return rows[0].fields.get(wanted, "") if rows else ""


def indexed_repeat(context: Context, arguments: Arguments) -> Value:
    """Outer repeats first, whatever the order written."""
    if len(arguments) % 2 == 0:
        raise EvaluationError("indexed-repeat() wants pairs of repeat and index")
    pairs: list[tuple[list[At], float]] = []
    for index in range(1, len(arguments), 2):
        repeats = [node for node in nodes_of(context, arguments, index) if isinstance(node, At)]
        at = number_of(context, arguments, index + 1)
        if not repeats or not at >= 1:
            return []
        pairs.append((repeats, at))
    pairs.sort(key=lambda pair: len(pair[0][0].positions))
    inside: At | None = None
    for repeats, at in pairs:
        reachable = [node for node in repeats if inside is None or node.is_inside(inside)]
        if at != int(at) or at > len(reachable):
            return []
        inside = reachable[int(at) - 1]
    targets = nodes_of(context, arguments)
    return [node for node in targets if isinstance(node, At) and inside is not None and node.is_inside(inside)]


def randomize(context: Context, arguments: Arguments) -> Value:
    found = nodes_of(context, arguments)
    if len(arguments) == 1:
        return shuffle.shuffled(found, int(context.world.random() * 2**31))
    seed = arguments[1](context)
    value = to_number(seed, context.world)
    if value == value:
        return shuffle.shuffled(found, shuffle.seed_of_number(value))
    return shuffle.shuffled(found, shuffle.seed_of_text(to_text(seed, context.world)))


def _places(context: Context, arguments: Arguments) -> list[str]:
    return [text for argument in arguments for text in texts(argument(context), context.world)]


def distance(context: Context, arguments: Arguments) -> Value:
    points = geography.line(_places(context, arguments))
    return NAN if points is None else geography.distance(points)


def area(context: Context, arguments: Arguments) -> Value:
    points = geography.line(_places(context, arguments))
    return 0.0 if points is None else geography.area(points)


def geofence(context: Context, arguments: Arguments) -> Value:
    place = geography.point(text_of(context, arguments))
    border = geography.line([text_of(context, arguments, 1)])
    return place is not None and border is not None and geography.inside(place, border)
