"""The survey sheet → a tree of questions, groups and repeats, as plain JSON values. All problems are gathered."""

import copy
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from surveys import question_types as types
from surveys.choice_lists import Lists, with_other
from surveys.expressions.lexer import NAME
from surveys.problems import Problem
from surveys.question_types import Written, read_type
from surveys.sheet_rows import YES, SheetRow, Text

Node = dict[str, Any]

MAXIMUM_DEPTH = 20

_NAME = re.compile(NAME)
_PARAMETERS = re.compile(r"([\w-]+)\s*=\s*('[^']*'|\"[^\"]*\"|\$\{[^}]*\}|[^\s;,]+)[\s;,]*")
_NOT_IN_A_CHAT = ("save_to",)
_TRUTHS = {**dict.fromkeys(("yes", "true"), "true()"), **dict.fromkeys(("no", "false"), "false()")}
_DYNAMIC = re.compile(
    r"""'[^']*'|"[^"]*"|(?P<dynamic>\$\{[^}]*\}|[A-Za-z_][\w.\-]*(?::[A-Za-z_][\w.\-]*)?\(|[*+|]|\s-\s)"""
)
_HYPHENATED = frozenset({"date", "dateTime", "geopoint"})


@dataclass(slots=True)
class _Open:
    """A group, repeat or loop that is being filled."""

    control: str
    node: Node
    row: SheetRow | None = None
    names: set[str] = field(default_factory=set)
    table_list: str | None = None


@dataclass(slots=True)
class SurveySheet:
    """The result: the tree, the lists with what the survey added, tables it needs, settings written among the rows."""

    children: list[Node]
    lists: Lists
    external: Lists
    tables: set[str]
    settings: dict[str, str]
    problems: list[Problem]


def read_survey(rows: Iterable[SheetRow], lists: Lists, external: Lists, tables: set[str]) -> SurveySheet:
    """Read every row, whatever is wrong with some. ``tables`` names the attached files."""
    reader = _Reader(lists, external, tables)
    for row in rows:
        reader.row(row)
    return reader.finish()


