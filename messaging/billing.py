"""What each message cost: the provider says so some hours later, in its list of a day."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import text

from db import Database
from messaging import message_id
from messaging.providers.twilio import Account, Price
from settings import TwilioSettings

WRITTEN_BEFORE = timedelta(days=31)
"""How long before it was sent a message may have been written."""

STORE = text("""
    UPDATE messages SET price = told.price, price_currency = told.currency
    FROM unnest(CAST(:ids AS text[]), CAST(:prices AS numeric[]), CAST(:currencies AS text[]))
         AS told (provider_id, price, currency)
    WHERE messages.provider_id = told.provider_id AND messages.id >= :first AND messages.id < :after
""")


def fetch(database: Database, twilio: TwilioSettings, day: date) -> int:
    """Store the prices of the messages that the provider sent on a day of UTC, a thousand at a time; returns how many.

    May be repeated: what has a price gets the same again. Raises SendError.
    """
    return asyncio.run(_fetch(database, twilio, day))


async def _fetch(database: Database, twilio: TwilioSettings, day: date) -> int:
    stored = 0
    async with Account(twilio) as account:
        async for prices in account.prices(day):
            stored += await asyncio.to_thread(_store, database, prices, day)
    return stored


def _store(database: Database, prices: Sequence[Price], day: date) -> int:
    midnight = datetime.combine(day, time(), UTC)
    parameters = {
        "ids": [price.provider_id for price in prices],
        "prices": [price.amount for price in prices],
        "currencies": [price.currency for price in prices],
        "first": message_id.first(midnight - WRITTEN_BEFORE),
        "after": message_id.first(midnight + timedelta(days=1)),
    }
    with database.transaction() as connection:
        return connection.execute(STORE, parameters).rowcount
