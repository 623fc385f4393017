# ruff: noqa: E501  (a form's table is as wide as a form)
"""No form can hang a worker or fill its memory, whatever it asks for."""

import time

from surveys import engine
from surveys.check import check
from surveys.instance import MAXIMUM_ALL_INSTANCES
from surveys.survey_sheet import MAXIMUM_DEPTH
from tests.surveys.chat import BOGOTA, NOW, Chat, form
from tests.surveys.markdown import workbook


def test_repeats_in_repeats_are_bounded_all_together() -> None:
    chat = Chat(
        """
        | survey |              |      |       |              |
        |        | type         | name | label | repeat_count |
        |        | begin repeat | a    | A     | 1000         |
        |        | begin repeat | b    | B     | 1000         |
        |        | begin repeat | c    | C     | 1000         |
        |        | text         | x    | X     |              |
        |        | end repeat   |      |       |              |
        |        | end repeat   |      |       |              |
        |        | end repeat   |      |       |              |
        """
    )
    assert sum(chat.state.counts.values()) == MAXIMUM_ALL_INSTANCES


def test_slow_patterns_cost_little_however_many_there_are() -> None:
    rows = "\n".join(f"| | text | t{n} | T | regex(${{a}}, '^(a\\|aa\\|a?)+{n}?$') |" for n in range(40))
    chat = Chat(f"| survey | | | | |\n| | type | name | label | relevant |\n| | text | a | A | |\n{rows}")
    begun = time.perf_counter()
    chat.hears("a" * 60 + "b")
    assert time.perf_counter() - begun < 3
    assert chat.ask is not None


def test_walking_over_everything_again_and_again_ends() -> None:
    rows = "\n".join(f"| | calculate | c{n} | | count(//*[. = ''][. = '']) |" for n in range(1_500))
    compiled = form(f"| survey | | | | |\n| | type | name | label | calculation |\n{rows}\n| | text | a | A | |")
    begun = time.perf_counter()
    state = engine.start(compiled, seed=1, now=NOW, zone=BOGOTA)
    assert time.perf_counter() - begun < 10
    assert engine.ask(compiled, state) is not None


def test_text_that_doubles_itself_stays_short() -> None:
    rows = "\n".join(f"| | calculate | c{n} | | concat(${{c{n - 1}}}, ${{c{n - 1}}}) |" for n in range(1, 60))
    chat = Chat(
        f"| survey | | | | |\n| | type | name | label | calculation |\n| | calculate | c0 | | 'ja' |\n{rows}\n| | text | a | A | |"
    )
    assert max(len(text) for text in chat.answers.values()) == 10_000


def test_groups_in_groups_in_groups_are_refused() -> None:
    deep = 500
    begun = "\n".join(f"| | begin group | g{n} | G |" for n in range(deep))
    ended = "\n".join("| | end group | | |" for _ in range(deep))
    data = workbook(f"| survey | | | |\n| | type | name | label |\n{begun}\n| | text | a | A |\n{ended}")
    found = [problem for problem in check(data) if problem.severity == "error"]
    assert {problem.code for problem in found} == {"too_deep"}
    assert found[0].row == MAXIMUM_DEPTH + 2
