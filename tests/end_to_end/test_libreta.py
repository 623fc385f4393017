"""The main job, from a text message as Twilio sends it to a grade that the coordination reads."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.end_to_end.conftest import Service


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


def finished(service: Service) -> int:
    """How many responses of the open wave are finished, as the aggregates tell."""
    return sum(wave["participation"]["finished"] for wave in figures(service)["waves"] if wave["status"] == "open")


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_a_family_answers_and_the_coordination_reads_it(service: Service, channel: str) -> None:
    before = finished(service)
    exchange = service.phone({"sms": 1, "whatsapp": 2}[channel], channel).answers_libreta()
    print("\n\n".join(f"> {sent}\n{reply}" for sent, reply in exchange))
    assert eventually(lambda: finished(service) == before + 1, 10)
