"""Which phone filed which request: the link between `families/complaints.py`, which knows no phones, and a contact.

Who wants to stay unnamed leaves none, so that nobody can be told either: whoever knows the radicado reads how far it
is, and no more.
"""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, ForeignKey, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from bot import register
from bot.desk import Office
from bot.dialogues.machine import Frame
from bot.forbidden_words import check, forbidden_word
from bot.proactive import Letter, send
from db import Base
from families import complaints, radicado
from families.complaints import Complaint
from messaging.outbox import Priority

PURPOSE = "complaint_answer"
ANSWER_LIFE = timedelta(days=15)
LONGEST_ANSWER = 200
"""Characters of an answer, so that it takes two SMS with the number before and the question after it."""


class ComplaintContact(Base):
    """The phone (`contacts.id`) that filed a request and is told of it."""

    __tablename__ = "complaint_contacts"

    complaint_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("complaints.id", ondelete="CASCADE"), primary_key=True
    )
    contact_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), index=True)


def remember(connection: Connection, complaint_id: int, contact_id: int) -> None:
    """Note who is to be told."""
    connection.execute(insert(ComplaintContact).values(complaint_id=complaint_id, contact_id=contact_id))


def contact_of(connection: Connection, complaint_id: int) -> int | None:
    """The contact to be told, or None."""
    return connection.scalar(select(ComplaintContact.contact_id).where(ComplaintContact.complaint_id == complaint_id))


def may_read(connection: Connection, complaint: Complaint, contact_id: int) -> bool:
    """Whether a phone may read what a request is about: the one that filed it, or one of its family unless reserved.

    A phone that serves several families reads only what it filed itself.
    """
    if contact_of(connection, complaint.id) == contact_id:
        return True
    if complaint.reserved or complaint.family_id is None:
        return False
    return register.families_of(connection, contact_id) == [complaint.family_id]


def answer(
    connection: Connection, office: Office, complaint_id: int, words: str, staff_id: int, now: datetime
) -> Complaint:
    """Answer a request and tell the phone that filed it, asking whether the answer served.

    Raises complaints.ComplaintStateError if it is answered already, ValueError for an answer without words or longer
    than a message holds, ForbiddenWordError for what no message says. The caller rings for the dispatcher after its
    commit.
    """
    words = " ".join(words.split())
    if not 0 < len(words) <= LONGEST_ANSWER:
        raise ValueError(f"an answer has 1 to {LONGEST_ANSWER} characters")
    check(words)
    answered = complaints.answer(connection, office.cipher, complaint_id, words, staff_id, now)
    _tell(connection, office, answered, "complaint.answered", {"answer": words}, now, asks=True)
    return answered


def transfer(
    connection: Connection, office: Office, complaint_id: int, entity: str, staff_id: int, now: datetime
) -> Complaint:
    """Send a request on to an entity and tell the phone that filed it, as Ley 1755, article 21, wants.

    An entity whose name no message says is not named. Raises complaints.ComplaintStateError.
    """
    moved = complaints.transfer(connection, complaint_id, entity, staff_id, now)
    values = {"entity": entity, "day": f"{moved.last_day:%d/%m/%Y}"}
    key = "complaint.transferred.unnamed" if forbidden_word(entity) else "complaint.transferred"
    _tell(connection, office, moved, key, values, now)
    return moved


def extend(connection: Connection, office: Office, complaint_id: int, staff_id: int, now: datetime) -> Complaint:
    """Take the longer term and tell the phone that filed it until when. Raises complaints.ComplaintStateError."""
    longer = complaints.extend(connection, complaint_id, staff_id, now)
    _tell(connection, office, longer, "complaint.extended", {"day": f"{longer.last_day:%d/%m/%Y}"}, now)
    return longer


def _tell(
    connection: Connection,
    office: Office,
    complaint: Complaint,
    key: str,
    values: dict[str, str],
    now: datetime,
    *,
    asks: bool = False,
) -> None:
    contact_id = contact_of(connection, complaint.id)
    if contact_id is None:
        return
    subject = complaint.radicado
    letter = Letter(
        contact_id,
        key,
        f"{key}:{subject}",
        {"radicado": radicado.display(subject), **values},
        tuple((f"complaint:{subject}:{choice}", f"complaint.option.{choice}") for choice in ("served", "unserved"))
        if asks
        else (),
        Frame("complaint", {"at": "rating", "subject": subject}) if asks else None,
    )
    # A petition is the person's own question: its answer goes out even to those who want nothing else from us.
    send(connection, office.texts, [letter], PURPOSE, Priority.REPLY, now, now + ANSWER_LIFE)
