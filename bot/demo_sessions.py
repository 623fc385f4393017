"""Sessions of the demo: those that every family had, and the calendar of each gestor for the days to come."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from random import Random
from uuid import UUID

from sqlalchemy import Connection, text

from bot import session_reminders
from families import assignments, session_changes, slots
from families.deadlines import BOGOTA, is_business_day
from families.families import FamilyRecord
from families.sessions import Plan, Reply
from families.slots import Slot

BY_GESTOR = 6
"""Families with a session in the days to come."""
HOURS = (time(9), time(10, 30), time(14), time(15, 30))
PLACES = ("", "", "", "Alcaldía, segundo piso")
ANSWERS = (Reply.GOING, Reply.GOING, None, None, Reply.OTHER_DAY, Reply.CANNOT)
SLOT_DAYS = (6, 7, 8)

_HAD = text(
    """
    WITH had AS (
        SELECT nextval(pg_get_serial_sequence('family_sessions', 'id')) AS id, families.id AS family_id, gestor_id,
               municipality_code, kind, registered_at + make_interval(days => day) AS starts_at
        FROM families
        JOIN gestor_assignments ON gestor_assignments.family_id = families.id AND until IS NULL
        CROSS JOIN (VALUES ('baseline', 9), ('baseline', 23), ('baseline', 37), ('baseline', 51),
                           ('life_plan', 79), ('life_plan', 107)) AS way (kind, day)
    ), held AS (
        INSERT INTO family_sessions (id, kind, gestor_id, municipality_code, starts_at, minutes, state, created_at)
        SELECT id, kind, gestor_id, municipality_code, starts_at, 60, 'held', starts_at - interval '7 days' FROM had
    )
    INSERT INTO session_families (session_id, family_id, attendance, recorded_at, recorded_by)
    SELECT id, family_id, 'attended', starts_at + interval '2 hours', gestor_id FROM had
    """
)


def load(connection: Connection, families: Sequence[FamilyRecord], now: datetime, random: Random) -> None:
    """Give all families the sessions of their first months, and some of `families` one in the days to come.

    Nothing is said of them: the reminders begin with the next that is due.
    """
    connection.execute(_HAD)
    gestores = assignments.current_gestors(connection, [one.id for one in families])
    groups: dict[int, list[FamilyRecord]] = defaultdict(list)
    for one in families:
        if one.id in gestores:
            groups[gestores[one.id]].append(one)
    days = list(islice(_days(now.astimezone(BOGOTA).date()), max(SLOT_DAYS) + 1))
    for gestor_id, group in groups.items():
        _plan(connection, gestor_id, group[:BY_GESTOR], days, now, random)
        _open(connection, gestor_id, group[0].municipality, days, now)
    session_reminders.plan(connection, [one.id for group in groups.values() for one in group[:BY_GESTOR]], now)


def _plan(
    connection: Connection,
    gestor_id: int,
    families: Sequence[FamilyRecord],
    days: Sequence[date],
    now: datetime,
    random: Random,
) -> None:
    for place, (one, said) in enumerate(zip(families, ANSWERS, strict=False)):
        starts_at = datetime.combine(days[place // 2], HOURS[place % 2], BOGOTA)
        plan = Plan("follow_up", gestor_id, one.municipality, starts_at, 60, random.choice(PLACES))
        session_id = session_changes.schedule(connection, plan, [one.id], now - timedelta(days=5))
        if said is not None:
            session_changes.reply(connection, session_id, one.id, said, now - timedelta(hours=place + 1))


def _open(connection: Connection, gestor_id: int, municipality: str, days: Sequence[date], now: datetime) -> None:
    for day in SLOT_DAYS:
        starts_at = datetime.combine(days[day], HOURS[-1], BOGOTA)
        slots.open_slots(connection, Slot(0, gestor_id, municipality, "", starts_at, 60, UUID(int=0), None), 2, now)


def _days(today: date) -> Iterator[date]:
    """The working days after today."""
    day = today
    while True:
        day += timedelta(days=1)
        if is_business_day(day):
            yield day
