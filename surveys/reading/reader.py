"""One reply to one open question: commands first, then the reader of its type, then non-answers."""

from collections.abc import Mapping
from datetime import date
from typing import Protocol

from surveys.reading.choices import read_choice, yes_and_no
from surveys.reading.commands import find_command
from surveys.reading.dates import read_date
from surveys.reading.freetext import read_text
from surveys.reading.lexicon import Lexicon, lexicon
from surveys.reading.model import Command, Expected, Kind, Reading, confirm, reject, value
from surveys.reading.nonanswers import as_dont_know, holds_non_answer, non_answer
from surveys.reading.options import says_label
from surveys.reading.people import asks_who
from surveys.reading.places import read_place
from surveys.reading.quantity import read_quantity
from surveys.reading.several import read_rank, read_several
from surveys.reading.text import Message
from surveys.reading.times import read_date_and_time, read_time

READER_VERSION = 1
"""Raised with every change that may read an old reply differently."""


class Reader(Protocol):
    def __call__(self, expected: Expected, message: Message, words: Lexicon, today: date) -> Reading: ...


def _acknowledge(expected: Expected, message: Message, words: Lexicon, today: date) -> Reading:
    """Anything that agrees is an OK; a no is shown as such."""
    agreed = words.within("yes.lead").match(message.core) or words.whole("yes.doubtful").match(message.core)
    symbols = not message.words and any(token in words.words("yes.emoji") for token in message.tokens)
    if message.cut:
        return confirm("OK", "much_besides")
    return value("OK", 0.95) if agreed or symbols or message.line == "1" else reject("not_acknowledged")


def _barcode(expected: Expected, message: Message, words: Lexicon, today: date) -> Reading:
    return value(message.clean, 0.9) if message.words else reject("empty")


READERS: Mapping[str, Reader] = {
    "select_one": lambda expected, message, words, today: read_choice(expected, message, words),
    "select_multiple": lambda expected, message, words, today: read_several(expected, message, words),
    "rank": lambda expected, message, words, today: read_rank(expected, message, words),
    "integer": lambda expected, message, words, today: read_quantity(expected, message, words),
    "decimal": lambda expected, message, words, today: read_quantity(expected, message, words),
    "range": lambda expected, message, words, today: read_quantity(expected, message, words),
    "text": lambda expected, message, words, today: read_text(expected, message, words),
    "date": read_date,
    "time": lambda expected, message, words, today: read_time(expected, message, words),
    "dateTime": read_date_and_time,
    "geopoint": lambda expected, message, words, today: read_place(expected, message, words),
    "acknowledge": _acknowledge,
    "barcode": _barcode,
}


def read(expected: Expected, text: str, *, today: date, language: str = "es") -> Reading:
    """Read one reply to an open question. Pure: the same reply on the same day always reads the same.

    `today` is the day at the family's place; `language` that of the form as the person sees it. A type that no reader
    knows raises KeyError: it is the author's error, found when the form is checked.
    """
    words = lexicon(language)
    reader = READERS[expected.type]
    message = words.message(text)
    if not message.tokens:
        return reject("empty")
    open_text = expected.type in ("text", "barcode")
    command = find_command(message, expected.choices, words, open_text=open_text)
    if command and not _an_answer_after_all(command, expected, message, words):
        return command
    if open_text:
        return reader(expected, message, words, today)
    reason = non_answer(message, words)
    if reason and not _choice_says_so(expected, message, words):
        return _not_answered(expected, reason)
    reading = reader(expected, message, words, today)
    if reading.kind is Kind.VALUE and (doubt := _told_of_others(expected, message, words)):
        return confirm(str(reading.value), doubt)
    doubt = (
        holds_non_answer(message, words)
        if expected.type != "select_multiple" or reading.kind is not Kind.REJECT
        else ""
    )
    if doubt and reading.kind is Kind.VALUE and not _choice_says_so(expected, message, words):
        return confirm(str(reading.value), doubt)
    if doubt and reading.kind is Kind.REJECT:
        return _not_answered(expected, doubt)
    return reading


def _told_of_others(expected: Expected, message: Message, words: Lexicon) -> str:
    """Why a clear reading may still not be this person's, of today or a fact: the heading of the words that say so."""
    question = words.authored(expected.question).line
    for doubt in words.get("words.doubts"):
        telling = words.within(f"words.doubts.{doubt}")
        if telling.search(message.line) and not telling.search(question):
            apart = doubt == "another_time" and (expected.type.startswith("date") or "que antes" in message.line)
            if not apart and not asks_who(expected, words):
                return str(doubt)
    return ""


def _not_answered(expected: Expected, reason: str) -> Reading:
    return as_dont_know(reason) if expected.allow_dont_know else reject(reason)


def _an_answer_after_all(command: Reading, expected: Expected, message: Message, words: Lexicon) -> bool:
    """«No más» to a yes/no question, or to «¿algo más?», may be an answer: it is asked about, never taken as a stop."""
    sure = words.whole("commands.stop.always")
    if command.command is not Command.STOP or sure.match(message.core) or "no mas" not in message.line:
        return False
    return expected.type == "text" or yes_and_no(expected.choices, words) is not None


def _choice_says_so(expected: Expected, message: Message, words: Lexicon) -> bool:
    """Whether «no sé», «no aplica» or the like is itself one of the choices."""
    if not expected.choices:
        return False
    if says_label(expected.choices, message, words):
        return True
    reason = non_answer(message, words) or holds_non_answer(message, words)
    pattern = words.whole(f"non_answer.{reason}")
    return any(pattern.match(words.authored(label).line) for choice in expected.choices for label in choice.labels)
