"""What Twilio calls: signed well, signed badly, and not at all."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from db import Database
from settings import TwilioSettings
from startup import Services, create_app

PUBLIC_URL = "https://libreta.example"
TOKEN = "a token of the tests"
HELLO = {
    "MessageSid": "SM00000000000000000000000000000001",
    "From": "+573104445566",
    "To": "+573009998877",
    "Body": "HOLA",
    "NumMedia": "0",
}


@pytest.fixture
def client(services: Services) -> FlaskClient:
    services.settings = replace(
        services.settings,
        public_url=PUBLIC_URL,
        twilio=TwilioSettings(
            account_sid="AC1",
            auth_token=TOKEN,
            sms_from=HELLO["To"],
            messaging_service_sid=None,
            whatsapp_from=None,
            sms_rate=1,
            whatsapp_rate=1,
            api_url=None,
        ),
    )
    return create_app(services).test_client()


def call(
    client: FlaskClient, form: Mapping[str, str], path: str = "/webhooks/twilio/inbound", signature: str | None = None
) -> TestResponse:
    """Call a webhook as Twilio does."""
    signed = signature or RequestValidator(TOKEN).compute_signature(f"{PUBLIC_URL}{path}", form)
    return client.post(path, data=form, headers={"X-Twilio-Signature": signed})


def stored(database: Database) -> int:
    with database.transaction() as connection:
        return int(connection.execute(text("SELECT count(*) FROM inbound_messages")).scalar_one())


def test_a_signed_message_is_answered_with_twiml(client: FlaskClient, database: Database) -> None:
    answer = call(client, HELLO)
    assert (answer.status_code, answer.content_type) == (200, "text/xml; charset=utf-8")
    assert "<Message" in answer.text
    assert f"{PUBLIC_URL}/webhooks/twilio/status/" in answer.text
    assert "Set-Cookie" not in answer.headers
    assert stored(database) == 1


def test_the_same_message_again_gets_the_same_answer_and_is_stored_once(
    client: FlaskClient, database: Database
) -> None:
    assert call(client, HELLO).text == call(client, HELLO).text
    assert stored(database) == 1


def test_a_query_string_is_part_of_what_is_signed(client: FlaskClient) -> None:
    assert call(client, HELLO, "/webhooks/twilio/inbound?a=1&b=%C3%B1+x").status_code == 200


@pytest.mark.parametrize("signature", [pytest.param("bad", id="wrong"), pytest.param("ñ" * 900, id="absurd")])
def test_a_bad_signature_is_refused_and_nothing_stored(client: FlaskClient, database: Database, signature: str) -> None:
    answer = call(client, HELLO, signature=signature)
    assert (answer.status_code, answer.mimetype) == (403, "text/plain")
    assert stored(database) == 0


def test_no_signature_is_refused(client: FlaskClient, database: Database) -> None:
    assert client.post("/webhooks/twilio/inbound", data=HELLO).status_code == 403
    assert stored(database) == 0


def test_without_an_account_nobody_can_have_signed(services: Services) -> None:
    assert services.settings.twilio is None
    assert call(create_app(services).test_client(), HELLO).status_code == 403


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"Body": "HOLA"}, id="no sender"),
        pytest.param({**HELLO, "From": "my neighbour"}, id="a sender that is no number"),
        pytest.param({**HELLO, "NumMedia": "many"}, id="media that cannot be counted"),
    ],
)
def test_a_signed_request_that_is_no_message_is_malformed(
    client: FlaskClient, database: Database, form: Mapping[str, str]
) -> None:
    assert call(client, form).status_code == 400
    assert stored(database) == 0


def test_without_postgresql_twilio_is_asked_to_come_back(services: Services, client: FlaskClient) -> None:
    unreachable = Services()
    unreachable.settings = replace(services.settings, database_url="postgresql+psycopg://nobody:x@127.0.0.1:1/nothing")
    answer = call(create_app(unreachable).test_client(), HELLO)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


def test_a_status_report_is_taken(client: FlaskClient, database: Database) -> None:
    call(client, HELLO)
    with database.transaction() as connection:
        message_id = connection.execute(text("SELECT id FROM messages")).scalar_one()
    report = {"MessageSid": "SM2", "MessageStatus": "delivered"}
    for _repeated in range(2):
        assert call(client, report, f"/webhooks/twilio/status/{message_id}").status_code == 204
    with database.transaction() as connection:
        assert connection.execute(text("SELECT status FROM messages")).scalar_one() == "delivered"


@pytest.mark.parametrize(
    ("report", "code"),
    [
        pytest.param({"MessageSid": "SM2", "MessageStatus": "delivered"}, 204, id="of a message nobody knows"),
        pytest.param({"MessageSid": "SM2"}, 400, id="without a status"),
        pytest.param({"MessageSid": "SM2", "MessageStatus": "failed", "ErrorCode": "x"}, 400, id="an odd error code"),
    ],
)
def test_odd_status_reports(client: FlaskClient, report: Mapping[str, str], code: int) -> None:
    assert call(client, report, f"/webhooks/twilio/status/{uuid4()}").status_code == code
