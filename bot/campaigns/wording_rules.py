"""What the coordination's own text must be like before it goes to anybody. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from bot.campaigns.script import ANNOUNCED
from bot.catalogue import SPANISH, Catalogue
from messaging.encoding import fold_for_sms, segments

MOST_SEGMENTS: Final = 2
FORBIDDEN: Final = re.compile(r"desplaza|displace|v[ií]ctima|victim|rupd|cultivos? il[ií]cit|coca\b", re.IGNORECASE)
"""What no message ever says: whoever holds the phone could learn the most dangerous fact about a family, or be asked
what no message may ask.
"""


def problem(written: Mapping[str, str], texts: Catalogue) -> str | None:
    """Why the text cannot go out, as a code; None if it can. Spanish must be there, other languages may be."""
    if not written.get(SPANISH, "").strip():
        return "text_missing"
    if unknown := set(written) - set(texts.languages):
        return f"language_{min(unknown)}"
    for language, text in written.items():
        if FORBIDDEN.search(text):
            return "text_forbidden"
        if not text.isprintable() and not text.replace("\n", "").isprintable():
            return "text_unprintable"
        if segments(fold_for_sms(texts.text(ANNOUNCED, language, text=text))).count > MOST_SEGMENTS:
            return "text_long"
    return None
