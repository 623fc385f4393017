"""Where a message comes from or goes to: a channel and a handle."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import phonenumbers

BUSINESS_SCOPED_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")
"""WhatsApp's business-scoped user id: country code, a point, letters and digits. Such a person may show no
number.
"""

SHORT_CODE = re.compile(r"\d{3,8}")

MOBILE = re.compile(r"\+573[0-9]{9}")
"""A Colombian mobile number as Twilio writes it: nearly all are, and the table need not be asked about them."""

E164 = phonenumbers.PhoneNumberFormat.E164


class Channel(StrEnum):
    """A way to reach a person."""

    SMS = "sms"
    WHATSAPP = "whatsapp"


class AddressError(ValueError):
    """The text is neither a phone number in international form nor a WhatsApp id."""


@dataclass(frozen=True, slots=True)
class Address:
    """One end of a message. `handle` is an E.164 number, a short code or a business-scoped WhatsApp id."""

    channel: Channel
    handle: str

    @classmethod
    def parse(cls, raw: str) -> Self:
        """Read '+573000000001', '85432' or 'whatsapp:+573000000001', as Twilio writes them.

        Raises AddressError.
        """
        scheme, _, handle = raw.strip().rpartition(":")
        if scheme not in ("", "whatsapp"):
            raise AddressError("unknown channel")
        channel = Channel.WHATSAPP if scheme else Channel.SMS
        if channel is Channel.WHATSAPP and BUSINESS_SCOPED_ID.fullmatch(handle):
            return cls(channel, handle)
        if channel is Channel.SMS and SHORT_CODE.fullmatch(handle):
            return cls(channel, handle)
        return cls(channel, normal_number(handle))

    def __str__(self) -> str:
        return self.handle if self.channel is Channel.SMS else f"whatsapp:{self.handle}"


def normal_number(raw: str) -> str:
    """The E.164 form of an international number ('+57 300 000 0001' → '+573000000001').

    Numbers not yet assigned to anybody are let through: the network knows better than a table. Raises
    AddressError.
    """
    if MOBILE.fullmatch(raw):
        return raw
    if not raw.isascii():
        raise AddressError("not a phone number")
    try:
        number = phonenumbers.parse(raw)
    except phonenumbers.NumberParseException as error:
        raise AddressError("not a phone number") from error
    if not phonenumbers.is_possible_number(number):
        raise AddressError("not a possible phone number")
    return phonenumbers.format_number(number, E164)
