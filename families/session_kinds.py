"""Kinds of sessions and their limits, read from `session_kinds.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of session. Counts and windows are of one family; None stands for no limit."""

    code: str
    label: Mapping[str, str]
    """What the staff call it, by language."""
    community: bool = False
    sensitive: bool = False
    count: int | None = None
    months: tuple[int, int] | None = None
    """Its window, in months after the family was registered."""
    agreement_by: int | None = None


@cache
def kinds() -> Mapping[str, Kind]:
    """All kinds by their code, in the order of the file."""
    listed = tomllib.loads(FILE.read_text("utf-8"))["kind"]
    return {one["code"]: _kind(one) for one in listed}


def agreement_kind() -> Kind:
    """The kind in one of whose sessions the agreement is signed."""
    return next(kind for kind in kinds().values() if kind.agreement_by is not None)


def _kind(entry: Mapping[str, object]) -> Kind:
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
    return Kind(**values)  # type: ignore[arg-type]  # a key that is not one of a kind's raises TypeError
