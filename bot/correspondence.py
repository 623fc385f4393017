"""People talking with people: what a person wrote to their gestor or the coordination, and what these answered.

A thread holds only what was meant for it: never an answer to a survey, never a complaint. It belongs to a contact and,
where the person is known, to a family: its gestor reads it, or only the coordination if it is `reserved` (it speaks of
the gestor) or if there is no gestor. What was written is sealed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    CHAR,
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    and_,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.desk import Office
from bot.dialogues.machine import Frame
from bot.forbidden_words import check
from bot.proactive import Letter, send
from db import Base
from encryption import Cipher
from families import families, scope
from families.assignments import GestorAssignment
from families.staff import Role, Staff, StaffMember
from messaging.contacts import ContactRow
from messaging.outbox import Priority

LETTER = "correspondence letter"
"""What the cipher is told that it seals."""

PURPOSE = "person_answer"
ANSWER_LIFE = timedelta(days=3)
STILL_WAITING = timedelta(days=1)
"""So long after they wrote, an answer may go out at any hour; later it keeps to the contact hours."""
LONGEST_LETTER = 4_000
LONGEST_ANSWER = 250
"""Characters of an answer, so that it takes two SMS with the name before it."""
PAGE = 50
QUICK_REPLIES = ("person.quick.soon", "person.quick.visit", "person.quick.call", "person.quick.office")
"""Texts of the catalogue that everybody may answer with."""
LONGEST_QUICK = 200


class CorrespondenceRow(Base):
    """A thread. `waiting_since` is when the person wrote first what nobody has answered yet."""

    __tablename__ = "correspondences"
    __table_args__ = (
        Index(
            "uq_correspondences_open",
            "contact_id",
            text("coalesce(family_id, 0)"),
            "reserved",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_correspondences_family_id", "family_id"),
        Index("ix_correspondences_municipality_code_waiting_since", "municipality_code", "waiting_since"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"))
    family_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"))
    municipality_code: Mapped[str | None] = mapped_column(CHAR(5), ForeignKey("municipalities.code"))
    reserved: Mapped[bool]
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    waiting_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class CorrespondenceLetter(Base):
    """One letter of a thread; `staff_id` is empty for what the person wrote."""

    __tablename__ = "correspondence_letters"
    __table_args__ = (
        Index("ix_correspondence_letters_correspondence_id", "correspondence_id"),
        Index("ix_correspondence_letters_at", "at", postgresql_using="brin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    correspondence_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("correspondences.id", ondelete="CASCADE"))
    staff_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    text: Mapped[bytes]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class QuickReply(Base):
    """An answer that a member of the staff keeps to use again."""

    __tablename__ = "quick_replies"
    __table_args__ = (Index("ix_quick_replies_staff_id", "staff_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    text: Mapped[str]


@dataclass(frozen=True, slots=True)
class Correspondence:
    """A thread as lists show it."""

    id: int
    contact_id: int
    family_id: int | None
    municipality: str | None
    reserved: bool
    last_at: datetime
    waiting_since: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Written:
    """One letter, opened; `by` is the name of who answered, or None for the person."""

    text: str
    at: datetime
    by: str | None


class ClosedError(Exception):
    """The thread is closed, or there is none."""


_COLUMNS = (
    CorrespondenceRow.id,
    CorrespondenceRow.contact_id,
    CorrespondenceRow.family_id,
    CorrespondenceRow.municipality_code,
    CorrespondenceRow.reserved,
    CorrespondenceRow.last_at,
    CorrespondenceRow.waiting_since,
    CorrespondenceRow.closed_at,
)


def begin(
    connection: Connection, contact_id: int, family_id: int | None, now: datetime, *, reserved: bool
) -> Correspondence:
    """The open thread of a contact for a family (None: not known), begun if there is none."""
    known = families.get(connection, family_id) if family_id is not None else None
    same = and_(
        CorrespondenceRow.contact_id == contact_id,
        CorrespondenceRow.family_id.is_not_distinct_from(family_id),
        CorrespondenceRow.reserved.is_(reserved),
        CorrespondenceRow.closed_at.is_(None),
    )
    row = connection.execute(select(*_COLUMNS).where(same)).one_or_none()
    if row is None:
        values = {
            "contact_id": contact_id,
            "family_id": family_id,
            "municipality_code": known.municipality if known else None,
            "reserved": reserved,
            "opened_at": now,
            "last_at": now,
        }
        row = connection.execute(insert(CorrespondenceRow).values(values).returning(*_COLUMNS)).one()
    return Correspondence(*row)


def of_contact(connection: Connection, correspondence_id: int, contact_id: int) -> Correspondence | None:
    """A thread of this contact, open or closed, or None."""
    row = connection.execute(
        select(*_COLUMNS).where(CorrespondenceRow.id == correspondence_id, CorrespondenceRow.contact_id == contact_id)
    ).one_or_none()
    return None if row is None else Correspondence(*row)


def write(connection: Connection, cipher: Cipher, correspondence_id: int, words: str, now: datetime) -> None:
    """Add what the person wrote: from now on they wait for an answer, if they did not before."""
    _add(connection, cipher, correspondence_id, words, now, None)
    connection.execute(
        update(CorrespondenceRow)
        .where(CorrespondenceRow.id == correspondence_id)
        .values(last_at=now, waiting_since=func.coalesce(CorrespondenceRow.waiting_since, now))
    )


def answer(
    connection: Connection, office: Office, staff: Staff, correspondence_id: int, words: str, now: datetime
) -> None:
    """Answer a thread: the letter leaves under the name of whoever wrote it, through the same gate as all messages.

    Raises ClosedError if the thread is closed or not this person's to see, ValueError for a letter without words or
    too long, ForbiddenWordError for what no message says. The caller rings for the dispatcher after its commit.
    """
    words = words.strip()
    if not 0 < len(words) <= LONGEST_ANSWER:
        raise ValueError(f"an answer has 1 to {LONGEST_ANSWER} characters")
    check(words)
    thread = find(connection, staff, correspondence_id, lock=True)
    if thread is None or thread.closed_at is not None:
        raise ClosedError(f"correspondence {correspondence_id} is closed")
    letter_id = _add(connection, office.cipher, thread.id, words, now, staff.id)
    connection.execute(
        update(CorrespondenceRow).where(CorrespondenceRow.id == thread.id).values(last_at=now, waiting_since=None)
    )
    letter = Letter(
        thread.contact_id,
        "person.answer",
        f"letter:{letter_id}",
        {"name": staff.name, "text": words},
        opens=talking(thread, staff.name, now),
    )
    heard = connection.scalar(select(ContactRow.last_inbound_at).where(ContactRow.id == thread.contact_id))
    asked_just_now = heard is not None and now - heard <= STILL_WAITING
    priority = Priority.REPLY if asked_just_now else Priority.REMINDER
    send(connection, office.texts, [letter], PURPOSE, priority, now, now + ANSWER_LIFE)


def close(connection: Connection, correspondence_id: int, now: datetime) -> None:
    """End a thread: what the person writes next is the service's again."""
    connection.execute(
        update(CorrespondenceRow)
        .where(CorrespondenceRow.id == correspondence_id)
        .values(closed_at=func.coalesce(CorrespondenceRow.closed_at, now), waiting_since=None)
    )


