"""A process of the service as the Procfile starts it, only less patient: `clock`, `drain` or `work`."""

import sys
from dataclasses import replace
from datetime import timedelta
from functools import partial
from unittest.mock import patch

import clock
import jobs
import worker
from messaging import reconciliation
from messaging.gate import Policy
from tests.messaging.breaking.harness import LEASE, PATIENCE


def main(kind: str) -> None:
    """Run until ended. Reconciles every second, sends at any hour, and takes turns of three seconds."""
    if kind == "clock":
        clock.ROUNDS = dict.fromkeys(clock.ROUNDS, 1.0)
        clock.main()
    jobs.SEND_SECONDS = 3
    patch.object(reconciliation, "reconcile", partial(reconciliation.reconcile, patience=PATIENCE)).start()
    services = jobs.services()
    services.dispatcher = replace(services.dispatcher, policy=Policy(hours={}), lease=timedelta(seconds=LEASE))
    worker.main(kind)


if __name__ == "__main__":
    main(*sys.argv[1:])
