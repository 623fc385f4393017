"""Settles what nobody knows: asks the provider about messages that may have left, and for messages we missed.

Unknown are rows whose lease ran out (a dispatcher died, a request got no answer) and TwiML replies that were
never reported. The provider's list shows a message only some time after it took it, filters by day, and shows
the same text several times: so we ask late, by recipient, and match text, time and direction, leaving out
what is known already. Nothing is sent again before the provider has said that it does not have it. If it
cannot say, a person decides.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, Row, text

from db import Database
from encryption import Cipher
from messaging import claims, watermarks
from messaging.address import Address, AddressError, Channel
from messaging.claims import Sent
from messaging.contacts import HANDLE
from messaging.encoding import fold_for_sms
from messaging.inbox import Inbound
from messaging.outbox import Door, Route
from messaging.providers.errors import SendError
from messaging.providers.twilio import Account, Listed
from settings import TwilioSettings

log = structlog.get_logger()

BATCH = 500
LOOKUPS = 16
"""Requests to the provider at once."""
CLOCKS_APART = timedelta(seconds=30)
"""How far the provider's clock and ours may differ."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait before believing that something did not happen."""

    listing: timedelta = timedelta(minutes=5)
    """The provider's list shows a message after this time at the latest."""
    twiml: timedelta = timedelta(minutes=10)
    """A TwiML reply is reported after this time at the latest."""
    resend_twiml: timedelta = timedelta(hours=1)
    """A reply older than this helps nobody any more."""
    hold: timedelta = timedelta(hours=6)
    """After this time without an answer from the provider a person decides."""
    losses: int = 4
    """So often a lost message is sent again; then a person decides."""


PATIENCE = Patience()


@dataclass(slots=True)
class Settled:
    """What a run found out, in messages."""

    sent: int = 0
    """Had left after all."""
    again: int = 0
    """Had not left, and wait to be sent again."""
    held: int = 0
    """Wait for a person."""
    unanswered: int = 0
    """The provider could not be asked; the next run asks again."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message of unknown fate."""

    message_id: UUID
    contact_id: int
    token: UUID | None
    door: Door
    route: Route
    to: str
    body: str
    rendered_by_provider: bool
    """The provider made the text of a registered content: it cannot be compared."""
    campaign_id: int
    segments: int
    earliest: datetime
    latest: datetime
    """Between these moments it left, if it did."""
    losses: int
    resend: bool = True


def reconcile(
    database: Database,
    cipher: Cipher,
    twilio: TwilioSettings | None,
    now: datetime,
    *,
    patience: Patience = PATIENCE,
) -> Settled:
    """Job: settle every message whose fate has been unknown for long enough."""
    settled = Settled()
    for find in (_unknown_in_queue, _unreported_replies):
        after: Any = None
        while True:
            with database.transaction() as connection:
                rows = find(connection, now, patience, after)
            if not rows:
                break
            after = rows[-1].place
            unknown = [_unknown(row, cipher) for row in rows]
            answers = asyncio.run(_ask(twilio, unknown)) if twilio else {}
            with database.transaction() as connection:
                _settle(connection, unknown, answers, now, patience, settled)
    if settled != Settled():
        log.info("reconciled", sent=settled.sent, again=settled.again, held=settled.held)
    return settled


IN_QUEUE = text("""
    SELECT queue.id AS place, queue.message_id, queue.contact_id, queue.token, 'rest' AS door, queue.route,
           contacts.handle, messages.channel, messages.body, messages.content, queue.campaign_id,
           messages.segments, queue.claimed_at AS earliest, queue.lease_until AS latest, queue.losses, true
           AS resend
    FROM outbox_queue AS queue
    JOIN messages ON messages.id = queue.message_id JOIN contacts ON contacts.id = queue.contact_id
    WHERE queue.lease_until < clock_timestamp() - CAST(:listing AS interval) AND queue.held_at IS NULL
      AND (CAST(:after AS bigint) IS NULL OR queue.id > :after)
    ORDER BY queue.id LIMIT :batch
""")


def _unknown_in_queue(
    connection: Connection, _now: datetime, patience: Patience, after: int | None
) -> Sequence[Row[Any]]:
    parameters = {"listing": patience.listing, "after": after, "batch": BATCH}
    return connection.execute(IN_QUEUE, parameters).all()


UNREPORTED = text("""
    SELECT messages.created_at AS place, messages.id AS message_id, messages.contact_id, NULL::uuid AS token,
           'twiml' AS door, messages.channel AS route, contacts.handle, messages.channel, messages.body,
           messages.content, messages.campaign_id, messages.segments, messages.created_at AS earliest,
           messages.created_at + CAST(:twiml AS interval) AS latest, 0 AS losses,
           messages.created_at > :now - CAST(:resend AS interval) AND messages.not_after > :now
             AND messages.body <> '' AS resend
    FROM messages JOIN contacts ON contacts.id = messages.contact_id
    WHERE messages.status = 'replied' AND messages.provider_id IS NULL AND NOT contacts.demo
      AND messages.created_at < :now - CAST(:twiml AS interval)
      AND (CAST(:after AS timestamptz) IS NULL OR messages.created_at > :after)
    ORDER BY messages.created_at LIMIT :batch
""")


