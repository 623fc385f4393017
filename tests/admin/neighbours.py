"""How to make one of each kind of thing that an address of the staff's web can name, in a municipality of choice.

Whoever adds a route with an argument (`<int:family_id>`) adds a line to `MAKERS`: the matrix test (`test_matrix.py`)
then asks for that thing from the municipality next door, and fails as long as the argument has no line here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import randrange
from uuid import UUID

from sqlalchemy import Connection, insert, text

from bot import correspondence
from bot.campaigns import plans as campaign_plans
from bot.campaigns import saved_filters
from bot.campaigns.filters import Filter
from bot.campaigns.script import Kind as Announced
from bot.catalogue import Catalogue
from bot.emergency_alerts import EmergencyAlert
from encryption import Cipher
from families import (
    assignments,
    complaints,
    enrolment,
    families,
    news,
    obstacles,
    programmes,
    referrals,
    session_changes,
    slots,
    yearly_plans,
)
from families.complaints import About, Kind, NewComplaint
from families.families import FamilyRecord, NewFamily, NewMember, Relation, Zone
from families.programmes import Details, Status
from families.sessions import Plan
from families.slots import Slot
from families.staff import Staff
from messaging import contacts
from surveys import commitments, library, waves
from surveys.commitments import Promise
from surveys.compile import compile_form
from surveys.forms.build import WORKBOOK

MARK = "Zutana Vecina"
"""Name of everybody, and beginning of every text, that a maker puts into a thing: no neighbour may read it."""


@dataclass(frozen=True, slots=True)
class Village:
    """A municipality with its gestor, in which things are made."""

    connection: Connection
    cipher: Cipher
    municipality: str
    gestor: Staff
    now: datetime

    def family(self) -> FamilyRecord:
        """A signed family that the gestor accompanies."""
        head = NewMember(MARK, "female", Relation.HEAD, None, "CC 64555321")
        new = NewFamily(self.municipality, Zone.URBAN, (head,))
        (record,) = families.register(self.connection, self.cipher, [new], self.now)
        enrolment.sign(self.connection, [record.id], self.now)
        assignments.assign(self.connection, [record.id], self.gestor.id, self.now)
        return record

    def session(self) -> int:
        """A session of the gestor with a family."""
        plan = Plan("follow_up", self.gestor.id, self.municipality, self.now + timedelta(days=2), 60, f"{MARK}, salón")
        return session_changes.schedule(self.connection, plan, [self.family().id], self.now)

    def slot(self) -> int:
        """An open time of the gestor, a minute after the one before."""
        before = slots.listing(self.connection, self.gestor.id, self.now, self.now + timedelta(days=9))
        starts_at = self.now + timedelta(days=3, minutes=len(before))
        first = Slot(0, self.gestor.id, self.municipality, f"{MARK}, salón", starts_at, 60, UUID(int=0), None)
        slots.open_slots(self.connection, first, 1, self.now)
        return slots.listing(self.connection, self.gestor.id, self.now, self.now + timedelta(days=9))[-1].id

    def complaint(self) -> int:
        """Two requests of a family; the one to have its data erased is what more pages are about."""
        family_id = self.family().id
        for kind in (Kind.CLAIM, Kind.DATA_DELETION):
            new = NewComplaint(kind, About.OTHER, MARK, family_id=family_id, municipality=self.municipality)
            filed = complaints.file(self.connection, self.cipher, new, self.now)
        return filed.id

    def thread(self) -> int:
        """What a family wrote to its gestor."""
        family_id, phone = self.family().id, f"+57310777{randrange(10_000):04}"
        contact_id = contacts.ensure_many(self.connection, self.cipher, [phone], self.now)[phone]
        thread = correspondence.begin(self.connection, contact_id, family_id, self.now, reserved=False)
        correspondence.write(self.connection, self.cipher, thread.id, MARK, self.now)
        return thread.id

    def obstacle(self) -> int:
        """An obstacle that the gestor wrote down."""
        return obstacles.raise_one(self.connection, self.gestor, MARK, self.municipality, "", MARK, self.now)

    def alert(self) -> int:
        """A notice of danger."""
        row = {"danger": "danger", "municipality_code": self.municipality, "wants_call": False, "at": self.now}
        statement = insert(EmergencyAlert).values(row).returning(EmergencyAlert.id)
        return self.connection.execute(statement).scalar_one()

    def news(self) -> int:
        """Something that the gestor should know of a family."""
        family_id = self.family().id
        news.tell(self.connection, family_id, news.Kind.PHONE_ADDED, self.now)
        return int(self.connection.scalar(text("SELECT max(id) FROM family_news")) or 0)

    def programme(self) -> int:
        """A programme of an entity next door."""
        details = Details(MARK, ("IT1",), self.municipality, MARK, MARK, MARK, MARK, MARK, self.now.date())
        return programmes.create(self.connection, MARK, details, 5, self.now, status=Status.OPEN)

    def referral(self) -> int:
        """A family's referral there."""
        wanted = {self.family().id: "IT1"}
        answer_by = self.now + timedelta(days=3)
        (made,) = referrals.propose(self.connection, self.programme(), wanted, answer_by, self.now)
        return made.id

    def campaign(self) -> int:
        """A campaign of the municipality that nobody has started."""
        about = campaign_plans.Plan(MARK, Announced.ANNOUNCEMENT, Filter((self.municipality,)), written={"es": MARK})
        return campaign_plans.draft(self.connection, about, Catalogue.read(), self.now, self.gestor.id)

    def filter(self) -> int:
        """An audience of the municipality."""
        return saved_filters.save(self.connection, MARK, Filter((self.municipality,)), self.gestor.id, self.now)

    def plan(self) -> int:
        """What the gestor sets out to do in a year, returned by the coordination to be written anew."""
        year, returned = 2_000 + randrange(30_000), yearly_plans.Status.RETURNED
        made = yearly_plans.write(self.connection, self.gestor, year, MARK, [MARK] * 4, self.now, send=True)
        yearly_plans.decide(self.connection, made, returned, MARK, self.now, self.gestor.id)
        return made

    def wave(self) -> int:
        """A wave of the municipality that is planned."""
        form = compile_form(WORKBOOK.read_bytes()).form
        assert form is not None
        today = self.now.date()
        return waves.plan(
            self.connection,
            name=MARK,
            form_version_id=library.publish(self.connection, form, WORKBOOK.read_bytes(), self.now),
            territory=self.municipality,
            period=(today, today + timedelta(days=30)),
        )

    def commitment(self) -> int:
        """A promise made to the families of the municipality."""
        due_on = self.now.date() + timedelta(days=30)
        promise = Promise(self.wave(), self.municipality, "", MARK, MARK, MARK, due_on)
        return commitments.make(self.connection, promise, self.gestor.id, self.now)


