"""What families answer to a reminder in their own words; the phrases were labelled before there was a reader."""

import csv
from datetime import date
from pathlib import Path

import pytest

from bot.dialogues.session_words import read_wish

MONDAY = date(2026, 11, 23)
with (Path(__file__).parent / "phrases" / "session.csv").open(encoding="utf-8", newline="") as file:
    PHRASES = [(row["choice"], row["day"], row["phrase"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("choice", "day", "phrase"), [pytest.param(*row, id=row[2]) for row in PHRASES])
def test_what_is_meant(choice: str, day: str, phrase: str) -> None:
    wish = read_wish(phrase, MONDAY)
    read = (wish.choice, wish.day.isoformat() if wish.day else "") if wish else ("", "")
    assert read == (choice, day)
