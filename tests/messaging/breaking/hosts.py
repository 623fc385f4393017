"""The whole service, two processes of every kind, as on two hosts behind one address."""

import base64
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx

from settings import Settings
from tests.end_to_end.phone import Phone
from tests.local_twilio.store import ACCOUNT, SMS_FROM, TOKEN
from tests.messaging.breaking.harness import ROOT
from tests.messaging.conftest import SEALING

KINDS = ("web", "drain", "work", "clock")
ENDING = 60.0
"""Seconds that a process has to end by itself."""


@dataclass
class Hosts:
    """Processes by kind, two of each."""

    settings: Settings
    twilio_url: str
    port: int = 0
    processes: dict[str, list[subprocess.Popen[bytes]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> Mapping[str, str]:
        """What every process is told."""
        return {
            **os.environ,
            "DATABASE_URL": self.settings.database_url,
            "REDIS_URL": self.settings.redis_url,
            "SECRET_KEY": self.settings.secret_key,
            "DATA_KEY": base64.b64encode(SEALING).decode(),
            "PORT": str(self.port),
            "PUBLIC_URL": self.url,
            "WEB_PROCESSES": "1",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_SMS_FROM": SMS_FROM,
            "TWILIO_SMS_RATE": "500",
            "TWILIO_API_URL": self.twilio_url,
        }

    def start(self) -> None:
        """Two of each, and wait until somebody answers."""
        for kind in KINDS:
            self.processes[kind] = [self.launch(kind) for _ in range(2)]
        self.wait_until_ready()

    def launch(self, kind: str) -> subprocess.Popen[bytes]:
        """One more process."""
        web = ["gunicorn", "--reuse-port", "wsgi:app"]
        command = [sys.executable, "-m", *(web if kind == "web" else ["tests.messaging.breaking.process", kind])]
        return subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=subprocess.DEVNULL)

    def wait_until_ready(self) -> None:
        """Until a web process answers."""
        for _ in range(300):
            try:
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise TimeoutError("no web process answers")

    def roll(self) -> None:
        """Restart every process as a new version is rolled out: one by one, the new one before the old one ends."""
        for kind in KINDS:
            for place, old in enumerate(self.processes[kind]):
                self.processes[kind][place] = self.launch(kind)
                time.sleep(1.0)
                old.send_signal(signal.SIGTERM)
                old.wait(ENDING)

    def stop(self) -> None:
        """End everything at once."""
        running = [process for processes in self.processes.values() for process in processes]
        for process in running:
            process.kill()
        for process in running:
            process.wait()

    def deliver(self, numbers: Iterable[str]) -> dict[str, list[str]]:
        """«HOLA» from each number, as Twilio delivers it: again and again until somebody takes it.

        Returns the TwiML of every answer by number.
        """
        # A connection for each: kept ones would hold the ending of a web process up.
        with ThreadPoolExecutor(4) as several, httpx.Client(timeout=15, headers={"Connection": "close"}) as client:
            return dict(several.map(lambda number: (number, self.insist(client, number)), numbers))

    def insist(self, client: httpx.Client, number: str) -> list[str]:
        """One message, repeated until it is taken, and once more as if the answer had got lost."""
        message, headers = Phone(self.url, self.env, number).request("HOLA")
        answers: list[str] = []
        while len(answers) < 2:
            try:
                answer = client.post(f"{self.url}/webhooks/twilio/inbound", data=message, headers=headers)
                answer.raise_for_status()
            except httpx.HTTPError:
                time.sleep(0.2)
            else:
                answers.append(answer.text)
        return answers
