"""The functions of XForms expressions: one Python function each, and one table with how many arguments each takes.

Sources: the ODK XForms specification (https://getodk.github.io/xforms-spec/#xpath-functions) and XPath 1.0; where
engines differ the result is ODK Web Forms' (see ``docs/forms.md``). A function gets its arguments unevaluated.
"""

import base64
import binascii
import hashlib
import math
import uuid as uuids
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import regex as regexes

from surveys.expressions import dates, geography, shuffle
from surveys.expressions.context import Closure, Context
from surveys.expressions.errors import EvaluationError
from surveys.expressions.nodes import At, Node, Row
from surveys.expressions.values import (
    NAN,
    Value,
    numbers,
    texts,
    to_boolean,
    to_number,
    to_text,
    words,
)

REGEX_SECONDS = 0.05
MAXIMUM_TEXT = 10_000

Arguments = Sequence[Closure]
Implementation = Callable[[Context, Arguments], Value]
MANY = 1_000


@dataclass(frozen=True, slots=True)
class Function:
    """``call`` takes ``least`` to ``most`` arguments; ``stable``: its result hangs on its arguments alone."""

    call: Implementation
    least: int
    most: int
    stable: bool = True


def _text(context: Context, arguments: Arguments, index: int = 0) -> str:
    return to_text(arguments[index](context), context.world)


def _number(context: Context, arguments: Arguments, index: int = 0) -> float:
    return to_number(arguments[index](context), context.world)


def _own(context: Context, arguments: Arguments) -> Value:
    """The only argument, or the context node where there is none."""
    return arguments[0](context) if arguments else [context.node]


def _nodes(context: Context, arguments: Arguments, index: int = 0) -> list[Node]:
    value = arguments[index](context)
    if not isinstance(value, list):
        raise EvaluationError("a path to questions is wanted here")
    return value


def _integer(context: Context, arguments: Arguments, index: int) -> int | None:
    """An argument's leading whole number, as ECMAScript's ``parseInt`` reads it."""
    match = regexes.match(r"\s*([+-]?\d+)", _text(context, arguments, index))
    return int(match.group(1)) if match else None


# Logic


def if_(context: Context, arguments: Arguments) -> Value:
    return arguments[1](context) if to_boolean(arguments[0](context)) else arguments[2](context)


def not_(context: Context, arguments: Arguments) -> Value:
    return not to_boolean(arguments[0](context))


def boolean(context: Context, arguments: Arguments) -> Value:
    return to_boolean(arguments[0](context))


def boolean_from_string(context: Context, arguments: Arguments) -> Value:
    return _text(context, arguments) in ("1", "true")


def coalesce(context: Context, arguments: Arguments) -> Value:
    for index in range(len(arguments)):
        text = _text(context, arguments, index)
        if text:
            return text
    return ""


def once(context: Context, arguments: Arguments) -> Value:
    return context.node.text(context.world) or _text(context, arguments)


def checklist(context: Context, arguments: Arguments) -> Value:
    values = [argument(context) for argument in arguments[2:]]
    count = sum(_truths(value, context) for value in values)
    return _within(count, _number(context, arguments, 0), _number(context, arguments, 1))


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
            total += _number(context, arguments, index + 1)
    return _within(total, _number(context, arguments, 0), _number(context, arguments, 1))


def _within(count: float, least: float, most: float) -> bool:
    return count >= least and (most == -1 or count <= most)


# Text


def string(context: Context, arguments: Arguments) -> Value:
    return to_text(_own(context, arguments), context.world)


def concat(context: Context, arguments: Arguments) -> Value:
    return "".join(text for argument in arguments for text in texts(argument(context), context.world))[:MAXIMUM_TEXT]


def join(context: Context, arguments: Arguments) -> Value:
    parts = [text for argument in arguments[1:] for text in texts(argument(context), context.world)]
    return _text(context, arguments).join(parts)[:MAXIMUM_TEXT]