def reopen(connection: Connection, correspondence_id: int) -> None:
    """Undo `close`, unless the person has begun another thread meanwhile."""
    connection.execute(
        text(
            """
            UPDATE correspondences c SET closed_at = NULL
            WHERE c.id = :id AND NOT EXISTS (
                SELECT FROM correspondences o
                WHERE o.contact_id = c.contact_id AND o.closed_at IS NULL AND o.reserved = c.reserved
                  AND o.family_id IS NOT DISTINCT FROM c.family_id)
            """
        ),
        {"id": correspondence_id},
    )


def talking(thread: Correspondence, name: str, now: datetime) -> Frame:
    """The dialogue of somebody whose thread is open."""
    state = {
        "at": "talking",
        "subject": thread.id,
        "family": thread.family_id,
        "name": name,
        "last": now.isoformat(),
    }
    return Frame("person", state)


# --- what the staff sees -----------------------------------------------------------------------------------------


def visible(staff: Staff) -> ColumnElement[bool]:
    """The condition that a thread is one this person may read."""
    own = scope.families(staff, CorrespondenceRow.family_id, CorrespondenceRow.municipality_code)
    match staff.role:
        case Role.GESTOR:
            return and_(own, ~CorrespondenceRow.reserved)
        case Role.ZONAL | Role.UT:
            return own
        case Role.NATIONAL:
            return true()
    return false()


