"""A form: frozen, compiled once, shared between turns and threads.

``Form.to_json`` is the canonical definition that is stored as an immutable version; ``Form.from_json`` compiles it, and
keeps the last compiled forms by digest.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

from surveys import question_types as types
from surveys.expressions import Expression, ExpressionError, compile_expression
from surveys.expressions.compiler import Scope
from surveys.expressions.nodes import At, Element, Row, Table, World
from surveys.problems import Problem

CACHED_FORMS = 64


@dataclass(frozen=True, slots=True)
class Template:
    """A text with the values of ``${name}`` to be filled in."""

    parts: tuple[str | Expression, ...]

    @property
    def source(self) -> str:
        return "".join(part if isinstance(part, str) else part.source for part in self.parts)

    @property
    def filled(self) -> bool:
        """Whether the text has values to fill in."""
        return any(not isinstance(part, str) for part in self.parts)

    def text(self, world: World, at: At) -> str:
        """The text with today's values. Raises EvaluationError."""
        return "".join(part if isinstance(part, str) else part.text(world, at) for part in self.parts)


Texts: TypeAlias = Mapping[str, Template]
# The key of a text that is the same in all languages.
ANY = ""


@dataclass(frozen=True, slots=True)
class Choice:
    name: str
    label: Texts
    media: Mapping[str, Mapping[str, str]]
    columns: Mapping[str, str]
    row: int = 0

    @classmethod
    def plain(cls, name: str, label: str = "") -> "Choice":
        return cls(name, {ANY: Template((label or name,))}, {}, {})


@dataclass(frozen=True, slots=True)
class ChoiceList:
    """Choices of one list, in their order, with an index by name."""

    name: str
    choices: tuple[Choice, ...]
    by_name: Mapping[str, Choice] = field(repr=False)

    @classmethod
    def of(cls, name: str, choices: Iterable[Choice]) -> "ChoiceList":
        listed = tuple(choices)
        return cls(name, listed, {choice.name: choice for choice in reversed(listed)})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Question:
    """One question. Texts are by language, ``""`` for all; expressions are None where the form has none.

    ``choices`` names the list of a select; ``items`` gives its rows where a filter, a file, a repeat or a random order
    decides; ``source`` is the question whose answers they are where they come from a repeat. ``shown`` says that a
    conversation ever stops at the question.
    """

    element: Element = field(repr=False)
    name: str
    path: str
    type: str
    row: int = 0
    label: Texts = field(default_factory=dict, repr=False)
    hint: Texts = field(default_factory=dict, repr=False)
    guidance: Texts = field(default_factory=dict, repr=False)
    required: Expression | None = None
    required_message: Texts = field(default_factory=dict, repr=False)
    relevant: Expression | None = None
    constraint: Expression | None = None
    constraint_message: Texts = field(default_factory=dict, repr=False)
    choices: str = ""
    items: Expression | None = None
    source: Element | None = field(default=None, repr=False)
    calculation: Expression | None = None
    default: str = ""
    dynamic_default: Expression | None = None
    trigger: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    appearance: str = ""
    media: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    read_only: Expression | None = None
    external: bool = False
    generated: bool = False
    layout: bool = False
    specify: bool = False
    unsupported: bool = False
    data_type: str = "string"
    shown: bool = True
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_select(self) -> bool:
        return self.type in types.SELECTS

    @property
    def is_silent(self) -> bool:
        """Never shown: calculated, hidden, or known without asking."""
        return self.type in types.SILENT

    @property
    def is_note(self) -> bool:
        """Shown and not answered: a note, or a question that can never be written to."""
        if self.type == "note":
            return True
        return self.read_only is not None and self.read_only.constant and self.read_only.source == "true()"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Group:
    element: Element = field(repr=False)
    name: str
    path: str
    row: int = 0
    label: Texts = field(default_factory=dict, repr=False)
    relevant: Expression | None = None
    appearance: str = ""
    children: "tuple[Node, ...]" = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Repeat:
    """A group that is asked several times: ``count`` times, or while the person says that there is another."""

    element: Element = field(repr=False)
    name: str
    path: str
    row: int = 0
    label: Texts = field(default_factory=dict, repr=False)
    relevant: Expression | None = None
    appearance: str = ""
    count: Expression | None = None
    children: "tuple[Node, ...]" = field(default=(), repr=False)


Node: TypeAlias = "Question | Group | Repeat"