def contains(context: Context, arguments: Arguments) -> Value:
    return _text(context, arguments, 1) in _text(context, arguments)


def starts_with(context: Context, arguments: Arguments) -> Value:
    return _text(context, arguments).startswith(_text(context, arguments, 1))


def ends_with(context: Context, arguments: Arguments) -> Value:
    return _text(context, arguments).endswith(_text(context, arguments, 1))


def string_length(context: Context, arguments: Arguments) -> Value:
    return float(len(to_text(_own(context, arguments), context.world)))


def normalize_space(context: Context, arguments: Arguments) -> Value:
    return " ".join(words(to_text(_own(context, arguments), context.world)))


def substr(context: Context, arguments: Arguments) -> Value:
    text = _text(context, arguments)
    start = _integer(context, arguments, 1) or 0
    end = _integer(context, arguments, 2) if len(arguments) > 2 else len(text)
    size = len(text)
    bounds = [min(max(0, size + at if at < 0 else at), size) for at in (start, end or 0)]
    return text[bounds[0] : bounds[1]]


def substring(context: Context, arguments: Arguments) -> Value:
    """XPath's: positions from 1, and a length."""
    text = _text(context, arguments)
    start = _number(context, arguments, 1)
    length = _number(context, arguments, 2) if len(arguments) > 2 else math.inf
    if start != start or length != length or start == math.inf:
        return ""
    first = -math.inf if start == -math.inf else math.floor(start + 0.5)
    last = first + (length if length == math.inf else math.floor(length + 0.5))
    return "".join(letter for at, letter in enumerate(text, 1) if first <= at < last)


def substring_before(context: Context, arguments: Arguments) -> Value:
    before, found, _ = _text(context, arguments).partition(_text(context, arguments, 1) or "\0")
    return before if found else ""


def substring_after(context: Context, arguments: Arguments) -> Value:
    needle = _text(context, arguments, 1)
    text = _text(context, arguments)
    return text.partition(needle)[2] if needle else text


def translate(context: Context, arguments: Arguments) -> Value:
    source, target = _text(context, arguments, 1), _text(context, arguments, 2)
    table: dict[int, str] = {}
    for index, letter in enumerate(source):
        table.setdefault(ord(letter), target[index] if index < len(target) else "")
    return _text(context, arguments).translate(table)


def regex(context: Context, arguments: Arguments) -> Value:
    """Searches: the pattern says itself with ``^`` and ``$`` when the whole must match, as in Web Forms."""
    pattern = _text(context, arguments, 1)
    if context.world.is_given_up(pattern):
        raise EvaluationError("the pattern takes too long")
    try:
        return compiled_pattern(pattern).search(_text(context, arguments), timeout=REGEX_SECONDS) is not None
    except TimeoutError as slow:
        context.world.give_up(pattern)
        raise EvaluationError("the pattern takes too long") from slow
    except regexes.error as wrong:
        raise EvaluationError(f"the pattern cannot be read: {wrong}") from wrong


@lru_cache(maxsize=512)
def compiled_pattern(pattern: str) -> "regexes.Pattern[str]":
    """A form's pattern. Written for ECMAScript, where ``\\d`` and ``\\w`` are ASCII. Raises ``regex.error``."""
    return regexes.compile(pattern, regexes.ASCII)


def digest(context: Context, arguments: Arguments) -> Value:
    algorithm = _text(context, arguments, 1)
    encoding = _text(context, arguments, 2) if len(arguments) > 2 else "base64"
    if algorithm not in ("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512") or encoding not in (
        "base64",
        "hex",
    ):
        raise EvaluationError(f"digest() does not know {algorithm} or {encoding}")
    sum_ = hashlib.new(algorithm.replace("-", "").lower(), _text(context, arguments).encode(), usedforsecurity=False)
    return sum_.hexdigest() if encoding == "hex" else base64.b64encode(sum_.digest()).decode()


