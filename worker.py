"""A worker process: `python worker.py work` does everything but sending, `python worker.py drain` sends."""

import sys

from rq import SimpleWorker
from rq.serializers import JSONSerializer

import bell
import jobs
from queues import LISTENERS


def main(kind: str = "work") -> None:
    """Listen to the queues of one kind of work until told to stop.

    Jobs run in this very process: a fork for each would cost more than the job (RQ measured at 66 forks a second).
    """
    if kind not in LISTENERS:
        sys.exit(f"usage: python worker.py [{' | '.join(LISTENERS)}]")
    connection = bell.connect(jobs.services().settings.redis_url)
    queues = [bell.queue(function, connection) for function in LISTENERS[kind]]
    SimpleWorker(queues, connection=connection, serializer=JSONSerializer).work(logging_level="WARNING")


if __name__ == "__main__":
    main(*sys.argv[1:2])
