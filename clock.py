"""The clock process: rings for everything that waits in a table, so that no lost ring does harm.

Any number of clocks may run: a ring for work that is already waiting to be done is not taken twice.
"""

from apscheduler.schedulers.blocking import BlockingScheduler

import jobs

OFTEN = 2
"""Seconds between rings for what people wait for: figures are fresh within ten seconds, replies leave within a few."""
SELDOM = 600
RARE = ("jobs.retain", "jobs.reconcile")


def main() -> None:
    """Ring until told to stop."""
    bell = jobs.services().bell
    often = tuple(job for job in (*jobs.DRAIN, *jobs.WORK) if job not in RARE)
    scheduler = BlockingScheduler(job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
    scheduler.add_job(bell.ring, "interval", often, seconds=OFTEN)
    scheduler.add_job(bell.ring, "interval", RARE, seconds=SELDOM)
    scheduler.start()


if __name__ == "__main__":
    main()
