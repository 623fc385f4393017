"""Programmes of the demo, and families on their way through them: offered, waiting, or telling how it went.

Offers go to families beyond those of the first phones, which have nothing before them but the Libreta.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection

from bot import referral_offers, referral_timers
from bot.demo_data import data
from bot.desk import Office
from families import assignments, programmes, referrals
from families.deadlines import BOGOTA
from families.families import FamilyRecord
from families.programmes import Details, Status
from families.referrals import State
from families.territory import contains
from surveys import engine, folding, library, live, outcomes, responses
from surveys.answers import changes, rows

TEXTS = ("name", "territory", "requirements", "bring", "address", "hours", "contact")

STEP = 15


def load(
    connection: Connection,
    office: Office,
    families: Sequence[FamilyRecord],
    offered: datetime,
    now: datetime,
    random: Random,
) -> None:
    """Load the programmes, and offer them to some of these families at the moment `offered`."""
    left = list(families)
    for one in data("programmes")["programmes"]:
        programme_id = _programme(connection, one, now)
        if "offered" in one:
            some = _take(left, one["territory"], one["offered"])
            _offer(connection, office, programme_id, some, one, offered)
        if "told" in one:
            some = _take(left, one["territory"], one["told"])
            _tell(connection, programme_id, some, now, random)


def _programme(connection: Connection, one: Mapping[str, Any], now: datetime) -> int:
    today = now.astimezone(BOGOTA).date()
    appointment = one.get("appointment")
    details = Details(
        **{name: one[name] for name in TEXTS},
        achievements=tuple(one["achievements"]),
        opens_on=today + timedelta(days=one["opens"]),
        closes_on=today + timedelta(days=one["closes"]) if "closes" in one else None,
        appointment=_moment(today, **appointment) if appointment else None,
        answer_days=10,
    )
    # What is over was open once: families went through it.
    status = Status.OPEN if "told" in one else Status(one["status"])
    return programmes.create(connection, one["entity"], details, one["places"], now, status=status)


def _moment(today: date, in_days: int, hour: int) -> datetime:
    return datetime.combine(today + timedelta(days=in_days), time(hour), BOGOTA)


def _take(left: list[FamilyRecord], territory: str, count: int) -> list[FamilyRecord]:
    """The next families of a territory, each for one programme only."""
    some = [family for family in left if contains(territory, family.municipality)][:count]
    taken = {family.id for family in some}
    left[:] = [family for family in left if family.id not in taken]
    return some


def _offer(
    connection: Connection,
    office: Office,
    programme_id: int,
    some: Sequence[FamilyRecord],
    one: Mapping[str, Any],
    now: datetime,
) -> None:
    """Each family is offered the programme by its gestor; the first `accepted` of them say yes."""
    gestores = assignments.current_gestors(connection, [family.id for family in some])
    by_gestor: dict[int, dict[int, str]] = {}
    for family in some:
        by_gestor.setdefault(gestores[family.id], {})[family.id] = one["achievements"][0]
    made = [
        referral
        for gestor_id, wanted in by_gestor.items()
        for referral in referral_offers.offer(connection, office, programme_id, wanted, gestor_id, now)
    ]
    for referral in made[: one.get("accepted", 0)]:
        moved = referrals.accept(connection, referral.id, now)
        if moved is not None and moved.referral.state is State.ACCEPTED:
            referral_timers.accepted(connection, moved.referral, moved.programme, now)


def _tell(
    connection: Connection, programme_id: int, some: Sequence[FamilyRecord], now: datetime, random: Random
) -> None:
    """Families went there weeks ago, and told how they were served; then the programme was closed."""
    went = now - timedelta(days=30)
    told = data("programmes")["told"]
    programme = programmes.get(connection, programme_id)
    assert programme is not None
    wanted = dict.fromkeys((family.id for family in some), programme.details.achievements[0])
    made = referrals.propose(connection, programme_id, wanted, went + timedelta(days=3), went)
    municipalities = {family.id: family.municipality for family in some}
    for number, referral in enumerate(made, start=1):
        referrals.accept(connection, referral.id, went)
        served = random.random() < told["served"]
        referrals.told(connection, referral.id, served, now - timedelta(days=15))
        answers = ["si", _drawn(told["grades"], random)] if served else ["no", _drawn(told["reasons"], random)]
        wave_id = _respond(connection, municipalities[referral.family_id], programme.key, answers, now)
        if number % STEP == 0:
            # Figures of staff move in steps: all at once they would be none.
            folding.fold_wave(connection, wave_id)
            live.advance_wave(connection, wave_id)
    programmes.change(connection, programme_id, programme.details, Status.CLOSED, now)


def _drawn(weights: Mapping[str, int], random: Random) -> str:
    return random.choices(list(weights), weights=list(weights.values()))[0]


def _respond(connection: Connection, municipality: str, key: str, answers: Sequence[str], now: datetime) -> int:
    """One response to the questionnaire, stored as a conversation would; the wave that it is of."""
    today = now.astimezone(BOGOTA).date()
    wave_id = outcomes.current(connection, today) or outcomes.begin(connection, today, now)
    invitation = outcomes.invite(connection, wave_id, municipality, key)
    form = library.load(connection, invitation.form_version_id)
    state = engine.start(form, seed=0, now=now, zone=BOGOTA.key, preset=invitation.preset)
    for answer in answers:
        state = engine.answer(form, state, answer).state
    response_id = uuid4()
    responses.start(connection, response_id, invitation.id, "", now)
    responses.save(connection, response_id, changes({}, rows(form, engine.values(form, state), {})), now)
    responses.finish(connection, response_id, complete=True)
    return wave_id
