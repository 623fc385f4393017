"""Typed answers by name, replayed: against our own small form, and against recorded traces where they are at hand."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from surveys.compile import draft_form
from surveys.replay import replay
from tests.surveys.chat import form

NOW = datetime(2025, 6, 15, 10, 30, tzinfo=UTC)
SHARED = Path(__file__).parents[3].parent / "shared" / "testdata" / "xlsforms"
COMPARED = ("languages", "defaultLanguage", "visited", "steps", "values", "calculated", "violations")

FAMILY = """
| survey  |                  |       |                 |                 |            |             |
|         | type             | name  | label           | constraint      | required   | calculation |
|         | integer          | age   | ¿Edad?          | . < 120         | yes        |             |
|         | select_one si_no | work  | ¿Trabaja?       |                 |            |             |
|         | begin repeat     | child | Hijo            |                 |            |             |
|         | text             | name  | ¿Nombre?        |                 |            |             |
|         | end repeat       |       |                 |                 |            |             |
|         | calculate        | sons  |                 |                 |            | count(${child}) |
| choices |                  |       |                 |                 |            |             |
|         | list_name        | name  | label           |                 |            |             |
|         | si_no            | si    | Sí              |                 |            |             |
|         | si_no            | no    | No              |                 |            |             |
"""


def replayed(answers: dict[str, Any]) -> dict[str, Any]:
    return replay(form(FAMILY), answers, NOW, ZoneInfo("UTC"))


def test_answers_are_taken_in_turn() -> None:
    result = replayed({"age": ["34"], "work": ["si"], "repeat:child": [2], "name": ["Ana", "Luis"]})
    assert result["visited"] == ["/data/age", "/data/work", "/data/child[1]/name", "/data/child[2]/name"]
    assert result["calculated"]["/data/sons"] == "2"
    assert result["violations"] == []
    prompts = [(step["index"], step["add"]) for step in result["steps"] if step["event"] == "repeat-prompt"]
    assert prompts == [(1, True), (2, True), (3, False)]


def test_attempts_are_made_until_one_is_accepted() -> None:
    step = replayed({"age": [{"attempts": ["x", "130", "40", "50"]}]})["steps"][0]
    assert [(attempt["given"], attempt["accepted"]) for attempt in step["attempts"]] == [
        ("x", False),
        ("130", False),
        ("40", True),
    ]
    assert (step["outcome"], step["value"]) == ("answered", "40")
    assert [attempt["typeValid"] for attempt in step["attempts"]] == [False, True, True]
    assert not step["attempts"][1]["constraint"]["valid"]


def test_what_all_attempts_miss_stays_blank_and_is_a_violation() -> None:
    result = replayed({"age": [{"attempts": ["130"]}], "work": ["tal vez"]})
    assert [step["outcome"] for step in result["steps"][:2]] == ["blank", "blank"]
    assert result["steps"][1]["attempts"][0]["choiceValid"] is False
    assert result["violations"] == [{"ref": "/data/age", "condition": "required"}]


if SHARED.is_dir():

    @pytest.mark.parametrize("trace", sorted((SHARED / "traces").glob("*.json")), ids=lambda path: path.stem)
    def test_recorded_behaviour(trace: Path) -> None:
        (workbook,) = (SHARED / "forms").glob(f"{trace.stem}.xls*")
        media = {path.name: path.read_bytes() for path in (SHARED / "forms" / f"{trace.stem}-media").glob("*")}
        compiled, problems = draft_form(workbook.read_bytes(), media)
        assert compiled is not None, problems
        for run in json.loads(trace.read_text("utf-8")):
            result = replay(compiled, run["answers"], NOW, ZoneInfo("UTC"))
            for part in COMPARED:
                assert without_identifier(result[part]) == without_identifier(run["trace"][part])


def without_identifier(part: Any) -> Any:
    """Values without the one that is drawn anew each time."""
    if isinstance(part, dict):
        return {key: value for key, value in part.items() if not key.endswith("/meta/instanceID")}
    return [
        value
        for value in part
        if not (isinstance(value, dict) and str(value.get("ref", "")).endswith("/meta/instanceID"))
    ]
