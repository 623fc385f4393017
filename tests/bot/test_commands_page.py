"""The words that docs/conversation.md promises do what it says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from surveys.reading import Command, read_command

PAGE = Path(__file__).parents[2] / "docs" / "conversation.md"
ROW = re.compile(r"^\| (?P<command>\w+)[:,] [^|]*\| (?P<es>[^|]*)\|(?P<en>[^|]*)\|$", re.MULTILINE)


def promised() -> Iterator[tuple[str, str, Command]]:
    for row in ROW.finditer(PAGE.read_text("utf-8")):
        command = Command(row["command"])
        spanish = [word.strip() for word in row["es"].split(",")]
        english = [word.strip() for word in row["en"].split(",") if word.strip()]
        yield from (("es", word, command) for word in spanish)
        yield from (("en", word, command) for word in [*english, *spanish[:1]])


@pytest.mark.parametrize(("language", "word", "command"), list(promised()))
def test_word(language: str, word: str, command: Command) -> None:
    assert read_command(word, language=language) is command


def test_every_command_is_on_the_page() -> None:
    assert {command for _, _, command in promised()} == set(Command)