class _Reader:
    def __init__(self, lists: Lists, external: Lists, tables: set[str]) -> None:
        self.root: Node = {"kind": "group", "name": "data", "children": []}
        self.stack = [_Open("root", self.root)]
        self.result = SurveySheet(self.root["children"], dict(lists), dict(external), set(), {}, [])
        self.attached = tables
        self.loops: list[Node] = []

    @property
    def inside(self) -> _Open:
        return self.stack[-1]

    def problem(self, problem: Problem) -> None:
        self.result.problems.append(problem)

    def finish(self) -> SurveySheet:
        for still_open in self.stack[1:]:
            if still_open.row is not None:
                self.problem(still_open.row.problem("no_end", f"{still_open.control} {still_open.node['name']}"))
        for loop in reversed(self.loops):  # at the end, when or_other has completed the lists; inner ones first
            loop["children"] = _looped(loop["children"], self.result.lists.get(loop.pop("loop"), []))
        return self.result

    def row(self, row: SheetRow) -> None:
        if not row.values and not row.texts and not row.extra:
            return
        if row.get("disabled").lower() in YES:
            self.problem(row.warning("disabled_row"))
            return
        if not row.get("type"):
            if row.get("name") or row.text("label"):
                self.problem(row.problem("no_type", row.get("name"), "type"))
            else:
                self.problem(row.warning("row_without_type"))
            return
        for column in _NOT_IN_A_CHAT:
            if row.get(column):
                self.problem(row.warning("unsupported_column", column))
        written = read_type(row.get("type"))
        match written.kind:
            case "begin":
                self.begin(row, written)
            case "end":
                self.end(row, written)
            case "question":
                self.question(row, written)
            case "table":
                self.result.tables.add(row.get("name"))
            case "setting":
                self.result.settings[written.name] = row.get("name")
            case "unsupported":
                self.unsupported(row, written)
            case "unknown":
                self.problem(row.problem("unknown_type", written.name, "type"))

    def unsupported(self, row: SheetRow, written: Written) -> None:
        """It stays in the tree, always blank, so that expressions may name it; nobody is asked."""
        kind = written.name.split()[-1] if "geo" in written.name else written.name.split()[0]
        if kind in types.SILENT or row.get("optional").lower() in YES:
            self.problem(row.warning("skipped_type", written.name))
        else:
            self.problem(row.problem("unsupported_type", written.name, "type"))
        self.question(row, Written("question", kind), unsupported=True)

    def name(self, row: SheetRow, fallback: str = "") -> str | None:
        """The row's name if it can be used; a bad one is reported and the row is read on without it."""
        name = row.get("name") or fallback
        if not name:
            self.problem(row.problem("no_name", column="name"))
        elif not _NAME.fullmatch(name):
            self.problem(row.problem("bad_name", name, "name"))
        elif name in self.inside.names:
            self.problem(row.problem("duplicate_name", name, "name"))
        else:
            self.inside.names.add(name)
            return name
        return None

    def add(self, node: Node) -> None:
        self.inside.node["children"].append(node)

    # Groups

    def begin(self, row: SheetRow, written: Written) -> None:
        name = self.name(row) or f"sin_nombre_{row.number}"
        if len(self.stack) > MAXIMUM_DEPTH:
            self.problem(row.problem("too_deep", str(MAXIMUM_DEPTH)))
            self.stack.append(_Open(written.name, self.inside.node, row, self.inside.names))
            return
        node = common(row, "repeat" if written.name == "repeat" else "group", name)
        node["children"] = []
        if written.name == "repeat" and row.get("repeat_count"):
            node["count"] = self.count(row, name)
        if written.name == "loop":
            node["loop"] = written.list
            self.choice_list(row, written.list)
            self.loops.append(node)
        self.add(node)
        self.stack.append(_Open(written.name, node, row))
        if "table-list" in row.get("appearance").split():
            self.table_list(row, node)

    def count(self, row: SheetRow, name: str) -> str:
        """A bare ``${n}`` is the count itself; any other expression gets a hidden question before the repeat."""
        expression = row.get("repeat_count")
        if re.fullmatch(r"\$\{[^}]+\}", expression):
            return expression
        self.add(generated(row, "calculate", f"{name}_count", calculation=expression, bind="string"))
        return f"${{{name}_count}}"

    def table_list(self, row: SheetRow, node: Node) -> None:
        """A table of selects: its label and hint become a note, and its first select gets a row of headings."""
        self.inside.table_list = ""
        if node["label"] or node["hint"]:
            note = generated(row, "note", f"generated_table_list_label_{row.number}")
            note["label"], note["hint"] = node["label"], node["hint"]
            node["label"], node["hint"] = "", ""
            self.add(note)

    def end(self, row: SheetRow, written: Written) -> None:
        if self.inside.control != written.name:
            self.problem(row.problem("bad_end", row.get("type"), "type"))
            return
        self.stack.pop()
        for outer in self.stack:
            outer.table_list = None

    # Questions

    def question(self, row: SheetRow, written: Written, unsupported: bool = False) -> None:
        if written.name == "audit":
            return
        fallback = f"generated_note_name_{row.number}" if written.name == "note" else ""
        name = self.name(row, fallback)
        if name is None:
            return
        kind, constraint, hint = types.CONSTRAINED.get(written.name, (written.name, "", ""))
        node = common(row, "question", name)
        node |= {
            "type": kind,
            "hint": row.text("hint") or hint,
            "guidance": row.text("guidance_hint"),
            "required": _TRUTHS.get(row.get("required").lower(), row.get("required")),
            "required_message": row.text("required_message"),
            "constraint": row.get("constraint") or constraint,
            "constraint_message": row.text("constraint_message"),
            "calculation": row.get("calculation"),
            "default": row.get("default").removesuffix(" 00:00:00"),
            "dynamic_default": default_is_dynamic(row.get("default"), kind),
            "read_only": _TRUTHS.get(row.get("read_only").lower(), row.get("read_only")),
            "parameters": self.parameters(row),
            "media": row.media(),
            "trigger": row.get("trigger"),
            "unsupported": unsupported,
            "extra": dict(row.extra),
        }
        if kind == "calculate" and not node["calculation"] and not node["dynamic_default"]:
            self.problem(row.problem("no_calculation", name, "calculation"))
        if kind in types.SELECTS:
            self.select(row, written, node)
        else:
            self.add(node)

    def parameters(self, row: SheetRow) -> dict[str, str]:
        text = row.get("parameters")
        found = {match[1].lower(): match[2].strip("'\"") for match in _PARAMETERS.finditer(text)}
        if _PARAMETERS.sub("", text).strip():
            self.problem(row.problem("bad_parameters", text, "parameters"))
        return found

    def choice_list(self, row: SheetRow, name: str) -> list[dict[str, Any]]:
        if name not in self.result.lists:
            self.problem(row.problem("no_list", name, "type"))
            return []
        return self.result.lists[name]

    def select(self, row: SheetRow, written: Written, node: Node) -> None:
        node["choice_filter"] = row.get("choice_filter")
        node["choices"] = written.list
        if written.external:
            self.external(row, written, node)
            return
        stem, dot, extension = written.list.rpartition(".")
        if written.list.startswith("${"):
            node["from_repeat"] = True
        elif dot and extension.lower() in ("csv", "xml", "geojson"):
            node["choices"], node["from_file"] = stem, True
            if extension.lower() != "csv" or stem not in self.attached:
                self.problem(row.problem("no_file", written.list, "type"))
            self.result.tables.add(stem)
        else:
            choices = self.choice_list(row, written.list)
            if node["type"] != "select_one":
                for choice in choices:
                    if " " in choice["name"]:
                        self.problem(row.problem("choice_space", choice["name"], "type"))
        if self.inside.table_list is not None:
            self.in_table(row, node)
        self.add(node)
        if written.other:
            self.other(row, written, node)

    def external(self, row: SheetRow, written: Written, node: Node) -> None:
        """A select over the external_choices sheet. Web Forms shows it as free text; here its filter works."""
        node["external"] = True
        if written.list not in self.result.external:
            self.problem(row.problem("no_list", written.list, "type"))
        self.add(node)

    def other(self, row: SheetRow, written: Written, node: Node) -> None:
        if node["choice_filter"]:
            self.problem(row.problem("other_with_filter", node["name"], "choice_filter"))
        if written.list in self.result.lists:
            self.result.lists[written.list] = with_other(self.result.lists[written.list])
        specify = generated(row, "text", f"{node['name']}_other", label="Specify other.")
        specify["relevant"] = f"selected(../{node['name']}, 'other')"
        specify["specify"] = True
        self.add(specify)

    def in_table(self, row: SheetRow, node: Node) -> None:
        if not self.inside.table_list:
            self.inside.table_list = node["choices"]
            header = generated(row, node["type"], f"reserved_name_for_field_list_labels_{row.number}")
            header |= {"label": " ", "choices": node["choices"], "appearance": "label", "layout": True}
            self.add(header)
        node["appearance"] = "list-nolabel"


