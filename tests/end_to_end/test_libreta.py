"""The main job, from a text message as Twilio sends it to a grade that the coordination reads."""

import contextlib
import json
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
import psycopg
import pytest

from encryption import Cipher
from messaging import contacts
from settings import Settings
from tests.end_to_end.conftest import Service
from tests.end_to_end.phone import Phone, read

SOON = 60.0
"""Seconds within which figures follow, also on a crowded machine; on an idle one it is ten."""


def eventually(check: Callable[[], bool], seconds: float) -> bool:
    """Whether `check` comes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.25)
    return True


def figures(service: Service) -> Any:
    return json.loads(service.flask("aggregates", "show", "--json"))


def open_libreta(service: Service) -> Any:
    """The Libreta's open wave as the aggregates tell it; referrals and visits may have small waves of their own."""
    (wave,) = [each for each in figures(service)["waves"] if each["status"] == "open" and "Libreta" in each["name"]]
    return wave


def finished(service: Service) -> int:
    """How many responses of the Libreta's open wave are finished."""
    return int(open_libreta(service)["territories"][""]["participation"]["finished"])


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_a_family_answers_and_the_coordination_reads_it(service: Service, channel: str) -> None:
    before = finished(service)
    exchange = service.phone({"sms": 1, "whatsapp": 2}[channel], channel).answers_libreta()
    print("\n\n".join(f"> {sent}\n{reply}" for sent, reply in exchange))
    assert eventually(lambda: finished(service) == before + 1, SOON)


FAMILIES = 40
MESSAGES = ("LIBRETA {code}", "1 2", "4", "no", "no")
STORED = {"usa", "nota_programa", "problema", "pago"}


def test_a_flood_of_repeats_while_the_web_is_killed(service: Service) -> None:
    """40 families write five messages each; every message arrives three times, and the web dies twice meanwhile."""
    wave = open_libreta(service)
    codes = [
        line.removeprefix("LIBRETA ")
        for line in service.flask("waves", "codes", str(wave["id"]), "70001", str(FAMILIES)).splitlines()
    ]
    phones = [Phone(service.url, service.env, f"+5731155{number:05}") for number in range(FAMILIES)]
    sent: list[str] = []

    def converse(phone: Phone, code: str) -> str:
        reply = ""
        for message in MESSAGES:
            reply = deliver_three_times(phone, message.format(code=code))
            sent.append(message)
        return reply

    with ThreadPoolExecutor(8) as pool:
        talks = [pool.submit(converse, phone, code) for phone, code in zip(phones, codes, strict=True)]
        for enough in (FAMILIES, 3 * FAMILIES):
            assert eventually(partial(reached, sent, enough), 120)
            service.kill_web()
        replies = [talk.result() for talk in talks]
    assert all("gestor" in reply for reply in replies), "every conversation stands at the fifth question"
    assert stored_answers(service, phones) == {phone.number: STORED for phone in phones}
    assert eventually(lambda: "0 differences" in service.flask("aggregates", "verify"), SOON)


def reached(sent: Sequence[str], enough: int) -> bool:
    return len(sent) >= enough


def deliver_three_times(phone: Phone, body: str) -> str:
    """Deliver a message until it was taken three times, as a provider that retries; returns the reply."""
    request = phone.request(body)
    replies: list[str] = []
    for _ in range(400):
        with contextlib.suppress(httpx.TransportError):
            response = phone.deliver(*request)
            if response.status_code == 200:
                replies.append(read(response.text))
                if len(replies) == 3:
                    break
                continue
            assert response.status_code == 503
        time.sleep(0.1)
    assert len(replies) == 3
    assert len(set(replies)) == 1, "a repeated message is answered as before"
    return replies[0]


def stored_answers(service: Service, phones: list[Phone]) -> dict[str, set[str]]:
    """The questions answered by each phone, each of which has one current answer and one stored message per text."""
    cipher = Cipher(Settings.read(service.env).data_key)
    found = {}
    with psycopg.connect(service.env["DATABASE_URL"].replace("+psycopg", "")) as connection:
        for phone in phones:
            rows = connection.execute(
                """
                SELECT a.question FROM contacts c JOIN open_responses o ON o.contact_id = c.id
                JOIN answers a ON a.response_id = o.response_id WHERE c.handle = %s
                """,
                [cipher.seal(phone.number, contacts.HANDLE)],
            ).fetchall()
            assert len(rows) == len(set(rows)), "every answer is stored once"
            found[phone.number] = {row[0] for row in rows}
        messages = connection.execute(
            "SELECT count(*) FROM inbound_messages i JOIN contacts c ON c.id = i.contact_id WHERE c.handle = ANY(%s)",
            [[cipher.seal(phone.number, contacts.HANDLE) for phone in phones]],
        ).fetchone()
    assert messages == (len(phones) * len(MESSAGES),)
    return found


def test_without_redis_families_are_answered_and_figures_catch_up(service: Service) -> None:
    before = finished(service)
    service.stop_server("REDIS_URL")
    try:
        service.phone(3).answers_libreta()
    finally:
        service.start_server("REDIS_URL")
    assert eventually(lambda: finished(service) == before + 1, SOON)


def test_without_postgresql_the_provider_is_told_to_come_back(service: Service) -> None:
    phone = service.phone(4)
    phone.texts("HOLA")
    service.stop_server("DATABASE_URL")
    try:
        assert phone.deliver(*phone.request("1")).status_code == 503
        assert httpx.get(f"{service.url}/readyz", timeout=10).status_code == 503
    finally:
        service.start_server("DATABASE_URL")
    service.wait_until_ready(30)
    phone.answers_libreta(opening="1")


def test_what_is_counted_and_logged_names_nobody(service: Service) -> None:
    service.phone(5).texts("HOLA, soy Rosa Elena")
    counted = httpx.get(f"{service.url}/metrics", timeout=10).text
    assert 'endpoint="webhooks.inbound"' in counted, "counters of all web processes are added up"
    logged = "".join(path.read_text("utf-8") for path in (service.folder / "run" / "log").glob("*.log"))
    assert not re.search(r"57300\d{7}|573115\d{6}|Rosa Elena", logged + counted)
