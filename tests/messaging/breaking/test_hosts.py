"""Several hosts over one PostgreSQL and one Redis: two of every process, clocks that jump, new versions rolled out."""

import threading
from collections.abc import Iterator

import pytest

from settings import Settings
from tests.local_twilio.process import Control
from tests.messaging.breaking.harness import Trial, assert_exactly_once
from tests.messaging.breaking.hosts import Hosts
from tests.messaging.conftest import scalar

HOUR = 3600.0
WRITERS = 1000


@pytest.fixture
def hosts(settings: Settings, twilio: Control) -> Iterator[Hosts]:
    hosts = Hosts(settings, twilio.url)
    yield hosts
    hosts.stop()


def test_the_clock_of_one_host_jumps_an_hour_forward_and_back(trial: Trial) -> None:
    trial.rate = 300
    trial.twilio.faults(too_many=0.05, accept_then_500=0.01)
    trial.start_worker()
    trial.start_worker(jump=HOUR)
    trial.finish()
    assert_exactly_once(trial.report("a clock that jumps by an hour, to and fro"))


def test_two_of_every_process(trial: Trial, hosts: Hosts) -> None:
    trial.twilio.faults(callbacks=True, accept_then_500=0.02)
    hosts.start()
    trial.finish()
    assert_exactly_once(trial.report("two clocks, two of every worker"))


def test_a_new_version_is_rolled_out_while_people_write(trial: Trial, hosts: Hosts) -> None:
    trial.twilio.faults(callbacks=True)
    hosts.start()
    rolling = threading.Thread(target=hosts.roll)
    rolling.start()
    answers = hosts.deliver(f"+57320{number:07d}" for number in range(WRITERS))
    rolling.join()
    trial.finish()
    assert_exactly_once(trial.report("web, senders, workers and clocks restarted one after the other"))

    assert scalar(trial.database, "SELECT count(*) FROM inbound_messages") == WRITERS
    replies = "SELECT count(*) FROM messages WHERE in_reply_to IS NOT NULL"
    assert scalar(trial.database, replies) == WRITERS, "each was answered once"
    silent = [number for number, (first, _) in answers.items() if "<Message" not in first]
    other = [number for number, (first, again) in answers.items() if again != first]
    print(f"{WRITERS} people wrote meanwhile: {len(silent)} without an answer, {len(other)} with another one")
    assert silent == other == []
