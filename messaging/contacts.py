"""Phones, and what their owners allow: one contact per number, whatever the channel, with the history of its
consent.

Handles are sealed (deterministically, so that look-ups work); nobody reads a phone number from a dump.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, DateTime, ForeignKey, Identity, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db import Base, Statement, execute
from encryption import Cipher
from messaging.address import Address, Channel
from messaging.stops import ANY, scope

HANDLE = "contact.handle"
"""What the cipher is told that it seals."""

Moment = DateTime(timezone=True)


class ContactRow(Base):
    """A phone number or WhatsApp identity that we have written to or heard from."""

    __tablename__ = "contacts"
    __table_args__ = ({"postgresql_with": {"fillfactor": 80}},)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    handle: Mapped[bytes] = mapped_column(unique=True)
    language: Mapped[str] = mapped_column(server_default="es")
    demo: Mapped[bool] = mapped_column(server_default="false")
    first_seen_at: Mapped[datetime] = mapped_column(Moment)
    notice_at: Mapped[datetime | None] = mapped_column(Moment)
    last_inbound_at: Mapped[datetime | None] = mapped_column(Moment)
    previous_inbound_at: Mapped[datetime | None] = mapped_column(Moment)
    last_channel: Mapped[str | None]
    whatsapp_inbound_at: Mapped[datetime | None] = mapped_column(Moment)
    whatsapp_opt_in_at: Mapped[datetime | None] = mapped_column(Moment)
    sms_ok: Mapped[bool] = mapped_column(server_default="true")
    whatsapp_ok: Mapped[bool] = mapped_column(server_default="true")
    quarantined_at: Mapped[datetime | None] = mapped_column(Moment)
    stopped_at: Mapped[datetime | None] = mapped_column(Moment)
    stops: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    text_mark: Mapped[int | None] = mapped_column(SmallInteger)
    """What the last text is recognised by if it comes again (`loops`)."""
    repeats: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """How often it has come again, each time within the hour."""
    minute_at: Mapped[datetime | None] = mapped_column(Moment)
    in_minute: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """Messages within the minute that began at `minute_at`."""
    loop_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a machine seemed to answer there."""


