"""Limits that a simple constraint sets, as hints for reading; the constraint itself is the form engine's to judge."""

import re
from datetime import date
from decimal import Decimal

_LIMIT = re.compile(r"\.\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?|today\(\))")


def bounds(constraint: str, *, whole: bool, today: date) -> tuple[Decimal | date | None, Decimal | date | None]:
    """The inclusive minimum and maximum of `. >= 0 and . <= 20` or `. <= today()`; None where there is no plain one.

    `whole` makes `. > 0` a minimum of 1. A constraint with `or`, `not` or functions gives no limits.
    """
    if re.search(r"\bor\b|\bnot\s*\(|\bif\s*\(", constraint):
        return None, None
    minimum: Decimal | date | None = None
    maximum: Decimal | date | None = None
    for operator, limit in _LIMIT.findall(constraint):
        found: Decimal | date = today if limit == "today()" else Decimal(limit)
        if operator in ("<", ">") and isinstance(found, Decimal) and whole:
            found += 1 if operator == ">" else -1
        if operator.startswith(">"):
            minimum = found
        else:
            maximum = found
    return minimum, maximum
