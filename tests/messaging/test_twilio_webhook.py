"""Twilio's requests: signed over the bytes, decoded afterwards, refused when they make no sense."""

import xml.etree.ElementTree as ElementTree
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from messaging import twiml
from messaging.address import Address, Channel
from messaging.inbox import Inbound, Location, Media, storable
from messaging.twilio_webhook import MalformedRequest, decode, parse, parse_status, read_fields, sign, verify

TOKEN = "12345"
URL = "https://libreta.example.org/webhooks/twilio/inbound"
INCOMING = {"MessageSid": "SM1", "From": "+573001234567", "To": "85432", "Body": "hola"}
WHATSAPP = {"MessageSid": "SM1", "From": "whatsapp:+573001234567", "To": "whatsapp:+15005550006"}


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=10))
def test_signs_like_twilio(form: dict[str, str]) -> None:
    try:
        body = urlencode(form).encode()
    except UnicodeEncodeError:
        return
    assert sign(TOKEN, URL, read_fields(body)) == RequestValidator(TOKEN).compute_signature(URL, form)


@pytest.mark.parametrize(
    ("signed", "received"),
    [
        pytest.param(URL, URL, id="the same"),
        pytest.param("https://libreta.example.org:443/in", "https://libreta.example.org/in", id="port signed"),
        pytest.param("https://libreta.example.org/in", "https://libreta.example.org:8443/in", id="port not signed"),
        pytest.param(f"{URL}?a=1&b=%20", f"{URL}?a=1&b=%20", id="query"),
        pytest.param(URL, f"{URL}#rc=5&rp=all", id="connection overrides are not signed"),
    ],
)
def test_verifies(signed: str, received: str) -> None:
    fields = read_fields(b"Body=hola&From=%2B57")
    assert verify(TOKEN, received, fields, sign(TOKEN, signed, fields))


@pytest.mark.parametrize("signature", ["", "x", "ñ", sign("another token", URL, {b"Body": b"hola"})])
def test_refuses_a_wrong_signature(signature: str) -> None:
    assert not verify(TOKEN, URL, {b"Body": b"hola"}, signature)


def test_refuses_a_changed_body() -> None:
    assert not verify(TOKEN, URL, {b"Body": b"4"}, sign(TOKEN, URL, {b"Body": b"5"}))


def test_invalid_utf_8_is_signed_well_and_readable_afterwards() -> None:
    fields = read_fields(b"Body=%FFhola%00&From=%2B573001234567")
    assert fields[b"Body"] == b"\xffhola\x00"
    assert verify(TOKEN, URL, fields, sign(TOKEN, URL, fields))
    assert decode(fields)["Body"] == "\ufffdhola"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        pytest.param(
            INCOMING,
            Inbound("SM1", Address(Channel.SMS, "+573001234567"), Address(Channel.SMS, "85432"), "hola"),
            id="plain SMS",
        ),
        pytest.param(
            WHATSAPP | {"Body": "Sí", "ButtonText": "Sí", "ButtonPayload": "1", "ProfileName": "María"},
            Inbound(
                "SM1",
                Address(Channel.WHATSAPP, "+573001234567"),
                Address(Channel.WHATSAPP, "+15005550006"),
                "Sí",
                payload="1",
                title="Sí",
                profile_name="María",
            ),
            id="button",
        ),
        pytest.param(
            WHATSAPP | {"ListId": "2", "ListTitle": "SENA"},
            Inbound(
                "SM1",
                Address(Channel.WHATSAPP, "+573001234567"),
                Address(Channel.WHATSAPP, "+15005550006"),
                "",
                payload="2",
                title="SENA",
            ),
            id="list",
        ),
        pytest.param(
            WHATSAPP | {"NumMedia": "1", "MediaUrl0": "https://x/1", "MediaContentType0": "image/jpeg"},
            Inbound(
                "SM1",
                Address(Channel.WHATSAPP, "+573001234567"),
                Address(Channel.WHATSAPP, "+15005550006"),
                "",
                media=(Media("https://x/1", "image/jpeg"),),
            ),
            id="picture only",
        ),
        pytest.param(
            WHATSAPP | {"Latitude": "4.6", "Longitude": "-74.1"},
            Inbound(
                "SM1",
                Address(Channel.WHATSAPP, "+573001234567"),
                Address(Channel.WHATSAPP, "+15005550006"),
                "",
                location=Location(4.6, -74.1),
            ),
            id="place",
        ),
        pytest.param(
            INCOMING | {"Body": "STOP", "OptOutType": "STOP"},
            Inbound(
                "SM1",
                Address(Channel.SMS, "+573001234567"),
                Address(Channel.SMS, "85432"),
                "STOP",
                opt_out_type="STOP",
            ),
            id="answered by the provider",
        ),
    ],
)
def test_parse(form: dict[str, str], expected: Inbound) -> None:
    assert parse(form) == expected


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"MessageSid": ""}, id="no id"),
        pytest.param({"MessageSid": "S" * 300}, id="an absurd id"),
        pytest.param({"From": "someone"}, id="no number"),
        pytest.param({"From": "whatsapp:"}, id="half an address"),
        pytest.param({"To": ""}, id="to nobody"),
        pytest.param({"NumMedia": "many"}, id="media uncounted"),
        pytest.param({"Latitude": "north", "Longitude": "west"}, id="a place in words"),
        pytest.param({"Latitude": "nan", "Longitude": "1"}, id="a place nowhere"),
    ],
)
def test_malformed(change: dict[str, str]) -> None:
    with pytest.raises(MalformedRequest):
        parse(INCOMING | change)


def test_too_many_fields_are_malformed() -> None:
    with pytest.raises(MalformedRequest):
        read_fields(b"&".join(b"a%d=1" % number for number in range(1000)))


@given(st.dictionaries(st.sampled_from([*INCOMING, *WHATSAPP, "NumMedia", "Latitude", "Longitude"]), st.text()))
def test_any_form_is_a_message_or_malformed(form: dict[str, str]) -> None:
    try:
        parse(form)
    except MalformedRequest:
        return


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        pytest.param({"MessageSid": "SM1", "MessageStatus": "sent"}, ("SM1", "sent", None), id="sent"),
        pytest.param(
            {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "30003"},
            ("SM1", "failed", 30003),
            id="failed",
        ),
    ],
)
def test_status(form: dict[str, str], expected: tuple[str, str, int | None]) -> None:
    assert parse_status(form) == expected


@pytest.mark.parametrize(
    "form", [{}, {"MessageSid": "SM1"}, {"MessageSid": "SM1", "MessageStatus": "x", "ErrorCode": "y"}]
)
def test_malformed_status(form: dict[str, str]) -> None:
    with pytest.raises(MalformedRequest):
        parse_status(form)


@given(st.text())
def test_twiml_is_always_well_formed_and_says_the_text(text: str) -> None:
    said = ElementTree.fromstring(twiml.render(text, "https://x/status?a=1&b=2")).findtext("Message")
    # XML readers turn the line ends of other systems into ours.
    kept = twiml.NOT_IN_XML.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    assert (said or "") == kept


def test_twiml_asks_for_a_report() -> None:
    (message,) = ElementTree.fromstring(twiml.render("¿Sí & no?", "https://x/status/1?a=1&b=2"))
    assert message.get("statusCallback") == "https://x/status/1?a=1&b=2"
    assert len(ElementTree.fromstring(twiml.EMPTY)) == 0


@given(st.text(st.characters(exclude_categories=())))
def test_what_is_stored_fits_a_database(text: str) -> None:
    stored = storable(text)
    assert "\0" not in stored
    assert stored.encode().decode() == stored