def base64_decode(context: Context, arguments: Arguments) -> Value:
    try:
        return base64.b64decode(_text(context, arguments)).decode("utf-8", "replace")
    except binascii.Error:
        return ""


def uuid(context: Context, arguments: Arguments) -> Value:
    draw = context.world.random
    text = ""
    length = int(_number(context, arguments)) if arguments else 36
    while len(text) < min(length, 1_000):
        bits = int(draw() * 2**53) << 75 | int(draw() * 2**53) << 22 | int(draw() * 2**22)
        text += str(uuids.UUID(int=bits, version=4))
    return text[:length]


# Numbers


def number(context: Context, arguments: Arguments) -> Value:
    """A date becomes its day number and prints as a whole number of days."""
    value = _own(context, arguments)
    if isinstance(value, (str, list)):
        moment = dates.parse(to_text(value, context.world), context.world.zone)
        if moment is not None:
            days = (moment - dates.EPOCH) / dates.DAY
            return dates.DayNumber(days, str(math.floor(days)))
    return to_number(value, context.world)


def int_(context: Context, arguments: Arguments) -> Value:
    value = _number(context, arguments)
    return float(math.trunc(value)) if math.isfinite(value) else value


def round_(context: Context, arguments: Arguments) -> Value:
    """Half away from zero, to some decimals; negative decimals round to tens and hundreds."""
    value = _number(context, arguments)
    places = _number(context, arguments, 1) if len(arguments) > 1 else 0.0
    if not math.isfinite(value) or places != places:
        return value if places == places else NAN
    scale = math.pow(10.0, min(max(places, -300.0), 300.0))
    shifted = abs(value) * scale
    if math.isinf(shifted):
        return value
    return math.copysign(math.floor(shifted + 0.5) / scale, value) if shifted >= 0.5 else 0.0


def _unary(compute: Callable[[float], float]) -> Implementation:
    def call(context: Context, arguments: Arguments) -> Value:
        value = _number(context, arguments)
        if value != value:
            return NAN
        try:
            return float(compute(value))
        except (ValueError, OverflowError):
            return NAN

    return call


def _floor(value: float) -> float:
    return math.floor(value) if math.isfinite(value) else value


def _ceiling(value: float) -> float:
    return math.ceil(value) if math.isfinite(value) else value


def _log(value: float) -> float:
    return math.log(value) if value else -math.inf


def _log10(value: float) -> float:
    return math.log10(value) if value else -math.inf


def pow_(context: Context, arguments: Arguments) -> Value:
    try:
        return math.pow(_number(context, arguments), _number(context, arguments, 1))
    except OverflowError:
        return math.inf
    except ValueError:
        return NAN


def atan2(context: Context, arguments: Arguments) -> Value:
    return math.atan2(_number(context, arguments), _number(context, arguments, 1))


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


# Dates


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
    fraction = dates.fraction_of_day(_text(context, arguments), context.world.zone)
    return NAN if fraction is None else fraction


def _formatted(context: Context, arguments: Arguments, with_time: bool) -> str:
    moment = dates.parse(_text(context, arguments), context.world.zone)
    return "" if moment is None else dates.formatted(moment, _text(context, arguments, 1), with_time)


def format_date(context: Context, arguments: Arguments) -> Value:
    return _formatted(context, arguments, with_time=False)


def format_date_time(context: Context, arguments: Arguments) -> Value:
    return _formatted(context, arguments, with_time=True)


# Selections


def selected(context: Context, arguments: Arguments) -> Value:
    return _text(context, arguments, 1).strip() in words(_text(context, arguments))


def selected_at(context: Context, arguments: Arguments) -> Value:
    found = words(_text(context, arguments))
    at = _integer(context, arguments, 1)
    return found[at] if at is not None and 0 <= at < len(found) else ""


