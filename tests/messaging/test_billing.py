"""What each message cost, as the provider lists it afterwards."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from db import Database
from encryption import Cipher
from messaging import billing, outbox
from tests.local_twilio.process import Control
from tests.messaging.conftest import ANY_HOUR, dispatcher, outgoing, people, scalar


def test_prices_are_fetched_by_day_page_by_page(database: Database, cipher: Cipher, twilio: Control) -> None:
    now = datetime.now(UTC)
    persons = people(database, cipher, 1200)
    with database.transaction() as connection:
        outbox.enqueue(connection, (outgoing(person, not_after=now + timedelta(days=1)) for person in persons), now)
    dispatcher(database, cipher, twilio, clock=None, policy=ANY_HOUR).drain()
    assert scalar(database, "SELECT count(price) FROM messages") == 0

    days = {now.date(), datetime.now(UTC).date()}
    assert sum(billing.fetch(database, twilio.settings, day) for day in days) == 1200
    assert scalar(database, "SELECT sum(price) FROM messages WHERE price_currency = 'USD'") == 1200 * Decimal("0.045")
    assert billing.fetch(database, twilio.settings, now.date() - timedelta(days=3)) == 0


def test_a_message_of_which_every_report_got_lost_is_not_unknown_for_ever(
    database: Database, cipher: Cipher, twilio: Control
) -> None:
    now = datetime.now(UTC)
    (person,) = people(database, cipher, 1)
    twilio.faults(callbacks=True, callback_lost=1.0, undelivered=1.0, undelivered_code=30005)
    with database.transaction() as connection:
        outbox.enqueue(connection, [outgoing(person, not_after=now + timedelta(days=1))], now)
    dispatcher(database, cipher, twilio, clock=None, policy=ANY_HOUR).drain()
    assert scalar(database, "UPDATE messages SET status = 'queued' RETURNING provider_id"), (
        "all that Twilio says at first"
    )

    for day in {now.date(), datetime.now(UTC).date()}:
        billing.fetch(database, twilio.settings, day)
    assert scalar(database, "SELECT status FROM messages") == "undelivered"
    assert scalar(database, "SELECT quarantined_at IS NOT NULL FROM contacts"), "as its report would have told"