def _unreported_replies(
    connection: Connection, now: datetime, patience: Patience, after: datetime | None
) -> Sequence[Row[Any]]:
    parameters = {
        "twiml": patience.twiml,
        "resend": patience.resend_twiml,
        "now": now,
        "after": after,
        "batch": BATCH,
    }
    return connection.execute(UNREPORTED, parameters).all()


def _unknown(row: Row[Any], cipher: Cipher) -> Unknown:
    handle = cipher.open(bytes(row.handle), HANDLE)
    content = row.content or {}
    return Unknown(
        message_id=row.message_id,
        contact_id=row.contact_id,
        token=row.token,
        door=Door(row.door),
        route=Route(row.route),
        to=str(Address(Channel(row.channel), handle)),
        body=row.body,
        rendered_by_provider=bool(content.get("template") or content.get("options")) or not row.body,
        campaign_id=row.campaign_id,
        segments=row.segments,
        earliest=row.earliest,
        latest=row.latest,
        losses=row.losses,
        resend=row.resend,
    )


Answers = Mapping[str, Sequence[Listed]]
"""What the provider lists for each address; an address is missing if the provider could not be asked."""


async def _ask(twilio: TwilioSettings, unknown: Iterable[Unknown]) -> Answers:
    since: dict[str, datetime] = {}
    for each in unknown:
        if each.route is not Route.DEMO:
            since[each.to] = min(each.earliest - CLOCKS_APART, since.get(each.to, each.earliest))
    at_once = asyncio.Semaphore(LOOKUPS)
    answers: dict[str, Sequence[Listed]] = {}

    async def look_up(account: Account, to: str) -> None:
        async with at_once:
            try:
                answers[to] = await account.sent_to(to, since[to])
            except SendError as error:
                log.warning("the provider cannot say", error=str(error))

    async with Account(twilio) as account:
        await asyncio.gather(*(look_up(account, to) for to in since))
    return answers


ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('what the provider lists', 0))")
STILL_UNKNOWN = text("""
    SELECT id FROM messages WHERE id = ANY(CAST(:ids AS uuid[])) AND provider_id IS NULL ORDER BY id FOR UPDATE
""")
KNOWN = text("SELECT provider_id FROM messages WHERE provider_id = ANY(CAST(:ids AS text[]))")


def _settle(
    connection: Connection,
    unknown: Sequence[Unknown],
    answers: Answers,
    now: datetime,
    patience: Patience,
    settled: Settled,
) -> None:
    """Give each listed message to one of ours at most: whoever else settles waits, reports of these messages too.

    No index can see to it, since messages lie in months, each with indexes of its own.
    """
    connection.execute(ONE_AT_A_TIME)
    still = set(connection.execute(STILL_UNKNOWN, {"ids": [each.message_id for each in unknown]}).scalars())
    listed = {each.provider_id: each for found in answers.values() for each in found}
    known = set(connection.execute(KNOWN, {"ids": list(listed)}).scalars())
    free = {provider_id: each for provider_id, each in listed.items() if provider_id not in known}
    sent: list[Sent] = []
    for each in sorted((each for each in unknown if each.message_id in still), key=lambda each: each.earliest):
        if each.route is not Route.DEMO and each.to not in answers:
            waited = now - each.latest > patience.hold
            settled.held += _hold(connection, each, now) if waited else 0
            settled.unanswered += not waited
        elif found := next((one for one in free.values() if matches(each, one)), None):
            del free[found.provider_id]
            segments = found.segments or each.segments
            sent.append(Sent(each.message_id, each.campaign_id, found.provider_id, found.status, segments))
            settled.sent += 1
        elif each.losses >= patience.losses:
            settled.held += _hold(connection, each, now)
        else:
            settled.again += _again(connection, each, now)
    if sent:
        claims.sent(connection, sent, now)


def matches(unknown: Unknown, listed: Listed) -> bool:
    """Whether what the provider lists can be this message."""
    direction = "outbound-reply" if unknown.door is Door.TWIML else "outbound-api"
    return (
        listed.direction == direction
        and listed.to == unknown.to
        and unknown.earliest - CLOCKS_APART <= listed.created_at <= unknown.latest + CLOCKS_APART
        and (unknown.rendered_by_provider or _plain(listed.body) == _plain(unknown.body))
    )


def _plain(said: str) -> list[str]:
    """The words of a text, however the provider wrote its accents, quotes and spaces («smart encoding»)."""
    return fold_for_sms(said).split()