def common(row: SheetRow, kind: str, name: str) -> Node:
    relevant = row.get("relevant")
    return {
        "kind": kind,
        "name": name,
        "row": row.number,
        "label": row.text("label"),
        "hint": row.text("hint"),
        "relevant": _TRUTHS.get(relevant.lower(), relevant),
        "appearance": row.get("appearance"),
    }


def generated(row: SheetRow, kind: str, name: str, label: Text = "", calculation: str = "", bind: str = "") -> Node:
    """A question that the author did not write but XLSForm adds."""
    return {
        "kind": "question",
        "type": kind,
        "name": name,
        "row": row.number,
        "label": label,
        "relevant": "",
        "appearance": "",
        "calculation": calculation,
        "bind": bind,
        "generated": True,
    }


def default_is_dynamic(text: str, kind: str) -> bool:
    """Whether a default is an expression. A lone hyphen in a date or a place does not make it one."""
    if kind in _HYPHENATED and "-" in text and "(" not in text and "${" not in text:
        return False
    return any(match["dynamic"] for match in _DYNAMIC.finditer(text))


def _looped(children: list[Node], choices: list[dict[str, Any]]) -> list[Node]:
    """A loop is a group a choice, its questions' texts filled with the choice's name and label."""
    return [
        {
            "kind": "group",
            "name": choice["name"],
            "row": choice["row"],
            "label": choice["label"],
            "hint": "",
            "relevant": "",
            "appearance": "",
            "children": [_filled(copy.deepcopy(child), choice) for child in children],
        }
        for choice in choices
    ]


def _filled(value: Any, choice: dict[str, Any], language: str | None = None) -> Any:
    """A node with ``%(name)s`` and ``%(label)s`` replaced in all its texts, language by language."""
    if isinstance(value, str):
        label = choice["label"]
        if isinstance(label, dict):
            label = label.get(language) or next(iter(label.values()), "")
        return value.replace("%(name)s", choice["name"]).replace("%(label)s", label)
    if isinstance(value, dict):
        languages = choice["label"] if isinstance(choice["label"], dict) else {}
        return {key: _filled(found, choice, key if key in languages else language) for key, found in value.items()}
    if isinstance(value, list):
        return [_filled(found, choice, language) for found in value]
    return value
