"""Starting the local Twilio as a process of its own, and talking to its control routes."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from settings import TwilioSettings
from tests.local_twilio.store import ACCOUNT, SMS_FROM, TOKEN, WHATSAPP_FROM

ROOT = Path(__file__).resolve().parents[2]


def account(url: str) -> TwilioSettings:
    """The account of the local Twilio that listens there."""
    return TwilioSettings(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        sms_from=SMS_FROM,
        messaging_service_sid=None,
        whatsapp_from=WHATSAPP_FROM.removeprefix("whatsapp:"),
        sms_rate=1000,
        whatsapp_rate=1000,
        api_url=url,
    )


class Control:
    """The running server, as tests see it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, timeout=30)

    @property
    def settings(self) -> TwilioSettings:
        """An account that works there."""
        return account(self.url)

    def faults(self, **faults: Any) -> None:
        """Misbehave like this from now on."""
        self._post("faults", faults)

    def people(self, **people: list[str]) -> None:
        """`opted_out` and `invalid` numbers."""
        self._post("people", people)

    def receive(self, **message: Any) -> dict[str, Any]:
        """Let a message arrive at Twilio without telling us."""
        return self._post("receive", message)

    def approve(self, status: str = "approved") -> None:
        """Let WhatsApp decide on the contents handed in."""
        self._post("approve", {"status": status})

    def counts(self) -> dict[str, Any]:
        """What was taken so far."""
        return dict(self._client.get("/control/counts").json())

    def bodies(self) -> dict[str, int]:
        """The texts it holds (of the first thousand messages), and how often."""
        return dict(self.counts()["bodies"])

    def _post(self, what: str, asked: Any) -> dict[str, Any]:
        answer = self._client.post(f"/control/{what}", json=asked)
        answer.raise_for_status()
        return dict(answer.json())

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


@contextmanager
def local_twilio() -> Iterator[Control]:
    """A fresh local Twilio, for as long as the block runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.local_twilio"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    control = Control(process.stdout.readline().strip())
    try:
        yield control
    finally:
        control.close()
        process.kill()
        process.wait()
        process.stdout.close()
