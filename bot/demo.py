"""The demo: a pilot of five municipalities to try the service with, loaded once into an empty database.

Families, staff and answers are invented, the same at every load, and go through the functions that real ones
go through. All contacts are marked as demo contacts, so that no message to them ever leaves by a real
channel. The families of the first `UNTOUCHED` phones are invited to the open wave and have not written
anything yet.
"""

import hmac
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, insert, select, text

from bot import (
    closing,
    demo_plans,
    demo_progress,
    demo_referrals,
    demo_sessions,
    demo_voices,
    inviting,
    monthly_closing,
)
from bot.campaigns import expansion
from bot.catalogue import Catalogue
from bot.demo_data import data
from bot.demo_data.households import DemoFamily, households
from bot.demo_data.opinions import Opinion
from bot.desk import Office
from bot.register import FamilyContact
from db import Database
from encryption import Cipher
from families import achievements, assignments, catalogue, enrolment, families, staff, territory
from families.families import FamilyRecord, Zone
from families.staff import Role
from families.territory import Place
from messaging import claims, contacts
from messaging.address import Channel
from messaging.contact_hours import BOGOTA, ContactHours
from messaging.outbox import Route
from messaging.priority import Priority
from surveys import commitments, engine, folding, invitations, library, live, responses, waves
from surveys.answers import changes, rows
from surveys.commitments import Promise
from surveys.compile import compile_form
from surveys.form import Form
from surveys.forms.build import WORKBOOK

UNTOUCHED = 39
"""Phones whose families are invited to the open wave and have not answered."""

FIRST_PHONE = 573_000_000_001
SHARED_PHONES = 6
"""So many families without a phone share that of a neighbour: those right after the untouched ones."""

OPEN_TERRITORY = "70"
CATALOGUE = Path(catalogue.__file__).parent / "catalogues" / "logros_2007.csv"
BATCH = 1_000
LOOKS = 8
"""How often the figures of a wave are looked at while its families answer."""


@dataclass(frozen=True, slots=True)
class Login:
    """An account of the demo, as it is printed."""

    login: str
    password: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Settled:
    """A family of the demo in the register, and how it is reached: the number of its phone, or None."""

    record: FamilyRecord
    phone: int | None


def load(database: Database, cipher: Cipher, texts: Catalogue, secret_key: str, now: datetime) -> bool:
    """Load the demo; False, changing nothing, if it is there. A job: opens its own transactions.

    All but the sending of invitations and the folding is one transaction; what a kill leaves of those two,
    the workers take up.
    """
    opened = ContactHours().next_open(now - timedelta(days=4))
    with database.transaction() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '2min'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('demo'))"))
        if loaded(connection, cipher):
            return False
        random = Random(data("pilot")["seed"])
        settled = _settle(connection, cipher, secret_key, now, random)
        form_id = library.publish(connection, _libreta(), WORKBOOK.read_bytes(), now - timedelta(days=150))
        published = _finished_wave(connection, form_id, settled, now, random)
        _promise(connection, published, now)
        with suppress(monthly_closing.ClosingError):  # the workers, which run already, may have done it
            monthly_closing.close(connection, monthly_closing.previous(now.astimezone(BOGOTA).date()), now)
        _open_wave(connection, form_id, settled, opened, random)
        later = [one.record for one in settled if (one.phone or 0) > UNTOUCHED + SHARED_PHONES]
        offered = opened - timedelta(minutes=2)
        demo_referrals.load(connection, Office(cipher, texts), later, offered, now, Random(data("pilot")["seed"]))
        demo_voices.load(connection, Office(cipher, texts), later, now)
        demo_sessions.load(connection, later, now, Random(data("pilot")["seed"]))
    while expansion.expand(database, texts, opened):
        continue
    _deliver(database, opened)
    folding.fold(database)
    return True


def loaded(connection: Connection, cipher: Cipher) -> bool:
    """Whether the demo is in the database."""
    first = contacts.find(connection, cipher, phone_number(1))
    return first is not None and first.demo


def logins(secret_key: str) -> list[Login]:
    """The accounts of the demo with the passwords they were loaded with."""
    return [
        Login(one["login"], password(secret_key, one["login"]), one["name"], Role(one["role"]))
        for one in _accounts(Random(data("pilot")["seed"]))
    ]


def password(secret_key: str, login: str) -> str:
    """The demo password of a login: words that follow from the installation's secret, so no two share them."""
    words = data("pilot")["words"]
    digest = hmac.digest(secret_key.encode(), b"demo password " + login.encode(), "sha256")
    return "-".join(words[byte % len(words)] for byte in digest[:5])


def phone_number(ordinal: int) -> str:
    """The number of a demo phone, counted from 1."""
    return f"+{FIRST_PHONE + ordinal - 1}"


# --- register ----------------------------------------------------------------------------------------------------


