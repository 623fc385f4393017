"""«No sé», «no aplica», «no quiero responder»: explicit non-answers, told apart."""

from surveys.reading.lexicon import Lexicon
from surveys.reading.model import Kind, Reading
from surveys.reading.text import Message

REASONS = ("not_applicable", "dont_know", "refused")


def non_answer(message: Message, words: Lexicon) -> str:
    """Which kind of non-answer the whole reply is: one of `REASONS`, or empty."""
    for line in dict.fromkeys((message.core, message.line)):
        for reason in REASONS:
            if words.whole(f"non_answer.{reason}").match(line):
                return reason
    if not message.words and any(token in words.words("non_answer.emoji") for token in message.tokens):
        return "dont_know"
    return ""


def holds_non_answer(message: Message, words: Lexicon) -> str:
    """Which kind of non-answer stands somewhere in a longer reply, or empty."""
    for reason in REASONS:
        if words.within(f"non_answer.{reason}").search(message.core):
            return reason
    return ""


def as_dont_know(reason: str, confidence: float = 0.95) -> Reading:
    return Reading(Kind.DONTKNOW, confidence=confidence, reason=reason)