def count_selected(context: Context, arguments: Arguments) -> Value:
    return float(len(_text(context, arguments).split()))


def choice_name(context: Context, arguments: Arguments) -> Value:
    value = _text(context, arguments)
    for node in _nodes(context, arguments, 1):
        if isinstance(node, At):
            return context.world.label(node.element, node.positions, value)
    return ""


# Node-sets


def count(context: Context, arguments: Arguments) -> Value:
    return float(len(_nodes(context, arguments)))


def count_non_empty(context: Context, arguments: Arguments) -> Value:
    return float(sum(bool(text) for text in texts(_nodes(context, arguments), context.world)))


def position(context: Context, arguments: Arguments) -> Value:
    if not arguments:
        return float(context.position)
    found = _nodes(context, arguments)
    if not found:
        return NAN
    node = found[0]
    if isinstance(node, At):
        return float(node.positions[-1]) if node.element.is_repeat else 1.0
    raise EvaluationError("position() wants a repeat")


def last(context: Context, arguments: Arguments) -> Value:
    return float(context.size)


def name(context: Context, arguments: Arguments) -> Value:
    found = _nodes(context, arguments) if arguments else [context.node]
    return found[0].element.name if found and isinstance(found[0], At) else ""


def current(context: Context, arguments: Arguments) -> Value:
    return [context.origin]


def instance(context: Context, arguments: Arguments) -> Value:
    table = context.world.table(_text(context, arguments))
    return [] if table is None else [table]


def pulldata(context: Context, arguments: Arguments) -> Value:
    table_name, wanted, column, key = (_text(context, arguments, index) for index in range(4))
    table = context.world.table(table_name)
    rows: list[Row] = [] if table is None else table.where(column, key)
    return rows[0].fields.get(wanted, "") if rows else ""


def indexed_repeat(context: Context, arguments: Arguments) -> Value:
    """Outer repeats first, whatever the order written."""
    if len(arguments) % 2 == 0:
        raise EvaluationError("indexed-repeat() wants pairs of repeat and index")
    pairs: list[tuple[list[At], float]] = []
    for index in range(1, len(arguments), 2):
        repeats = [node for node in _nodes(context, arguments, index) if isinstance(node, At)]
        at = _number(context, arguments, index + 1)
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
    targets = _nodes(context, arguments)
    return [node for node in targets if isinstance(node, At) and inside is not None and node.is_inside(inside)]


def randomize(context: Context, arguments: Arguments) -> Value:
    found = _nodes(context, arguments)
    if len(arguments) == 1:
        return shuffle.shuffled(found, int(context.world.random() * 2**31))
    seed = arguments[1](context)
    value = to_number(seed, context.world)
    if value == value:
        return shuffle.shuffled(found, shuffle.seed_of_number(value))
    return shuffle.shuffled(found, shuffle.seed_of_text(to_text(seed, context.world)))


# Places


def _places(context: Context, arguments: Arguments) -> list[str]:
    return [text for argument in arguments for text in texts(argument(context), context.world)]


def distance(context: Context, arguments: Arguments) -> Value:
    points = geography.line(_places(context, arguments))
    return NAN if points is None else geography.distance(points)


def area(context: Context, arguments: Arguments) -> Value:
    points = geography.line(_places(context, arguments))
    return 0.0 if points is None else geography.area(points)


def geofence(context: Context, arguments: Arguments) -> Value:
    place = geography.point(_text(context, arguments))
    border = geography.line([_text(context, arguments, 1)])
    return place is not None and border is not None and geography.inside(place, border)


def _constant(value: Value) -> Implementation:
    return lambda context, arguments: value


