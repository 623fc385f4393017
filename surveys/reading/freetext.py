"""Open answers: the words themselves, unless nothing was told."""

import re

from surveys.reading.lexicon import Lexicon
from surveys.reading.model import Expected, Reading, confirm, reject, value
from surveys.reading.nonanswers import as_dont_know, holds_non_answer, non_answer
from surveys.reading.text import Message, is_number

_MASHED = re.compile(r"(?=[a-z]{6,}$)(?:[^aeiou]{5,}.*|.*[^aeiou]{6,}.*|(?:as|sd|df|fg|gh|hj|jk|kl){3,}.*)")
_FIRST_SYMBOL = "\u2190"
_LONGEST_NAME = 8
_SHORT = 8


def read_text(expected: Expected, message: Message, words: Lexicon) -> Reading:
    """Read a reply to `text`: its value is the reply without surrounding spaces and invisible characters."""
    if not message.words:
        has_symbol = any(token >= _FIRST_SYMBOL for token in message.tokens)
        return confirm(message.clean, "only_symbols", 0.5) if has_symbol else reject("empty")
    if reason := non_answer(message, words):
        return as_dont_know(reason)
    doubt = _doubt(message, words.authored(expected.question).line, words)
    return confirm(message.clean, doubt) if doubt else value(message.clean, 0.9)


def _doubt(message: Message, question: str, words: Lexicon) -> str:
    core = message.core
    if not core:
        return "greeting_only"
    if all(is_number(word) for word in message.words):
        return "only_numbers"
    if _MASHED.match(message.line.replace(" ", "")):
        return "gibberish"
    if words.whole("commands.stop.unless_choice").match(core):
        return "maybe_stop"
    agrees = words.within("yes.lead").match(core)
    if words.whole("open.yes").match(core) or (agrees and agrees.end() == len(core)):
        return "tells_nothing"
    if words.whole("open.nothing").match(core):
        return "" if words.within("question.offers_more").search(question) else "tells_nothing"
    if len(message.words) <= _SHORT and holds_non_answer(message, words):
        return "maybe_refused"
    if words.whole("commands.pause.phrase").match(core):
        return "tells_nothing"
    if words.whole("yes.doubtful").match(core) or words.whole("unsure.whole").match(core):
        return "tells_nothing"
    if message.words[0] in words.words("words.other_asker") and len(message.words) > 1:
        return "meant_for_someone_else"
    return _name_doubt(message, words) if words.within("question.names_a_thing").search(question) else ""


def _name_doubt(message: Message, words: Lexicon) -> str:
    """Doubts about the name of a place or thing."""
    if message.asks or words.within("asking.patterns").search(message.core):
        return "question_back"
    if words.words("words.negators") & set(message.words[:2]) or words.whole("open.no_name").match(message.core):
        return "names_nothing"
    return "long_for_a_name" if len(message.words) > _LONGEST_NAME else ""
