"""What each message cost: the provider says so some hours later, in its list of a day. The list says too what became of
a message of which every report got lost.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import text

from db import Database
from messaging import message_id, receipts
from messaging.claims import RANK
from messaging.providers.twilio import Account, Bill
from settings import TwilioSettings

WRITTEN_BEFORE = timedelta(days=31)
"""How long before it was sent a message may have been written."""

STORE = text("""
    UPDATE messages SET price = told.price, price_currency = told.currency
    FROM unnest(CAST(:ids AS text[]), CAST(:prices AS numeric[]), CAST(:currencies AS text[]))
         AS told (provider_id, price, currency)
    WHERE messages.provider_id = told.provider_id AND messages.id >= :first AND messages.id < :after
""")
UNREPORTED = text(f"""
    SELECT messages.id, told.provider_id, told.status, told.error_code
    FROM unnest(CAST(:ids AS text[]), CAST(:statuses AS text[]), CAST(:codes AS integer[]))
         AS told (provider_id, status, error_code)
    JOIN messages ON messages.provider_id = told.provider_id AND messages.id >= :first AND messages.id < :after
    WHERE {RANK.format("messages.status")} < {RANK.format("told.status")}
""")


def fetch(database: Database, twilio: TwilioSettings, day: date) -> int:
    """Store the prices of the messages that the provider sent on a day of UTC, a thousand at a time; returns how many.
    What became of them is noted where we did not know it.

    May be repeated: what has a price gets the same again. Raises SendError.
    """
    return asyncio.run(_fetch(database, twilio, day))


async def _fetch(database: Database, twilio: TwilioSettings, day: date) -> int:
    stored = 0
    async with Account(twilio) as account:
        async for bills in account.bills(day):
            stored += await asyncio.to_thread(_store, database, bills, day)
    return stored


def _store(database: Database, bills: Sequence[Bill], day: date) -> int:
    midnight = datetime.combine(day, time(), UTC)
    within = {
        "first": message_id.first(midnight - WRITTEN_BEFORE),
        "after": message_id.first(midnight + timedelta(days=1)),
    }
    priced = [bill for bill in bills if bill.amount is not None]
    prices = {
        "ids": [bill.provider_id for bill in priced],
        "prices": [bill.amount for bill in priced],
        "currencies": [bill.currency for bill in priced],
    }
    told = {
        "ids": [bill.provider_id for bill in bills],
        "statuses": [bill.status for bill in bills],
        "codes": [bill.error_code for bill in bills],
    }
    now = database.now()
    with database.transaction() as connection:
        for row in connection.execute(UNREPORTED, told | within).all():
            receipts.apply(connection, row.id, row.provider_id, row.status, row.error_code, now)
        return connection.execute(STORE, prices | within).rowcount
