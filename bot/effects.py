"""The one place where the effects of dialogues are carried out, all within the transaction of their turn."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never
from uuid import UUID, uuid4

from sqlalchemy import Connection, select

from bot import conversations, silence
from bot.dialogues.machine import (
    BeginResponse,
    Begun,
    Effect,
    Ended,
    Event,
    FindInvitations,
    FinishResponse,
    Found,
    Invitation,
    NoticeGiven,
    OptIn,
    OptOut,
    RedeemCode,
    Redeemed,
    SaveAnswers,
    Say,
    SpeakIn,
    Understood,
)
from bot.register import FamilyContact
from db import Statement, execute
from messaging import contacts, inbox, outbox
from messaging.address import Channel
from surveys import codes, invitations, responses

SEED_BITS = 53
"""So that a seed survives JSON, whose numbers are doubles."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Carries out effects for one contact, in the transaction of one turn.

    Answers are stored with the turn's other writes, at its end: until then their statements gather in `pending`. If
    that shows that a response has ended meanwhile, the turn is taken again `carefully`, each
    answer stored at once, so that its dialogue hears of it.
    """

    connection: Connection
    contact_id: int
    channel: Channel
    inbound_id: int
    code_key: bytes
    now: datetime
    carefully: bool = False
    pending: list[Statement] = field(default_factory=list)

    def carry_out(self, effect: Effect) -> Event | None:
        """Do what a dialogue wants done; an effect that asks something returns the answer as an event."""
        match effect:
            case SaveAnswers(response_id, changes):
                if not self.carefully:
                    self.pending.append(responses.saving(response_id, changes, self.now))
                elif not responses.save(self.connection, response_id, changes, self.now):
                    return self._ended(response_id)
            case FindInvitations():
                return Found(self._open_invitations())
            case RedeemCode(typed):
                return self._redeem(typed)
            case BeginResponse(invitation):
                return self._begin(invitation)
            case FinishResponse(response_id, complete):
                self._store()
                closed = responses.finish(self.connection, response_id, complete)
                if closed is None:
                    return self._ended(response_id)
                silence.forget(self.connection, [closed], inbound_id=self.inbound_id)
            case NoticeGiven():
                contacts.notice(self.connection, self.contact_id, self.now, self.inbound_id)
            case OptOut():
                contacts.stop(self.connection, self.contact_id, self.now, inbound_id=self.inbound_id)
            case OptIn():
                contacts.start(self.connection, self.contact_id, self.now, inbound_id=self.inbound_id)
            case SpeakIn(language):
                contacts.speak(self.connection, self.contact_id, language)
            case Say() | Understood():
                pass
            case _:
                assert_never(effect)
        return None

    def _store(self) -> None:
        """Store the answers that were gathered, before something that must see them."""
        execute(self.connection, *self.pending)
        self.pending.clear()

    def _open_invitations(self) -> tuple[Invitation, ...]:
        families = self.connection.scalars(
            select(FamilyContact.family_id).where(FamilyContact.contact_id == self.contact_id)
        ).all()
        return tuple(map(_offered, invitations.open_to(self.connection, families))) if families else ()

    def _redeem(self, typed: str) -> Redeemed:
        code = codes.read(typed)
        if code is None:
            return Redeemed(None, "mistyped")
        invitation = invitations.redeem(self.connection, code, self.code_key)
        return Redeemed(_offered(invitation)) if invitation else Redeemed(None, "spent")

    def _begin(self, invitation: Invitation) -> Begun:
        response_id = uuid4()
        if not responses.start(self.connection, response_id, invitation.id, self.channel.value, self.now):
            return Begun(invitation, None)
        conversations.link(self.connection, self.contact_id, response_id)
        silence.watch(self.connection, response_id, self.now)
        return Begun(invitation, response_id, secrets.randbits(SEED_BITS))

    def _ended(self, response_id: UUID) -> Ended:
        """Whoever ended the response has blanked its dialogue, but could not see the message that came just now."""
        outbox.blank(self.connection, response_id)
        inbox.blank(self.connection, self.inbound_id)
        return Ended(response_id)


def _offered(invitation: invitations.Invitation) -> Invitation:
    return Invitation(
        invitation.id,
        invitation.wave_id,
        invitation.form_version_id,
        invitation.anonymous,
        invitation.preset,
    )
