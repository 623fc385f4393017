"""Tokens → syntax tree. The grammar is XPath 1.0's, without variables, plus ``${name}``."""

from dataclasses import dataclass, field

from surveys.expressions.errors import ExpressionError
from surveys.expressions.lexer import Token, tokenize

MAXIMUM_LENGTH = 20_000
MAXIMUM_DEPTH = 60
MAXIMUM_CHAIN = 200


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class String:
    value: str


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: "Tree"
    right: "Tree"
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Connected:
    """Operands joined by ``and`` or by ``or``."""

    operator: str
    operands: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Negation:
    operand: "Tree"


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: "tuple[Tree, ...]"
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path, on one of the axes below; ``name`` may be ``*``."""

    axis: str
    name: str
    predicates: "tuple[Tree, ...]" = ()
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Root:
    """The start of an absolute path."""


@dataclass(frozen=True, slots=True)
class Here:
    """The start of a relative path: the context node."""


@dataclass(frozen=True, slots=True)
class Reference:
    """``${name}``, or ``${last-saved#name}`` with ``last_saved`` true."""

    name: str
    last_saved: bool = False
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Path:
    start: "Tree"
    steps: tuple[Step, ...]
    predicates: "tuple[Tree, ...]" = ()


Tree = Number | String | Binary | Connected | Negation | Call | Root | Here | Reference | Path

_AXES = frozenset({"child", "parent", "self", "descendant-or-self", "preceding-sibling", "following-sibling"})
_PRECEDENCE = (("or",), ("and",), ("=", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "div", "mod"))


def parse(text: str) -> Tree:
    """The syntax tree of an expression. Raises ExpressionError with the position of the first fault."""
    if len(text) > MAXIMUM_LENGTH:
        raise ExpressionError("too_long", f"{len(text)}", MAXIMUM_LENGTH)
    return _Parser(tokenize(text)).whole()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.index = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def whole(self) -> Tree:
        tree = self.expression()
        if self.token.kind != "end":
            raise self.unexpected()
        return tree

    def unexpected(self) -> ExpressionError:
        token = self.token
        if token.kind == "end":
            return ExpressionError("unfinished", "", token.position)
        return ExpressionError("unexpected", token.text, token.position)

    def take(self) -> Token:
        token = self.token
        self.index += 1
        return token

    def next_is(self, *texts: str) -> bool:
        return self.token.kind in ("symbol", "operator") and self.token.text in texts

    def skip(self, text: str) -> bool:
        if self.next_is(text):
            self.index += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.skip(text):
            raise self.unexpected()

    def expression(self) -> Tree:
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            raise ExpressionError("too_deep", self.token.text, self.token.position)
        tree = self.binary(0)
        self.depth -= 1
        return tree

    def binary(self, level: int) -> Tree:
        if level == len(_PRECEDENCE):
            return self.unary()
        left = self.binary(level + 1)
        if level < 2:
            return self.connected(level, left)
        chain = 0
        while self.next_is(*_PRECEDENCE[level]):
            operator = self.take()
            chain += 1
            if chain > MAXIMUM_CHAIN:
                raise ExpressionError("too_deep", operator.text, operator.position)
            left = Binary(operator.text, left, self.binary(level + 1), operator.position)
        return left

    def connected(self, level: int, first: Tree) -> Tree:
        """Operands of one ``or`` or ``and`` in a row stay side by side: long conditions need no deep tree."""
        operator = _PRECEDENCE[level][0]
        operands = [first]
        while self.skip(operator):
            operands.append(self.binary(level + 1))
        return first if len(operands) == 1 else Connected(operator, tuple(operands))

    def unary(self) -> Tree:
        minus = 0
        while self.skip("-"):
            minus += 1
        tree = self.union()
        if minus == 0:
            return tree
        return Negation(tree) if minus % 2 else Negation(Negation(tree))

    def union(self) -> Tree:
        left = self.path()
        while self.next_is("|"):
            operator = self.take()
            left = Binary("|", left, self.path(), operator.position)
        return left

    def path(self) -> Tree:
        if self.next_is("/"):
            self.take()
            if not self.starts_step():
                return Path(Root(), ())
            return Path(Root(), self.steps())
        if self.next_is("//"):
            self.take()
            return Path(Root(), (Step("descendant-or-self", "*"), *self.steps()))
        if self.starts_step():
            return Path(Here(), self.steps())
        start = self.primary()
        predicates = self.predicates()
        if self.next_is("/", "//"):
            return Path(start, self.more_steps(), predicates)
        return Path(start, (), predicates) if predicates else start

    def starts_step(self) -> bool:
        token = self.token
        if token.kind == "name":
            return self.tokens[self.index + 1].text != "(" or token.text in ("node", "text")
        return token.kind == "symbol" and token.text in (".", "..", "*", "@")

    def steps(self) -> tuple[Step, ...]:
        return (self.step(), *self.more_steps())

    def more_steps(self) -> tuple[Step, ...]:
        steps: list[Step] = []
        while self.next_is("/", "//"):
            if self.take().text == "//":
                steps.append(Step("descendant-or-self", "*"))
            steps.append(self.step())
        return tuple(steps)

    def step(self) -> Step:
        position = self.token.position
        if self.skip("."):
            return Step("self", "*", self.predicates(), position)
        if self.skip(".."):
            return Step("parent", "*", self.predicates(), position)
        axis = "child"
        if self.token.kind == "name" and self.tokens[self.index + 1].text == "::":
            axis = self.take().text
            if axis not in _AXES:
                raise ExpressionError("axis", axis, position)
            self.expect("::")
        if self.skip("*"):
            name = "*"
        elif self.token.kind == "name":
            name = self.take().text
            if self.skip("("):
                self.expect(")")
                name = "*"
        else:
            raise self.unexpected()
        return Step(axis, name, self.predicates(), position)

    def predicates(self) -> tuple[Tree, ...]:
        found: list[Tree] = []
        while self.skip("["):
            found.append(self.expression())
            self.expect("]")
        return tuple(found)

    def primary(self) -> Tree:
        token = self.take()
        if token.kind == "number":
            return Number(float(token.text))
        if token.kind == "string":
            return String(token.text[1:-1])
        if token.kind == "reference":
            return _reference(token)
        if token.kind == "name" and self.skip("("):
            return Call(token.text, self.arguments(), token.position)
        if token.kind == "symbol" and token.text == "(":
            tree = self.expression()
            self.expect(")")
            return tree
        self.index -= 1
        raise self.unexpected()

    def arguments(self) -> tuple[Tree, ...]:
        if self.skip(")"):
            return ()
        found = [self.expression()]
        while self.skip(","):
            found.append(self.expression())
        self.expect(")")
        return tuple(found)


def _reference(token: Token) -> Reference:
    name = token.text[2:-1].strip()
    if name.startswith("last-saved#"):
        return Reference(name.removeprefix("last-saved#"), True, token.position)
    return Reference(name, False, token.position)
