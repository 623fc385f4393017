"""A year of the calendar of a whole municipality, simulated hour by hour on real tables, and checked from outside.

Gestores schedule, move and cancel; families reply, change to open times, leave and come back; there are holidays, rings
get lost, workers die half way, the service is down for hours, and campaigns go out meanwhile. At the end every reminder
that was due is found exactly once: sent within the contact hours and before its session, or counted with the reason.

`YEAR_FAMILIES` is how many families take part. The default is what fits into the suite: a thousand take 0.4 s of
processor time each.
"""

import heapq
import os
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import holidays
import pytest
from sqlalchemy import insert, text

import options
import timers
from bot import alarms, session_reminders, session_scheduling
from bot.campaigns.household_cap import HouseholdCap
from bot.catalogue import Catalogue
from bot.desk import Desk, Office
from bot.dialogues.session import Note, Noted, Take, Taken
from bot.handlers import sessions as handlers
from bot.proactive import Letter, send
from bot.register import FamilyContact
from db import Database
from encryption import Cipher
from families import assignments, enrolment, slots, staff, territory
from families.sessions import Plan
from families.slots import Slot
from families.staff import Role
from messaging import claims, contacts
from messaging.address import Channel
from messaging.dispatch import LEASE
from messaging.gate import Defer, Policy, Refuse, Send, decide
from messaging.outbox import Priority, Route
from tests.families.households import SINCELEJO, family, register

FAMILIES = int(os.environ.get("YEAR_FAMILIES", "40"))
PER_GESTOR = 25
BOGOTA = ZoneInfo("America/Bogota")
FIRST_DAY = date(2026, 12, 1)
DAYS = 365
HOLIDAYS = holidays.country_holidays("CO", years=(2026, 2027))
HOURS = (8, 9, 10, 14, 16)
WEEKS_WITH_CAMPAIGNS = (6, 20, 34)
MOST_BULK = 2

Key = tuple[int, int]


def open_hours(day: date) -> tuple[datetime, datetime] | None:
    """Monday to Friday 8–19, Saturday 8–15, never on Sundays and holidays."""
    if day.weekday() == 6 or day in HOLIDAYS:
        return None
    return at(day, 8), at(day, 15 if day.weekday() == 5 else 19)


def last_open(moment: datetime) -> datetime:
    """The last minute at or before a moment at which one may write."""
    day = moment.astimezone(BOGOTA).date()
    while True:
        hours = open_hours(day)
        if hours and hours[0] <= moment:
            return min(moment, hours[1] - timedelta(minutes=1))
        day -= timedelta(days=1)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), BOGOTA).astimezone(UTC)


def local_day(moment: datetime) -> date:
    return moment.astimezone(BOGOTA).date()


@dataclass
class Standing:
    """That a session stood in the calendar of a family, as the simulation knows it."""

    starts_at: datetime
    announced_at: datetime
    ended_at: datetime | None = None

    def due(self) -> dict[int, datetime]:
        """When each reminder should go, by its lead: computed here once more, by other means."""
        morning = min(at(local_day(self.starts_at), 8), self.starts_at - timedelta(hours=1))
        wanted = {3: self.starts_at - timedelta(days=3), 1: self.starts_at - timedelta(days=1), 0: morning}
        found = {lead: last_open(moment) for lead, moment in wanted.items()}
        found = {lead: due for lead, due in found.items() if local_day(due) > local_day(self.announced_at)}
        last = {local_day(due): lead for lead, due in found.items()}
        return {lead: due for lead, due in found.items() if last[local_day(due)] == lead}