MAKERS: Mapping[str, Callable[[Village], object]] = {
    "alert_id": lambda village: village.alert(),
    "campaign_id": lambda village: village.campaign(),
    "commitment_id": lambda village: village.commitment(),
    "complaint_id": lambda village: village.complaint(),
    "family_id": lambda village: village.family().id,
    "gestor_id": lambda village: village.gestor.id,
    "filter_id": lambda village: village.filter(),
    "obstacle_id": lambda village: village.obstacle(),
    "news_id": lambda village: village.news(),
    "plan_id": lambda village: village.plan(),
    "programme_id": lambda village: village.programme(),
    "referral_id": lambda village: village.referral(),
    "session_id": lambda village: village.session(),
    "slot_id": lambda village: village.slot(),
    "thread_id": lambda village: village.thread(),
    "round_id": lambda village: village.wave(),
    "wave_id": lambda village: village.wave(),
}
"""By the name of the route's argument: makes one and returns its value."""

OF_NO_PLACE: Mapping[str, str] = {
    "actor": "one who is graded: a programme, not a place",
    "comment_id": "asked for together with its wave, whose territory decides",
    "closing_id": "a month of the whole country; its page shows one's own territories of it",
    "draft_id": "a form that is not published, seen by the national coordination only",
    "name": "a setting of the service",
    "staff_id": "an account, seen by the administrator only",
    "version_id": "a published form, the same for the whole country",
    "year": "a year",
    "code": "an achievement of the catalogue, the same for the whole country",
    "token": "a sealed address that names one picture for two days",
    "what": "what is done with an obstacle",
}
"""Arguments of the staff's routes that name nothing of a municipality, and why that is so."""
