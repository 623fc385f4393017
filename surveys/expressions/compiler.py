"""Syntax tree → closures. Paths are resolved against the form once, here, and not at each evaluation."""

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import regex

from surveys.expressions import syntax
from surveys.expressions.context import Closure, Context
from surveys.expressions.errors import EvaluationError, ExpressionError
from surveys.expressions.functions import FUNCTIONS
from surveys.expressions.functions.text import compiled_pattern
from surveys.expressions.nodes import At, Element, Node, Row, Table, World, instances
from surveys.expressions.values import Value, compare, texts, to_boolean, to_number, to_text


@dataclass(frozen=True, slots=True)
class Read:
    """An expression reads ``element``; reader and element share the outermost ``shared`` repeat positions."""

    element: Element
    shared: int


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may name: the form's elements by name, their root, and the tables that exist."""

    root: Element
    by_name: Mapping[str, Sequence[Element]]
    tables: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression of one question.

    ``constant`` says that it has the same value always; ``unresolved`` are paths that lead nowhere (their position and
    text), which is no error in XPath but nearly always a mistake.
    """

    source: str
    tree: syntax.Tree = field(repr=False)
    call: Closure = field(repr=False)
    reads: frozenset[Read]
    functions: frozenset[str]
    constant: bool
    unresolved: tuple[tuple[int, str], ...] = ()

    def value(self, world: World, at: At) -> Value:
        """Raises EvaluationError."""
        try:
            return self.call(Context(world, at, at))
        except (OverflowError, RecursionError) as error:
            raise EvaluationError(str(error)) from error

    def text(self, world: World, at: At) -> str:
        return to_text(self.value(world, at), world)

    def boolean(self, world: World, at: At) -> bool:
        return to_boolean(self.value(world, at))

    def number(self, world: World, at: At) -> float:
        return to_number(self.value(world, at), world)

    def nodes(self, world: World, at: At) -> list[Node]:
        value = self.value(world, at)
        return value if isinstance(value, list) else []


def compile_expression(source: str, scope: Scope, owner: Element) -> Expression:
    """Compile an expression that belongs to one element of a form. Raises ExpressionError."""
    try:
        tree = syntax.parse(source)
        compiler = _Compiler(scope, owner)
        call = compiler.compile(tree, owner)
    except RecursionError as error:
        raise ExpressionError("too_deep", source[:40], 0) from error
    constant = not compiler.reads and all(FUNCTIONS[name].stable for name in compiler.functions)
    return Expression(
        source,
        tree,
        call,
        frozenset(compiler.reads),
        frozenset(compiler.functions),
        constant and not compiler.dynamic,
        tuple(compiler.unresolved),
    )


class _Compiler:
    """``here`` is the element of the context node where it is known, None inside predicates over tables."""

    def __init__(self, scope: Scope, owner: Element) -> None:
        self.scope = scope
        self.owner = owner
        self.reads: set[Read] = set()
        self.functions: set[str] = set()
        self.unresolved: list[tuple[int, str]] = []
        self.dynamic = False
        self.absolute = False

    def compile(self, tree: syntax.Tree, here: Element | None) -> Closure:
        match tree:
            case syntax.Number(value) | syntax.String(value):
                constant: Value = value
                return lambda context: constant
            case syntax.Negation(operand):
                inner = self.compile(operand, here)
                return lambda context: -to_number(inner(context), context.world)
            case syntax.Connected(sign, operands):
                return _connected(sign, [self.compile(operand, here) for operand in operands])
            case syntax.Binary(sign, left, right):
                return _binary(sign, self.compile(left, here), self.compile(right, here))
            case syntax.Call():
                return self.call(tree, here)
            case syntax.Reference():
                return self.reference(tree)
            case syntax.Path():
                return self.path(tree, here)
            case syntax.Root():
                return _document(self.scope.root)
            case syntax.Here():
                return lambda context: [context.node]

    # Functions

    def call(self, tree: syntax.Call, here: Element | None) -> Closure:
        function = FUNCTIONS.get(tree.name)
        if function is None:
            raise ExpressionError("function", tree.name, tree.position)
        count = len(tree.arguments)
        if not function.least <= count <= function.most:
            raise ExpressionError("arguments", tree.name, tree.position)
        self.functions.add(tree.name)
        arguments = [self.argument(tree, index, here) for index in range(count)]
        implementation = function.call
        if tree.name == "once":
            self.read(self.owner, len(self.owner.repeats))
        if tree.name == "regex" and isinstance(tree.arguments[1], syntax.String):
            _check_pattern(tree.arguments[1].value, tree.position)
        return lambda context: implementation(context, arguments)

    def argument(self, tree: syntax.Call, index: int, here: Element | None) -> Closure:
        argument = tree.arguments[index]
        if tree.name == "jr:choice-name" and index == 1:
            if not isinstance(argument, syntax.String):
                raise ExpressionError("choice_name", tree.name, tree.position)
            return self.compile(syntax.parse(argument.value), here)
        if tree.name == "instance" and isinstance(argument, syntax.String):
            self.table(argument.value, tree.position)
        if tree.name == "pulldata" and index == 0 and isinstance(argument, syntax.String):
            self.table(argument.value, tree.position)
        # Where an indexed-repeat() names its target and repeats, every instance is meant.
        whole = tree.name == "indexed-repeat" and (index == 0 or index % 2 == 1)
        before, self.absolute = self.absolute, whole
        closure = self.compile(argument, here)
        self.absolute = before
        return closure

    def table(self, name: str, position: int) -> None:
        if name not in self.scope.tables:
            raise ExpressionError("table", name, position)

    # Paths

    def reference(self, tree: syntax.Reference) -> Closure:
        if tree.last_saved:
            raise ExpressionError("last_saved", tree.name, tree.position)
        found = self.scope.by_name.get(tree.name, ())
        if not found:
            raise ExpressionError("reference", tree.name, tree.position)
        if len(found) > 1:
            raise ExpressionError("ambiguous", tree.name, tree.position)
        element = found[0]
        fixed = 0 if self.absolute else shared_repeats(self.owner, element)
        self.read(element, fixed)
        return _at(element, fixed, origin=True)

    def path(self, tree: syntax.Path, here: Element | None) -> Closure:
        resolved = self.static(tree, here)
        if resolved is not None:
            element, fixed, origin = resolved
            self.read(element, fixed)
            return _at(element, fixed, origin)
        return self.walked(tree, here)

    def static(self, tree: syntax.Path, here: Element | None) -> tuple[Element, int, bool] | None:
        """Where a path without predicates leads, if the form tells: element, shared positions, from the origin."""
        if tree.predicates or any(step.predicates for step in tree.steps):
            return None
        start = self.start(tree.start, here)
        if start is None:
            return None
        element, fixed, origin, steps = start[0], start[1], start[2], list(tree.steps)
        if isinstance(tree.start, syntax.Root):
            if not steps or steps[0].axis != "child" or steps[0].name not in (element.name, "*"):
                return None
            steps.pop(0)
        for step in steps:
            following = _next_element(element, step)
            if following is None:
                return None
            element = following
            fixed = min(fixed, len(element.repeats)) if step.axis == "parent" else fixed
        return element, fixed, origin

    def start(self, tree: syntax.Tree, here: Element | None) -> tuple[Element, int, bool] | None:
        match tree:
            case syntax.Root():
                return self.scope.root, 0, True
            case syntax.Here() if here is not None:
                return here, len(here.repeats), here is self.owner
            case syntax.Call("current", ()):
                return self.owner, len(self.owner.repeats), True
            case syntax.Reference(name, False):
                found = self.scope.by_name.get(name, ())
                if len(found) == 1:
                    element = found[0]
                    return element, 0 if self.absolute else shared_repeats(self.owner, element), True
        return None

    def walked(self, tree: syntax.Path, here: Element | None) -> Closure:
        """A path taken step by step, with its predicates."""
        element: Element | None
        if isinstance(tree.start, syntax.Root):
            element, start = None, _document(self.scope.root)
        elif isinstance(tree.start, syntax.Here):
            element, start = here, lambda context: [context.node]
        else:
            found = self.start(tree.start, here)
            element, start = found[0] if found else None, self.compile(tree.start, here)
        walk = start
        for predicate in tree.predicates:
            walk = self.filtered(walk, predicate, element)
        at_root = isinstance(tree.start, syntax.Root)
        for step in tree.steps:
            before = element
            element = _next_element(element, step) if element is not None else None
            if at_root:
                element = self.scope.root if step.axis == "child" and step.name == self.scope.root.name else None
                at_root = False
            if before is not None and element is None and step.axis == "child":
                self.unresolved.append((step.position, step.name))
            walk = _stepped(walk, step)
            for predicate in step.predicates:
                walk = self.filtered(walk, predicate, element)
        if element is not None:
            self.read(element, 0)
        elif not _reads_table(tree):
            self.dynamic = True
        return walk

    def filtered(self, walk: Closure, predicate: syntax.Tree, here: Element | None) -> Closure:
        test = self.compile(predicate, here)
        if isinstance(predicate, syntax.Number):
            return _positioned(walk, predicate.value)
        lookup = self.lookup(predicate) if here is None else None
        if lookup is None:
            return _filtered(walk, test)
        return _looked_up(walk, lookup, test)

    def lookup(self, predicate: syntax.Tree) -> tuple[str, Closure] | None:
        """``column = something that does not hang on the row``, alone or the first of an ``and``, can use an index."""
        if isinstance(predicate, syntax.Connected) and predicate.operator == "and":
            predicate = predicate.operands[0]
        if not isinstance(predicate, syntax.Binary) or predicate.operator != "=":
            return None
        for side, other in ((predicate.left, predicate.right), (predicate.right, predicate.left)):
            match side:
                case syntax.Path(syntax.Here(), (syntax.Step("child", column, ()),), ()) if column != "*":
                    if isinstance(other, syntax.String) or _ignores_row(other):
                        return column, self.compile(other, None)
        return None

    def read(self, element: Element, fixed: int) -> None:
        """A group or a repeat is read with everything in it."""
        for below in element.walk():
            self.reads.add(Read(below, min(fixed, len(below.repeats))))


class _Document:
    """What an absolute path starts from: its only child is the form's root."""

    def __init__(self, root: Element) -> None:
        self.root = root

    def text(self, world: World) -> str:
        return At(self.root, ()).text(world)

    def children_named(self, name: str, world: World) -> Sequence[Node]:
        return [At(self.root, ())] if name in (self.root.name, "*") else []

    def above(self) -> None:
        return None


