"""Labelled replies and their score."""

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from surveys.reading import Choice, Command, Expected, Kind, Reading, bounds, read

TODAY = date(2026, 11, 22)
TYPES = {"yesno": "select_one", "scale5": "select_one", "phone_shared": "select_one"}


@dataclass(frozen=True, slots=True)
class Row:
    """One reply, what was asked, and what a sensible operator takes it to mean."""

    id: str
    expected: Expected
    reply: str
    kind: str
    value: str

    def verdict(self, reading: Reading) -> str:
        """`right`, `asked` (right, by asking for confirmation), `missed`, or `taken` (wrong, and silently)."""
        if reading.kind is Kind.VALUE:
            return "right" if self.kind == "VALUE" and reading.value == self.value else "taken"
        if self.kind == "VALUE":
            offered = reading.kind is Kind.CONFIRM and reading.value == self.value
            return "asked" if offered else "taken" if reading.kind is Kind.COMMAND else "missed"
        if self.kind == "COMMAND":
            accepted = {Command(self.value)} | ({Command.HELP} if self.value == "repeat" else set())
            return "right" if reading.command in accepted else "missed"
        return "right"


@dataclass(frozen=True, slots=True)
class Score:
    """How a corpus was read."""

    rows: int
    verdicts: dict[str, str]
    values: int

    def count(self, verdict: str) -> int:
        return sum(found == verdict for found in self.verdicts.values())

    @property
    def right(self) -> float:
        return (self.count("right") + self.count("asked")) / self.rows

    @property
    def asked(self) -> float:
        """Share of the plain values that the person was asked to confirm."""
        return self.count("asked") / self.values

    def __str__(self) -> str:
        return (
            f"{self.rows} replies: {self.right:.1%} right, {self.count('missed')} missed, "
            f"{self.count('taken')} wrongly taken in silence, {self.asked:.1%} of values asked about"
        )


def load(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [_row(record) for record in csv.DictReader(lines)]


def _row(record: dict[str, str]) -> Row:
    qtype = TYPES.get(record["qtype"], record["qtype"])
    choices = json.loads(record["choices_json"] or "[]")
    minimum, maximum = bounds(record["constraint"], whole=qtype == "integer", today=TODAY)
    expected = Expected(
        type=qtype,
        question=record["question_es"],
        choices=tuple(Choice(choice["name"], (choice["label"],)) for choice in choices),
        minimum=minimum,
        maximum=maximum,
    )
    return Row(record["id"], expected, record["reply"], record["expected_kind"], record["expected_value"])


def score(rows: Iterable[Row]) -> Score:
    rows = list(rows)
    verdicts = {row.id: row.verdict(reading(row)) for row in rows}
    return Score(len(rows), verdicts, sum(row.kind == "VALUE" for row in rows))


def reading(row: Row) -> Reading:
    return read(row.expected, row.reply, today=TODAY)
