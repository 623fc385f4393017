"""What a page says after something was done: shown once, on the next page."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final

from flask import Flask, session

DONE: Final = "done"
PROBLEM: Final = "problem"


@dataclass(frozen=True, slots=True)
class Undo:
    """A way back: the address that takes the change back by POST, and the fields that go along."""

    url: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice; `kind` is `DONE` or `PROBLEM`."""

    kind: str
    text: str
    undo: Undo | None = None


def done(text: str, undo: Undo | None = None) -> None:
    """Say on the next page that something is done, with a button that takes it back if it can be."""
    _keep(Notice(DONE, text, undo))


def problem(text: str) -> None:
    """Say on the next page that something could not be done, and what to do about it."""
    _keep(Notice(PROBLEM, text))


def show(app: Flask) -> None:
    """Give the templates of an application the notices that wait."""
    app.jinja_env.globals.update(notices=_take)


def _keep(notice: Notice) -> None:
    session["notices"] = [*session.get("notices", []), asdict(notice)]


def _take() -> list[Notice]:
    taken = session.pop("notices", [])
    return [Notice(one["kind"], one["text"], Undo(**one["undo"]) if one["undo"] else None) for one in taken]
