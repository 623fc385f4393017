"""What is recognised in what people write, against phrases that were labelled before the words were written down."""

import csv
from pathlib import Path

import pytest

from bot.words import kind_of

FOLDER = Path(__file__).parent / "phrases"
ENGLISH = ("I ", "my ", "hit me", "this queue")


def phrases(topic: str) -> list[dict[str, str]]:
    with (FOLDER / f"{topic}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def language(phrase: str) -> str:
    return "en" if phrase.startswith(ENGLISH) else "es"


@pytest.mark.parametrize("row", phrases("emergency"), ids=lambda row: row["phrase"])
def test_danger_is_told_from_what_only_sounds_so(row: dict[str, str]) -> None:
    assert (kind_of("emergency", row["phrase"], language(row["phrase"])) or "") == row["kind"]


@pytest.mark.parametrize("row", phrases("complaint"), ids=lambda row: row["phrase"])
def test_who_wants_to_complain_is_told_from_who_is_unhappy(row: dict[str, str]) -> None:
    assert (kind_of("complaint", row["phrase"], language(row["phrase"])) or "") == row["kind"]


@pytest.mark.parametrize("row", [row for row in phrases("complaint") if row["kind"]], ids=lambda row: row["phrase"])
def test_who_speaks_of_the_gestor(row: dict[str, str]) -> None:
    assert bool(kind_of("gestor", row["phrase"], "es")) is (row["about_gestor"] == "yes")
