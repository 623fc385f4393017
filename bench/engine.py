"""What a turn of the survey engine costs in memory, and one evaluation of an expression: ``python -m bench.engine``.

A turn is what a reply costs: the state restored from JSON, the answer taken, the next question asked, the state back to
JSON. Compiling a form is not in it: compiled forms are kept.
"""

import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from surveys import engine
from surveys.compile import compile_sheets
from surveys.engine import Ask, State
from surveys.expressions import compile_expression
from surveys.expressions.nodes import At
from surveys.form import Form
from surveys.instance import Instance
from surveys.workbook import Sheet

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ZONE = "America/Bogota"
TURN_BUDGET_MS = {"50 questions": 0.5, "1,000 rows, 5,000 choices": 5.0}
EXPRESSIONS = {
    "comparison": "${q0} > 3 and ${q1} != ''",
    "selection": "selected(${q4}, 'c1') or selected(${q4}, 'c2')",
    "date": "int((today() - date('1990-02-28')) div 365.25)",
    "text": "concat(${q0}, ' ', substr(${q2}, 0, 3))",
    "cascade": "count(instance('list')/root/item[group = ${q5}])",
}


def survey_form(questions: int, choices: int) -> Form:
    """A form in the usual mixture: integers with a constraint, text, selects, a filter, conditions, calculations."""
    rows = [_row(index) for index in range(questions)]
    listed = [
        {"list_name": "list", "name": f"c{index}", "label": f"Opción {index}", "group": f"g{index % 100}"}
        for index in range(choices)
    ]
    sheets = {"survey": _sheet("survey", rows), "choices": _sheet("choices", listed)}
    form, problems = compile_sheets(sheets)
    if form is None or any(problem.severity == "error" for problem in problems):
        raise ValueError(problems)
    return form


def _row(index: int) -> dict[str, str]:
    """The kinds follow one another; a condition looks back at the integer asked before."""
    name, before = f"q{index}", f"${{q{index - index % 10}}}"
    label = f"{index}. ¿Pregunta para ${{q0}}?" if index else "¿Cuántos?"
    match index % 10:
        case 0:
            return {"type": "integer", "name": name, "label": label, "constraint": ". >= 0 and . < 100"}
        case 3:
            return {"type": "calculate", "name": name, "calculation": f"{before} * 2 + 1"}
        case 4:
            return {"type": "select_multiple list", "name": name, "label": label, "choice_filter": "group = 'g1'"}
        case 6:
            filtered = f"group = concat('g', {before})"
            return {"type": "select_one list", "name": name, "label": label, "choice_filter": filtered}
        case 7:
            return {"type": "text", "name": name, "label": label, "relevant": f"{before} > 50"}
        case 8:
            return {"type": "date", "name": name, "label": label, "relevant": f"{before} < 50 and {before} != ''"}
    return {"type": "text", "name": name, "label": label}


def _sheet(name: str, rows: list[dict[str, str]]) -> Sheet:
    headers = tuple(dict.fromkeys(column for row in rows for column in row))
    return Sheet(name, headers, tuple(enumerate(rows, 2)))


def reply(ask: Ask) -> str | None:
    """A right answer to whatever is asked."""
    if ask.choices:
        return ask.choices[len(ask.choices) // 2].name
    return {"integer": "7", "date": "2024-02-29"}.get(ask.question.type, "Sí señora")


def turns(form: Form) -> list[float]:
    """Milliseconds of every turn of one conversation."""
    stored = json.dumps(engine.start(form, seed=1, now=NOW, zone=ZONE).to_json())
    asked = engine.ask(form, State.from_json(json.loads(stored)))
    times: list[float] = []
    while asked is not None:
        value = reply(asked)
        begun = time.perf_counter()
        result = engine.answer(form, State.from_json(json.loads(stored)), value)
        asked = engine.ask(form, result.state)
        stored = json.dumps(result.state.to_json())
        times.append((time.perf_counter() - begun) * 1000)
        if result.violation is not None:
            raise ValueError(f"{value!r} was refused: {result.violation}")
    return times


def evaluations(form: Form) -> dict[str, float]:
    """Microseconds of one evaluation of each expression, at the median of rounds."""
    instance = Instance(form, engine.start(form, seed=1, now=NOW, zone=ZONE))
    question = form.question("q0")
    instance.set(question, At(question.element, ()), "7")
    at = At(form.question("q9").element, ())
    found: dict[str, float] = {}
    for name, source in EXPRESSIONS.items():
        expression = compile_expression(source, form.scope, at.element)
        found[name] = _microseconds(partial(expression.text, instance, at))
    return found


def _microseconds(call: Callable[[], object], rounds: int = 9, repeats: int = 300) -> float:
    times: list[float] = []
    for _ in range(rounds):
        begun = time.perf_counter()
        for _ in range(repeats):
            call()
        times.append((time.perf_counter() - begun) / repeats * 1e6)
    return statistics.median(times)


def main() -> None:
    """Print the table."""
    forms = {"50 questions": (50, 500), "1,000 rows, 5,000 choices": (1_000, 5_000)}
    print("| form | compiled, ms | turns | turn median, ms | turn 95 %, ms | budget, ms |")
    print("|---|---|---|---|---|---|")
    for name, (questions, choices) in forms.items():
        begun = time.perf_counter()
        form = survey_form(questions, choices)
        compiled = (time.perf_counter() - begun) * 1000
        turns(form)
        times = turns(form)
        high = statistics.quantiles(times, n=20)[-1]
        print(
            f"| {name} | {compiled:.0f} | {len(times)} | {statistics.median(times):.3f} | {high:.3f} "
            f"| {TURN_BUDGET_MS[name]} |"
        )
    print("\n| expression | evaluation, µs |\n|---|---|")
    for name, microseconds in evaluations(survey_form(50, 500)).items():
        print(f"| {name}: `{EXPRESSIONS[name]}` | {microseconds:.1f} |")


if __name__ == "__main__":
    main()
