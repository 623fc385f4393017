"""Erasing what is held of a family, once it asked for it and somebody made sure that it was the family who asked.

A day passes between the decision and the deed, so that a mistake can be undone; then a timer carries it out, in one
transaction. What the law wants kept stays and is told: that the family was in the programme and when, its requests with
their numbers and dates but without their words, what was consented to, and the log of who looked at its data (Ley 594
of 2000 on public archives; Ley 1581 of 2012, article 8(e)). Answers of anonymous surveys lead back to nobody, and
cannot be erased.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, DateTime, ForeignKey, delete, insert, or_, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

import timers
from bot import register
from bot.correspondence import CorrespondenceRow
from bot.desk import Office
from bot.register import FamilyContact
from db import Base
from families import enrolment
from families.complaints import ComplaintRow
from families.families import FamilyMember

KIND = "erasure"
GRACE = timedelta(days=1)


class Erasure(Base):
    """A decision to erase a family's data, because of a request (`complaints.id`)."""

    __tablename__ = "erasures"

    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"), primary_key=True)
    complaint_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("complaints.id"))
    decided_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    decided_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


def decide(connection: Connection, family_id: int, complaint_id: int, staff_id: int, now: datetime) -> datetime:
    """Have a family's data erased; returns when. Deciding twice changes nothing."""
    decided = connection.scalar(select(Erasure.due_at).where(Erasure.family_id == family_id))
    if decided is not None:
        return decided
    due = now + GRACE
    row = {
        "family_id": family_id,
        "complaint_id": complaint_id,
        "decided_by": staff_id,
        "decided_at": now,
        "due_at": due,
    }
    connection.execute(insert(Erasure).values(row))
    timers.arm(connection, KIND, str(family_id), due)
    return due


def undo(connection: Connection, family_id: int) -> bool:
    """Take the decision back. False if it was carried out already, or never taken."""
    dropped = connection.execute(delete(Erasure).where(Erasure.family_id == family_id, Erasure.done_at.is_(None)))
    timers.disarm(connection, KIND, str(family_id))
    return dropped.rowcount == 1


def decided(connection: Connection, family_id: int) -> tuple[datetime, datetime | None] | None:
    """When a family's data are erased, and when that was done; None if nobody decided so."""
    row = connection.execute(
        select(Erasure.due_at, Erasure.done_at).where(Erasure.family_id == family_id)
    ).one_or_none()
    return None if row is None else (row.due_at, row.done_at)


def carry_out(connection: Connection, timer: timers.Due, office: Office, now: datetime) -> None:
    """The day of grace is over: erase, all or nothing."""
    family_id = int(timer.key)
    row = connection.execute(
        select(Erasure.family_id).where(Erasure.family_id == family_id, Erasure.done_at.is_(None)).with_for_update()
    ).one_or_none()
    if row is None:
        return
    alone = _phones_of_only(connection, family_id)
    for eraser in ERASERS:
        eraser(connection, family_id, alone)
    enrolment.withdraw(connection, [family_id], enrolment.Reason.OWN_WISH, now)
    connection.execute(update(Erasure).where(Erasure.family_id == family_id).values(done_at=now))


def _phones_of_only(connection: Connection, family_id: int) -> Sequence[int]:
    """The phones that serve this family and no other: what was said there was said with this family."""
    phones = connection.scalars(select(FamilyContact.contact_id).where(FamilyContact.family_id == family_id)).all()
    return [contact_id for contact_id in phones if len(register.families_of(connection, contact_id)) == 1]


def _people(connection: Connection, family_id: int, _phones: Sequence[int]) -> None:
    """Who they are, by what they are found, and what the staff wrote of them."""
    connection.execute(delete(FamilyMember).where(FamilyMember.family_id == family_id))
    for statement in (
        """UPDATE families SET displaced = false, farms = false, owns_land = false, legal_need = false
           WHERE id = :family_id""",
        "DELETE FROM family_search WHERE family_id = :family_id",
        "DELETE FROM family_notes WHERE family_id = :family_id",
        "UPDATE achievement_claims SET reason = NULL WHERE family_id = :family_id AND reason IS NOT NULL",
        "UPDATE family_achievements SET reason = NULL WHERE family_id = :family_id AND reason IS NOT NULL",
    ):
        connection.execute(text(statement), {"family_id": family_id})


def _talk(connection: Connection, family_id: int, phones: Sequence[int]) -> None:
    """What was written, both ways; a message that is still on its way is not sent any more."""
    own = or_(CorrespondenceRow.family_id == family_id, CorrespondenceRow.contact_id.in_(phones))
    connection.execute(delete(CorrespondenceRow).where(own))
    connection.execute(update(ComplaintRow).where(ComplaintRow.family_id == family_id).values(text=None, answer=None))
    for statement in (
        "DELETE FROM outbox_queue WHERE contact_id = ANY(:phones)",
        "UPDATE messages SET body = '', content = NULL, redact = true WHERE contact_id = ANY(:phones) AND body <> ''",
        """UPDATE inbound_messages SET body = '', extras = NULL, redact = true
           WHERE contact_id = ANY(:phones) AND (body <> '' OR extras IS NOT NULL)""",
        "DELETE FROM conversations WHERE contact_id = ANY(:phones)",
        "DELETE FROM openings WHERE contact_id = ANY(:phones)",
    ):
        connection.execute(text(statement), {"phones": list(phones)})


def _surveys(connection: Connection, family_id: int, _phones: Sequence[int]) -> None:
    """Its answers to surveys with a name lose the words and the name, and keep counting."""
    connection.execute(
        text(
            """
            UPDATE answers SET raw = '' FROM responses r JOIN invitations i ON i.id = r.invitation_id
            WHERE answers.response_id = r.id AND i.subject = :family_id
            """
        ),
        {"family_id": family_id},
    )
    connection.execute(
        text("UPDATE invitations SET subject = NULL WHERE subject = :family_id"), {"family_id": family_id}
    )


def _phones(connection: Connection, family_id: int, _phones: Sequence[int]) -> None:
    connection.execute(delete(FamilyContact).where(FamilyContact.family_id == family_id))


ERASERS: Sequence[Callable[[Connection, int, Sequence[int]], None]] = (_people, _talk, _surveys, _phones)
"""What erases a family's data, each its part, given the phones that were this family's alone. In this order."""
