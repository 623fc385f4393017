"""The clock process: rings for everything that waits in a table, so that no lost ring does harm.

Any number of clocks may run: a ring for work that is already waiting to be done is not taken twice.
"""

from apscheduler.schedulers.blocking import BlockingScheduler

import logs
import queues
from bell import Bell
from local import read_settings

OFTEN_SECONDS = 2
"""Figures are fresh within ten seconds, and replies leave within a few."""
NOW_AND_THEN_SECONDS = 60
SELDOM_SECONDS = 600


def main() -> None:
    """Ring until told to stop."""
    logs.configure()
    bell = Bell(read_settings().redis_url)
    scheduler = BlockingScheduler(job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
    scheduler.add_job(bell.ring, "interval", (*queues.DRAIN, *queues.OFTEN), seconds=OFTEN_SECONDS)
    scheduler.add_job(bell.ring, "interval", queues.NOW_AND_THEN, seconds=NOW_AND_THEN_SECONDS)
    scheduler.add_job(bell.ring, "interval", queues.SELDOM, seconds=SELDOM_SECONDS)
    scheduler.start()


if __name__ == "__main__":
    main()
