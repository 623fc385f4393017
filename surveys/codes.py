"""One-time codes for answering without a phone of one's own: `4821-73`.

The last digit is a check digit by Damm's algorithm (H. M. Damm, Total anti-symmetrische Quasigruppen, Marburg
2004), which catches every single wrong digit and every swap of two neighbours. Codes are stored as a keyed
hash only.
"""

import hashlib
import hmac
import re
from random import Random

from stdnum import damm

LENGTHS = (6, 8, 10, 12)
ODDS = 1_000
"""A code is so long that of this many guesses with a correct check digit at most one is expected to hit."""

_SEPARATORS = re.compile(r"[\s.\-_/·–—]+")


def length(live: int) -> int:
    """How many digits codes need while `live` codes may be used. Raises ValueError beyond the longest."""
    for digits in LENGTHS:
        if live * ODDS <= 10 ** (digits - 1):
            return digits
    raise ValueError(f"{live} codes at once are too many")


def draw(random: Random, digits: int) -> str:
    """A new code of `digits` digits, the check digit included."""
    payload = f"{random.randrange(10 ** (digits - 1)):0{digits - 1}}"
    return payload + damm.calc_check_digit(payload)


def display(code: str) -> str:
    """The code as it is printed, in groups of four: '4821-73'."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def read(text: str) -> str | None:
    """The code that a person typed, with or without separators; None where the check digit says otherwise."""
    digits = _SEPARATORS.sub("", text)
    if len(digits) not in LENGTHS or not (digits.isascii() and digits.isdigit()):
        return None
    return digits if damm.is_valid(digits) else None


def digest(code: str, key: bytes) -> bytes:
    """What is stored of a code: HMAC-SHA256 under `key`, so that who reads the table cannot try all codes."""
    return hmac.digest(key, code.encode(), hashlib.sha256)
