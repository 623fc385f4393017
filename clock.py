"""The clock process: rings for everything that waits in a table, so that no lost ring does harm.

Any number of clocks may run: a ring for work that is already waiting to be done is not taken twice. They count by the
monotonic clock: schedulers that go by the time of day ring for nothing for an hour when that is put back by an hour.
"""

import time

import logs
import queues
from bell import Bell
from local import read_settings

ROUNDS = {
    (*queues.DRAIN, *queues.OFTEN): 2.0,
    queues.NOW_AND_THEN: 60.0,
    queues.SELDOM: 600.0,
}
"""How many seconds lie between two rings. Figures are fresh within ten seconds, and replies leave within a few."""
TICK = 0.2


def main() -> None:
    """Ring until the process is ended."""
    logs.configure()
    bell = Bell(read_settings().redis_url)
    due = dict.fromkeys(ROUNDS, time.monotonic())
    while True:
        for functions, seconds in ROUNDS.items():
            if time.monotonic() >= due[functions]:
                due[functions] = time.monotonic() + seconds
                bell.ring(*functions)
        time.sleep(TICK)


if __name__ == "__main__":
    main()