def _document(root: Element) -> Closure:
    document = _Document(root)
    return lambda context: [document]


def shared_repeats(owner: Element, element: Element) -> int:
    """How many repeats two elements are inside of together. A repeat that names itself means all its instances."""
    count = 0
    for mine, theirs in zip(owner.repeats, element.repeats, strict=False):
        if mine is not theirs or theirs is element:
            break
        count += 1
    return count


def _next_element(element: Element, step: syntax.Step) -> Element | None:
    if step.axis == "child":
        return element.children.get(step.name)
    if step.axis == "parent":
        return element.parent
    return element if step.axis == "self" else None


def _at(element: Element, fixed: int, origin: bool) -> Closure:
    """The instances of an element that share the outermost positions with the context."""
    if len(element.repeats) == 0:
        only = [At(element, ())]
        return lambda context: only
    if len(element.repeats) == fixed:
        if origin:
            return lambda context: [At(element, context.origin.positions[:fixed])]
        return lambda context: [At(element, _positions(context)[:fixed])]
    if origin:
        return lambda context: _every(element, context.origin.positions[:fixed], context.world)
    return lambda context: _every(element, _positions(context)[:fixed], context.world)


def _every(element: Element, fixed: tuple[int, ...], world: World) -> list[At]:
    found = instances(element, fixed, world)
    world.spend(len(found))
    return found


