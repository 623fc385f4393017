"""A small evaluator of the expressions of XForms, with ODK Web Forms' semantics.

Pure: no clock, no files, no network. Expressions are parsed once and compiled to closures; the semantics, and the
choices made where engines differ, are written down in ``docs/forms.md``.
"""

from surveys.expressions.compiler import Expression, compile_expression
from surveys.expressions.errors import EvaluationError, ExpressionError

__all__ = ["EvaluationError", "Expression", "ExpressionError", "compile_expression"]
