"""A dispatch process to be killed: drains again and again until nothing is left in the queue, or until it dies.

Arguments: database URL, Redis URL, local Twilio's URL, lease and request time-out in seconds, rate, port for callbacks.
"""

import sys
import time
from dataclasses import replace
from datetime import timedelta

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


def main(database_url: str, redis_url: str, twilio_url: str, lease: str, timeout: str, rate: str, port: str) -> None:
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
    while True:
        try:
            dispatcher.drain(seconds=5)
        except SQLAlchemyError as error:
            print(f"PostgreSQL: {type(error).__name__}", flush=True)
        time.sleep(0.2)


if __name__ == "__main__":
    main(*sys.argv[1:])
