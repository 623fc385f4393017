"""Text of an expression → tokens, by the lexical rules of XPath 1.0 (section 3.7) plus XLSForm's ``${name}``."""

import re
from dataclasses import dataclass

from surveys.expressions.errors import ExpressionError

# The characters of an XML name, without the colon (Namespaces in XML 1.0, section 3).
NAME_START = (
    r"A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D"
    r"\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
NAME = rf"[{NAME_START}][{NAME_START}\-.0-9\u00B7\u0300-\u036F\u203F-\u2040]*"

_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<string>"[^"]*"|'[^']*')
    | (?P<reference>\$\{{[^}}]*\}})
    | (?P<name>{NAME}(?::(?!:){NAME})?)
    | (?P<symbol>::|\.\.|//|!=|<=|>=|[()\[\]/.,@|+\-=<>*])
    )""",
    re.VERBOSE,
)
_OPERATOR_NAMES = frozenset({"and", "or", "div", "mod"})
# After these a name or a star is an operand; after anything else it is an operator (XPath 1.0, 3.7).
_BEFORE_OPERAND = frozenset(
    {"", "::", "(", "[", ",", "@", "/", "//", "|", "+", "-", "=", "!=", "<", "<=", ">", ">=", "operator"}
)


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is number, string, reference, name, symbol, operator or end."""

    kind: str
    text: str
    position: int


def tokenize(text: str) -> list[Token]:
    """The tokens of an expression, closed by one of kind ``end``. Raises ExpressionError."""
    tokens: list[Token] = []
    position = 0
    previous = ""
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            start = position + len(text[position:]) - len(text[position:].lstrip())
            raise ExpressionError("unexpected", text[start], start)
        kind = match.lastgroup or ""
        token = _token(kind, match.group(kind), match.start(kind), previous)
        tokens.append(token)
        previous = token.text if token.kind == "symbol" else token.kind
        position = match.end()
    tokens.append(Token("end", "", end))
    return tokens


def _token(kind: str, text: str, position: int, previous: str) -> Token:
    operand_expected = previous in _BEFORE_OPERAND
    if kind == "name" and not operand_expected:
        if text not in _OPERATOR_NAMES:
            raise ExpressionError("operator_expected", text, position)
        return Token("operator", text, position)
    if text == "*" and not operand_expected:
        return Token("operator", text, position)
    return Token(kind, text, position)
