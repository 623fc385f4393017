"""The radicado: the number of a request, short enough to be read out and typed by phone.

Eight digits of a serial number and a check digit by Damm's algorithm, written in three groups of three, so that it is
neither mistaken for a folio nor for a one-time code, which are written in groups of four.
"""

import re

from stdnum import damm

FIRST_SERIAL = 10_000_001
LAST_SERIAL = 99_999_999
LENGTH = 9

_SEPARATORS = re.compile(r"[\s.\-_/·–—]+")


def issue(serial: int) -> str:
    """The radicado of a serial number. Raises ValueError outside FIRST_SERIAL…LAST_SERIAL."""
    if not FIRST_SERIAL <= serial <= LAST_SERIAL:
        raise ValueError(f"a radicado needs a serial of eight digits, not {serial}")
    return f"{serial}{damm.calc_check_digit(str(serial))}"


def display(radicado: str) -> str:
    """The radicado as it is said and printed: '100-000-013'."""
    return "-".join(radicado[start : start + 3] for start in range(0, LENGTH, 3))


def read(text: str) -> str | None:
    """The radicado that a person typed, with or without separators; None where the check digit says otherwise."""
    digits = _SEPARATORS.sub("", text)
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()):
        return None
    return digits if damm.is_valid(digits) else None