@dataclass
class Year:
    """The simulated service and what happens to it."""

    database: Database
    office: Office
    random: Random = field(default_factory=lambda: Random(2027))
    now: datetime = field(default_factory=lambda: at(FIRST_DAY, 7))
    families: list[int] = field(default_factory=list)
    phones: dict[int, int] = field(default_factory=dict)
    gestores: list[int] = field(default_factory=list)
    agenda: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    standing: dict[Key, Standing] = field(default_factory=dict)
    sounded: list[datetime] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    def plan(self, moment: datetime, action: Callable[[], None]) -> None:
        if local_day(moment) < FIRST_DAY + timedelta(days=DAYS):
            heapq.heappush(self.agenda, (moment, self.done["planned"], action))
            self.done["planned"] += 1

    def live(self) -> None:
        """Let the year pass, from one thing that happens or falls due to the next."""
        end = at(FIRST_DAY + timedelta(days=DAYS), 7)
        pauses = list(self._pauses())
        while self.now < end:
            self.now = min(max(self.now, self._next()), end)
            while self.agenda and self.agenda[0][0] <= self.now:
                heapq.heappop(self.agenda)[2]()
            if any(start <= self.now < stop for start, stop in pauses):
                self.done["ticks while down"] += 1
                self.now += timedelta(minutes=30)
                continue
            if self.random.random() < 0.03:
                self.done["rings lost"] += 1
                self.now += timedelta(minutes=self.random.choice((1, 20, 50)))
                continue
            if self.random.random() < 0.05:
                self._die_half_way()
            alarms.sound(self.database, self.office, self.now, limit=100_000)
            self.sounded.append(self.now)
            if self.random.random() < 0.05:
                alarms.sound(self.database, self.office, self.now)
            while self._deliver():
                continue

    def _deliver(self) -> int:
        """What a dispatcher does with what it may claim, all in one transaction: whole seconds of waiting would make of
        thousands of hours a day. Returns how many messages it claimed.
        """
        limits = [(Priority.REMINDER, 1_000), (Priority.BULK, 1_000)]
        with self.database.transaction() as connection:
            claimed = claims.claim(connection, Route.DEMO, limits, self.now, LEASE)
            bulk = [each.contact_id for each in claimed if each.item.priority is Priority.BULK]
            caps = HouseholdCap(clock=lambda: self.now)(connection, bulk) if bulk else {}
            sent, ended, deferred = [], [], []
            for each in claimed:
                facts = replace(each.facts, capped_until=caps.get(each.contact_id))
                match decide(facts, each.item, Policy(), self.now):
                    case Send():
                        sent.append(claims.Sent(each.message_id, 0, f"SIM{each.message_id.hex}", "delivered", 1))
                    case Refuse(reason):
                        ended.append(claims.Ended(each.message_id, each.token, "refused", reason.value))
                    case Defer(until, reason):
                        deferred.append(claims.Deferred(each.message_id, each.token, until, reason.value))
            claims.sent(connection, sent, self.now)
            claims.ended(connection, ended)
            claims.deferred(connection, deferred)
        return len(claimed)

    def _pauses(self) -> Iterator[tuple[datetime, datetime]]:
        """The service is down now and then, for up to two days."""
        for _ in range(20):
            start = at(FIRST_DAY + timedelta(days=self.random.randrange(5, DAYS - 5)), self.random.randrange(7, 18))
            yield start, start + timedelta(hours=self.random.choice((1, 3, 8, 20, 44)))

    def _next(self) -> datetime:
        with self.database.transaction() as connection:
            due = connection.scalar(
                text("SELECT least((SELECT min(due_at) FROM timers), (SELECT min(due_at) FROM outbox_queue))")
            )
        moments = [moment for moment in (due, self.agenda[0][0] if self.agenda else None) if moment]
        return min(moments, default=self.now + timedelta(days=30))

    def _die_half_way(self) -> None:
        """A worker is killed after it has written a reminder and before it commits."""
        connection = self.database.engine.connect()
        for timer in timers.take_due(connection, self.now):
            session_reminders.go_off(connection, timer, self.office, self.now)
            self.done["killed half way"] += 1
        connection.rollback()
        connection.close()

    # --- who lives here ---------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Families with their gestores; most have a phone, some share one, some have none."""
        with self.database.transaction() as connection:
            territory.load(connection)
            self.gestores = [
                staff.add(
                    connection,
                    login=f"gestor{number}",
                    name=f"Gestora {number}",
                    role=Role.GESTOR,
                    password="una clave de prueba",
                    territories=(SINCELEJO,),
                ).id
                for number in range(-(-FAMILIES // PER_GESTOR))
            ]
            new = [family(head=f"Familia Número {number}") for number in range(FAMILIES)]
            self.families = [record.id for record in register(connection, self.office.cipher, *new)]
            enrolment.sign(connection, self.families, self.now)
            for number, gestor_id in enumerate(self.gestores):
                own = self.families[number * PER_GESTOR : (number + 1) * PER_GESTOR]
                assignments.assign(connection, own, gestor_id, self.now)
            numbers = [f"+57300{number:07}" for number in range(FAMILIES)]
            known = contacts.ensure_many(connection, self.office.cipher, numbers, self.now, demo=True)
            for number, family_id in enumerate(self.families):
                if number % 12:
                    shared = number > 0 and self.random.random() < 0.04
                    self.phones[family_id] = known[numbers[number - 1 if shared else number]]
            rows = [{"family_id": one, "contact_id": phone} for one, phone in self.phones.items()]
            connection.execute(insert(FamilyContact), rows)

    def gestor_of(self, family_id: int) -> int:
        return self.gestores[self.families.index(family_id) // PER_GESTOR]

    # --- what happens -----------------------------------------------------------------------------------------

    def fill_agenda(self) -> None:
        """Baseline, life plan and follow-ups of every family, meetings of many, people who leave, campaigns."""
        for family_id in self.families:
            entry = self.random.randrange(45)
            offsets = [7, 21, 35, 49, 75, 105, *range(150, DAYS, 60)]
            for offset in offsets:
                day = FIRST_DAY + timedelta(days=entry + offset + self.random.randrange(-3, 4))
                self._will_schedule(day, [family_id])
            if family_id % 10 == 0:
                self._will_leave(family_id)
        for _ in range(max(2, FAMILIES // 100)):
            day = FIRST_DAY + timedelta(days=self.random.randrange(60, DAYS - 10))
            gestor = self.random.randrange(len(self.gestores))
            own = self.families[gestor * PER_GESTOR : (gestor + 1) * PER_GESTOR]
            self._will_schedule(day, own)
        for gestor_id in self.gestores:
            for week in range(2, 50, 2):
                day = FIRST_DAY + timedelta(weeks=week, days=self.random.randrange(5))
                self.plan(at(day, 7), self._opening(gestor_id, at(day + timedelta(days=5), 11)))
        for week in WEEKS_WITH_CAMPAIGNS:
            for number in range(3):
                day = FIRST_DAY + timedelta(weeks=week, days=2 * number)
                life = timedelta(days=6 if number < MOST_BULK else 2)
                self.plan(at(day, 10), self._campaign(f"{week}:{number}", life))

    def _will_schedule(self, day: date, family_ids: list[int]) -> None:
        while (day.weekday() == 6 or day in HOLIDAYS) and self.random.random() < 0.97:
            day += timedelta(days=1)
        starts_at = at(day, self.random.choice(HOURS))
        told = day - timedelta(days=self.random.choice((1, 2, 3, 4, 7, 12, 20)))
        moment = max(at(told, self.random.choice((7, 11, 17))), self.now)
        self.plan(moment, lambda: self._schedule(starts_at, family_ids))

    def _schedule(self, starts_at: datetime, family_ids: list[int]) -> None:
        if starts_at <= self.now + timedelta(hours=1):
            return
        many = len(family_ids) > 1
        kind, place = ("community", "Salón comunal") if many else ("follow_up", self.random.choice(("", "Alcaldía")))
        gestor_id = self.gestor_of(family_ids[0])
        plan = Plan(kind, gestor_id, SINCELEJO, starts_at, 60, place)
        with self.database.transaction() as connection:
            batch = session_scheduling.schedule(connection, self.office, plan, family_ids, gestor_id, self.now)
            session_id = connection.scalar(
                text("SELECT session_id FROM session_changes WHERE batch = :batch"), {"batch": batch}
            )
        assert session_id is not None
        self._stands(session_id, family_ids, starts_at)
        self._what_follows(session_id, starts_at, family_ids)

    def _stands(self, session_id: int, family_ids: list[int], starts_at: datetime) -> None:
        self.done["sessions"] += 1
        for family_id in family_ids:
            self.standing[session_id, family_id] = Standing(starts_at, self.now)

    def _what_follows(self, session_id: int, starts_at: datetime, family_ids: list[int]) -> None:
        left = starts_at - self.now
        some_time = (self.now + left * self.random.uniform(0.05, 0.98)).replace(minute=0, second=0, microsecond=0)
        draw = self.random.random()
        if draw < 0.10:
            later = starts_at + timedelta(days=self.random.choice((-1, 1, 2, 7)))
            self.plan(some_time, lambda: self._move(session_id, later, family_ids))
        elif draw < 0.16:
            self.plan(some_time, lambda: self._cancel(session_id, family_ids))
        elif draw < 0.60:
            choice = self.random.choices(("going", "cannot", "other_day"), (6, 1, 2))[0]
            self.plan(some_time, lambda: self._reply(session_id, self.random.choice(family_ids), choice))

    def _end(self, session_id: int, family_ids: list[int]) -> list[int]:
        """Note that a session stands no longer for those families for whom it did; returns these."""
        keys = [(session_id, one) for one in family_ids if self.standing[session_id, one].ended_at is None]
        for key in keys:
            self.standing[key].ended_at = self.now
        return [family_id for _, family_id in keys]

    def _still_on(self, session_id: int) -> bool:
        with self.database.transaction() as connection:
            found = text("SELECT state = 'scheduled' AND starts_at > :now FROM family_sessions WHERE id = :id")
            return bool(connection.scalar(found, {"id": session_id, "now": self.now}))

    def _in_it(self, session_id: int) -> list[int]:
        with self.database.transaction() as connection:
            found = text("SELECT family_id FROM session_families WHERE session_id = :id AND moved_to IS NULL")
            return list(connection.scalars(found, {"id": session_id}))

    def _move(self, session_id: int, starts_at: datetime, family_ids: list[int]) -> None:
        if not self._still_on(session_id) or starts_at <= self.now + timedelta(hours=1):
            return
        staying, gestor_id = self._in_it(session_id), self.gestor_of(family_ids[0])
        with self.database.transaction() as connection:
            batch: UUID = session_scheduling.move(
                connection, self.office, session_id, starts_at, "Alcaldía", 60, gestor_id, self.now
            )
            new_id = connection.scalar(
                text("SELECT session_id FROM session_changes WHERE batch = :batch"), {"batch": batch}
            )
        assert new_id is not None
        self.done["moved"] += 1
        self._end(session_id, family_ids)
        self._stands(new_id, staying, starts_at)

    def _cancel(self, session_id: int, family_ids: list[int]) -> None:
        if not self._still_on(session_id):
            return
        with self.database.transaction() as connection:
            session_scheduling.cancel(connection, self.office, session_id, self.gestor_of(family_ids[0]), self.now)
        self.done["cancelled"] += 1
        self._end(session_id, family_ids)

    def _reply(self, session_id: int, family_id: int, choice: str) -> None:
        """What a family says, as its dialogue has it carried out."""
        phone = self.phones.get(family_id)
        if phone is None or family_id not in self._in_it(session_id):
            return
        with self.database.transaction() as connection:
            connection.execute(
                text("UPDATE contacts SET last_inbound_at = :now, last_channel = 'sms' WHERE id = :id"),
                {"id": phone, "now": self.now},
            )
            desk = Desk(connection, self.office, phone, Channel.SMS, 0, self.now)
            answer = handlers.note(Note(family_id, (session_id,), choice), desk)
            if not isinstance(answer, Noted):
                return
            self.done[f"said {choice}"] += 1
            if choice == "going":
                return
            self._end(session_id, [family_id])
            if choice == "other_day" and answer.slots:
                taken = handlers.take(Take(family_id, session_id, answer.slots[0].id), desk)
                if isinstance(taken, Taken):
                    self.done["open times taken"] += 1
                    self._stands(taken.visit.id, [family_id], taken.visit.starts_at)

    def _opening(self, gestor_id: int, starts_at: datetime) -> Callable[[], None]:
        def act() -> None:
            with self.database.transaction() as connection:
                first = Slot(0, gestor_id, SINCELEJO, "", starts_at, 60, UUID(int=0), None)
                slots.open_slots(connection, first, 2, self.now)

        return act

    def _will_leave(self, family_id: int) -> None:
        phone = self.phones.get(family_id)
        if phone is None:
            return
        day = FIRST_DAY + timedelta(days=self.random.randrange(20, 200))
        self.plan(at(day, 12), lambda: self._act(contacts.stop, phone, "left"))
        if self.random.random() < 0.5:
            back = at(day + timedelta(days=self.random.randrange(2, 60)), 12)
            self.plan(back, lambda: self._act(contacts.start, phone, "came back"))
        elif self.random.random() < 0.3:
            self.plan(at(day, 13), lambda: self._act(contacts.quarantine, phone, "wrong numbers"))

    def _act(self, change: Callable[..., None], phone: int, what: str) -> None:
        with self.database.transaction() as connection:
            change(connection, phone, self.now)
        self.done[what] += 1

    def _campaign(self, name: str, life: timedelta) -> Callable[[], None]:
        def act() -> None:
            letters = [Letter(phone, "survey.nudge", f"bulk:{name}:{phone}") for phone in set(self.phones.values())]
            with self.database.transaction() as connection:
                limit = self.now + life
                send(connection, self.office.texts, letters, "campaign", Priority.BULK, self.now, limit)

        return act


# --- what is checked -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Records:
    """What the service wrote down in that year."""

    decided: dict[tuple[int, int, int], Any]
    messages: dict[str, list[Any]]

    @classmethod
    def read(cls, database: Database) -> "Records":
        with database.transaction() as connection:
            decided = connection.execute(text("SELECT * FROM session_reminders")).all()
            messages = connection.execute(
                text("SELECT dedupe_key, contact_id, status, reason, sent_at, priority FROM messages")
            ).all()
        by_key: dict[str, list[Any]] = defaultdict(list)
        for message in messages:
            by_key[message.dedupe_key].append(message)
        return cls({(row.session_id, row.family_id, row.lead): row for row in decided}, by_key)


@pytest.fixture(scope="module")
def lived(module_database: Database) -> tuple[Year, Records]:
    year = Year(module_database, Office(Cipher(bytes(range(64))), Catalogue.read()))
    year.settle()
    year.fill_agenda()
    year.live()
    return year, Records.read(module_database)


def test_every_reminder_that_was_due_is_found_once(lived: tuple[Year, Records]) -> None:
    year, records = lived
    told: Counter[str] = Counter()
    allowed = set()
    for (session_id, family_id), stood in year.standing.items():
        for lead, due in stood.due().items():
            key = (session_id, family_id, lead)
            place = bisect_left(year.sounded, due)
            looked_at = year.sounded[place] if place < len(year.sounded) else None
            if looked_at is None:
                continue
            standing = stood.ended_at is None or stood.ended_at > looked_at
            began = at(local_day(due), 0)
            if standing:
                assert key in records.decided, f"{key} was due at {due} and is nowhere"
                told[records.decided[key].reason or "sent"] += 1
            if standing or (stood.ended_at is not None and stood.ended_at > began):
                allowed.add(key)
    assert set(records.decided) <= allowed, "a reminder of what did not stand any more"
    print(f"\n{FAMILIES} families, {len(year.standing)} calendar entries: {dict(year.done)}\nreminders: {dict(told)}")
    assert told["sent"] > 5 * FAMILIES
    assert {"sent", "no_phone", "stopped", "too_late"} <= set(told)


def test_what_was_sent_left_once_in_open_hours_and_before_its_session(lived: tuple[Year, Records]) -> None:
    year, records = lived
    fates: Counter[str] = Counter()
    for (session_id, family_id, _lead), row in records.decided.items():
        if row.letter is None:
            continue
        (message,) = records.messages[row.letter]
        fates[message.reason or message.status] += 1
        if message.sent_at is None:
            assert message.status == "refused", "what did not leave is counted with its reason"
            assert message.reason
            continue
        stood = year.standing[session_id, family_id]
        hours = open_hours(local_day(message.sent_at))
        assert hours is not None
        assert hours[0] <= message.sent_at < hours[1]
        assert message.sent_at < stood.starts_at
        assert message.sent_at in year.sounded
        assert stood.ended_at is None or message.sent_at <= stood.ended_at, "nothing is said of what does not stand"
    print(f"\nreminders with a message: {dict(fates)}")
    assert fates["delivered"] > 5 * FAMILIES


def test_a_family_gets_one_reminder_a_day_at_most(lived: tuple[Year, Records]) -> None:
    _, records = lived
    letters = {(row.family_id, row.letter): row for row in records.decided.values() if row.letter}
    days = Counter((family_id, local_day(row.decided_at)) for (family_id, _), row in letters.items())
    assert set(days.values()) == {1}


def test_every_reminder_message_carries_a_reminder(lived: tuple[Year, Records]) -> None:
    _, records = lived
    carried = {row.letter for row in records.decided.values()}
    for key, found in records.messages.items():
        if key and key.startswith(session_reminders.KIND):
            assert len(found) == 1
            assert key in carried or found[0].status == "canceled"


def test_no_household_gets_more_campaigns_in_a_week_than_the_cap_allows(lived: tuple[Year, Records]) -> None:
    year, records = lived
    assert options.WEEKLY_CAP.default == MOST_BULK
    by_phone: dict[int, list[datetime]] = defaultdict(list)
    fates: Counter[str] = Counter()
    for found in records.messages.values():
        for message in found:
            if message.priority == Priority.BULK:
                fates[message.reason or message.status] += 1
                if message.sent_at:
                    by_phone[message.contact_id].append(message.sent_at)
    print(f"\ncampaigns: {dict(fates)}")
    assert fates["cap"] > 0
    for moments in by_phone.values():
        moments.sort()
        for first, third in zip(moments, moments[MOST_BULK:], strict=False):
            assert third - first >= timedelta(days=7)
    assert len(by_phone) > 0.8 * len(set(year.phones.values()))


@pytest.fixture(scope="module")
def module_database(servers: dict[str, str], template: str) -> Iterator[Database]:
    """A database for one year, which all tests of this module read."""
    import uuid

    from local.postgres import connect, create_database
    from tests.conftest import database_url
    from tests.databases import drop_database

    name = f"year_{uuid.uuid4().hex}"
    with connect(servers["DATABASE_URL"], "postgres") as administration:
        create_database(administration, name, template)
        database = Database(database_url(servers, name).replace("postgresql://", "postgresql+psycopg://"))
        try:
            yield database
        finally:
            database.close()
            drop_database(administration, name)