def _settle(connection: Connection, cipher: Cipher, secret_key: str, now: datetime, random: Random) -> list[Settled]:
    """Territory, achievements, staff and families with their phones."""
    territory.load(connection)
    words = CATALOGUE.with_suffix(".toml").read_text("utf-8")
    achievements.load(connection, CATALOGUE.stem, CATALOGUE.read_text("utf-8"), now, words)
    gestores = _hire(connection, secret_key)
    demo_plans.load(connection, gestores.values(), now)
    drawn = _drawn(connection, now.astimezone(BOGOTA).date(), random)
    entry = now - timedelta(days=540)
    records = families.register(connection, cipher, [one.family for one in drawn], entry)
    enrolment.sign(connection, [record.id for record in records], entry + timedelta(days=30))
    _accompany(connection, gestores, records, entry)
    demo_progress.settle(connection, cipher, records, now, Random(data("pilot")["seed"]))
    return _phones(connection, cipher, drawn, records, entry)


def _hire(connection: Connection, secret_key: str) -> Mapping[str, Sequence[int]]:
    """Make the accounts; returns the ids of the gestores by municipality."""
    gestores: dict[str, list[int]] = defaultdict(list)
    for one in _accounts(Random(data("pilot")["seed"])):
        member = staff.add(
            connection,
            login=one["login"],
            name=one["name"],
            role=Role(one["role"]),
            password=password(secret_key, one["login"]),
            territories=tuple(one.get("territories", ("",))),
            entity=one.get("entity", ""),
            demo=True,
        )
        if member.role is Role.GESTOR:
            gestores[member.territories[0]].append(member.id)
    return gestores


def _accounts(random: Random) -> Iterator[dict[str, Any]]:
    yield from data("pilot")["staff"]
    names = data("names")
    for municipality in data("pilot")["municipalities"]:
        for number in range(1, municipality["gestores"] + 1):
            yield {
                "login": f"gestor.{municipality['key']}{number}",
                "role": "gestor",
                "name": f"{random.choice(names['women'])} {random.choice(names['surnames'])}",
                "territories": [municipality["code"]],
            }


def _drawn(connection: Connection, today: date, random: Random) -> list[DemoFamily]:
    """All households: first those that keep the first phones, then the others mixed, those without a phone
    last.
    """
    municipalities = data("pilot")["municipalities"]
    drawn = [
        list(households(municipality, _places(connection, municipality["code"]), today, random))
        for municipality in municipalities
    ]
    first = [one for one in drawn[0] if one.phone][: UNTOUCHED + SHARED_PHONES]
    kept = {id(one) for one in first}
    others = [one for listed in drawn for one in listed if id(one) not in kept]
    random.shuffle(others)
    return first + sorted(others, key=lambda one: not one.phone)


def _places(connection: Connection, municipality: str) -> Mapping[Zone, list[str]]:
    query = select(Place.code, Place.seat).where(Place.municipality_code == municipality).order_by(Place.code)
    found = connection.execute(query).all()
    urban = [place.code for place in found if place.seat]
    return {Zone.URBAN: urban, Zone.RURAL: [place.code for place in found if not place.seat] or urban}


def _accompany(
    connection: Connection,
    gestores: Mapping[str, Sequence[int]],
    records: Iterable[FamilyRecord],
    since: datetime,
) -> None:
    turns = {municipality: cycle(team) for municipality, team in gestores.items()}
    groups: dict[int, list[int]] = defaultdict(list)
    for record in records:
        groups[next(turns[record.municipality])].append(record.id)
    for gestor_id, group in groups.items():
        assignments.assign(connection, group, gestor_id, since)


def _phones(
    connection: Connection,
    cipher: Cipher,
    drawn: Sequence[DemoFamily],
    records: Sequence[FamilyRecord],
    since: datetime,
) -> list[Settled]:
    """Give every family its phone; a few of those without one share that of a neighbour."""
    ordinals: list[int | None] = [place + 1 if one.phone else None for place, one in enumerate(drawn)]
    sharing = [
        place
        for place, (one, record) in enumerate(zip(drawn, records, strict=True))
        if not one.phone and record.municipality == records[0].municipality
    ]
    for shared, place in enumerate(sharing[:SHARED_PHONES], start=1):
        ordinals[place] = UNTOUCHED + shared
    numbers = {ordinal: phone_number(ordinal) for ordinal in ordinals if ordinal is not None}
    ids = contacts.ensure_many(connection, cipher, list(numbers.values()), since, demo=True)
    settled = [Settled(record, ordinal) for record, ordinal in zip(records, ordinals, strict=True)]
    connection.execute(
        insert(FamilyContact),
        [
            {"family_id": one.record.id, "contact_id": ids[numbers[one.phone]]}
            for one in settled
            if one.phone is not None
        ],
    )
    return settled


# --- waves -------------------------------------------------------------------------------------------------------


def _libreta() -> Form:
    form = compile_form(WORKBOOK.read_bytes()).form
    if form is None:
        raise ValueError(f"{WORKBOOK.name} has problems: see `surveys check`")
    return form