class Consent(Base):
    """One event in what a contact allows: never changed, only followed by the next."""

    __tablename__ = "consents"
    __table_args__ = (Index(None, "contact_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    event: Mapped[str]
    """stop | start | notice | opt_in | wrong_number | confirmed"""
    purpose: Mapped[str]
    channel: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment)
    source: Mapped[str]
    """Who or what made it so: message | provider | staff"""
    inbound_id: Mapped[int | None] = mapped_column(BigInteger)


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as it was before the message at hand. `last_inbound_at` is of the message before; None if
    new.
    """

    id: int
    language: str
    demo: bool
    first_seen_at: datetime
    notice_at: datetime | None
    last_inbound_at: datetime | None
    last_channel: Channel | None
    whatsapp_inbound_at: datetime | None
    sms_ok: bool
    whatsapp_ok: bool
    quarantined_at: datetime | None
    stopped_at: datetime | None
    stops: frozenset[str]
    repeats: int = 0
    in_minute: int = 0


_COLUMNS = """id, language, demo, first_seen_at, notice_at, {last} AS last_inbound_at, last_channel,
    whatsapp_inbound_at, sms_ok, whatsapp_ok, quarantined_at, stopped_at, stops, repeats, in_minute"""

LOCK = text(f"""
    INSERT INTO contacts AS known
        (handle, demo, first_seen_at, last_inbound_at, last_channel, whatsapp_inbound_at, text_mark, minute_at,
         in_minute)
    VALUES (:handle, :demo, :now, :now, CAST(:channel AS text),
            CASE CAST(:channel AS text) WHEN 'whatsapp' THEN :now END, :mark, :now, 1)
    ON CONFLICT (handle) DO UPDATE SET
        previous_inbound_at = known.last_inbound_at,
        last_inbound_at = greatest(known.last_inbound_at, excluded.last_inbound_at),
        last_channel = excluded.last_channel,
        whatsapp_inbound_at = greatest(known.whatsapp_inbound_at, excluded.whatsapp_inbound_at),
        sms_ok = known.sms_ok OR excluded.last_channel = 'sms',
        whatsapp_ok = known.whatsapp_ok OR excluded.last_channel = 'whatsapp',
        text_mark = excluded.text_mark,
        repeats = CASE WHEN known.text_mark = excluded.text_mark
                            AND known.last_inbound_at > excluded.last_inbound_at - interval '1 hour'
                       THEN least(known.repeats + 1, 1000) ELSE 0 END,
        minute_at = CASE WHEN known.minute_at > excluded.minute_at - interval '1 minute' THEN known.minute_at
                         ELSE excluded.minute_at END,
        in_minute = CASE WHEN known.minute_at > excluded.minute_at - interval '1 minute'
                         THEN least(known.in_minute + 1, 1000) ELSE 1 END
    RETURNING {_COLUMNS.format(last="previous_inbound_at")}
""")


def lock(connection: Connection, cipher: Cipher, address: Address, now: datetime, demo: bool = False) -> Contact:
    """The contact that just wrote from `address`, made if new, its row locked until the transaction ends.

    Notes that it wrote: this opens WhatsApp's window and shows the channel to work. The caller rolls back if
    the message turns out to be a repeated one.
    """
    (row,) = execute(connection, locking(cipher, address, now, demo))[0]
    return as_contact(row)


def locking(cipher: Cipher, address: Address, now: datetime, demo: bool = False, mark: int | None = None) -> Statement:
    """`lock` as a statement to be sent with others; its row is for `as_contact`. `mark` is that of the text."""
    parameters = {
        "handle": cipher.seal(address.handle, HANDLE),
        "demo": demo,
        "now": now,
        "channel": address.channel.value,
        "mark": mark,
    }
    return Statement(LOCK, parameters)


def find(connection: Connection, cipher: Cipher, handle: str) -> Contact | None:
    """The contact with this handle (E.164 number or business-scoped id), as it is now; None if there is
    none.
    """
    found = connection.execute(FIND, {"handle": cipher.seal(handle, HANDLE)}).one_or_none()
    return None if found is None else as_contact(found)


FIND = text(f"SELECT {_COLUMNS.format(last='last_inbound_at')} FROM contacts WHERE handle = :handle")


def as_contact(row: Any) -> Contact:
    """A row of `LOCK` or `FIND` as a contact."""
    return Contact(
        row.id,
        row.language,
        row.demo,
        row.first_seen_at,
        row.notice_at,
        row.last_inbound_at,
        None if row.last_channel is None else Channel(row.last_channel),
        row.whatsapp_inbound_at,
        row.sms_ok,
        row.whatsapp_ok,
        row.quarantined_at,
        row.stopped_at,
        frozenset(row.stops),
        row.repeats,
        row.in_minute,
    )


ENSURE = text("""
    INSERT INTO contacts (handle, demo, first_seen_at)
    SELECT handle, :demo, :now FROM unnest(CAST(:handles AS bytea[])) AS handle
    ON CONFLICT (handle) DO NOTHING
""")
IDS = text("SELECT handle, id FROM contacts WHERE handle = ANY(CAST(:handles AS bytea[]))")


def ensure_many(
    connection: Connection, cipher: Cipher, handles: Collection[str], now: datetime, demo: bool = False
) -> Mapping[str, int]:
    """The contact id of each handle, new contacts made where needed. Some thousands at a time."""
    sealed = {cipher.seal(handle, HANDLE): handle for handle in handles}
    parameters = {"handles": sorted(sealed), "demo": demo, "now": now}
    connection.execute(ENSURE, parameters)
    rows = connection.execute(IDS, {"handles": list(sealed)})
    return {sealed[bytes(row.handle)]: row.id for row in rows}


HANDLES = text("SELECT id, handle FROM contacts WHERE id = ANY(CAST(:ids AS bigint[]))")


def handles(connection: Connection, cipher: Cipher, contact_ids: Collection[int]) -> Mapping[int, str]:
    """The number or WhatsApp id of each of these contacts, for a person who must call them."""
    rows = connection.execute(HANDLES, {"ids": sorted(contact_ids)})
    return {row.id: cipher.open(bytes(row.handle), HANDLE) for row in rows}


_CONSENT = """
    INSERT INTO consents (contact_id, event, purpose, channel, at, source, inbound_id)
    SELECT id, :event, :purpose, :channel, :now, :source, CAST(:inbound_id AS bigint) FROM changed
"""


def _event(assignments: str) -> Any:
    """A statement that changes the contact and writes down the consent event that did it."""
    return text(f"WITH changed AS (UPDATE contacts SET {assignments} WHERE id = :contact_id RETURNING id) {_CONSENT}")


STOP = _event("""
    stops = array_append(array_remove(stops, CAST(:scope AS text)), CAST(:scope AS text)),
    stopped_at = CASE WHEN CAST(:scope AS text) = '*/*' THEN :now ELSE stopped_at END""")
START = _event("""
    stops = CASE WHEN CAST(:scope AS text) = '*/*' THEN '{}' ELSE array_remove(stops, CAST(:scope AS text))
    END, stopped_at = CASE WHEN CAST(:scope AS text) = '*/*' THEN NULL ELSE stopped_at END""")
NOTICE = _event("notice_at = coalesce(notice_at, :now)")
OPT_IN = _event("whatsapp_opt_in_at = coalesce(whatsapp_opt_in_at, :now)")
QUARANTINE = _event("quarantined_at = coalesce(quarantined_at, :now)")
CONFIRM = _event("quarantined_at = NULL")


def _record(
    connection: Connection,
    statement: Any,
    event: str,
    contact_id: int,
    now: datetime,
    purpose: str,
    channel: str,
    source: str,
    inbound_id: int | None,
) -> None:
    parameters = {
        "event": event,
        "contact_id": contact_id,
        "now": now,
        "purpose": purpose,
        "channel": channel,
        "source": source,
        "inbound_id": inbound_id,
        "scope": scope(purpose, channel),
    }
    connection.execute(statement, parameters)


def stop(
    connection: Connection,
    contact_id: int,
    now: datetime,
    *,
    purpose: str = ANY,
    channel: str = ANY,
    source: str = "message",
    inbound_id: int | None = None,
) -> None:
    """Write to this contact no more, or no more for a purpose or on a channel. Holds from the next claim
    on.
    """
    _record(connection, STOP, "stop", contact_id, now, purpose, channel, source, inbound_id)


def start(
    connection: Connection,
    contact_id: int,
    now: datetime,
    *,
    purpose: str = ANY,
    channel: str = ANY,
    source: str = "message",
    inbound_id: int | None = None,
) -> None:
    """Lift the stop of this scope; without purpose and channel, every stop."""
    _record(connection, START, "start", contact_id, now, purpose, channel, source, inbound_id)


def notice(connection: Connection, contact_id: int, now: datetime, inbound_id: int | None = None) -> None:
    """The person was told who asks, what for and how to leave (Ley 1581 of 2012)."""
    _record(connection, NOTICE, "notice", contact_id, now, ANY, ANY, "message", inbound_id)


def opt_in_whatsapp(connection: Connection, contact_id: int, now: datetime, source: str = "staff") -> None:
    """The person agreed to be written to on WhatsApp, so that a first contact may go there."""
    _record(connection, OPT_IN, "opt_in", contact_id, now, ANY, Channel.WHATSAPP.value, source, None)


def quarantine(
    connection: Connection,
    contact_id: int,
    now: datetime,
    *,
    source: str = "message",
    inbound_id: int | None = None,
) -> None:
    """The number belongs to somebody else, or to nobody: nothing proactive goes there until a person confirms
    it.
    """
    _record(connection, QUARANTINE, "wrong_number", contact_id, now, ANY, ANY, source, inbound_id)


def confirm(
    connection: Connection,
    contact_id: int,
    now: datetime,
    *,
    source: str = "staff",
    inbound_id: int | None = None,
) -> None:
    """The number is right after all: lift the quarantine."""
    _record(connection, CONFIRM, "confirmed", contact_id, now, ANY, ANY, source, inbound_id)


UNREACHABLE = {
    Channel.SMS: text("UPDATE contacts SET sms_ok = false WHERE id = :id"),
    Channel.WHATSAPP: text("UPDATE contacts SET whatsapp_ok = false WHERE id = :id"),
}


def unreachable(connection: Connection, contact_id: int, channel: Channel) -> None:
    """The provider says that this channel does not reach the contact. A message from there makes it good
    again.
    """
    connection.execute(UNREACHABLE[channel], {"id": contact_id})


SPEAK = text("UPDATE contacts SET language = :language WHERE id = :id")


def speak(connection: Connection, contact_id: int, language: str) -> None:
    """Use this language with the contact from now on."""
    connection.execute(SPEAK, {"id": contact_id, "language": language})