@dataclass(frozen=True, eq=False)
class Form:
    """A compiled form. ``definition`` is what it was compiled from; ``problems`` are those of its expressions."""

    definition: Mapping[str, Any] = field(repr=False)
    digest: str
    name: str
    version: str
    title: str
    default_language: str
    languages: tuple[str, ...]
    settings: Mapping[str, str]
    root: tuple[Node, ...] = field(repr=False)
    scope: Scope = field(repr=False)
    by_path: Mapping[str, Node] = field(repr=False)
    lists: Mapping[str, ChoiceList] = field(repr=False)
    tables: Mapping[str, Table] = field(repr=False)
    row_choices: Mapping[int, Choice] = field(repr=False)
    problems: tuple[Problem, ...] = field(default=(), repr=False)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every question, group and repeat in document order."""
        return tuple(self.by_path.values())

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return tuple(node for node in self.nodes if isinstance(node, Question))

    def question(self, name: str) -> Question:
        """A question by its path, or by its name (the first of that name). Raises KeyError."""
        node = self.by_path.get(name)
        if isinstance(node, Question):
            return node
        for element in self.scope.by_name.get(name, ()):
            found = self.by_path.get(element.path)
            if isinstance(found, Question):
                return found
        raise KeyError(name)

    def choice_of(self, row: Row, question: Question) -> Choice | None:
        """The choice that a row of a table is to a select."""
        found = self.row_choices.get(id(row))
        if found is not None:
            return found
        name = row.fields.get(question.parameters.get("value", "name"), "")
        label = row.fields.get(question.parameters.get("label", "label"), "")
        return Choice.plain(name, label) if name else None

    def to_json(self) -> str:
        """The canonical definition: the same form gives the same text."""
        return canonical(self.definition)

    @staticmethod
    def from_json(text: str) -> "Form":
        """The compiled form of a stored definition. Raises ValueError for text that is none."""
        return _compiled(text)

    def text(self, texts: Texts, language: str | None, world: World, at: At) -> str:
        """A text in a language, else in the default one, else in any, with its values and without spaces around."""
        template = chosen(texts, language, self.default_language)
        return template.text(world, at).strip() if template else ""


def chosen(texts: Texts, language: str | None, default: str) -> Template | None:
    for key in (language, ANY, default):
        if key is not None and key in texts and texts[key].parts != ("-",):
            return texts[key]
    return next(iter(texts.values()), None)


def canonical(definition: Mapping[str, Any]) -> str:
    return json.dumps(definition, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=CACHED_FORMS)
def _compiled(text: str) -> Form:
    return build(json.loads(text))


def build(definition: Mapping[str, Any]) -> Form:
    """Compile a definition. What cannot be compiled is left out and reported in ``problems``."""
    return _Builder(definition).form()


class _Builder:
    def __init__(self, definition: Mapping[str, Any]) -> None:
        self.definition = definition
        self.problems: list[Problem] = []
        self.root = Element(definition["root"], None)
        self.elements: list[tuple[Element, Mapping[str, Any]]] = []
        self.declare(self.root, definition["survey"])
        by_name: dict[str, list[Element]] = {}
        for order, (element, _) in enumerate(self.elements, 1):
            element.order = order
            by_name.setdefault(element.name, []).append(element)
        self.lists = {name: ChoiceList(name, (), {}) for name in definition["choices"]}
        self.tables = {name: Table(name, rows) for name, rows in definition["tables"].items()}
        for name, choices in {**definition["choices"], **definition["external"]}.items():
            self.tables.setdefault(name, Table(name, [_table_row(choice, definition) for choice in choices]))
        self.scope = Scope(self.root, by_name, frozenset(self.tables))
        self.by_path: dict[str, Node] = {}

    def declare(self, parent: Element, nodes: Iterable[Mapping[str, Any]]) -> None:
        """The elements come first: expressions name questions that stand after them."""
        for node in nodes:
            element = Element(node["name"], parent, node["kind"] == "repeat")
            self.elements.append((element, node))
            self.declare(element, node.get("children", ()))

    def form(self) -> Form:
        definition = self.definition
        for name, choices in {**definition["external"], **definition["choices"]}.items():
            self.lists[name] = ChoiceList.of(name, [self.choice(choice) for choice in choices])
        root = tuple(self.node(self.root.children[node["name"]], node) for node in definition["survey"])
        for element, _ in self.elements:
            around = (self.by_path.get(found.path) for found in ancestors(element))
            element.gates = tuple(node.element for node in around if node is not None and node.relevant is not None)
        return Form(
            definition=definition,
            digest=hashlib.sha256(canonical(definition).encode()).hexdigest(),
            name=definition["id"],
            version=definition["version"],
            title=definition["title"],
            default_language=definition["default_language"],
            languages=tuple(definition["languages"]),
            settings=definition["settings"],
            root=root,
            scope=self.scope,
            by_path=self.by_path,
            lists=self.lists,
            tables=self.tables,
            row_choices=self.row_choices(),
            problems=tuple(self.problems),
        )

    def row_choices(self) -> dict[int, Choice]:
        """Choices by the identity of their row, where the rows of a table were made from choices."""
        return {
            id(row): choice
            for name, choices in self.lists.items()
            if name in self.tables and name not in self.definition["tables"]
            for row, choice in zip(self.tables[name].rows, choices.choices, strict=True)
        }

    def node(self, element: Element, node: Mapping[str, Any]) -> Node:
        if node["kind"] == "question":
            question = self.question(element, node)
            self.by_path[element.path] = question
            return question
        shared = {
            "element": element,
            "name": element.name,
            "path": element.path,
            "row": node.get("row", 0),
            "label": self.texts(node, "label", element),
            "relevant": self.expression(node, "relevant", element),
            "appearance": node.get("appearance", ""),
        }
        self.by_path[element.path] = Group(**shared)  # keeps the place: a group stands before what is in it
        children = tuple(self.node(element.children[child["name"]], child) for child in node["children"])
        built: Group | Repeat
        if node["kind"] == "repeat":
            # The count is asked outside: it belongs to the group around the repeat.
            count = self.expression(node, "count", element.parent or element)
            built = Repeat(**shared, children=children, count=count)
        else:
            built = Group(**shared, children=children)
        self.by_path[element.path] = built
        return built

    def question(self, element: Element, node: Mapping[str, Any]) -> Question:
        kind = node["type"]
        dynamic = self.expression(node, "default", element) if node.get("dynamic_default") else None
        return Question(
            element=element,
            name=element.name,
            path=element.path,
            type=kind,
            row=node.get("row", 0),
            label=self.texts(node, "label", element),
            hint=self.texts(node, "hint", element),
            guidance=self.texts(node, "guidance", element),
            required=self.expression(node, "required", element),
            required_message=self.texts(node, "required_message", element),
            relevant=self.expression(node, "relevant", element),
            constraint=self.expression(node, "constraint", element),
            constraint_message=self.texts(node, "constraint_message", element),
            choices=node.get("choices", ""),
            items=self.items(node, element),
            source=self.source(node),
            calculation=self.expression(node, "calculation", element),
            default="" if dynamic else node.get("default", ""),
            dynamic_default=dynamic,
            trigger=node.get("trigger", ""),
            parameters=node.get("parameters", {}),
            appearance=node.get("appearance", ""),
            media={kind: _plain(text) for kind, text in node.get("media", {}).items()},
            read_only=self.expression(node, "read_only", element),
            external=node.get("external", False),
            generated=node.get("generated", False),
            layout=node.get("layout", False),
            specify=node.get("specify", False),
            unsupported=node.get("unsupported", False),
            data_type=_data_type(node),
            shown=not (kind in types.SILENT or node.get("layout") or node.get("unsupported")),
            extra=node.get("extra", {}),
        )

    def items(self, node: Mapping[str, Any], element: Element) -> Expression | None:
        """The rows a select offers, as an expression, where they are more than a plain list in its order."""
        name = node.get("choices", "")
        if not name:
            return None
        if node.get("from_repeat"):
            return self.repeat_items(node, element)
        test = node.get("choice_filter", "")
        source = f"instance('{name}')/root/item" + (f"[{test}]" if test else "")
        parameters = node.get("parameters", {})
        if parameters.get("randomize") == "true":
            seed = parameters.get("seed", "")
            source = f"randomize({source}, {seed})" if seed else f"randomize({source})"
        elif not test and not node.get("from_file"):
            return None
        return self.compiled(source, element, node, "choice_filter")

    def source(self, node: Mapping[str, Any]) -> Element | None:
        """The question whose answers are the choices of a select from a repeat."""
        found = self.scope.by_name.get(node.get("choices", "")[2:-1].strip(), ()) if node.get("from_repeat") else ()
        return found[0] if len(found) == 1 else None

    def repeat_items(self, node: Mapping[str, Any], element: Element) -> Expression | None:
        """The instances of a repeat whose question is answered, as choices."""
        reference = node["choices"]
        test = node.get("choice_filter", "")
        source = self.source(node)
        if source is None or not source.repeats:
            return self.compiled(reference, element, node, "type")
        repeats = source.repeats
        below = source.path.removeprefix(repeats[-1].path)
        condition = self.of_row(test, repeats[-1]) if test else f".{below} != ''"
        return self.compiled(f"${{{repeats[-1].name}}}[{condition}]", element, node, "choice_filter")

    def of_row(self, test: str, repeat: Element) -> str:
        """A filter over instances of a repeat: ``${x}`` of that repeat means the x of the instance that is tested."""

        def replaced(match: re.Match[str]) -> str:
            found = self.scope.by_name.get(match[1].strip(), ())
            if len(found) == 1 and repeat in found[0].repeats and found[0] is not repeat:
                return f".{found[0].path.removeprefix(repeat.path)}"
            return match[0]

        return re.sub(r"\$\{([^}]*)\}", replaced, test)

    def choice(self, choice: Mapping[str, Any]) -> Choice:
        return Choice(
            choice["name"],
            self.texts(choice, "label", self.root, "choices"),
            {kind: _plain(text) for kind, text in choice["media"].items()},
            choice["columns"],
            choice["row"],
        )

    # Texts and expressions

    def texts(self, node: Mapping[str, Any], column: str, element: Element, sheet: str = "survey") -> Texts:
        found = node.get(column, "")
        if not found:
            return {}
        written = found if isinstance(found, dict) else {ANY: found}
        return {language: self.template(text, element, node, column, sheet) for language, text in written.items()}

    def template(self, text: str, element: Element, node: Mapping[str, Any], column: str, sheet: str) -> Template:
        parts: list[str | Expression] = []
        for piece in re.split(r"(\$\{[^}]*\})", text):
            if piece.startswith("${") and piece.endswith("}"):
                compiled = self.compiled(piece, element, node, column, sheet)
                parts.append(piece if compiled is None else compiled)
            elif piece:
                parts.append(piece)
        return Template(tuple(parts))

    def expression(self, node: Mapping[str, Any], column: str, element: Element) -> Expression | None:
        source = node.get(column, "")
        return self.compiled(source, element, node, column) if source else None

    def compiled(
        self, source: str, element: Element, node: Mapping[str, Any], column: str, sheet: str = "survey"
    ) -> Expression | None:
        try:
            return compile_expression(source, self.scope, element)
        except ExpressionError as error:
            self.problems.append(expression_problem(error, source, node.get("row", 0), column, sheet))
            return None


_CODES = {
    "reference": "unknown_reference",
    "ambiguous": "ambiguous_reference",
    "function": "expression_function",
    "arguments": "expression_arguments",
    "choice_name": "expression_choice_name",
    "table": "expression_table",
    "pattern": "expression_pattern",
    "last_saved": "expression_last_saved",
    "too_long": "expression_size",
    "too_deep": "expression_size",
}


def expression_problem(error: ExpressionError, source: str, row: int, column: str, sheet: str) -> Problem:
    code = _CODES.get(error.code, "expression_unexpected")
    if code.endswith("_reference"):
        return Problem(code, sheet, row, f"${{{error.found}}}", column=column)
    if code != "expression_unexpected":
        return Problem(code, sheet, row, error.found, column=column)
    before, after = source[: error.position][-25:], source[error.position :][:25]
    return Problem(code, sheet, row, f"«{before}▸{after}» ({error.position + 1})", column=column)


def _data_type(node: Mapping[str, Any]) -> str:
    if node["type"] == "range":
        numbers = [node.get("parameters", {}).get(key, "1") for key in ("start", "end", "step")]
        return "decimal" if any("." in number for number in numbers) else "int"
    return types.DATA_TYPES.get(node["type"], "string")


def _plain(text: Any) -> Mapping[str, str]:
    return text if isinstance(text, dict) else {ANY: text}


def _table_row(choice: Mapping[str, Any], definition: Mapping[str, Any]) -> dict[str, str]:
    """A choice as expressions see it: its name, its label in the default language, and the author's columns."""
    label = choice["label"]
    if isinstance(label, dict):
        label = label.get(definition["default_language"]) or next(iter(label.values()), "")
    return {"name": choice["name"], "label": label, **choice["columns"]}


def ancestors(element: Element) -> Iterator[Element]:
    """An element and all around it, from the inside out."""
    current: Element | None = element
    while current is not None:
        yield current
        current = current.parent
