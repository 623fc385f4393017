"""A gestor offers a programme to families: what they would read, what it costs, and a minute to take it back.

The offers wait a minute in the outbox (`UNDO`); taken back until then, nothing has been said.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.catalogue import SPANISH
from bot.desk import Office
from bot.forbidden_words import forbidden_word
from bot.referral_letters import Notice, letter, reached_by, tell
from bot.referral_timers import offered
from bot.rendering import render
from bot.session_reach import Reached
from families import achievements, programmes, referrals
from families.deadlines import BOGOTA
from families.programmes import Programme
from families.referrals import Referral, ReferralRow, State
from messaging import policy
from messaging.address import Channel
from messaging.encoding import segments
from messaging.priority import Priority
from messaging.withdrawal import withdraw

UNDO = timedelta(seconds=60)


class OfferError(ValueError):
    """A programme that cannot be offered by message now. `reason` is not_open or in_person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Preview:
    """What families would read, in parts of SMS and over all recipients, and who cannot be written to."""

    text: str
    segments: int
    reached: tuple[int, ...]
    unreached: tuple[int, ...]
    leaves_at: datetime
    answer_by: datetime

    @property
    def total(self) -> int:
        """Parts of SMS over all recipients."""
        return self.segments * len(self.reached)


def message(programme: Programme, office: Office, now: datetime) -> str:
    """The offer as an SMS, as a phone of one family gets it."""
    answer_by = programme.answer_by(now)
    example = Referral(0, programme.id, 0, "", State.OFFERED, None, now, answer_by, None, None, now)
    written = letter(Notice("offer", example, programme, answer_by), office, Reached(0, SPANISH))
    return render([written.say(office.texts, SPANISH)], Channel.SMS).text


def preview(
    connection: Connection, office: Office, programme: Programme, family_ids: Collection[int], now: datetime
) -> Preview:
    """What offering a programme to these families takes. Raises OfferError."""
    _may_be_offered(connection, programme, now)
    said = message(programme, office, now)
    reached = sorted(reached_by(connection, office, family_ids))
    left_out = sorted(set(family_ids) - set(reached))
    leaves_at = policy.hours(connection, Priority.REMINDER).next_open(now + UNDO)
    return Preview(said, segments(said).count, tuple(reached), tuple(left_out), leaves_at, programme.answer_by(now))


def offer(
    connection: Connection, office: Office, programme_id: int, wanted: Mapping[int, str], by: int, now: datetime
) -> list[Referral]:
    """Offer a programme to families: family id → code of the achievement it is for. Raises OfferError.

    Returns the referrals made: none for a family that is on its way there already, or cannot be written to.
    """
    programme = programmes.get(connection, programme_id)
    if programme is None:
        raise OfferError("not_open")
    _may_be_offered(connection, programme, now)
    reached = reached_by(connection, office, wanted)
    answer_by = programme.answer_by(now)
    told = {family_id: code for family_id, code in wanted.items() if family_id in reached}
    made = referrals.propose(connection, programme_id, told, answer_by, now, by)
    for referral in made:
        offered(connection, referral)
    notices = [Notice("offer", referral, programme, answer_by) for referral in made]
    tell(connection, office, notices, now, due_at=now + UNDO)
    return made


def undo(connection: Connection, office: Office, programme_id: int, by: int, now: datetime) -> int:
    """Take back what this person offered of a programme within the last minute. Returns how many offers.

    An offer whose message has left stays.
    """
    query = referrals.query().where(
        ReferralRow.programme_id == programme_id,
        ReferralRow.proposed_by == by,
        ReferralRow.state == State.OFFERED,
        ReferralRow.proposed_at > now - UNDO,
    )
    made = [referrals.read(row) for row in connection.execute(query.order_by(ReferralRow.id))]
    programme = programmes.lock(connection, programme_id)
    if not made or programme is None:
        return 0
    phones = reached_by(connection, office, [referral.family_id for referral in made])
    keys = {Notice("offer", referral, programme, now).key: referral for referral in made}
    taken_back = withdraw(connection, {to.contact_id for to in phones.values()}, keys)
    for key in sorted(taken_back):
        referrals.withdraw(connection, keys[key].id, now, by)
    return len(taken_back)


def _may_be_offered(connection: Connection, programme: Programme, now: datetime) -> None:
    """Raise OfferError unless families may be told of the programme in a message, whoever may hold the phone."""
    if not programme.takes(now.astimezone(BOGOTA).date()):
        raise OfferError("not_open")
    sensitive = {one.code for one in achievements.in_force(connection) if one.sensitive}
    if sensitive & set(programme.details.achievements) or forbidden_word(programme.entity, *programme.details.told):
        raise OfferError("in_person")
