"""Addresses of the pictures of families' progress: sealed, so that nobody can guess or read one, and soon over."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from datetime import UTC, datetime, timedelta
from secrets import token_hex

from encryption import Cipher, CipherError

PURPOSE = "progress picture"
"""What the cipher is told that it seals."""
LIFE = timedelta(days=2)
"""WhatsApp fetches a picture when the message leaves, which may be a day later."""


def address(cipher: Cipher, family_id: int, now: datetime) -> str:
    """The last part of the address of a family's picture, good until `LIFE` from now."""
    until = int((now + LIFE).timestamp())
    return urlsafe_b64encode(cipher.seal(f"{family_id} {until} {token_hex(8)}", PURPOSE)).decode().rstrip("=")


def family(cipher: Cipher, token: str, now: datetime) -> int | None:
    """The family whose picture an address shows; None where it is none of ours or its time is over."""
    try:
        sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        family_id, until, _ = cipher.open(sealed, PURPOSE).split(" ")
    except (Error, CipherError, ValueError):
        return None
    return int(family_id) if now <= datetime.fromtimestamp(int(until), UTC) else None