def _positions(context: Context) -> tuple[int, ...]:
    node = context.node
    return node.positions if isinstance(node, At) else ()


def _stepped(walk: Closure, step: syntax.Step) -> Closure:
    name = step.name
    follow: Callable[[Node, World], Iterable[Node]]
    match step.axis:
        case "child":
            return lambda context: [
                child for node in _set(walk(context)) for child in node.children_named(name, context.world)
            ]
        case "parent":
            follow = _parent
        case "self":
            return walk
        case "descendant-or-self":
            follow = _descendants
        case _:
            follow = _siblings(step.axis, name)
    return lambda context: _distinct(found for node in _set(walk(context)) for found in follow(node, context.world))


def _set(value: Value) -> list[Node]:
    if not isinstance(value, list):
        raise EvaluationError("a path must start from questions or choices")
    return value


def _parent(node: Node, world: World) -> list[Node]:
    above = node.above()
    return [] if above is None else [above]


def _descendants(node: Node, world: World) -> Iterable[Node]:
    yield node
    for child in node.children_named("*", world):
        yield from _descendants(child, world)


def _siblings(axis: str, name: str) -> Callable[[Node, World], list[Node]]:
    def follow(node: Node, world: World) -> list[Node]:
        above = node.above()
        around = list(above.children_named("*", world)) if above is not None else []
        index = around.index(node)
        side = around[:index] if axis == "preceding-sibling" else around[index + 1 :]
        return [found for found in side if name == "*" or (isinstance(found, At) and found.element.name == name)]

    return follow


