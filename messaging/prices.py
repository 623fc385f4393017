"""What messages cost, as the coordination last wrote it down: an operator's price, or the provider's list.

Until then the list prices of 2026 for Colombia hold, which every contract should replace. WhatsApp: Meta's rate card
of 1 April 2026, 0.0008 USD for a utility template, answers within the 24 hours free, and 0.005 USD a message of
Twilio's for each. SMS: 0.05 USD a segment, the order of what the public price lists ask for Colombia; a short code
at a Colombian operator costs a fraction.
"""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import CHAR, BigInteger, Connection, DateTime, ForeignKey, Identity, Numeric, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from messaging.cost import Prices

LIST_PRICES: Final = Prices(
    segment=Decimal("0.05"), template=Decimal("0.0058"), in_session=Decimal("0.005"), currency="USD"
)
_AMOUNT = Numeric(14, 6)


class PriceRow(Base):
    """Prices from one moment on; the row written last holds."""

    __tablename__ = "message_prices"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    segment: Mapped[Decimal] = mapped_column(_AMOUNT)
    template: Mapped[Decimal] = mapped_column(_AMOUNT)
    in_session: Mapped[Decimal] = mapped_column(_AMOUNT)
    currency: Mapped[str] = mapped_column(CHAR(3))
    set_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    set_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))


def current(connection: Connection) -> Prices:
    """The prices that hold now."""
    row = connection.execute(select(PriceRow).order_by(PriceRow.id.desc()).limit(1)).first()
    return Prices(row.segment, row.template, row.in_session, row.currency) if row else LIST_PRICES


def change(connection: Connection, prices: Prices, now: datetime, by: int | None) -> None:
    """Let other prices hold from now on; what was before stays written."""
    connection.execute(insert(PriceRow).values(**asdict(prices), set_at=now, set_by=by))
