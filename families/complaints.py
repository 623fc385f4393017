"""Requests and complaints (*PQR*) and claims about one's own data: each with a number, a clock and an answer.

What a person asks for is a petition, and every petition has a term: Ley 1755 of 2015, articles 14, 16 and 21; Ley 1581
of 2012, articles 14 and 15, where it is about personal data. A complaint about a gestor is `reserved`: it goes past
every gestor. What people wrote and what they were answered is sealed. The phone that filed it is kept in `bot/`, if
the person wanted to be known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Connection,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Row,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

import timers
from db import Base
from encryption import Cipher
from families import deadlines, radicado
from families.deadlines import BOGOTA, Request
from families.families import one_of

TEXT, ANSWER = "complaint text", "complaint answer"
"""What the cipher is told that it seals."""

LONGEST_TEXT = 4_000
CLOCK = "complaint_clock"
"""The kind of the timers that watch terms."""
REMIND_AT = time(8, 0)
"""When the staff is reminded, in Bogotá."""
SOON_DAYS, TRANSFER_SOON_DAYS = 3, 1
"""Business days before the end of a term at which the staff is reminded."""


class Kind(StrEnum):
    """What is asked for; it decides the term."""

    PETITION = "petition"
    INFORMATION = "information"
    CONSULTATION = "consultation"
    COMPLAINT = "complaint"
    """About how somebody behaved (*queja*)."""
    CLAIM = "claim"
    """About a service that was not given, or was given badly (*reclamo*)."""
    DATA_CONSULTATION = "data_consultation"
    DATA_CORRECTION = "data_correction"
    DATA_WITHDRAWAL = "data_withdrawal"
    """Leave the programme: no more is done with the data."""
    DATA_DELETION = "data_deletion"


ABOUT_DATA = frozenset({Kind.DATA_CONSULTATION, Kind.DATA_CORRECTION, Kind.DATA_WITHDRAWAL, Kind.DATA_DELETION})

TERMS = {
    Kind.PETITION: Request.PETITION,
    Kind.INFORMATION: Request.INFORMATION,
    Kind.CONSULTATION: Request.CONSULTATION,
    Kind.COMPLAINT: Request.PETITION,
    Kind.CLAIM: Request.PETITION,
    Kind.DATA_CONSULTATION: Request.DATA_CONSULTATION,
    Kind.DATA_CORRECTION: Request.DATA_CLAIM,
    Kind.DATA_WITHDRAWAL: Request.DATA_CLAIM,
    Kind.DATA_DELETION: Request.DATA_CLAIM,
}


class About(StrEnum):
    """Whom it is about, as the person said."""

    PROGRAMME = "programme"
    GESTOR = "gestor"
    MUNICIPALITY = "municipality"
    OTHER = "other"


class Category(StrEnum):
    """What it is about; the staff sets it."""

    TREATMENT = "treatment"
    DELAY = "delay"
    MONEY = "money"
    """Money or a favour was asked for."""
    PLACES = "places"
    PAYMENT = "payment"
    """A subsidy or payment did not come, or not all of it."""
    OTHER = "other"


class Status(StrEnum):
    """How far it is."""

    RECEIVED = "received"
    TRANSFERRED = "transferred"
    """With the entity that is competent, whose term runs from then on (Ley 1755, article 21)."""
    ANSWERED = "answered"


class Step(StrEnum):
    """What happened to it."""

    FILED = "filed"
    CLASSIFIED = "classified"
    TRANSFERRED = "transferred"
    EXTENDED = "extended"
    DUE_SOON = "due_soon"
    TRANSFER_DUE_SOON = "transfer_due_soon"
    OVERDUE = "overdue"
    ANSWERED = "answered"
    RATED = "rated"
    RESERVED = "reserved"
    """The coordination read that it speaks of a gestor."""
    UNRESERVED = "unreserved"


class ComplaintRow(Base):
    """One request. `family_id` is empty where the person is unknown or wants to stay so."""

    __tablename__ = "complaints"
    __table_args__ = (
        one_of("kind", Kind),
        one_of("about", About),
        one_of("category", Category),
        one_of("status", Status),
        CheckConstraint("(status = 'answered') = (answered_at IS NOT NULL)", name="answered"),
        Index("ix_complaints_family_id", "family_id", postgresql_where=text("family_id IS NOT NULL")),
        Index("ix_complaints_municipality_code_due_at", "municipality_code", "due_at"),
        Index("ix_complaints_open", "due_at", postgresql_where=text("status <> 'answered'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(start=radicado.FIRST_SERIAL), primary_key=True)
    radicado: Mapped[str] = mapped_column(CHAR(9), unique=True)
    kind: Mapped[str]
    about: Mapped[str]
    category: Mapped[str]
    reserved: Mapped[bool]
    entity: Mapped[str] = mapped_column(server_default="")
    family_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="SET NULL"))
    municipality_code: Mapped[str | None] = mapped_column(CHAR(5), ForeignKey("municipalities.code"))
    text: Mapped[bytes | None]
    """Empty once its owner had it erased."""
    status: Mapped[str] = mapped_column(server_default=Status.RECEIVED)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    transfer_due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    extended: Mapped[bool] = mapped_column(server_default="false")
    transferred_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answer: Mapped[bytes | None]
    satisfied: Mapped[bool | None]


class ComplaintStep(Base):
    """One thing that happened to a request. `staff_id` is empty for what the person or the clock did."""

    __tablename__ = "complaint_steps"
    __table_args__ = (one_of("step", Step), Index("ix_complaint_steps_complaint_id", "complaint_id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    complaint_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("complaints.id", ondelete="CASCADE"))
    step: Mapped[str]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    staff_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))


class ComplaintStateError(Exception):
    """The request is not in the state that the step needs."""


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """A request to be filed. `municipality` is where it belongs, as far as known."""

    kind: Kind
    about: About
    text: str
    reserved: bool = False
    category: Category = Category.OTHER
    family_id: int | None = None
    municipality: str | None = None


@dataclass(frozen=True, slots=True)
class Complaint:
    """A request without its words: what lists and dialogues work with."""

    id: int
    radicado: str
    kind: Kind
    about: About
    category: Category
    reserved: bool
    entity: str
    family_id: int | None
    municipality: str | None
    status: Status
    received_at: datetime
    transfer_due_at: datetime
    due_at: datetime
    extended: bool
    transferred_at: datetime | None
    answered_at: datetime | None
    satisfied: bool | None

    @property
    def last_day(self) -> date:
        """The last day, in Bogotá, on which the answer is in time."""
        return _last_day(self.due_at)

    @property
    def transfer_last_day(self) -> date:
        """The last day on which it may be sent on to another authority."""
        return _last_day(self.transfer_due_at)

    @property
    def open(self) -> bool:
        return self.status is not Status.ANSWERED

    def days_left(self, now: datetime) -> int:
        """Business days left to answer; negative once it is overdue."""
        return deadlines.business_days_left(now.astimezone(BOGOTA).date(), self.last_day)


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the history of a request."""

    step: Step
    at: datetime
    staff_id: int | None


