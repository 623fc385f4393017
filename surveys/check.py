"""Everything that is wrong with a workbook, and what will hurt when it is asked in a chat."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping

from surveys.compile import draft_form
from surveys.dependencies import dependencies
from surveys.expressions import EvaluationError, Expression
from surveys.expressions.nodes import At, Element
from surveys.form import ANY, Choice, Form, Node, Question, Repeat, Template, Texts
from surveys.instance import Instance
from surveys.problems import Problem, Severity
from surveys.question_types import MEDIA
from surveys.state import State

MAXIMUM_PARTS = 3
MAXIMUM_CHOICES = 10
# What a value filled into a text is taken to measure.
FILLED_LENGTH = 12
STOP_WORDS = frozenset({"baja", "alto", "parar", "no mas", "alta", "salir", "cancelar", "stop"})

Parts = Callable[[str], int]


def sms_parts(text: str) -> int:
    """How many SMS a text takes in GSM-7: 160 characters in one, 153 in each of several (3GPP TS 23.040)."""
    return 1 if len(text) <= 160 else -(-len(text) // 153)


def check(data: bytes, attachments: Mapping[str, bytes] | None = None, *, parts: Parts = sms_parts) -> list[Problem]:
    """Every problem of a workbook, errors and warnings, in the order of its sheets and rows.

    ``attachments`` are the CSV files that go with it, by name; ``parts`` counts the SMS of a text. Never raises for
    what a file may hold.
    """
    form, problems = draft_form(data, attachments)
    if form is None:
        return problems
    found = dict.fromkeys([*problems, *check_form(form, parts)])
    return sorted(found, key=lambda problem: (_SHEETS.get(problem.sheet.lower(), -1), problem.row))


_SHEETS = {"survey": 0, "choices": 1, "settings": 2}


def check_form(form: Form, parts: Parts = sms_parts) -> Iterator[Problem]:
    """What a compiled form can tell of itself."""
    checker = _Checker(form, parts)
    yield from _circles(form)
    if form.languages and form.default_language not in ("default", *form.languages):
        yield Problem("no_default_language", "settings", 2, form.default_language, "warning")
    for node in form.nodes:
        yield from checker.node(node)
    for listed in form.lists.values():
        for choice in listed.choices:
            if choice.row:
                yield from checker.choice(choice)


def _circles(form: Form) -> Iterator[Problem]:
    for names in dependencies(form).cycles:
        row = form.question(names[0]).row if names[0] in form.scope.by_name else 0
        yield Problem("circular", "survey", row, " → ".join([*names, names[0]]))


class _Checker:
    def __init__(self, form: Form, parts: Parts) -> None:
        self.form = form
        self.parts = parts
        self.instance = Instance(form, State(seed=0, now="2000-01-01T00:00:00+00:00", zone="UTC"))

    def node(self, node: Node) -> Iterator[Problem]:
        for column, expression in _expressions(node):
            yield from self.expression(node, column, expression)
        yield from self.texts(node.label, node.row, "label", "survey")
        if isinstance(node, Question) and not node.is_silent and not node.generated and not node.unsupported:
            yield from self.question(node)

    def question(self, question: Question) -> Iterator[Problem]:
        if not question.label and not question.media:
            yield _at(question, "no_label", question.name)
        if question.constraint is not None and not question.constraint_message:
            yield _at(question, "constraint_without_message", question.name)
        if question.type in MEDIA:
            yield _at(question, "media_question", question.name)
        for texts in (question.hint, question.constraint_message, question.required_message):
            yield from self.translations(texts, question.row, "survey")
        listed = self.form.lists.get(question.choices)
        if question.is_select and question.items is None and listed and len(listed.choices) > MAXIMUM_CHOICES:
            yield _at(question, "many_choices", str(len(listed.choices)))

    def choice(self, choice: Choice) -> Iterator[Problem]:
        yield from self.translations(choice.label, choice.row, "choices")
        for template in choice.label.values():
            if plain(template.source) in STOP_WORDS:
                yield Problem("stop_word_choice", "choices", choice.row, template.source, "warning")
                return

    # Texts

    def texts(self, texts: Texts, row: int, column: str, sheet: str) -> Iterator[Problem]:
        yield from self.translations(texts, row, sheet)
        most = max((self.parts(measured(template)) for template in texts.values()), default=0)
        if most > MAXIMUM_PARTS:
            yield Problem("long_label", sheet, row, str(most), "warning", column)

    def translations(self, texts: Texts, row: int, sheet: str) -> Iterator[Problem]:
        if not texts or ANY in texts:
            return
        for language in self.form.languages:
            if language not in texts:
                yield Problem("missing_translation", sheet, row, language, "warning")

    # Expressions

    def expression(self, node: Node, column: str, expression: Expression) -> Iterator[Problem]:
        for _, name in expression.unresolved:
            yield _at(node, "unknown_path", name, column)
        if column in ("relevant", "constraint"):
            yield from self.condition(node, column, expression)
        if column in ("relevant", "constraint", "choice_filter", "repeat_count"):
            later = self.later(node.element, expression)
            if later is not None:
                yield _at(node, "looks_ahead", later.name, column)

    def condition(self, node: Node, column: str, expression: Expression) -> Iterator[Problem]:
        if not expression.constant:
            return
        try:
            result = expression.boolean(self.instance, At(node.element, (1,) * len(node.element.repeats)))
        except EvaluationError:
            return
        code = "constant_condition" if result else "constant_false"
        yield _at(node, code, expression.source, column)

    def later(self, element: Element, expression: Expression) -> Question | None:
        """The first question asked after ``element`` that an expression hangs on, through calculations too."""
        seen: set[Element] = set()
        waiting = [read.element for read in expression.reads]
        while waiting:
            read = waiting.pop()
            if read in seen:
                continue
            seen.add(read)
            node = self.form.by_path.get(read.path)
            if not isinstance(node, Question):
                continue
            if node.calculation is not None:
                waiting += [found.element for found in node.calculation.reads]
            elif read.order > element.order and not node.is_silent and not _together(read, element):
                return node
        return None


def _together(read: Element, element: Element) -> bool:
    """Whether one lies in the other, or the read is of a repeat around: instances before are no look ahead."""
    return element in _around(read) or any(repeat in read.repeats for repeat in element.repeats)


def _around(element: Element) -> Iterator[Element]:
    above = element.parent
    while above is not None:
        yield above
        above = above.parent


def _expressions(node: Node) -> Iterator[tuple[str, Expression]]:
    """The expressions of a node by the column they stand in."""
    found: list[tuple[str, Expression | None]] = [("relevant", node.relevant)]
    if isinstance(node, Repeat):
        found.append(("repeat_count", node.count))
    if isinstance(node, Question):
        found += [
            ("constraint", node.constraint),
            ("required", node.required),
            ("calculation", node.calculation),
            ("choice_filter", node.items),
            ("default", node.dynamic_default),
            ("read_only", node.read_only),
        ]
    yield from ((column, expression) for column, expression in found if expression is not None)


def measured(template: Template) -> str:
    """A text with stand-ins of a usual length for the values filled in."""
    return "".join(part if isinstance(part, str) else "x" * FILLED_LENGTH for part in template.parts)


def plain(text: str) -> str:
    """A text without accents, case, marks and needless spaces."""
    letters = unicodedata.normalize("NFD", text.casefold())
    kept = (letter if letter.isalnum() else " " for letter in letters if not unicodedata.combining(letter))
    return " ".join("".join(kept).split())


def _at(node: Node, code: str, found: str, column: str = "", severity: Severity = "warning") -> Problem:
    return Problem(code, "survey", node.row, found, severity, column)