def _distinct(nodes: Iterable[Node]) -> list[Value | Node]:
    return list(dict.fromkeys(nodes))


def _positioned(walk: Closure, position: float) -> Closure:
    def call(context: Context) -> Value:
        found = _set(walk(context))
        at = int(position)
        return found[at - 1 : at] if at == position and at > 0 else []

    return call


def _filtered(walk: Closure, test: Closure) -> Closure:
    def call(context: Context) -> Value:
        return _kept(context, _set(walk(context)), test)

    return call


def _kept(context: Context, found: Sequence[Node], test: Closure) -> list[Node]:
    kept: list[Node] = []
    size = len(found)
    context.world.spend(size)
    for position, node in enumerate(found, 1):
        result = test(Context(context.world, context.origin, node, position, size))
        if result == position if isinstance(result, float) else to_boolean(result):
            kept.append(node)
    return kept


def _looked_up(walk: Closure, lookup: tuple[str, Closure], test: Closure) -> Closure:
    """The rows with the wanted text come from the table's index; the whole test then runs on those alone."""
    column, wanted = lookup

    def call(context: Context) -> Value:
        found = _set(walk(context))
        table = found[0].above() if found else None
        if not isinstance(table, Table) or len(found) != len(table.rows):
            return _kept(context, found, test)
        value = wanted(context)
        if isinstance(value, (float, bool)):
            return _kept(context, found, test)
        keys = texts(value, context.world)
        rows: list[Row] = table.where(column, keys[0]) if len(keys) == 1 else []
        return _kept(context, rows if len(keys) == 1 else found, test)

    return call


def _ignores_row(tree: syntax.Tree) -> bool:
    """Whether a tree has nothing that starts from the row of a predicate."""
    match tree:
        case syntax.Number() | syntax.String() | syntax.Reference() | syntax.Root():
            return True
        case syntax.Path(start, steps, predicates):
            inner = [*predicates, *(predicate for step in steps for predicate in step.predicates)]
            return not inner and _ignores_row(start)
        case syntax.Call(name, arguments):
            bare = name in ("position", "last", "string", "number", "name", "local-name") and not arguments
            return not bare and name != "once" and all(_ignores_row(argument) for argument in arguments)
    return False


def _reads_table(tree: syntax.Path) -> bool:
    return isinstance(tree.start, syntax.Call) and tree.start.name in ("instance", "randomize")


def _connected(sign: str, operands: list[Closure]) -> Closure:
    stop = sign == "or"

    def call(context: Context) -> Value:
        return any(to_boolean(operand(context)) for operand in operands)

    def every(context: Context) -> Value:
        return all(to_boolean(operand(context)) for operand in operands)

    return call if stop else every


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


def _binary(sign: str, left: Closure, right: Closure) -> Closure:
    if sign == "|":
        return lambda context: _distinct([*_set(left(context)), *_set(right(context))])
    if sign in _ARITHMETIC:
        compute = _ARITHMETIC[sign]
        return lambda context: compute(
            float(to_number(left(context), context.world)), float(to_number(right(context), context.world))
        )
    if sign == "div":
        return lambda context: _divided(
            to_number(left(context), context.world), to_number(right(context), context.world)
        )
    if sign == "mod":
        return lambda context: _remainder(
            to_number(left(context), context.world), to_number(right(context), context.world)
        )
    return lambda context: compare(sign, left(context), right(context), context.world)


def _divided(dividend: float, divisor: float) -> float:
    if divisor:
        return dividend / divisor
    if dividend != dividend or divisor != divisor or dividend == 0:
        return math.nan
    return math.copysign(math.inf, dividend) * math.copysign(1.0, divisor)


def _remainder(dividend: float, divisor: float) -> float:
    if divisor == 0 or math.isinf(dividend):
        return math.nan
    return math.fmod(dividend, divisor)


def _check_pattern(pattern: str, position: int) -> None:
    try:
        compiled_pattern(pattern)
    except regex.error as wrong:
        raise ExpressionError("pattern", f"{pattern}: {wrong}", position) from wrong
