"""A phone on a page that texts with the bot through the same turn as Twilio's messages do.

It exists only where there are demo data and speaks only as demo contacts, so that nobody can write in a real
person's name. Plain forms do everything; htmx saves the reload and fetches what arrives unasked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, text

from admin.permission import anyone
from admin.security import limiter
from admin.services import services
from bot import time_travel
from bot.time_travel import RealPeopleError
from messaging import contacts, prices
from messaging.address import Address, Channel
from messaging.contacts import Contact
from messaging.content import Content, Option
from messaging.cost import Prices
from messaging.encoding import Segments, segments
from messaging.inbox import Inbound
from surveys import attachments

FIRST_DEMO_NUMBER: Final = 573_000_000_000
OFFERED: Final = 39
"""Demo families that are invited and have not answered: the ones worth trying."""
SHOWN: Final = 60
"""Messages of a conversation on the page."""
LONGEST: Final = 2000
FILE: Final = re.compile(r"/archivos/([0-9a-f-]{36})$")
BOLD: Final = re.compile(r"\*(?=\S)([^*\n]+?)(?<=\S)\*")
SERVICE: Final = "+570000000000"
"""Whom demo contacts write to: it is on no network."""

simulator = Blueprint("simulator", __name__, url_prefix="/simulador")


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message as the phone shows it. `blanked` ones were anonymous and are no longer kept."""

    heard: bool
    text: str
    channel: Channel
    at: datetime
    options: Sequence[Option] = ()
    media_url: str | None = None
    pictured: bool = False
    """Whether what goes along is a picture that the page can show."""
    template: bool = False
    """Whether it opened a conversation on WhatsApp."""

    @property
    def blanked(self) -> bool:
        return not self.text

    @property
    def parts(self) -> list[tuple[str, bool]]:
        """The text in pieces, each with whether WhatsApp shows it in bold (`*so*`)."""
        if self.channel is not Channel.WHATSAPP or self.heard:
            return [(self.text, False)]
        return [(piece, bool(place % 2)) for place, piece in enumerate(BOLD.split(self.text)) if piece]

    @property
    def size(self) -> Segments:
        """How the text travels as an SMS, and in how many billed parts."""
        return segments(self.text)

    def cost(self, prices: Prices) -> Decimal:
        """What it cost to send; what was heard costs nothing, and of what is blanked nobody knows."""
        if self.heard or self.blanked:
            return Decimal(0)
        if self.channel is Channel.SMS:
            return self.size.count * prices.segment
        return prices.template if self.template else prices.in_session


@dataclass(frozen=True, slots=True)
class Phone:
    """The phone that the page shows: the contact of a demo family, and how it writes."""

    family: int
    channel: Channel
    contact: Contact

    @property
    def number(self) -> str:
        return number(self.family)


@simulator.get("")
@anyone
def phone() -> ResponseReturnValue:
    """The phone of one demo family, with its conversation."""
    shown = _phone(request.args)
    thread, charged, invented = services().database.idempotent(
        lambda connection: (
            conversation(connection, shown.contact.id),
            prices.current(connection),
            time_travel.possible(connection),
        )
    )
    return render_template(
        "simulator.html",
        phone=shown,
        thread=thread,
        prices=charged,
        cost=sum((one.cost(charged) for one in thread), Decimal(0)),
        offered=OFFERED,
        number=number,
        invented=invented,
        sms=sum(one.size.count for one in thread if not one.heard and one.channel is Channel.SMS and not one.blanked),
    )


@simulator.post("")
@limiter.limit("120/minute")
@anyone
def write() -> ResponseReturnValue:
    """A message from the phone: typed, or a button or list item tapped."""
    shown = _phone(request.form)
    services().turn.take(_inbound(shown, request.form))
    if request.headers.get("HX-Request"):
        return _thread(shown)
    return redirect(url_for("simulator.phone", familia=shown.family, canal=shown.channel.value), 303)


@simulator.post("/manana")
@limiter.limit("10/minute")
@anyone
def tomorrow() -> ResponseReturnValue:
    """Let a day go by for everybody: reminders and questions of tomorrow come within seconds. 404 among real people."""
    shown = _phone(request.form)
    try:
        with services().database.transaction() as connection:
            time_travel.jump(connection)
    except RealPeopleError:
        abort(404)
    services().bell.ring("jobs.alarm")
    return redirect(url_for("simulator.phone", familia=shown.family, canal=shown.channel.value), 303)


