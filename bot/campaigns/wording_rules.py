"""What the coordination's own text must be like before it goes to anybody. Pure."""

from collections.abc import Mapping
from typing import Final

from bot.campaigns.script import ANNOUNCED
from bot.catalogue import SPANISH, Catalogue
from bot.forbidden_words import forbidden_word
from messaging.encoding import fold_for_sms, segments

MOST_SEGMENTS: Final = 2


def problem(written: Mapping[str, str], texts: Catalogue) -> str | None:
    """Why the text cannot go out, as a code; None if it can. Spanish must be there, other languages may be."""
    if not written.get(SPANISH, "").strip():
        return "text_missing"
    if unknown := set(written) - set(texts.languages):
        return f"language_{min(unknown)}"
    for language, text in written.items():
        if forbidden_word(text):
            return "text_forbidden"
        if not text.isprintable() and not text.replace("\n", "").isprintable():
            return "text_unprintable"
        if segments(fold_for_sms(texts.text(ANNOUNCED, language, text=text))).count > MOST_SEGMENTS:
            return "text_long"
    return None