COLUMNS = tuple(
    ComplaintRow.municipality_code.label(name) if name == "municipality" else getattr(ComplaintRow, name)
    for name in Complaint.__dataclass_fields__
)
"""What is read of a request; `as_complaint` makes one of it."""


def file(connection: Connection, cipher: Cipher, new: NewComplaint, now: datetime) -> Complaint:
    """File a request: from here on its clock runs."""
    serial = connection.scalar(text("SELECT nextval(pg_get_serial_sequence('complaints', 'id'))"))
    assert serial is not None
    row = connection.execute(
        insert(ComplaintRow)
        .values(
            id=serial,
            radicado=radicado.issue(serial),
            kind=new.kind,
            about=new.about,
            category=new.category,
            reserved=new.reserved,
            family_id=new.family_id,
            municipality_code=new.municipality,
            text=cipher.seal(new.text[:LONGEST_TEXT] or "–", TEXT),
            received_at=now,
            transfer_due_at=deadlines.due_at(Request.TRANSFER, now),
            due_at=deadlines.due_at(TERMS[new.kind], now),
        )
        .returning(*COLUMNS)
    ).one()
    complaint = as_complaint(row)
    happened(connection, complaint.id, Step.FILED, now)
    _watch(connection, complaint, now)
    return complaint


def get(connection: Connection, complaint_id: int, *, lock: bool = False) -> Complaint | None:
    """A request by its id, locked until the transaction ends if wanted."""
    query = select(*COLUMNS).where(ComplaintRow.id == complaint_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else as_complaint(row)


def by_radicado(connection: Connection, typed: str) -> Complaint | None:
    """The request of a radicado as somebody typed it; None if it is wrong or unknown."""
    number = radicado.read(typed)
    if number is None:
        return None
    row = connection.execute(select(*COLUMNS).where(ComplaintRow.radicado == number)).one_or_none()
    return None if row is None else as_complaint(row)


def words(connection: Connection, cipher: Cipher, complaint_id: int) -> tuple[str, str]:
    """What was written and what was answered; empty where there is nothing, or nothing any more."""
    row = connection.execute(
        select(ComplaintRow.text, ComplaintRow.answer).where(ComplaintRow.id == complaint_id)
    ).one()
    return cipher.open(row.text, TEXT) if row.text else "", cipher.open(row.answer, ANSWER) if row.answer else ""


def history(connection: Connection, complaint_id: int) -> Sequence[Happened]:
    """What happened to a request, in order."""
    rows = connection.execute(
        select(ComplaintStep.step, ComplaintStep.at, ComplaintStep.staff_id)
        .where(ComplaintStep.complaint_id == complaint_id)
        .order_by(ComplaintStep.id)
    )
    return [Happened(Step(row.step), row.at, row.staff_id) for row in rows]


def classify(connection: Connection, complaint_id: int, category: Category, staff_id: int, now: datetime) -> None:
    """Say what a request is about. Raises ComplaintStateError if it is answered."""
    _open(connection, complaint_id)
    _change(connection, complaint_id, category=category)
    happened(connection, complaint_id, Step.CLASSIFIED, now, staff_id)


def reserve(connection: Connection, complaint_id: int, staff_id: int, now: datetime) -> None:
    """Hide a request, answered or not, from every gestor. Raises ComplaintStateError if it is reserved already."""
    complaint = get(connection, complaint_id, lock=True)
    if complaint is None or complaint.reserved:
        raise ComplaintStateError(f"complaint {complaint_id} is reserved already")
    _change(connection, complaint_id, reserved=True)
    happened(connection, complaint_id, Step.RESERVED, now, staff_id)


def unreserve(connection: Connection, complaint_id: int, staff_id: int, now: datetime) -> None:
    """Take a reservation back. Raises ComplaintStateError if there is none, or if the person who filed it wanted it."""
    complaint = get(connection, complaint_id, lock=True)
    if complaint is None or not reserved_by_staff(complaint, history(connection, complaint_id)):
        raise ComplaintStateError(f"complaint {complaint_id} is not reserved by the staff")
    _change(connection, complaint_id, reserved=False)
    happened(connection, complaint_id, Step.UNRESERVED, now, staff_id)


def reserved_by_staff(complaint: Complaint, happened: Sequence[Happened]) -> bool:
    """Whether it was the coordination that reserved a request, not whoever filed it."""
    return complaint.reserved and any(each.step is Step.RESERVED for each in happened)


def transfer(connection: Connection, complaint_id: int, entity: str, staff_id: int, now: datetime) -> Complaint:
    """Send a request on to the entity that is competent; its whole term runs anew from tomorrow.

    Raises ComplaintStateError if it is answered or with an entity already.
    """
    complaint = _open(connection, complaint_id)
    if complaint.status is not Status.RECEIVED:
        raise ComplaintStateError(f"complaint {complaint_id} was sent on already")
    due = deadlines.due_at(TERMS[complaint.kind], now)
    changes = {"status": Status.TRANSFERRED, "entity": entity, "transferred_at": now, "due_at": due}
    _change(connection, complaint_id, **changes)
    happened(connection, complaint_id, Step.TRANSFERRED, now, staff_id)
    moved = replace(complaint, status=Status.TRANSFERRED, entity=entity, transferred_at=now, due_at=due)
    _watch(connection, moved, now)
    return moved


def extend(connection: Connection, complaint_id: int, staff_id: int, now: datetime) -> Complaint:
    """Take the longer term that the law allows once; the caller tells the person why and until when.

    Raises ComplaintStateError if it is answered, was extended before or is overdue.
    """
    complaint = _open(connection, complaint_id)
    if complaint.extended or now >= complaint.due_at:
        raise ComplaintStateError(f"the term of complaint {complaint_id} cannot be extended")
    since = complaint.transferred_at or complaint.received_at
    due = deadlines.due_at(TERMS[complaint.kind], since, extended=True)
    _change(connection, complaint_id, due_at=due, extended=True)
    happened(connection, complaint_id, Step.EXTENDED, now, staff_id)
    longer = replace(complaint, due_at=due, extended=True)
    _watch(connection, longer, now)
    return longer


def answer(
    connection: Connection, cipher: Cipher, complaint_id: int, words: str, staff_id: int, now: datetime
) -> Complaint:
    """Answer a request, which stops its clock. Raises ComplaintStateError if it is answered already."""
    complaint = _open(connection, complaint_id)
    _change(
        connection, complaint_id, status=Status.ANSWERED, answered_at=now, answer=cipher.seal(words.strip(), ANSWER)
    )
    happened(connection, complaint_id, Step.ANSWERED, now, staff_id)
    timers.disarm(connection, CLOCK, str(complaint_id))
    return replace(complaint, status=Status.ANSWERED, answered_at=now)


def rate(connection: Connection, complaint_id: int, satisfied: bool, now: datetime) -> bool:
    """Note whether the answer served the person. False, noting nothing, if there is no answer to rate."""
    rated = connection.execute(
        update(ComplaintRow)
        .where(ComplaintRow.id == complaint_id, ComplaintRow.status == Status.ANSWERED)
        .values(satisfied=satisfied)
    )
    if rated.rowcount == 0:
        return False
    happened(connection, complaint_id, Step.RATED, now)
    return True


def clock_struck(connection: Connection, timer: timers.Due, now: datetime) -> Step | None:
    """A term is nearly over, or over: note it and set the clock for what comes next. Returns what was noted."""
    complaint = get(connection, int(timer.key), lock=True)
    if complaint is None or not complaint.open:
        return None
    step = Step(timer.payload["step"])
    happened(connection, complaint.id, step, now)
    _watch(connection, complaint, now)
    return step


def happened(connection: Connection, complaint_id: int, step: Step, now: datetime, staff_id: int | None = None) -> None:
    """Add a line to the history of a request."""
    row = {"complaint_id": complaint_id, "step": step, "at": now, "staff_id": staff_id}
    connection.execute(insert(ComplaintStep).values(row))


def as_complaint(row: Row[*tuple[Any, ...]]) -> Complaint:
    """A row with `COLUMNS`."""
    codes = {
        "kind": Kind(row.kind),
        "about": About(row.about),
        "category": Category(row.category),
        "status": Status(row.status),
    }
    return Complaint(**{**row._mapping, **codes})


def _watch(connection: Connection, complaint: Complaint, now: datetime) -> None:
    """Set the clock for the next moment of which the staff is reminded."""
    moments = [
        (Step.DUE_SOON, _reminder(complaint.last_day, SOON_DAYS)),
        (Step.OVERDUE, complaint.due_at),
    ]
    if complaint.status is Status.RECEIVED and complaint.kind not in ABOUT_DATA:
        moments.append((Step.TRANSFER_DUE_SOON, _reminder(complaint.transfer_last_day, TRANSFER_SOON_DAYS)))
    coming = sorted(((due, step) for step, due in moments if due > now))
    if coming:
        due, step = coming[0]
        timers.arm(connection, CLOCK, str(complaint.id), due, {"step": step})


def _reminder(last: date, days: int) -> datetime:
    return datetime.combine(deadlines.business_day_before(last, days), REMIND_AT, BOGOTA)


def _open(connection: Connection, complaint_id: int) -> Complaint:
    complaint = get(connection, complaint_id, lock=True)
    if complaint is None or not complaint.open:
        raise ComplaintStateError(f"complaint {complaint_id} is answered already")
    return complaint


def _change(connection: Connection, complaint_id: int, **values: object) -> None:
    connection.execute(update(ComplaintRow).where(ComplaintRow.id == complaint_id).values(values))


def _last_day(due: datetime) -> date:
    return (due.astimezone(BOGOTA) - timedelta(days=1)).date()
