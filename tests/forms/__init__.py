"""Forms for tests, as Markdown tables that read like the workbook itself."""

from functools import cache
from pathlib import Path

from surveys.compile import compile_form
from surveys.form import Form
from surveys.forms.build import SOURCE, build, read
from tests.surveys.markdown import workbook

FOLDER = Path(__file__).parent


def xlsx(name: str) -> bytes:
    """The workbook of a form: `libreta`, or a file of this folder without its `.md`."""
    if name == SOURCE.stem:
        return build(read(SOURCE.read_text("utf-8")))
    return workbook((FOLDER / f"{name}.md").read_text("utf-8"))


@cache
def form(name: str) -> Form:
    """The compiled form; its problems fail the test."""
    compiled = compile_form(xlsx(name))
    assert compiled.form is not None, [problem.line("en") for problem in compiled.problems]
    return compiled.form