def _finished_wave(
    connection: Connection, form_id: int, settled: Sequence[Settled], now: datetime, random: Random
) -> int:
    """A wave of all municipalities that ended a while ago and was published; its id."""
    opened, closed = now - timedelta(days=120), now - timedelta(days=90)
    wave_id = waves.plan(
        connection,
        name="Libreta de la primera ronda",
        form_version_id=form_id,
        territory=territory.COUNTRY,
        period=(opened.date(), closed.date()),
    )
    waves.open(connection, wave_id, opened)
    invitations.create(connection, wave_id, inviting.subjects(connection, territory.COUNTRY), random, modules={})
    _answer(connection, wave_id, library.load(connection, form_id), settled, opened, random)
    closing.close_wave(connection, wave_id, closed)
    waves.publish(connection, wave_id, closed + timedelta(days=7))
    return wave_id


def _promise(connection: Connection, wave_id: int, now: datetime) -> None:
    """What was promised in public after the wave: some of it done, some due, some overdue."""
    for one in data("promises")["promises"]:
        due_on = (now + timedelta(days=one["due_in_days"])).astimezone(BOGOTA).date()
        said = {name: one[name] for name in ("territory", "actor", "said", "promise", "owner")}
        made = commitments.make(connection, Promise(wave_id, due_on=due_on, **said), None, now - timedelta(days=70))
        if "outcome" in one:
            commitments.change(
                connection,
                made,
                None,
                now - timedelta(days=20),
                state=commitments.State.DONE,
                due_on=due_on,
                promise=one["promise"],
                outcome=one["outcome"],
            )


def _open_wave(
    connection: Connection, form_id: int, settled: Sequence[Settled], opened: datetime, random: Random
) -> None:
    """A wave of one department that began some days ago."""
    wave_id = waves.plan(
        connection,
        name="Libreta de la segunda ronda",
        form_version_id=form_id,
        territory=OPEN_TERRITORY,
        period=(opened.date(), opened.date() + timedelta(days=30)),
    )
    inviting.open_wave(connection, wave_id, opened)
    here = [one for one in settled if territory.contains(OPEN_TERRITORY, one.record.municipality)]
    _answer(connection, wave_id, library.load(connection, form_id), here, opened, random)


def _answer(
    connection: Connection,
    wave_id: int,
    form: Form,
    settled: Sequence[Settled],
    opened: datetime,
    random: Random,
) -> None:
    """Let some of the invited families answer, each to the end or nearly so."""
    pilot = data("pilot")
    quality = {one["code"]: one["quality"] for one in pilot["municipalities"]}
    invited = _invited(connection, wave_id)
    for count, one in enumerate(settled, start=1):
        if count % (len(settled) // LOOKS) == 0:  # figures that staff see move while answers come in
            folding.fold_wave(connection, wave_id)
            live.advance_wave(connection, wave_id)
        if one.phone is None or one.phone <= UNTOUCHED + SHARED_PHONES:
            continue
        if random.random() >= pilot["answers"][one.record.zone]:
            continue
        opinion = Opinion(quality[one.record.municipality], random)
        _respond(connection, form, invited[one.record.id], opinion, opened, random)


def _respond(
    connection: Connection,
    form: Form,
    invitation: invitations.Invitation,
    opinion: Opinion,
    at: datetime,
    random: Random,
) -> None:
    """One response, question by question through the engine, stored as a conversation would."""
    pilot = data("pilot")
    breaks_off = random.random() < pilot["breaks_off"]
    state = engine.start(form, seed=random.getrandbits(32), now=at, zone=BOGOTA.key, preset=invitation.preset)
    asked = 0
    while (ask := engine.ask(form, state)) is not None and not (breaks_off and asked == 2):
        given = {path.rpartition("/")[2]: value for path, value in state.values.items()}
        state = engine.answer(form, state, opinion.answer(ask.name, given)).state
        asked += 1
    answers = rows(form, engine.values(form, state), {})
    channel = Channel.WHATSAPP if random.random() < pilot["whatsapp"] else Channel.SMS
    response_id = uuid4()
    responses.start(connection, response_id, invitation.id, channel.value, at)
    responses.save(connection, response_id, changes({}, answers), at)
    responses.finish(connection, response_id, complete=not breaks_off)


def _invited(connection: Connection, wave_id: int) -> Mapping[int, invitations.Invitation]:
    """The invitations of reachable families by family id."""
    found: dict[int, invitations.Invitation] = {}
    after = 0
    while batch := invitations.reachable(connection, wave_id, after=after, limit=BATCH):
        found |= {one.subject: one for one in batch if one.subject is not None}
        after = batch[-1].id
    return found


def _deliver(database: Database, at: datetime) -> None:
    """Show the invitations on the demo phones, as the dispatcher does, at the hour at which they were
    written.
    """
    while True:
        with database.transaction() as connection:
            some = [(Priority.REMINDER, BATCH), (Priority.BULK, BATCH)]
            claimed = claims.claim(connection, Route.DEMO, some, at, timedelta(minutes=5))
            if not claimed:
                return
            claims.sent(
                connection,
                [
                    claims.Sent(one.message_id, one.campaign_id, f"SIM{one.message_id.hex}", "delivered", 0)
                    for one in claimed
                ],
                at,
            )
