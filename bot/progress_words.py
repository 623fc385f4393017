"""How families speak of the achievements in force, read once for each vocabulary."""

from functools import lru_cache

from sqlalchemy import Connection

from bot.matching import achievements as matching
from bot.matching import vocabulary
from bot.matching.vocabulary import Vocabulary
from families import achievements
from families.achievements import Current


def reported(connection: Connection, text: str, asked: bool) -> tuple[str, ...]:
    """The codes of the achievements in force that a message may report; see `bot.matching.achievements.reported`."""
    current = achievements.current(connection)
    return matching.reported(text, words(current), asked=asked) if current else ()


def words(current: Current) -> Vocabulary:
    """The vocabulary of a catalogue. Raises VocabularyError where it is none."""
    return _read(current.vocabulary, tuple((each.code, each.label, each.sensitive) for each in current.achievements))


@lru_cache(maxsize=4)
def _read(written: str, achievements_known: tuple[tuple[str, str, bool], ...]) -> Vocabulary:
    labels = {code: label for code, label, _ in achievements_known}
    return vocabulary.read(written, labels, [code for code, _, sensitive in achievements_known if sensitive])
