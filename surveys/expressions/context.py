"""Where an expression is being evaluated: the world of values, the question it belongs to, the node of a predicate."""

from collections.abc import Callable
from typing import TypeAlias

from surveys.expressions.nodes import At, Node, World
from surveys.expressions.values import Value


class Context:
    """``origin`` is the question that owns the expression; ``node`` differs from it inside a predicate only."""

    __slots__ = ("node", "origin", "position", "size", "world")

    def __init__(self, world: World, origin: At, node: Node, position: int = 1, size: int = 1) -> None:
        self.world = world
        self.origin = origin
        self.node = node
        self.position = position
        self.size = size


Closure: TypeAlias = Callable[[Context], Value]
