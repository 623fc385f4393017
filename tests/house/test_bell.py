"""The bell, with Redis there, gone and hanging."""

import socket
import time
from collections.abc import Iterator

import pytest
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from bell import Bell, connect, queue

FOLD, SEND = "tests.house.chores.fold", "tests.house.chores.send"


def waiting(redis_url: str, function: str) -> list[str | None]:
    return [job.func_name for job in queue(function, connect(redis_url)).jobs]


def test_a_ring_queues_one_job_a_function(redis_url: str) -> None:
    Bell(redis_url).ring(FOLD, SEND)
    assert waiting(redis_url, FOLD) == [FOLD]
    assert waiting(redis_url, SEND) == [SEND]


def test_a_hundred_rings_queue_one_job(redis_url: str) -> None:
    bell = Bell(redis_url)
    for _ in range(100):
        bell.ring(FOLD)
    assert waiting(redis_url, FOLD) == [FOLD]


def test_a_ring_after_the_job_began_queues_another(redis_url: str) -> None:
    bell = Bell(redis_url)
    bell.ring(FOLD)
    worker = SimpleWorker([queue(FOLD, connect(redis_url))], serializer=JSONSerializer)
    assert worker.work(burst=True)
    assert waiting(redis_url, FOLD) == []
    bell.ring(FOLD)
    assert waiting(redis_url, FOLD) == [FOLD]


@pytest.fixture
def hanging() -> Iterator[str]:
    """The address of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


@pytest.fixture
def nobody_there() -> str:
    return "redis://127.0.0.1:9/0"


@pytest.mark.parametrize("redis_without_answer", ["hanging", "nobody_there"])
def test_without_redis_a_turn_goes_on(redis_without_answer: str, request: pytest.FixtureRequest) -> None:
    bell = Bell(request.getfixturevalue(redis_without_answer))
    started = time.monotonic()
    bell.ring(FOLD, SEND)
    first = time.monotonic() - started
    for _ in range(1000):
        bell.ring(FOLD)
    rest = time.monotonic() - started - first
    assert first < 0.35
    assert rest < 0.05
