"""Words that no message ever says, whoever wrote it. Pure.

Whoever holds the phone could learn the most dangerous fact about a family, or read what no message may ask. What the
staff writes to families is checked where it is taken in, so that its author can say it otherwise or in person.
"""

import re
from typing import Final

_FORBIDDEN: Final = re.compile(
    r"\w*(?:desplaza|displace|v[ií]ctima|victim|rupd|cultivos? il[ií]cit|\bcoca\b)\w*", re.IGNORECASE
)


class ForbiddenWordError(ValueError):
    """A text says what no message may say: `word`, as it was written."""

    def __init__(self, word: str) -> None:
        super().__init__(f"no message says {word!r}")
        self.word = word


def forbidden_word(*texts: str) -> str | None:
    """The first word in these texts that no message says, or None."""
    return next((found[0] for text in texts if (found := _FORBIDDEN.search(text))), None)


def check(*texts: str) -> None:
    """Raise ForbiddenWordError if one of these texts says what no message may say."""
    if word := forbidden_word(*texts):
        raise ForbiddenWordError(word)
