"""A workbook → a form, with every problem that was found on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surveys.choice_lists import Lists, choices_of_table, read_choices, read_csv
from surveys.form import Form, build
from surveys.problems import Problem, has_errors
from surveys.sheet_rows import NO, YES, SheetRow, close_names, header_problems, read_rows, sheet_languages
from surveys.survey_sheet import Node, SurveySheet, read_survey
from surveys.workbook import Sheet, WorkbookError, read_workbook

DEFAULT_LANGUAGE = "default"
_SHEETS = ("survey", "choices", "settings", "external_choices", "entities", "osm")


@dataclass(frozen=True, slots=True)
class Compiled:
    """``form`` is None when a problem is an error."""

    form: Form | None
    problems: tuple[Problem, ...]


def compile_form(data: bytes, attachments: Mapping[str, bytes] | None = None) -> Compiled:
    """Compile a workbook with its attached CSV files by file name. Never raises for what a file may hold."""
    draft, problems = draft_form(data, attachments)
    return Compiled(None if has_errors(problems) else draft, tuple(problems))


def draft_form(data: bytes, attachments: Mapping[str, bytes] | None = None) -> tuple[Form | None, list[Problem]]:
    """What could be understood, for checking; None where not even a tree of questions came out."""
    try:
        sheets = read_workbook(data)
    except WorkbookError as error:
        return None, [error.problem]
    return compile_sheets(sheets, attachments)


def compile_sheets(
    sheets: Mapping[str, Sheet], attachments: Mapping[str, bytes] | None = None
) -> tuple[Form | None, list[Problem]]:
    problems = _sheet_problems(sheets)
    survey = sheets.get("survey")
    if survey is None:
        names = ", ".join(sheet.name for sheet in sheets.values())
        return None, [*problems, Problem("no_survey", found=names)]
    if "type" not in {header.lower() for header in survey.headers} | {"type"} or not survey.rows:
        return None, [*problems, Problem("no_questions", survey.name)]
    settings = _settings(sheets.get("settings"))
    language = settings.get("default_language") or DEFAULT_LANGUAGE
    tables = _tables(attachments or {}, problems)
    allowed = settings.get("allow_choice_duplicates", "").lower() in YES
    lists = _choices(sheets.get("choices"), "choices", language, allowed, problems)
    external = _choices(sheets.get("external_choices"), "external_choices", language, True, problems)
    for name, rows in tables.items():
        if name == "itemsets":
            _add_itemsets(external, rows)
    collapse = settings.get("clean_text_values", "yes").lower() not in NO
    read = read_survey(read_rows(survey, "survey", language, collapse), lists, external, set(tables))
    problems += read.problems
    definition = _definition(read, settings | read.settings, language, tables, _languages(sheets, language))
    form = build(definition)
    return form, sorted([*problems, *form.problems], key=_place)


def _place(problem: Problem) -> tuple[int, int, int]:
    sheet = _SHEETS.index(problem.sheet.lower()) if problem.sheet.lower() in _SHEETS else -1
    return sheet, problem.row, problem.severity == "warning"


def _sheet_problems(sheets: Mapping[str, Sheet]) -> list[Problem]:
    problems = [problem for name in _SHEETS if name in sheets for problem in sheets[name].problems]
    for name in ("survey", "choices"):
        if name in sheets:
            problems += header_problems(sheets[name], name)
    problems += [
        Problem("sheet_name", found=sheet.name, severity="warning")
        for name, sheet in sheets.items()
        if any(close_names(name, known) for known in _SHEETS)
    ]
    if "entities" in sheets and sheets["entities"].rows:
        problems.append(Problem("unsupported_entities", sheets["entities"].name))
    return problems


def _settings(sheet: Sheet | None) -> dict[str, str]:
    if sheet is None:
        return {}
    for row in read_rows(sheet, "settings", DEFAULT_LANGUAGE):
        return {**row.extra, **row.values}
    return {}


def _choices(sheet: Sheet | None, kind: str, language: str, duplicates: bool, problems: list[Problem]) -> Lists:
    if sheet is None:
        return {}
    rows: list[SheetRow] = list(read_rows(sheet, kind, language))
    return read_choices(rows, duplicates, problems)


def _tables(attachments: Mapping[str, bytes], problems: list[Problem]) -> dict[str, list[dict[str, str]]]:
    tables: dict[str, list[dict[str, str]]] = {}
    for file_name, data in attachments.items():
        if not file_name.lower().endswith(".csv"):
            continue
        rows = read_csv(data)
        if rows is None:
            problems.append(Problem("attachment_unreadable", found=file_name))
        else:
            tables[file_name[:-4]] = rows
    return tables


def _add_itemsets(external: Lists, rows: list[dict[str, str]]) -> None:
    """``itemsets.csv`` is the attached shape of the external_choices sheet: one list a value of list_name."""
    by_list: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_list.setdefault(row.get("list_name", ""), []).append(row)
    for name, found in by_list.items():
        external.setdefault(name, choices_of_table(found))


def _languages(sheets: Mapping[str, Sheet], default: str) -> list[str]:
    named: list[str] = []
    for kind in ("choices", "survey"):
        if kind in sheets:
            named += sheet_languages(sheets[kind], kind)
    return list(dict.fromkeys(named)) or ([] if default == DEFAULT_LANGUAGE else [default])


def _definition(
    read: SurveySheet,
    settings: dict[str, str],
    language: str,
    tables: dict[str, list[dict[str, str]]],
    languages: list[str],
) -> dict[str, Any]:
    identifier = settings.get("id") or settings.get("title") or "data"
    return {
        "id": identifier,
        "title": settings.get("title") or identifier,
        "version": settings.get("version", ""),
        "default_language": language,
        "languages": languages,
        "settings": settings,
        "root": settings.get("name") or _root_name(read.children),
        "survey": [*read.children, _meta(settings)],
        "choices": read.lists,
        "external": read.external,
        "tables": {name: rows for name, rows in tables.items() if name != "itemsets"},
    }


def _root_name(nodes: list[Node]) -> str:
    """``data``, unless a group or question has that name."""
    return "xroot" if any(node["name"] == "data" for node in nodes) else "data"


def _meta(settings: Mapping[str, str]) -> Node:
    """The group that XForms keeps about the response itself."""
    children: list[Node] = []
    if settings.get("omit_instanceID", "").lower() not in YES:
        children.append({"kind": "question", "type": "instanceID", "name": "instanceID", "generated": True})
    if settings.get("instance_name"):
        calculation = settings["instance_name"]
        node = {"kind": "question", "type": "calculate", "name": "instanceName", "generated": True}
        children.append(node | {"calculation": calculation})
    return {"kind": "group", "name": "meta", "children": children}
