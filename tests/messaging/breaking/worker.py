"""A dispatch process to be killed: drains again and again until nothing is left in the queue, or until it dies.

Arguments: database URL, Redis URL, local Twilio's URL, lease and request time-out in seconds, rate, port for callbacks,
and the seconds by which the clock of its host jumps to and fro.
"""

import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta
from itertools import cycle

import time_machine
from sqlalchemy.exc import SQLAlchemyError

from bell import connect
from db import Database
from messaging.address import Channel
from messaging.bucket import Bucket
from messaging.dispatch import Dispatcher, Sender
from messaging.gate import Policy
from messaging.outbox import Route
from messaging.providers.twilio import TwilioTransport
from tests.local_twilio.process import account
from tests.messaging.conftest import CIPHER

CALLBACKS = "http://127.0.0.1:{port}/status/{message_id}"
BETWEEN_JUMPS = 0.5


def main(
    database_url: str, redis_url: str, twilio_url: str, lease: str, timeout: str, rate: str, port: str, jump: str
) -> None:
    """Drain until killed."""
    settings = replace(account(twilio_url), sms_rate=int(rate))
    bucket = Bucket(connect(redis_url, timeout=0.2), "break-it", float(rate))
    sender = Sender(TwilioTransport(settings, Channel.SMS, {}, timeout=float(timeout)), bucket)
    dispatcher = Dispatcher(
        Database(database_url),
        CIPHER,
        {Route.SMS: sender},
        lambda message_id: CALLBACKS.format(port=port, message_id=message_id),
        policy=Policy(hours={}),
        lease=timedelta(seconds=float(lease)),
    )
    if float(jump):
        threading.Thread(target=jump_to_and_fro, args=(float(jump),), daemon=True).start()
    while True:
        try:
            dispatcher.drain(seconds=5)
        except SQLAlchemyError as error:
            print(f"PostgreSQL: {type(error).__name__}", flush=True)
        time.sleep(0.2)


def jump_to_and_fro(seconds: float) -> None:
    """Let the clock of this host be right, ahead, right, behind, and so on."""
    for ahead in cycle((0.0, seconds, 0.0, -seconds)):
        with time_machine.travel(time.time() + ahead):
            time.sleep(BETWEEN_JUMPS)


if __name__ == "__main__":
    main(*sys.argv[1:])
