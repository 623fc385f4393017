"""The phone on a page: the same turn as Twilio's messages, as demo contacts only."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text, update

import timers
from admin.simulator import number
from db import Database
from messaging import contacts, outbox, prices
from messaging.address import Channel
from messaging.content import Content, Option
from messaging.cost import Prices
from messaging.inbox import InboundMessage
from messaging.outbox import Message, Outgoing
from messaging.priority import Priority
from startup import Services
from tests.admin.conftest import token

A_REAL_NUMBER = "+573104445566"


@pytest.fixture
def demo(services: Services, database: Database) -> Mapping[str, int]:
    """Two demo families' phones, beside a real person's."""
    now = datetime.now(UTC)
    with database.transaction() as connection:
        contacts.ensure_many(connection, services.cipher, [A_REAL_NUMBER], now)
        return contacts.ensure_many(connection, services.cipher, [number(1), number(2)], now, demo=True)


def text_from(client: FlaskClient, words: str, **fields: str) -> str:
    """Send a message from the phone as a browser without JavaScript does, and read the page that follows."""
    form = {"csrf_token": token(client, "/simulador"), "familia": "1", "canal": "sms", "texto": words, **fields}
    answer = client.post("/simulador", data=form, follow_redirects=True)
    assert answer.status_code == 200
    return unescape(answer.text)


def test_there_is_no_simulator_without_demo_data(client: FlaskClient) -> None:
    assert client.get("/simulador").status_code == 404
    assert "/simulador" not in client.get("/").text


@pytest.mark.usefixtures("demo")
def test_the_bot_answers_and_the_page_tells_what_the_sms_costs(client: FlaskClient) -> None:
    page = text_from(client, "HOLA")
    assert page.index("Libreta:") < page.index("Usted:"), "newest first: the style turns it round"
    assert "HOLA" in page
    assert "GSM-7" in page
    assert "SMS" in page
    charged = re.search(r"(\d) SMS · GSM-7 · \d+ caracteres · US\$0,(\d\d)", page)
    assert charged is not None
    assert int(charged[2]) == 5 * int(charged[1])
    assert f"Lo que se ve aquí costó US$0,{charged[2]}" in page


@pytest.mark.usefixtures("demo")
def test_on_whatsapp_a_message_costs_what_the_coordination_wrote_down(client: FlaskClient, database: Database) -> None:
    with database.transaction() as connection:
        agreed = Prices(Decimal("30"), Decimal("4"), Decimal("0.0125"), "COP")
        prices.change(connection, agreed, datetime.now(UTC), None)
    text_from(client, "HOLA", canal="whatsapp")
    assert "$0,0125" in unescape(client.get("/simulador?familia=1&canal=whatsapp").text)


@pytest.mark.usefixtures("demo")
def test_htmx_gets_the_conversation_alone_and_nothing_while_nothing_is_new(client: FlaskClient) -> None:
    form = {"csrf_token": token(client, "/simulador"), "familia": "1", "canal": "sms", "texto": "HOLA"}
    part = client.post("/simulador", data=form, headers={"HX-Request": "true"}).text
    assert 'id="conversacion"' in part
    poll = unescape(part.split('hx-get="')[1].split('"')[0])
    assert client.get(poll).status_code == 204
    text_from(client, "AYUDA")
    assert client.get(poll).status_code == 200


def test_whatsapp_shows_buttons_that_answer(client: FlaskClient, database: Database, demo: Mapping[str, int]) -> None:
    now = datetime.now(UTC)
    question = Content(
        "¿Empezamos?\n1 Sí\n2 No", prompt="¿Empezamos?", options=(Option("yes", "Sí"), Option("no", "No"))
    )
    message = Outgoing(
        contact_id=demo[number(1)],
        channel=Channel.WHATSAPP,
        purpose="invitation",
        priority=Priority.BULK,
        content=question,
        body=question.text,
        segments=0,
        not_after=now + timedelta(days=1),
    )
    with database.transaction() as connection:
        outbox.enqueue(connection, [message], now)
    assert "¿Empezamos?" not in client.get("/simulador?canal=whatsapp").text, "it is still on its way"
    with database.transaction() as connection:
        connection.execute(update(Message).values(status="sent", sent_at=now))
    assert '<button name="opcion" value="yes">' in client.get("/simulador?canal=whatsapp").text
    assert '<button name="opcion"' not in client.get("/simulador?canal=sms").text
    text_from(client, "", canal="whatsapp", opcion="yes", titulo="Sí")
    with database.transaction() as connection:
        heard = connection.execute(select(InboundMessage.body, InboundMessage.extras)).one()
    assert (heard.body, heard.extras["payload"]) == ("Sí", "yes")


@pytest.mark.usefixtures("demo")
def test_every_family_has_a_conversation_of_its_own(client: FlaskClient) -> None:
    text_from(client, "HOLA, soy la primera")
    assert "soy la primera" in client.get("/simulador?familia=1").text
    assert "soy la primera" not in client.get("/simulador?familia=2").text


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    "family",
    [
        pytest.param("3", id="a number that is not there"),
        pytest.param("104445566", id="a real person's number"),
        pytest.param("-1", id="below the first"),
        pytest.param("uno", id="a word"),
        pytest.param("1" * 500, id="five hundred digits"),
        pytest.param("٣", id="a digit of another script"),
    ],
)
def test_only_demo_contacts_speak(client: FlaskClient, family: str) -> None:
    assert client.get("/simulador", query_string={"familia": family}).status_code == 404
    form = {"csrf_token": token(client, "/simulador"), "familia": family, "texto": "HOLA"}
    assert client.post("/simulador", data=form).status_code == 404


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    "words",
    [
        pytest.param("<script>alert(1)</script>", id="a script"),
        pytest.param("\"'><img src=x onerror=alert(1)>", id="quotes and a picture"),
        pytest.param("=HYPERLINK(1)", id="a formula"),
        pytest.param("مرحبا 👩‍👩‍👧 \u202eabc", id="right to left and emoji"),
    ],
)
def test_whatever_is_typed_is_shown_as_text(client: FlaskClient, words: str) -> None:
    text_from(client, words)
    html = client.get("/simulador").text
    assert "<script>" not in html
    assert "<img src=x" not in html
    assert words in unescape(html)


@pytest.mark.usefixtures("demo")
def test_ten_thousand_characters_and_nul_are_no_trouble(client: FlaskClient) -> None:
    assert "aaaa" in text_from(client, "a\0a" * 10_000)


@pytest.mark.usefixtures("demo")
def test_a_message_needs_the_token(client: FlaskClient) -> None:
    assert client.post("/simulador", data={"familia": "1", "texto": "HOLA"}).status_code == 400


def test_a_day_goes_by_at_a_press(services: Services, client: FlaskClient, database: Database) -> None:
    """What was for tomorrow is due, for everybody in the demo."""
    now = datetime.now(UTC)
    with database.transaction() as connection:
        contacts.ensure_many(connection, services.cipher, ["+573000000001"], now, demo=True)
        timers.arm(connection, "nudge", "1", now + timedelta(days=1))
    form = {"csrf_token": token(client, "/simulador"), "familia": "1"}
    assert client.post("/simulador/manana", data=form).status_code == 303
    with database.transaction() as connection:
        assert connection.scalar(text("SELECT due_at FROM timers")) == now
        contacts.ensure_many(connection, services.cipher, ["+573101234567"], now, demo=False)
    assert "Saltar a mañana" not in client.get("/simulador").text
    assert client.post("/simulador/manana", data=form).status_code == 404
