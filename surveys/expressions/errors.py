"""What can go wrong with an expression: when it is read, and when it is evaluated."""


class ExpressionError(ValueError):
    """An expression that cannot be compiled. ``position`` is the 0-based character where the trouble starts."""

    def __init__(self, code: str, found: str, position: int) -> None:
        super().__init__(f"{code} at {position}: {found}")
        self.code = code
        self.found = found
        self.position = position


class EvaluationError(ValueError):
    """An expression that compiled but cannot be evaluated over the present values."""
