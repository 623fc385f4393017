"""What to work out again when a value changes: conditions, counts, calculations and filters, in a fixed order."""

import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from surveys.expressions import Expression
from surveys.expressions.compiler import Read, shared_repeats
from surveys.expressions.nodes import Element
from surveys.form import CACHED_FORMS, Form, Node, Question, Repeat, ancestors

Kind = Literal["relevant", "count", "calculation", "filter"]
_KIND_ORDER: Mapping[Kind, int] = {"relevant": 0, "count": 1, "calculation": 2, "filter": 3}


@dataclass(slots=True, eq=False)
class Computation:
    """One thing to work out for ``node``, once for every instance of ``element``.

    They differ for a repeat: its condition and its count belong to the group around it, not to its instances.
    """

    kind: Kind
    node: Node
    element: Element
    expression: Expression | None
    triggered: bool = False
    reads: frozenset[Read] = frozenset()
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Dependencies:
    """``ordered`` by rank; ``readers`` says who reads an element, with the repeat positions that both share."""

    ordered: tuple[Computation, ...]
    readers: Mapping[Element, tuple[tuple[Computation, int], ...]]
    own: Mapping[Element, tuple[Computation, ...]]
    cycles: tuple[tuple[str, ...], ...] = field(default=())


@lru_cache(maxsize=CACHED_FORMS)
def dependencies(form: Form) -> Dependencies:
    computations = list(_computations(form))
    own: dict[Element, list[Computation]] = defaultdict(list)
    for computation in computations:
        own[computation.node.element].append(computation)
    readers: dict[Element, list[tuple[Computation, int]]] = defaultdict(list)
    for computation in computations:
        for read in computation.reads:
            readers[read.element].append((computation, read.shared))
    ordered, cycles = _ordered(computations, own)
    for rank, computation in enumerate(ordered):
        computation.rank = rank
    return Dependencies(
        tuple(ordered),
        {element: tuple(found) for element, found in readers.items()},
        {element: tuple(found) for element, found in own.items()},
        cycles,
    )


def _computations(form: Form) -> Iterator[Computation]:
    for node in form.nodes:
        around = node.element.parent or node.element
        if node.relevant is not None:
            element = around if isinstance(node, Repeat) else node.element
            yield Computation("relevant", node, element, node.relevant, reads=node.relevant.reads)
        if isinstance(node, Repeat) and node.count is not None:
            yield Computation("count", node, around, node.count, reads=node.count.reads)
        if isinstance(node, Question):
            yield from _question_computations(form, node)


def _question_computations(form: Form, question: Question) -> Iterator[Computation]:
    element, calculation, items = question.element, question.calculation, question.items
    if calculation is not None and question.trigger:
        # Worked out when the trigger changes, and at no other time.
        found = form.scope.by_name.get(question.trigger.strip()[2:-1].strip(), ())
        reads = frozenset(Read(trigger, shared_repeats(element, trigger)) for trigger in found)
        yield Computation("calculation", question, element, calculation, triggered=True, reads=reads)
    elif calculation is not None:
        yield Computation("calculation", question, element, calculation, reads=calculation.reads)
    if question.is_select:
        yield Computation("filter", question, element, items, reads=items.reads if items else frozenset())


def _before(computation: Computation, own: Mapping[Element, list[Computation]]) -> Iterator[Computation]:
    """What must be worked out before: the conditions around it, and all that its reads hang on."""
    node = computation.node.element
    for element in ancestors(node):
        for other in own.get(element, ()):
            inner = other.node.element is node and _KIND_ORDER[other.kind] < _KIND_ORDER[computation.kind]
            outer = other.node.element is not node and other.kind in ("relevant", "count")
            if inner or outer:
                yield other
    for read in computation.reads:
        if read.element is node:
            continue
        for element in ancestors(read.element):
            for other in own.get(element, ()):
                matters = other.kind in ("relevant", "count") or element is read.element
                earlier = element is not node or _KIND_ORDER[other.kind] < _KIND_ORDER[computation.kind]
                if matters and earlier:
                    yield other


def _ordered(
    computations: list[Computation], own: Mapping[Element, list[Computation]]
) -> tuple[list[Computation], tuple[tuple[str, ...], ...]]:
    """Topological order, document order where it is free; what goes round in a circle comes last, as it stands."""
    waiting: dict[Computation, set[Computation]] = {
        computation: set(_before(computation, own)) - {computation} for computation in computations
    }
    followers: dict[Computation, list[Computation]] = defaultdict(list)
    for computation, before in waiting.items():
        for other in before:
            followers[other].append(computation)
    place = {computation: index for index, computation in enumerate(computations)}
    ready = [place[computation] for computation, before in waiting.items() if not before]
    heapq.heapify(ready)
    ordered: list[Computation] = []
    while ready:
        computation = computations[heapq.heappop(ready)]
        ordered.append(computation)
        for follower in followers[computation]:
            waiting[follower].discard(computation)
            if not waiting[follower]:
                heapq.heappush(ready, place[follower])
    done = set(ordered)
    stuck = [computation for computation in computations if computation not in done]
    return ordered + stuck, _cycles(stuck, waiting)


def _cycles(stuck: list[Computation], waiting: Mapping[Computation, set[Computation]]) -> tuple[tuple[str, ...], ...]:
    """The circles among what could not be ordered, each by the names of its questions, once."""
    remaining = set(stuck)
    found: list[tuple[str, ...]] = []
    while remaining:
        path = [next(computation for computation in stuck if computation in remaining)]
        while True:
            following = next((other for other in stuck if other in waiting[path[-1]] and other in remaining), None)
            if following is None:
                break
            if following in path:
                circle = path[path.index(following) :]
                found.append(tuple(computation.node.name for computation in circle))
                break
            path.append(following)
        remaining -= set(path)
    return tuple(found)
