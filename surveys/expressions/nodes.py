"""What paths walk over: the questions of a form with their repeat positions, and the rows of choice lists.

``Element`` is a question, group or repeat of the form; ``At`` is one instance of it. ``Table`` is a list of choices or
an attached file, in the shape that XForms gives it: ``root/item/column``.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Protocol

Positions = tuple[int, ...]


class Element:
    """A node of the form's definition. ``repeats`` are the repeats around it, itself included when it is one."""

    __slots__ = (
        "children",
        "gates",
        "is_repeat",
        "name",
        "order",
        "parent",
        "path",
        "pieces",
        "repeats",
        "table",
    )

    def __init__(self, name: str, parent: "Element | None", is_repeat: bool = False) -> None:
        self.name = name
        self.parent = parent
        self.is_repeat = is_repeat
        self.order = 0
        self.path: str = f"{parent.path if parent else ''}/{name}"
        self.children: dict[str, Element] = {}
        self.table: str | None = None
        # Elements from here up that have a condition of their own: one false gate makes this one irrelevant.
        self.gates: tuple[Element, ...] = ()
        above = parent.repeats if parent else ()
        self.repeats: tuple[Element, ...] = (*above, self) if is_repeat else above
        # The text between positions: '/data/rep[' , ']/x' — a key is joined from them faster than built by steps.
        last = f"{parent.pieces[-1] if parent else ''}/{name}"
        head = parent.pieces[:-1] if parent else ()
        self.pieces: tuple[str, ...] = (*head, f"{last}[", "]") if is_repeat else (*head, last)
        if parent is not None:
            parent.children[name] = self

    def __repr__(self) -> str:
        return f"Element({self.path})"

    def key(self, positions: Positions) -> str:
        """The path of one instance: ``/data/rep[2]/x``."""
        pieces = self.pieces
        if not positions:
            return pieces[0]
        text = pieces[0]
        for index, position in enumerate(positions):
            text += f"{position}{pieces[index + 1]}"
        return text

    def range_key(self, outer: Positions) -> str:
        """The path of a repeat as a whole, inside the given outer positions: ``/data/rep``."""
        return self.key((*outer, 0))[:-3]

    def gate_key(self, positions: Positions) -> str:
        """The path that this element's own condition is kept under: a repeat has one for all its instances."""
        depth = len(self.repeats)
        return self.range_key(positions[: depth - 1]) if self.is_repeat else self.key(positions[:depth])

    def walk(self) -> "Iterator[Element]":
        """This element and everything below it, in document order."""
        yield self
        for child in self.children.values():
            yield from child.walk()


class World(Protocol):
    """The values an expression is evaluated over."""

    @property
    def zone(self) -> tzinfo: ...

    @property
    def now(self) -> datetime: ...

    def value(self, element: Element, positions: Positions) -> str:
        """The text of one instance as others see it: blank where irrelevant."""
        ...

    def count(self, repeat: Element, positions: Positions) -> int:
        """How many instances a repeat has inside the given outer positions."""
        ...

    def table(self, name: str) -> "Table | None": ...

    def label(self, element: Element, positions: Positions, value: str) -> str:
        """The label of one choice of a select, in the language of the conversation; blank if there is none."""
        ...

    def random(self) -> float:
        """The next number in [0, 1) of this conversation."""
        ...

    def spend(self, steps: int) -> None:
        """Account for nodes walked over. Raises EvaluationError where a turn has walked too far."""
        ...

    def give_up(self, pattern: str) -> None:
        """Remember a regular expression that took too long."""
        ...

    def is_given_up(self, pattern: str) -> bool:
        """Whether a regular expression is not to be tried in this turn."""
        ...


class Node(Protocol):
    def text(self, world: World) -> str: ...

    def children_named(self, name: str, world: World) -> "Sequence[Node]": ...

    def above(self) -> "Node | None": ...


class At:
    """One instance of an element."""

    __slots__ = ("element", "positions")

    def __init__(self, element: Element, positions: Positions) -> None:
        self.element = element
        self.positions = positions

    def __eq__(self, other: object) -> bool:
        return isinstance(other, At) and self.element is other.element and self.positions == other.positions

    def __hash__(self) -> int:
        return hash((id(self.element), self.positions))

    @property
    def key(self) -> str:
        return self.element.key(self.positions)

    def text(self, world: World) -> str:
        if self.element.children:
            return "".join(node.text(world) for node in self.children_named("*", world))
        return world.value(self.element, self.positions)

    def children_named(self, name: str, world: World) -> "list[At]":
        children = self.element.children
        world.spend(len(children) if name == "*" else 1)
        if name != "*":
            child = children.get(name)
            return [] if child is None else child_instances(child, self.positions, world)
        return [at for child in children.values() for at in child_instances(child, self.positions, world)]

    def above(self) -> "At | None":
        parent = self.element.parent
        return None if parent is None else At(parent, self.positions[: len(parent.repeats)])

    def is_inside(self, other: "At") -> bool:
        element: Element | None = self.element
        while element is not None and element is not other.element:
            element = element.parent
        return element is not None and self.positions[: len(other.positions)] == other.positions


def child_instances(child: Element, positions: Positions, world: World) -> list[At]:
    if not child.is_repeat:
        return [At(child, positions)]
    return [At(child, (*positions, n)) for n in range(1, world.count(child, positions) + 1)]


def instances(element: Element, fixed: Positions, world: World) -> list[At]:
    """Every instance of an element whose outermost positions are the given ones."""
    found = [fixed]
    for repeat in element.repeats[len(fixed) :]:
        found = [(*outer, n) for outer in found for n in range(1, world.count(repeat, outer) + 1)]
    return [At(element, positions) for positions in found]


class Field:
    """One cell of a table's row."""

    __slots__ = ("_row", "_text")

    def __init__(self, text: str, row: "Row") -> None:
        self._text = text
        self._row = row

    def text(self, world: World) -> str:
        return self._text

    def children_named(self, name: str, world: World) -> Sequence[Node]:
        return ()

    def above(self) -> Node:
        return self._row


class Row:
    """One item of a table: ``fields`` maps a column to its text."""

    __slots__ = ("_above", "fields")

    def __init__(self, fields: Mapping[str, str], above: "Table") -> None:
        self.fields = fields
        self._above = above

    def text(self, world: World) -> str:
        return "".join(self.fields.values())

    def children_named(self, name: str, world: World) -> Sequence[Node]:
        if name == "*":
            return [Field(text, self) for text in self.fields.values()]
        text = self.fields.get(name)
        return () if text is None else (Field(text, self),)

    def above(self) -> Node:
        return self._above


class Table:
    """A list of choices or an attached file. It stands for both the document and its ``root`` element."""

    __slots__ = ("_indexes", "name", "rows")

    def __init__(self, name: str, rows: Sequence[Mapping[str, str]]) -> None:
        self.name = name
        self.rows = [Row(row, self) for row in rows]
        self._indexes: dict[str, dict[str, list[Row]]] = {}

    def text(self, world: World) -> str:
        return "".join(row.text(world) for row in self.rows)

    def children_named(self, name: str, world: World) -> Sequence[Node]:
        if name in ("item", "*"):
            return self.rows
        return (self,) if name == "root" else ()

    def above(self) -> None:
        return None

    def where(self, column: str, text: str) -> list[Row]:
        """The rows whose column holds exactly this text; the index is made at the first question."""
        index = self._indexes.get(column)
        if index is None:
            index = {}
            for row in self.rows:
                cell = row.fields.get(column)
                if cell is not None:
                    index.setdefault(cell, []).append(row)
            self._indexes[column] = index
        return index.get(text, [])
