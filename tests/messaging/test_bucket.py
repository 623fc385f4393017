"""The rate of a sender: shared through Redis, never full after a flush, and careful without Redis."""

import time

import pytest
from redis import Redis

from bell import connect
from messaging.bucket import BURST, Bucket

RATE = 100.0


@pytest.fixture
def redis(redis_url: str) -> Redis:
    return connect(redis_url, timeout=0.5)


def spend(bucket: Bucket, seconds: float) -> int:
    """Take whatever there is for so long, or longer on a crowded machine."""
    until, taken = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        granted = bucket.take(50)
        taken += granted
        bucket.settle(granted, granted)
        time.sleep(0.005)
    return taken


def test_a_new_bucket_is_empty(redis: Redis) -> None:
    assert Bucket(redis, "a", RATE).take(10) == 0


def test_two_processes_share_one_rate(redis: Redis) -> None:
    one, other = Bucket(redis, "a", RATE), Bucket(redis, "a", RATE)
    began = time.monotonic()
    one.take(1)
    taken = sum(spend(bucket, 0.25) for bucket in (one, other, one, other))
    assert 50 <= taken <= RATE * (time.monotonic() - began)


def test_no_more_is_saved_up_than_the_burst(redis: Redis) -> None:
    bucket = Bucket(redis, "a", RATE * 100)
    bucket.take(1)
    time.sleep(BURST + 0.2)
    assert bucket.take(10**6) == RATE * 100 * BURST


def test_after_a_flush_it_starts_empty(redis: Redis) -> None:
    bucket = Bucket(redis, "a", RATE)
    bucket.take(1)
    time.sleep(0.3)
    redis.flushall()
    assert bucket.take(50) == 0


def test_long_messages_are_paid_later(redis: Redis) -> None:
    bucket = Bucket(redis, "a", RATE)
    bucket.take(1)
    time.sleep(0.3)
    granted = bucket.take(20)
    assert granted == 20
    bucket.settle(granted, int(RATE * 3600))
    assert bucket.take(20) == 0


def test_unused_tokens_come_back(redis: Redis) -> None:
    bucket = Bucket(redis, "a", RATE)
    bucket.take(1)
    time.sleep(0.3)
    granted = bucket.take(20)
    bucket.settle(granted, 0)
    assert bucket.take(20) >= granted > 0


def test_without_redis_a_quarter_is_allowed() -> None:
    bucket = Bucket(connect("redis://127.0.0.1:9", timeout=0.2), "a", RATE)
    began = time.monotonic()
    taken = spend(bucket, 1.0)
    assert 15 <= taken <= RATE / 4 * (time.monotonic() - began) + 1