def assigned(staff: Staff) -> ColumnElement[bool]:
    """The condition that a thread waits for this person: their families', or those that no gestor answers."""
    if staff.role is Role.GESTOR:
        return visible(staff)
    accompanied = select(GestorAssignment.family_id).where(
        GestorAssignment.family_id == CorrespondenceRow.family_id, GestorAssignment.until.is_(None)
    )
    nobody = or_(CorrespondenceRow.reserved, CorrespondenceRow.family_id.is_(None), ~accompanied.exists())
    return and_(visible(staff), nobody)


def find(connection: Connection, staff: Staff, correspondence_id: int, *, lock: bool = False) -> Correspondence | None:
    """A thread that this person may read, or None."""
    query = select(*_COLUMNS).where(CorrespondenceRow.id == correspondence_id, visible(staff))
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else Correspondence(*row)


def listing(
    connection: Connection, staff: Staff, *, everything: bool = False, closed: bool = False, page: int = 1
) -> Sequence[Correspondence]:
    """A page of threads: who waits longest first. `everything` adds those that others of the team answer."""
    mine = visible(staff) if everything else assigned(staff)
    rows = connection.execute(
        select(*_COLUMNS)
        .where(mine, CorrespondenceRow.closed_at.is_not(None) if closed else CorrespondenceRow.closed_at.is_(None))
        .order_by(CorrespondenceRow.waiting_since.nulls_last(), CorrespondenceRow.last_at.desc())
        .limit(PAGE)
        .offset(PAGE * (page - 1))
    )
    return [Correspondence(*row) for row in rows]


def waiting(connection: Connection, staff: Staff) -> int:
    """How many threads wait for an answer of this person."""
    query = select(func.count()).select_from(CorrespondenceRow)
    return connection.scalar(query.where(assigned(staff), CorrespondenceRow.waiting_since.is_not(None))) or 0


def letters(connection: Connection, cipher: Cipher, correspondence_id: int, limit: int = 200) -> Sequence[Written]:
    """The letters of a thread in order, the latest `limit` of them."""
    rows = connection.execute(
        select(CorrespondenceLetter.text, CorrespondenceLetter.at, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == CorrespondenceLetter.staff_id)
        .where(CorrespondenceLetter.correspondence_id == correspondence_id)
        .order_by(CorrespondenceLetter.id.desc())
        .limit(limit)
    ).all()
    return [Written(cipher.open(row.text, LETTER), row.at, row.name) for row in reversed(rows)]


def answerer(connection: Connection, thread: Correspondence) -> str:
    """The name of the gestor who answers a thread; empty where the coordination does."""
    if thread.reserved or thread.family_id is None:
        return ""
    return (
        connection.scalar(
            select(StaffMember.name)
            .join(GestorAssignment, GestorAssignment.gestor_id == StaffMember.id)
            .where(
                GestorAssignment.family_id == thread.family_id,
                GestorAssignment.until.is_(None),
                StaffMember.active,
            )
        )
        or ""
    )


# --- quick replies -----------------------------------------------------------------------------------------------


def quick_replies(connection: Connection, staff_id: int) -> Sequence[tuple[int, str]]:
    """The answers that this person keeps: id and text."""
    rows = connection.execute(
        select(QuickReply.id, QuickReply.text).where(QuickReply.staff_id == staff_id).order_by(QuickReply.id)
    )
    return [(row.id, row.text) for row in rows]


def keep_quick_reply(connection: Connection, staff_id: int, words: str) -> None:
    """Keep an answer to use again. Raises ValueError for one without words or too long, or that no message says."""
    words = words.strip()
    if not 0 < len(words) <= LONGEST_QUICK:
        raise ValueError(f"a quick reply has 1 to {LONGEST_QUICK} characters")
    check(words)
    connection.execute(insert(QuickReply).values(staff_id=staff_id, text=words))


def drop_quick_reply(connection: Connection, staff_id: int, reply_id: int) -> None:
    """Keep it no longer."""
    connection.execute(delete(QuickReply).where(QuickReply.id == reply_id, QuickReply.staff_id == staff_id))


def _add(
    connection: Connection, cipher: Cipher, correspondence_id: int, words: str, now: datetime, staff_id: int | None
) -> int:
    sealed = cipher.seal(words[:LONGEST_LETTER] or "–", LETTER)
    row = {"correspondence_id": correspondence_id, "staff_id": staff_id, "text": sealed, "at": now}
    return connection.execute(insert(CorrespondenceLetter).values(row).returning(CorrespondenceLetter.id)).scalar_one()
