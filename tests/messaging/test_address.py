"""Addresses as they come, and as they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.address import Address, AddressError, Channel


@pytest.mark.parametrize(
    ("raw", "channel", "handle"),
    [
        pytest.param("+573001234567", Channel.SMS, "+573001234567", id="mobile"),
        pytest.param("whatsapp:+573001234567", Channel.WHATSAPP, "+573001234567", id="WhatsApp"),
        pytest.param(" +57 300 123 4567 ", Channel.SMS, "+573001234567", id="with spaces"),
        pytest.param("85432", Channel.SMS, "85432", id="short code"),
        pytest.param("whatsapp:CO.1a2B3c4D", Channel.WHATSAPP, "CO.1a2B3c4D", id="business-scoped id"),
        pytest.param("+573000000001", Channel.SMS, "+573000000001", id="demo family"),
        pytest.param("+15005550006", Channel.SMS, "+15005550006", id="another country"),
    ],
)
def test_parse(raw: str, channel: Channel, handle: str) -> None:
    assert Address.parse(raw) == Address(channel, handle)


@pytest.mark.parametrize("raw", ["+573001234567", "whatsapp:+573001234567", "whatsapp:CO.1a2B3c4D", "85432"])
def test_written_as_it_was_read(raw: str) -> None:
    assert str(Address.parse(raw)) == raw


@pytest.mark.parametrize(
    "raw", ["", "hola", "+57", "whatsapp:", "fax:+573001234567", "3001234567", "+٣٠٠", "whatsapp:85432"]
)
def test_what_is_no_address(raw: str) -> None:
    with pytest.raises(AddressError):
        Address.parse(raw)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(raw: str) -> None:
    try:
        address = Address.parse(raw)
    except AddressError:
        return
    assert Address.parse(str(address)) == address