HOLD = text("""
    UPDATE outbox_queue SET held_at = :now WHERE message_id = :id AND token = :token AND held_at IS NULL
""")


def _hold(connection: Connection, unknown: Unknown, now: datetime) -> int:
    """Leave it to a person; a TwiML reply that old is given up."""
    if unknown.door is Door.TWIML:
        connection.execute(GIVE_UP, {"id": unknown.message_id})
        return 0
    parameters = {"id": unknown.message_id, "token": unknown.token, "now": now}
    return connection.execute(HOLD, parameters).rowcount


RELEASE = text("""
    UPDATE outbox_queue
    SET lease_until = NULL, token = NULL, held_at = NULL, due_at = :now, losses = losses + 1
    WHERE message_id = :id AND token = :token
""")
GIVE_UP = text("""
    UPDATE messages SET status = 'failed', reason = 'never reported' WHERE id = :id AND status = 'replied'
""")
REDIRECT = text("""
    WITH redirected AS (
        UPDATE messages SET door = 'rest', status = 'queued'
        WHERE id = :id AND door = 'twiml' AND status = 'replied' AND provider_id IS NULL
        RETURNING id, contact_id, channel, priority, campaign_id
    )
    INSERT INTO outbox_queue (message_id, contact_id, route, priority, campaign_id, due_at)
    SELECT redirected.id, contact_id, CASE WHEN contacts.demo THEN 'demo' ELSE channel END,
           priority, campaign_id, :now
    FROM redirected JOIN contacts ON contacts.id = redirected.contact_id
""")


def _again(connection: Connection, unknown: Unknown, now: datetime) -> int:
    if unknown.door is Door.REST:
        parameters = {"id": unknown.message_id, "token": unknown.token, "now": now}
        return connection.execute(RELEASE, parameters).rowcount
    if unknown.resend:
        return connection.execute(REDIRECT, {"id": unknown.message_id, "now": now}).rowcount
    connection.execute(GIVE_UP, {"id": unknown.message_id})
    return 0


INBOUND = "twilio inbound"
OVERLAP = timedelta(hours=1)
FIRST_LOOK = timedelta(days=1)
STILL_DELIVERING = timedelta(minutes=2)
"""The provider may be delivering a message younger than this right now: 15 seconds, tried up to six times."""
RECORDED = text("SELECT provider_id FROM inbound_messages WHERE provider_id = ANY(CAST(:ids AS text[]))")


def catch_up(
    database: Database,
    twilio: TwilioSettings,
    now: datetime,
    handle: Callable[[Inbound], object],
    *,
    since: datetime | None = None,
    most: int | None = None,
) -> int:
    """Job: hand over the messages that people sent since the last run and that never reached us, oldest
    first, and so many at most; the next run goes on with the rest.

    `handle` takes the turn; recording by the provider's id keeps it from happening twice. There is no HTTP
    response to answer in: let its reply leave by REST (`redirect`). Returns how many there were. Raises
    SendError.
    """
    with database.transaction() as connection:
        seen = watermarks.read(connection, INBOUND)
    start = since or (seen - OVERLAP if seen else now - FIRST_LOOK)
    listed = asyncio.run(_received(twilio, start))
    with database.transaction() as connection:
        ids = [each.provider_id for each in listed]
        recorded = set(connection.execute(RECORDED, {"ids": ids}).scalars())
    old_enough = [each for each in listed if each.created_at < now - STILL_DELIVERING]
    missed = [message for each in old_enough if each.provider_id not in recorded and (message := _inbound(each))]
    handled = missed[:most]
    for message in handled:
        handle(message)
        with database.transaction() as connection:
            redirect(connection, message.provider_id, now)
    if len(handled) == len(missed):
        with database.transaction() as connection:
            watermarks.advance(connection, INBOUND, now)
    return len(handled)


async def _received(twilio: TwilioSettings, since: datetime) -> list[Listed]:
    async with Account(twilio) as account:
        return await account.received(since)


def _inbound(listed: Listed) -> Inbound | None:
    try:
        sender, ours = Address.parse(listed.from_), Address.parse(listed.to)
    except AddressError:
        log.warning("an inbound message without a usable address", provider_id=listed.provider_id)
        return None
    return Inbound(listed.provider_id, sender, ours, listed.body)


REPLY_TO = text("""
    SELECT messages.id FROM inbound_messages JOIN messages ON messages.in_reply_to = inbound_messages.id
    WHERE inbound_messages.provider_id = :provider_id AND messages.status = 'replied'
""")


def redirect(connection: Connection, provider_id: str, now: datetime) -> bool:
    """Let the TwiML reply to the inbound message `provider_id` leave by REST: nobody will fetch it."""
    message_id = connection.execute(REPLY_TO, {"provider_id": provider_id}).scalar_one_or_none()
    if message_id is None:
        return False
    return connection.execute(REDIRECT, {"id": message_id, "now": now}).rowcount == 1
