"""What messages cost, before they are sent. Prices are the coordination's: an operator's, or a provider's list."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from messaging.contact_hours import ContactHours
from messaging.encoding import Segments, fold_for_sms, parts, segments


@dataclass(frozen=True, slots=True)
class Prices:
    """What one message costs. Raises ValueError for a price below nothing, or a currency that is no code."""

    segment: Decimal
    """One part of an SMS."""
    template: Decimal
    """A WhatsApp template that opens a conversation."""
    in_session: Decimal = Decimal(0)
    """A WhatsApp message within 24 hours of the person's last."""
    currency: str = "USD"

    def __post_init__(self) -> None:
        if not all(price.is_finite() and price >= 0 for price in (self.segment, self.template, self.in_session)):
            raise ValueError("a price is a number from 0 upward")
        if not re.fullmatch("[A-Z]{3}", self.currency):
            raise ValueError("a currency is three capital letters, such as COP")


@dataclass(frozen=True, slots=True)
class Preview:
    """What one text is and costs on each channel."""

    sms: Segments
    """As it will be sent, folded."""
    unfolded: Segments
    parts: tuple[str, ...]
    """The folded text, cut where one SMS ends and the next begins."""
    sms_cost: Decimal
    template_cost: Decimal
    in_session_cost: Decimal

    @property
    def saved(self) -> int:
        """Parts that folding spares."""
        return self.unfolded.count - self.sms.count


def preview(text: str, prices: Prices) -> Preview:
    """The text as an SMS, folded and not, and what it costs by each way."""
    folded = fold_for_sms(text)
    sms = segments(folded)
    return Preview(sms, segments(text), parts(folded), sms.count * prices.segment, prices.template, prices.in_session)


def end_of_sending(start: datetime, total_segments: int, rate: float, hours: ContactHours) -> datetime:
    """When so many segments will have left at `rate` a second, within the contact hours."""
    left = timedelta(seconds=total_segments / rate)
    moment = start
    while True:
        moment = hours.next_open(moment)
        closing = hours.closing(moment)
        if closing is None or left <= closing - moment:
            return moment + left
        left -= closing - moment
        moment = closing
