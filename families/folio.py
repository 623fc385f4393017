"""The folio: the number of a family, short enough to be typed by phone.

Seven digits of a serial number and a check digit by Damm's algorithm, which catches every wrong digit and
every swap of two neighbours. Serial numbers start at 1,000,000: no folio begins with a zero, so that none is
lost when somebody leaves it out.
"""

import re

from stdnum import damm

FIRST_SERIAL = 1_000_001
LAST_SERIAL = 9_999_999

_SEPARATORS = re.compile(r"[\s.\-_/·]+")


def issue(serial: int) -> str:
    """The folio of a serial number: eight digits. Raises ValueError outside FIRST_SERIAL…LAST_SERIAL."""
    if not FIRST_SERIAL <= serial <= LAST_SERIAL:
        raise ValueError(f"a folio needs a serial of seven digits, not {serial}")
    return f"{serial}{damm.calc_check_digit(str(serial))}"


def display(folio: str) -> str:
    """The folio as it is printed, in two groups: '1000-0012'."""
    return f"{folio[:4]}-{folio[4:]}"


def read(text: str) -> str | None:
    """The folio that a person typed, with or without separators, or None where the check digit says
    otherwise.
    """
    digits = _SEPARATORS.sub("", text)
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()) or digits[0] == "0":
        return None
    return digits if damm.is_valid(digits) else None
