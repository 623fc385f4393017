"""Which transports there are, by the settings: Twilio where an account is set, the simulator for demo contacts."""

from collections.abc import Mapping

from redis import Redis

from messaging.address import Channel
from messaging.bucket import Bucket
from messaging.dispatch import Sender
from messaging.outbox import Route
from messaging.providers.simulator import Simulator
from messaging.providers.twilio import TwilioTransport
from settings import TwilioSettings

RATES = {Channel.SMS: 100.0, Channel.WHATSAPP: 80.0}
"""Segments a second that a sender may send by default: a short code's, and WhatsApp's before it is raised."""


def senders(
    twilio: TwilioSettings | None,
    redis: Redis,
    contents: Mapping[str, str],
    rates: Mapping[Channel, float] = RATES,
) -> dict[Route, Sender]:
    """The sender of each route that has one. `contents` are those `contents.registered`, by name."""
    available: dict[Route, Sender] = {Route.DEMO: Sender(Simulator())}
    if twilio is None:
        return available
    if sms := twilio.sms_from or twilio.messaging_service_sid:
        transport = TwilioTransport(twilio, Channel.SMS, contents)
        available[Route.SMS] = Sender(transport, Bucket(redis, sms, rates[Channel.SMS]))
    if whatsapp := twilio.whatsapp_from:
        transport = TwilioTransport(twilio, Channel.WHATSAPP, contents)
        bucket = Bucket(redis, f"whatsapp:{whatsapp}", rates[Channel.WHATSAPP])
        available[Route.WHATSAPP] = Sender(transport, bucket, frozenset(contents))
    return available
