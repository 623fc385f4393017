"""What messages cost, before they are sent. Prices are the coordination's: an operator's, or a provider's list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from messaging.contact_hours import ContactHours
from messaging.encoding import Segments, fold_for_sms, segments


@dataclass(frozen=True, slots=True)
class Prices:
    """In one currency, whichever it is."""

    segment: Decimal
    """One part of an SMS."""
    template: Decimal
    """A WhatsApp template that opens a conversation; in session messages cost `in_session`."""
    in_session: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Preview:
    """What one text is and costs on each channel."""

    sms: Segments
    """As it will be sent, folded."""
    unfolded: Segments
    sms_cost: Decimal
    template_cost: Decimal

    @property
    def saved(self) -> int:
        """Parts that folding spares."""
        return self.unfolded.count - self.sms.count


def preview(text: str, prices: Prices) -> Preview:
    """The text as an SMS, folded and not, and what it costs by each way."""
    folded = segments(fold_for_sms(text))
    return Preview(folded, segments(text), folded.count * prices.segment, prices.template)


def saved_by_folding(texts: Iterable[str]) -> int:
    """Parts that folding spares over many texts."""
    return sum(segments(text).count - segments(fold_for_sms(text)).count for text in texts)


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