FUNCTIONS: dict[str, Function] = {
    "true": Function(_constant(True), 0, 0),
    "false": Function(_constant(False), 0, 0),
    "if": Function(if_, 3, 3),
    "not": Function(not_, 1, 1),
    "boolean": Function(boolean, 1, 1),
    "boolean-from-string": Function(boolean_from_string, 1, 1),
    "coalesce": Function(coalesce, 2, MANY),
    "once": Function(once, 1, 1, stable=False),
    "checklist": Function(checklist, 2, MANY),
    "weighted-checklist": Function(weighted_checklist, 2, MANY),
    "string": Function(string, 0, 1),
    "concat": Function(concat, 0, MANY),
    "join": Function(join, 1, MANY),
    "contains": Function(contains, 2, 2),
    "starts-with": Function(starts_with, 2, 2),
    "ends-with": Function(ends_with, 2, 2),
    "string-length": Function(string_length, 0, 1),
    "normalize-space": Function(normalize_space, 0, 1),
    "substr": Function(substr, 2, 3),
    "substring": Function(substring, 2, 3),
    "substring-before": Function(substring_before, 2, 2),
    "substring-after": Function(substring_after, 2, 2),
    "translate": Function(translate, 3, 3),
    "regex": Function(regex, 2, 2),
    "digest": Function(digest, 2, 3),
    "base64-decode": Function(base64_decode, 1, 1),
    "uuid": Function(uuid, 0, 1, stable=False),
    "number": Function(number, 0, 1),
    "int": Function(int_, 1, 1),
    "round": Function(round_, 1, 2),
    "floor": Function(_unary(_floor), 1, 1),
    "ceiling": Function(_unary(_ceiling), 1, 1),
    "abs": Function(_unary(abs), 1, 1),
    "sqrt": Function(_unary(math.sqrt), 1, 1),
    "exp": Function(_unary(math.exp), 1, 1),
    "exp10": Function(_unary(lambda value: math.pow(10.0, value)), 1, 1),
    "log": Function(_unary(_log), 1, 1),
    "log10": Function(_unary(_log10), 1, 1),
    "sin": Function(_unary(math.sin), 1, 1),
    "cos": Function(_unary(math.cos), 1, 1),
    "tan": Function(_unary(math.tan), 1, 1),
    "asin": Function(_unary(math.asin), 1, 1),
    "acos": Function(_unary(math.acos), 1, 1),
    "atan": Function(_unary(math.atan), 1, 1),
    "atan2": Function(atan2, 2, 2),
    "pow": Function(pow_, 2, 2),
    "pi": Function(_constant(math.pi), 0, 0),
    "sum": Function(sum_, 1, 1),
    "max": Function(max_, 1, MANY),
    "min": Function(min_, 1, MANY),
    "random": Function(random, 0, 0, stable=False),
    "today": Function(today, 0, 0, stable=False),
    "now": Function(now, 0, 0, stable=False),
    "date": Function(date, 1, 1),
    "date-time": Function(date, 1, 1),
    "decimal-date-time": Function(decimal_date_time, 1, 1),
    "decimal-time": Function(decimal_time, 1, 1),
    "format-date": Function(format_date, 2, 2),
    "format-date-time": Function(format_date_time, 2, 2),
    "selected": Function(selected, 2, 2),
    "selected-at": Function(selected_at, 2, 2),
    "count-selected": Function(count_selected, 1, 1),
    "jr:choice-name": Function(choice_name, 2, 2),
    "count": Function(count, 1, 1),
    "count-non-empty": Function(count_non_empty, 1, 1),
    "position": Function(position, 0, 1, stable=False),
    "last": Function(last, 0, 0, stable=False),
    "name": Function(name, 0, 1),
    "local-name": Function(name, 0, 1),
    "current": Function(current, 0, 0, stable=False),
    "instance": Function(instance, 1, 1),
    "pulldata": Function(pulldata, 4, 4),
    "indexed-repeat": Function(indexed_repeat, 3, MANY),
    "randomize": Function(randomize, 1, 2),
    "distance": Function(distance, 1, MANY),
    "area": Function(area, 1, 1),
    "geofence": Function(geofence, 2, 2),
}
