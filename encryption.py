"""Personal data at rest: AES-SIV (RFC 5297), in which equal texts give equal bytes, so that look-ups work."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV


class CipherError(Exception):
    """Bytes that this key and purpose did not seal."""


class Cipher:
    """Seals short texts under one key of 64 bytes."""

    def __init__(self, key: bytes) -> None:
        self._siv = AESSIV(key)

    def seal(self, text: str, purpose: str) -> bytes:
        """Encrypt; the same text and purpose always give the same bytes, another purpose gives others.

        Args:
            text: what to hide; must not be empty.
            purpose: where the text stands, such as "phone", so that equal values of two columns are unlike.
        """
        return self._siv.encrypt(text.encode(), [purpose.encode()])

    def open(self, sealed: bytes, purpose: str) -> str:
        """Decrypt what `seal` made.

        Raises:
            CipherError: another key or purpose sealed it, or it was changed.
        """
        try:
            return self._siv.decrypt(sealed, [purpose.encode()]).decode()
        except InvalidTag:
            raise CipherError(
                f"stored data ({purpose}) cannot be opened with this DATA_KEY: set the one it was sealed with"
            ) from None
