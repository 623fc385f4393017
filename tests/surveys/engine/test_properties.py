"""What holds for any form and any answers: nothing crashes, nothing is lost, there is always a way forward."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from surveys import engine
from surveys.compile import compile_sheets
from surveys.engine import State
from surveys.form import Form
from surveys.workbook import Sheet
from tests.surveys.chat import BOGOTA, NOW

NAMES = [f"q{index}" for index in range(8)]
TYPES = (
    "text",
    "integer",
    "decimal",
    "date",
    "note",
    "select_one abc",
    "select_multiple abc",
    "calculate",
    "geopoint",
    "range",
    "rank abc",
    "acknowledge",
    "select_one abc or_other",
)
ATOMS = [*(f"${{{name}}}" for name in NAMES), "1", "'a'", "''", ".", "today()", "position(..)", "1 div 0"]
PATTERNS = (
    "{0} > {1}",
    "{0} = {1}",
    "{0} != ''",
    "selected({0}, {1})",
    "not({0})",
    "{0} + {1}",
    "if({0}, {1}, {0})",
    "once({0})",
    "count({0})",
    "sum({0})",
    "concat({0}, {1})",
    "coalesce({0}, {1})",
    "string-length({0}) > 2 and {1}",
    "regex({0}, '^[a-z]*$')",
    "date({0})",
    "random() > 0.5",
    "indexed-repeat({0}, {0}, 1)",
)
ANSWERS = st.one_of(
    st.none(),
    st.sampled_from(
        ["", "1", "2.5", "a", "b", "a b", "c b a", "no", "yes", "OK", "2024-02-29", "4.6 -74.1", "other", "-3"]
    ),
    st.text(max_size=12),
)

atoms = st.sampled_from(ATOMS)
expressions = st.builds(lambda pattern, a, b: pattern.format(a, b), st.sampled_from(PATTERNS), atoms, atoms)
seldom = st.one_of(st.just(""), st.just(""), expressions)


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, str]]:
    """A survey sheet with groups and repeats, most of whose expressions make some sense."""
    found: list[dict[str, str]] = []
    opened: list[str] = []
    for name in NAMES:
        block = draw(st.sampled_from(["", "", "", "group", "repeat", "close"]))
        if block in ("group", "repeat"):
            count = draw(st.sampled_from(["", "2", "${q0}"])) if block == "repeat" else ""
            label = {"label": f"B {name}", "relevant": draw(seldom), "repeat_count": count}
            found.append({"type": f"begin {block}", "name": f"b{name}", **label})
            opened.append(block)
        elif block == "close" and opened:
            found.append({"type": f"end {opened.pop()}"})
        row = {"type": draw(st.sampled_from(TYPES)), "name": name, "label": f"¿{name} ${{q0}}?"}
        row |= {column: draw(seldom) for column in ("relevant", "constraint", "required", "default", "choice_filter")}
        row["calculation"] = draw(expressions) if row["type"] == "calculate" else draw(seldom)
        if row["type"].endswith("or_other"):
            row["choice_filter"] = ""
        found.append(row)
    return found + [{"type": f"end {block}"} for block in reversed(opened)]


def draft(survey: list[dict[str, str]]) -> Form:
    headers = tuple(dict.fromkeys(column for row in survey for column in row))
    numbered = tuple((number, {k: v for k, v in row.items() if v}) for number, row in enumerate(survey, 2))
    choices = tuple((n, {"list_name": "abc", "name": name, "label": name.upper()}) for n, name in enumerate("abc", 2))
    sheets = {
        "survey": Sheet("survey", headers, numbered),
        "choices": Sheet("choices", ("list_name", "name", "label"), choices),
    }
    form, _ = compile_sheets(sheets)
    assert form is not None
    return form


def through_json(state: State) -> State:
    return State.from_json(json.loads(json.dumps(state.to_json())))


@settings(max_examples=60, deadline=None)
@given(rows(), st.lists(ANSWERS, max_size=25), st.integers(0, 3))
def test_any_answers_to_any_form(survey: list[dict[str, str]], answers: list[str | None], seed: int) -> None:
    form = draft(survey)
    state = engine.start(form, seed=seed, now=NOW, zone=BOGOTA)
    for value in answers:
        before = engine.ask(form, state)
        if before is None:
            break
        assert engine.ask(form, through_json(state)) == before
        result = engine.answer(form, state, value)
        assert engine.answer(form, through_json(state), value) == result
        if result.violation is not None:
            assert result.state == state
        else:
            assert len(result.state.done) > len(state.done) or before.path in state.done
        given_before = {path for path, text in state.values.items() if path != before.path and text}
        asked = {path for path in given_before if _is_plain_answer(form, path)}
        assert asked <= set(result.state.values)
        state = result.state


def _is_plain_answer(form: Form, path: str) -> bool:
    """A value that only the person can change."""
    name = path.rpartition("/")[2]
    return name in NAMES and form.question(name).calculation is None


@settings(max_examples=50, deadline=None)
@given(rows(), st.integers(0, 3))
def test_there_is_always_a_way_forward(survey: list[dict[str, str]], seed: int) -> None:
    """Every open question can be answered, skipped or, where its own rules forbid all, gone back from."""
    for row in survey:
        row.pop("constraint", None)
        row.pop("required", None)
    form = draft(survey)
    state = engine.start(form, seed=seed, now=NOW, zone=BOGOTA)
    for _ in range(4_000):
        if engine.ask(form, state) is None:
            break
        result = engine.answer(form, state, None)
        assert result.violation is None
        state = result.state
    assert engine.ask(form, state) is None


@settings(max_examples=40, deadline=None)
@given(rows(), st.lists(ANSWERS, min_size=1, max_size=12))
def test_going_back_and_forth_changes_no_answer(survey: list[dict[str, str]], answers: list[str | None]) -> None:
    form = draft(survey)
    state = engine.start(form, seed=1, now=NOW, zone=BOGOTA)
    for value in answers:
        if engine.ask(form, state) is None:
            break
        state = engine.answer(form, state, value).state
    before = engine.values(form, state)
    for _ in range(5):
        state = engine.back(form, state)
        engine.ask(form, state)
        assert engine.values(form, state) == before


@settings(max_examples=120, deadline=None)
@given(st.text(alphabet="abc${}q01()[]/.,|+-*=<>!'\" :@áñ", max_size=40))
def test_no_expression_crashes_the_reading_of_a_form(text: str) -> None:
    form = draft([{"type": "text", "name": "q0", "label": "¿?", "relevant": text, "constraint": text}])
    engine.ask(form, engine.start(form, seed=1, now=NOW, zone=BOGOTA))