@simulator.get("/conversacion")
@anyone
def conversation_part() -> ResponseReturnValue:
    """The conversation alone, for htmx; 204 while it is as long as the page says it has seen."""
    shown = _phone(request.args)
    return _thread(shown, request.args.get("vistos", ""))


def conversation(connection: Connection, contact_id: int) -> list[Bubble]:
    """The last messages between a contact and the service, newest first. Queued ones have not arrived yet."""
    rows = connection.execute(CONVERSATION, {"contact_id": contact_id, "shown": SHOWN}).all()
    bubbles = [
        _heard(row.body, row.details, row.channel, row.at)
        if row.heard
        else _said(row.body, row.details, row.channel, row.at)
        for row in rows
    ]
    pictures = attachments.pictures(connection, [found for one in bubbles if (found := _file(one.media_url))])
    return [replace(one, pictured=_file(one.media_url) in pictures) for one in bubbles]


def _file(url: str | None) -> UUID | None:
    """The file of a form that an address is of."""
    found = FILE.search(url or "")
    return UUID(found[1]) if found else None


CONVERSATION = text("""
    (SELECT true AS heard, body, extras AS details, channel, received_at AS at
     FROM inbound_messages WHERE contact_id = :contact_id ORDER BY id DESC LIMIT :shown)
    UNION ALL
    (SELECT false, body, content, channel, coalesce(sent_at, created_at)
     FROM messages WHERE contact_id = :contact_id AND status IN ('replied', 'sent', 'delivered', 'read')
     ORDER BY created_at DESC LIMIT :shown)
    ORDER BY at DESC, heard LIMIT :shown
""")


def _heard(body: str, details: dict[str, Any] | None, channel: str, at: datetime) -> Bubble:
    return Bubble(True, (details or {}).get("title") or body, Channel(channel), at)


def _said(body: str, details: dict[str, Any] | None, channel: str, at: datetime) -> Bubble:
    content = Content.from_json({"text": body, **(details or {})})
    shown = content.prompt if body and content.options and content.prompt else body
    template = bool(content.template)
    return Bubble(False, shown, Channel(channel), at, content.options, content.media_url, template=template)


def number(family: int) -> str:
    """The phone number of the demo family with this ordinal."""
    return f"+{FIRST_DEMO_NUMBER + family}"


@simulator.app_template_global()
def simulating() -> bool:
    """Whether there are demo data, and with them a simulator. Looked up once for a page."""
    if "simulating" not in g:
        g.simulating = _demo_contact(1) is not None
    return bool(g.simulating)


def _demo_contact(family: int) -> Contact | None:
    """The contact of a demo family; None where there is none, or where the number is a real person's."""
    find = partial(contacts.find, cipher=services().cipher, handle=number(family))
    found = services().database.idempotent(find)
    return found if found and found.demo else None


def _phone(asked: Mapping[str, str]) -> Phone:
    """The phone that a page or form asks for. 404 unless it belongs to a demo contact."""
    ordinal = asked.get("familia", "1")
    family = int(ordinal) if ordinal.isascii() and ordinal.isdigit() and len(ordinal) < 6 else 0
    contact = _demo_contact(family)
    if contact is None:
        abort(404)
    channel = Channel.WHATSAPP if asked.get("canal") == Channel.WHATSAPP else Channel.SMS
    return Phone(family, channel, contact)


def _inbound(phone: Phone, form: Mapping[str, str]) -> Inbound:
    """The message as Twilio would have told it."""
    title = form.get("titulo", "")[:LONGEST] or None
    return Inbound(
        provider_id=f"SIM{uuid4().hex}",
        address=Address(phone.channel, phone.number),
        to=Address(phone.channel, SERVICE),
        body=title or form.get("texto", "")[:LONGEST],
        payload=form.get("opcion", "")[:LONGEST] or None,
        title=title,
    )


def _thread(phone: Phone, seen: str = "") -> ResponseReturnValue:
    thread, charged = services().database.idempotent(
        lambda connection: (conversation(connection, phone.contact.id), prices.current(connection))
    )
    if thread and seen == stamp(thread):
        return "", 204
    sent = request.method == "POST"
    return render_template("sent.html" if sent else "thread.html", phone=phone, thread=thread, prices=charged)


@simulator.app_template_global()
def stamp(thread: Sequence[Bubble]) -> str:
    """What the page has seen: the time of the newest message and how many there are."""
    return f"{thread[0].at.timestamp():.6f}-{len(thread)}" if thread else ""
