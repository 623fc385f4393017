"""Open answers: the words themselves, unless nothing was told."""

import re

from surveys.reading.lexicon import Lexicon
from surveys.reading.model import Expected, Reading, confirm, reject, value
from surveys.reading.nonanswers import as_dont_know, holds_non_answer, non_answer
from surveys.reading.text import Message, fold, is_number

_OFFERS_MORE = re.compile(r"\b(algo mas|quiere|desea|quisiera|anything else|would you like)\b")
_NAMES_A_THING = re.compile(r"\b(vereda|barrio|donde|nombre|como se llama|direccion|municipio|cual es|where|name)\b")
_BARE_YES = re.compile(r"(si+|claro|bueno|ok|dale|listo)( (si|quiero|claro|senor|senora|me gustaria|deseo|quisiera|gracias|por favor|mucho|tengo algo|algo))*")
_BARE_NO = re.compile(r"(no+|nada|ningun[ao])( (nada|mas|gracias|senor|senora|por ahora|por el momento|tengo nada|que decir))*|no mas.*|asi (esta )?bien|todo (esta )?bien|eso es todo|ninguna?|no (me )?(paso|ha pasado) nada( malo)?")
_GIBBERISH = re.compile(r"(?=[a-z]{6,}$)(?:[^aeiou]{5,}.*|.*[^aeiou]{6,}.*|(?:as|sd|df|fg|gh|hj|jk|kl){3,}.*)")
_LONGEST_NAME = 8
_SHORT = 8


def read_text(expected: Expected, message: Message, words: Lexicon) -> Reading:
    """Read a reply to `text`: its value is the reply without surrounding spaces and invisible characters."""
    if not message.words:
        return confirm(message.clean, "only_symbols", 0.5) if _has_emoji(message) else reject("empty")
    if reason := non_answer(message, words):
        return as_dont_know(reason)
    question = fold(expected.question)
    doubt = _doubts(message, question, words)
    return confirm(message.clean, doubt) if doubt else value(message.clean, 0.9)


def _has_emoji(message: Message) -> bool:
    return any(ord(token) > 0x2190 for token in message.tokens if len(token) == 1)


def _doubts(message: Message, question: str, words: Lexicon) -> str:
    line, core = message.line, message.core
    if not core:
        return "" if "no" in message.words else "greeting_only"
    if all(is_number(word) for word in message.words):
        return "only_numbers"
    if _GIBBERISH.match(line.replace(" ", "")):
        return "gibberish"
    offers_more = _OFFERS_MORE.search(question)
    agrees = words.within("yes.lead").match(core)
    if _BARE_YES.fullmatch(core) or (agrees and agrees.end() == len(core)):
        return "tells_nothing"
    if _BARE_NO.fullmatch(core):
        return "maybe_stop" if core.startswith("no mas") else "" if offers_more else "tells_nothing"
    if len(message.words) <= _SHORT and holds_non_answer(message, words):
        return "maybe_refused"
    if words.whole("yes.doubtful").match(core) or words.whole("unsure.whole").match(core):
        return "tells_nothing"
    if _chatter(message, words):
        return "meant_for_someone_else"
    if _NAMES_A_THING.search(question):
        return _name_doubt(message, words)
    return ""


def _chatter(message: Message, words: Lexicon) -> bool:
    """«mija, ¿a qué hora llega?»: spoken to somebody of the house."""
    return message.words[0] in words.words("words.other_asker") and len(message.words) > 1


def _name_doubt(message: Message, words: Lexicon) -> str:
    if message.asks or words.within("asking.patterns").search(message.core):
        return "question_back"
    if words.words("words.negators") & set(message.words[:2]) or message.core in ("aqui", "en mi casa", "mi casa", "alla", "en la casa", "lejos", "por aca", "por alla"):
        return "names_nothing"
    return "long_for_a_name" if len(message.words) > _LONGEST_NAME else ""
