"""A family's phone: nothing but an HTTP client and Twilio's own signature."""

import html
import os
import re
from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import urlencode
from uuid import uuid4

import httpx
from twilio.request_validator import RequestValidator

from messaging.encoding import fold_for_sms

MESSAGE = re.compile(r"<Message[^>]*>(.*?)</Message>", re.DOTALL)

ANSWERS = (
    # what a question is known by, and what the family answers
    ("¿Empezamos?", "1"),
    ("usó su familia", "1 2"),
    ("nota", "4"),
    ("problema con el servicio", "no"),
    ("plata o un favor", "no"),
    ("Escríbalo con sus palabras", "que atiendan mas rapido"),
)
GOOD_BYE = "Su Libreta quedo guardada"


class Phone:
    """Sends messages as Twilio would deliver them, and reads the TwiML that comes back.

    The files of tests share the families of one service, in any order: each talks with phones of its own.
    """

    talkers: ClassVar[dict[tuple[str, str], str]] = {}
    """The file that talks with a phone of a service."""

    def __init__(self, url: str, env: Mapping[str, str], number: str, channel: str = "sms") -> None:
        self.url = url
        self.env = env
        self.number = number
        self.prefix = "whatsapp:" if channel == "whatsapp" else ""

    def request(self, body: str, **fields: str) -> tuple[dict[str, str], dict[str, str]]:
        """The fields and headers of one message. Send it twice, and it is a repeated webhook."""
        sender = self.env["TWILIO_SMS_FROM"]
        message = {
            "MessageSid": f"SM{uuid4().hex}",
            "AccountSid": self.env["TWILIO_ACCOUNT_SID"],
            "From": f"{self.prefix}{self.number}",
            "To": f"{self.prefix}{sender}",
            "Body": body,
            "NumMedia": "0",
            **fields,
        }
        validator = RequestValidator(self.env["TWILIO_AUTH_TOKEN"])
        signature = validator.compute_signature(f"{self.env['PUBLIC_URL']}/webhooks/twilio/inbound", message)
        return message, {"X-Twilio-Signature": signature}

    def deliver(self, message: dict[str, str], headers: dict[str, str], timeout: float = 15) -> httpx.Response:
        """Deliver one message to the webhook."""
        here = os.environ.get("PYTEST_CURRENT_TEST", "").partition("::")[0]
        assert self.talkers.setdefault((self.url, self.number), here) == here, f"{self.number} is another file's"
        content = urlencode(message)
        headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        return httpx.post(f"{self.url}/webhooks/twilio/inbound", content=content, headers=headers, timeout=timeout)

    def texts(self, body: str, **fields: str) -> str:
        """Write a message and read the reply; empty if none came."""
        response = self.deliver(*self.request(body, **fields))
        response.raise_for_status()
        return read(response.text)

    def answers_libreta(self, opening: str = "HOLA") -> list[tuple[str, str]]:
        """Answer the Libreta to its end, from the first HOLA; returns the exchange."""
        exchange = [(opening, self.texts(opening))]
        while GOOD_BYE not in fold_for_sms(exchange[-1][1]):
            assert len(exchange) < 20, exchange
            sent = reply_to(exchange[-1][1])
            exchange.append((sent, self.texts(sent)))
        return exchange


def read(twiml: str) -> str:
    """The text of a TwiML reply."""
    found = MESSAGE.search(twiml)
    return html.unescape(found[1]) if found else ""


def reply_to(question: str) -> str:
    """What the family answers to a question."""
    for words, answer in ANSWERS:
        if fold_for_sms(words) in fold_for_sms(question):
            return answer
    raise AssertionError(f"the family does not know what to answer: {question}")
