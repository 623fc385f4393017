"""Personal data at rest."""

import pytest

from encryption import Cipher, CipherError

PHONE = "+573000000001"


@pytest.fixture
def cipher() -> Cipher:
    return Cipher(bytes(range(64)))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(PHONE, id="a phone"),
        pytest.param("1", id="one character"),
        pytest.param("María Ñáñez 🏠", id="accents and emoji"),
        pytest.param("7" * 10_000, id="long"),
    ],
)
def test_what_was_sealed_opens(cipher: Cipher, text: str) -> None:
    sealed = cipher.seal(text, "phone")
    assert text.encode() not in sealed
    assert cipher.open(sealed, "phone") == text


def test_equal_texts_are_found_by_their_sealed_bytes(cipher: Cipher) -> None:
    assert cipher.seal(PHONE, "phone") == Cipher(bytes(range(64))).seal(PHONE, "phone")


def test_two_columns_cannot_be_joined_by_their_sealed_bytes(cipher: Cipher) -> None:
    assert cipher.seal(PHONE, "phone") != cipher.seal(PHONE, "document")


@pytest.mark.parametrize(
    ("key", "purpose", "flipped"),
    [
        pytest.param(bytes(64), "phone", 0, id="another key"),
        pytest.param(bytes(range(64)), "document", 0, id="another column"),
        pytest.param(bytes(range(64)), "phone", 1, id="a changed byte"),
    ],
)
def test_what_we_did_not_seal_does_not_open(cipher: Cipher, key: bytes, purpose: str, flipped: int) -> None:
    sealed = bytearray(cipher.seal(PHONE, "phone"))
    sealed[-1] ^= flipped
    with pytest.raises(CipherError, match="DATA_KEY"):
        Cipher(key).open(bytes(sealed), purpose)
