"""Understanding what a person texted: (what the question expects, the text, today) → a `Reading`. Pure."""

from surveys.reading.bounds import bounds
from surveys.reading.commands import read_command
from surveys.reading.model import Choice, Command, Expected, Kind, Reading
from surveys.reading.packed import read_packed
from surveys.reading.reader import READER_VERSION, READERS, read

__all__ = [
    "READERS",
    "READER_VERSION",
    "Choice",
    "Command",
    "Expected",
    "Kind",
    "Reading",
    "bounds",
    "read",
    "read_command",
    "read_packed",
]
