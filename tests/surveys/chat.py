"""A conversation with a form, told in a test: the state goes through JSON before every turn."""

import json
from datetime import UTC, datetime
from typing import Self

from surveys import engine
from surveys.compile import compile_form
from surveys.engine import Answered, Ask, State
from surveys.form import Form
from tests.surveys.markdown import workbook

NOW = datetime(2025, 6, 15, 15, 30, tzinfo=UTC)
BOGOTA = "America/Bogota"


def form(markdown: str, attachments: dict[str, bytes] | None = None) -> Form:
    """The form of some Markdown tables; its problems fail the test."""
    compiled = compile_form(workbook(markdown), attachments)
    assert compiled.form is not None, [problem.line("en") for problem in compiled.problems]
    return compiled.form


class Chat:
    """``hears`` answers the question that is open, ``is_asked`` tells which one that is."""

    def __init__(
        self,
        markdown: str,
        attachments: dict[str, bytes] | None = None,
        *,
        language: str | None = None,
        preset: dict[str, str] | None = None,
        seed: int = 7,
        zone: str = BOGOTA,
    ) -> None:
        self.form = form(markdown, attachments)
        self.state = engine.start(self.form, seed=seed, now=NOW, zone=zone, preset=preset, language=language)
        self.last: Answered | None = None

    def restored(self) -> State:
        return State.from_json(json.loads(json.dumps(self.state.to_json())))

    @property
    def ask(self) -> Ask | None:
        return engine.ask(self.form, self.restored())

    @property
    def text(self) -> str:
        assert self.ask is not None
        return self.ask.text

    @property
    def choices(self) -> dict[str, str]:
        assert self.ask is not None
        return {choice.name: choice.label for choice in self.ask.choices}

    def is_asked(self, name: str | None) -> Self:
        assert (self.ask.path.rpartition("/")[2] if self.ask else None) == name
        return self

    def hears(self, *values: str | None) -> Self:
        for value in values:
            self.last = engine.answer(self.form, self.restored(), value)
            assert self.last.violation is None, (self.ask, value, self.last)
            self.state = self.last.state
        return self

    def refuses(self, value: str | None, violation: str, message: str = "") -> Self:
        before = self.state
        self.last = engine.answer(self.form, self.restored(), value)
        assert (self.last.violation, self.last.message) == (violation, message)
        assert self.last.state == before
        return self

    def goes_back(self) -> Self:
        self.state = engine.back(self.form, self.restored())
        return self

    def corrects(self, path: str) -> Self:
        self.state = engine.goto(self.form, self.restored(), path)
        return self

    def saved(self) -> dict[str, str]:
        """What the last answer changed."""
        assert self.last is not None
        return {saved.path.removeprefix("/data/"): saved.value for saved in self.last.saved}

    @property
    def answers(self) -> dict[str, str]:
        found = engine.values(self.form, self.restored())
        return {path.removeprefix("/data/"): text for path, text in found.items() if "/meta/" not in path}
