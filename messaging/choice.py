"""Which channel a proactive message takes. Pure. Replies go back the way the person wrote."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from messaging.address import Channel
from messaging.cost import Prices
from messaging.gate import WHATSAPP_WINDOW
from messaging.stops import covering


@dataclass(frozen=True, slots=True)
class Reach:
    """How a contact can be reached."""

    sms_ok: bool = True
    whatsapp_ok: bool = True
    last_channel: Channel | None = None
    whatsapp_inbound_at: datetime | None = None
    whatsapp_opted_in: bool = False
    stops: Set[str] = frozenset()


def choose(
    reach: Reach, purpose: str, segments: int, prices: Prices, now: datetime, *, template_approved: bool
) -> Channel | None:
    """WhatsApp in session, else its approved template or SMS; None if neither may be used.

    Between a template and SMS decides where the person wrote last, and then the cost of `segments` parts. A first
    contact goes by SMS unless an opt-in to WhatsApp is recorded.
    """
    sms = reach.sms_ok and not reach.stops & covering(purpose, Channel.SMS)
    whatsapp = reach.whatsapp_ok and not reach.stops & covering(purpose, Channel.WHATSAPP)
    if whatsapp and in_session(reach, now):
        return Channel.WHATSAPP
    if whatsapp and template_approved and (reach.whatsapp_inbound_at or reach.whatsapp_opted_in):
        preferred = reach.last_channel is Channel.WHATSAPP
        if preferred or not sms or prices.template < prices.segment * segments:
            return Channel.WHATSAPP
    return Channel.SMS if sms else None


def in_session(reach: Reach, now: datetime) -> bool:
    """Whether WhatsApp lets free text through to them now."""
    last = reach.whatsapp_inbound_at
    return last is not None and now < last + WHATSAPP_WINDOW
