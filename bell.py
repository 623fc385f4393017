"""The bell: wakes the workers through Redis, and may be lost, repeated or late without harm.

Work waits in tables. A ring says only «look at your table», so the job carries no arguments, one waiting job
is as good as a hundred, and a ring that Redis cannot take is dropped: the clock rings for what was missed.
"""

import time

import structlog
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

PATIENCE = 0.2  # seconds that a ring may cost when Redis hangs
SILENCE = 1.0  # seconds without trying after Redis failed
JOB_SECONDS = 120
FAILURES_KEPT = 3600

log = structlog.get_logger()


def connect(url: str, *, timeout: float | None = None) -> Redis:
    """Redis without retries; `timeout` in seconds bounds each of connecting and waiting for an answer."""
    return Redis.from_url(
        url, socket_connect_timeout=timeout, socket_timeout=timeout, retry=Retry(NoBackoff(), 0), protocol=2
    )


def queue(function: str, connection: Redis) -> Queue:
    """The queue of one function, named like it: a worker chooses what it does by the queues it listens to."""
    return Queue(function, connection=connection, serializer=JSONSerializer, default_timeout=JOB_SECONDS)


class Bell:
    """Rings for jobs, named as dotted strings ("figures.fold"), after the work was committed.

    Never raises and never waits much longer than 0.2 s; after a failure, rings cost nothing for a second.
    """

    def __init__(self, redis_url: str) -> None:
        self._redis = connect(redis_url, timeout=PATIENCE)
        self._silent_until = 0.0

    def ring(self, *functions: str) -> None:
        """Queue a job for each function, unless one waits already: it will see all that is committed."""
        if not functions or time.monotonic() < self._silent_until:
            return
        try:
            queues = [queue(function, self._redis) for function in functions]
            with self._redis.pipeline(transaction=False) as waiting:
                for each in queues:
                    waiting.llen(each.key)
                lengths = waiting.execute()
            for each, length in zip(queues, lengths, strict=True):
                if not length:
                    each.enqueue(each.name, result_ttl=0, failure_ttl=FAILURES_KEPT)
        except RedisError as error:
            self._silent_until = time.monotonic() + SILENCE
            log.warning("bell unheard", reason=type(error).__name__)
