"""What families are told of their referrals unasked: the offer, a place that came free, the date, and how it went."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.desk import Office
from bot.dialogues.machine import Frame
from bot.dialogues.referral import NAME, asked, options
from bot.dialogues.referral_sheet import Sheet
from bot.proactive import Letter, send
from bot.session_reach import Reached, reach
from families.programmes import Programme
from families.referrals import Referral
from messaging.priority import Priority

PURPOSE = "referral"
"""What a person may stop by itself."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell a family of a referral: `ask` is what it is asked, see `bot.dialogues.referral.ASKED`.

    `turn` tells apart what is asked more than once. Past `not_after` it is of no use any more.
    """

    ask: str
    referral: Referral
    programme: Programme
    not_after: datetime
    turn: str = ""

    @property
    def key(self) -> str:
        """By which the notice is sent once."""
        return f"{PURPOSE}:{self.ask}:{self.referral.id}:{self.turn}"


def sheet(referral: Referral, programme: Programme, name: str = "") -> Sheet:
    """A programme as a family reads of it; `name` is the family's where its phone serves several."""
    details = programme.details
    return Sheet(
        referral=referral.id,
        programme=details.name,
        entity=programme.entity,
        requirements=details.requirements,
        bring=details.bring,
        address=details.address,
        hours=details.hours,
        contact=details.contact,
        answer_by=referral.answer_by,
        due_at=programme.due(None),
        fixed=details.appointment is not None,
        name=name,
    )


def letter(notice: Notice, office: Office, to: Reached) -> Letter:
    """A notice as it is written to the phone of a family."""
    told = sheet(notice.referral, notice.programme, to.name)
    return Letter(
        to.contact_id,
        f"referral.{notice.ask}",
        notice.key,
        told.values(office.texts, to.language),
        options(notice.ask, notice.referral.id),
        Frame(NAME, asked(told, notice.referral.family_id, notice.ask)),
    )


def tell(
    connection: Connection,
    office: Office,
    notices: Collection[Notice],
    now: datetime,
    due_at: datetime | None = None,
) -> int:
    """Put notices into the outbox, to leave at `due_at` or at once. Returns how many are new.

    A family without a phone that may be written to is passed over: its gestor finds the referral in the list.
    """
    reached = reached_by(connection, office, (notice.referral.family_id for notice in notices))
    written = 0
    for notice in notices:
        to = reached.get(notice.referral.family_id)
        if to is not None:
            # One at a time: a phone may serve several of the families.
            one = [letter(notice, office, to)]
            not_after = notice.not_after
            written += send(connection, office.texts, one, PURPOSE, Priority.REMINDER, now, not_after, due_at=due_at)
    return written


def reached_by(connection: Connection, office: Office, family_ids: Iterable[int]) -> Mapping[int, Reached]:
    """The phone through which each of these families is written to; those without one are left out."""
    found = reach(connection, office.cipher, sorted(set(family_ids)))
    return {family_id: to for family_id, to in found.items() if isinstance(to, Reached)}
