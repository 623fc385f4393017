"""Twilio's requests to us: is it really Twilio, and what does it say.

The signature is checked over the bytes as they came; only then is anything decoded. (Decoding first, with
replacement characters, would turn a message with invalid UTF-8 into a forged one.)
Source: https://www.twilio.com/docs/usage/security#validating-requests
"""

import hmac
from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha1
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from messaging.address import Address, AddressError
from messaging.inbox import Inbound, Location, Media

FIELDS_MAX = 200
MEDIA_MAX = 10
DEFAULT_PORTS = {"http": 80, "https": 443}


class MalformedRequest(ValueError):  # noqa: N818 - the name says what it is
    """The request is signed well but cannot be a message or a receipt: answer 400 and store nothing."""


Fields = Mapping[bytes, bytes]


def read_fields(body: bytes) -> Fields:
    """The fields of a form-encoded body as raw bytes. Raises MalformedRequest.

    Latin-1 maps every byte to one character and back, so nothing is lost on the way through `parse_qsl`.
    """
    try:
        pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=FIELDS_MAX)
    except ValueError as error:
        raise MalformedRequest("too many fields") from error
    return {name.encode("latin-1"): value.encode("latin-1") for name, value in pairs}


def decode(fields: Fields) -> dict[str, str]:
    """The fields as text; what is not UTF-8 becomes U+FFFD, and NUL, which no database text can hold,
    goes.
    """
    return {_text(name): _text(value) for name, value in fields.items()}


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").replace("\0", "")


def sign(token: str, url: str, fields: Fields) -> str:
    """The signature Twilio would send for this request."""
    signed = url.encode() + b"".join(name + fields[name] for name in sorted(fields))
    return b64encode(hmac.digest(token.encode(), signed, sha1)).decode()


def verify(token: str, url: str, fields: Fields, signature: str) -> bool:
    """Whether Twilio signed this request to `url` (public base, path and query; a fragment is no part of it).

    Twilio does not always agree with itself on whether the port is part of the URL: both spellings count.
    """
    given = signature.encode("utf-8", "replace")
    return any(hmac.compare_digest(sign(token, spelling, fields).encode(), given) for spelling in spellings(url))


def spellings(url: str) -> Iterator[str]:
    """The URL with and without its port."""
    parts = urlsplit(url)._replace(fragment="")
    yield urlunsplit(parts)
    if parts.port is None:
        yield urlunsplit(parts._replace(netloc=f"{parts.netloc}:{DEFAULT_PORTS[parts.scheme]}"))
    else:
        yield urlunsplit(parts._replace(netloc=parts.netloc.removesuffix(f":{parts.port}")))


def parse(form: Mapping[str, str]) -> Inbound:
    """The message in the decoded fields of an inbound webhook. Raises MalformedRequest."""
    try:
        return Inbound(
            provider_id=required(form, "MessageSid"),
            address=Address.parse(required(form, "From")),
            to=Address.parse(required(form, "To")),
            body=form.get("Body", ""),
            media=tuple(_media(form)),
            payload=form.get("ButtonPayload") or form.get("ListId") or None,
            title=form.get("ButtonText") or form.get("ListTitle") or None,
            location=_location(form),
            profile_name=form.get("ProfileName") or None,
            opt_out_type=form.get("OptOutType") or None,
        )
    except AddressError as error:
        raise MalformedRequest(str(error)) from error


def parse_status(form: Mapping[str, str]) -> tuple[str, str, int | None]:
    """(message id at Twilio, status, error code) of a status callback. Raises MalformedRequest."""
    code = form.get("ErrorCode") or None
    if code is not None and not (code.isascii() and code.isdigit() and len(code) < 10):
        raise MalformedRequest("ErrorCode is not a number")
    return required(form, "MessageSid"), required(form, "MessageStatus"), None if code is None else int(code)


def required(form: Mapping[str, str], name: str) -> str:
    """The field `name`. Raises MalformedRequest if it is missing, empty or absurdly long."""
    value = form.get(name, "")
    if not value or len(value) > 200:
        raise MalformedRequest(f"{name} is missing or too long")
    return value


def _media(form: Mapping[str, str]) -> Iterator[Media]:
    count = form.get("NumMedia", "0") or "0"
    if not (count.isascii() and count.isdigit()):
        raise MalformedRequest("NumMedia is not a number")
    for index in range(min(int(count[:3]), MEDIA_MAX)):
        if url := form.get(f"MediaUrl{index}"):
            yield Media(url, form.get(f"MediaContentType{index}", ""))


def _location(form: Mapping[str, str]) -> Location | None:
    if not (form.get("Latitude") and form.get("Longitude")):
        return None
    try:
        location = Location(float(form["Latitude"]), float(form["Longitude"]), form.get("Label", ""))
    except ValueError as error:
        raise MalformedRequest("the location is not two numbers") from error
    if not (-90 <= location.latitude <= 90 and -180 <= location.longitude <= 180):
        raise MalformedRequest("the location is not on Earth")
    return location
