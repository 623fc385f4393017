"""The one place where the effects of dialogues are carried out, all within the transaction of their turn."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, assert_never
from uuid import UUID, uuid4

from bot import conversations, register, silence
from bot.desk import Desk
from bot.dialogues.machine import (
    Answer,
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
    Request,
    SaveAnswers,
    Say,
    Silence,
    SpeakIn,
    SpeaksFor,
    StartAfresh,
    Understood,
)
from bot.handlers import complaints, grades, people, progress, referrals, rights, sessions, who
from db import Statement, execute
from messaging import contacts, inbox, outbox
from surveys import codes, invitations, responses

SEED_BITS = 53
"""So that a seed survives JSON, whose numbers are doubles."""


HANDLERS: Mapping[type[Request], Callable[[Any, Desk], Answer | None]] = {
    **who.HANDLERS,
    **sessions.HANDLERS,
    **referrals.HANDLERS,
    **complaints.HANDLERS,
    **people.HANDLERS,
    **rights.HANDLERS,
    **progress.HANDLERS,
    **grades.HANDLERS,
}
"""Who carries out the requests of which feature."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Carries out effects for one contact, in the transaction of one turn.

    Answers are stored with the turn's other writes, at its end: until then their statements gather in `pending`. If
    that shows that a response has ended meanwhile, the turn is taken again `carefully`, each
    answer stored at once, so that its dialogue hears of it.
    """

    desk: Desk
    code_key: bytes
    carefully: bool = False
    pending: list[Statement] = field(default_factory=list)

    def carry_out(self, effect: Effect) -> Event | None:
        """Do what a dialogue wants done; an effect that asks something returns the answer as an event."""
        match effect:
            case SaveAnswers(response_id, changes):
                if not self.carefully:
                    self.pending.append(responses.saving(response_id, changes, self.desk.now))
                elif not responses.save(self.desk.connection, response_id, changes, self.desk.now):
                    return self._ended(response_id)
            case FindInvitations(speaker):
                return self._found(speaker)
            case RedeemCode(typed):
                return self._redeem(typed)
            case BeginResponse(invitation):
                return self._begin(invitation)
            case FinishResponse(response_id, complete):
                self._store()
                closed = responses.finish(self.desk.connection, response_id, complete)
                if closed is None:
                    return self._ended(response_id)
                silence.forget(self.desk.connection, [closed], inbound_id=self.desk.inbound_id)
            case NoticeGiven() | OptOut() | OptIn() | SpeakIn():
                self._note(effect)
            case Request():
                self._store()
                return HANDLERS[type(effect)](effect, self.desk)
            case Say() | SpeaksFor() | StartAfresh() | Silence() | Understood():
                pass
            case _:
                assert_never(effect)
        return None

    def _note(self, effect: NoticeGiven | OptOut | OptIn | SpeakIn) -> None:
        """Note what the person wants of our messages."""
        desk = self.desk
        match effect:
            case NoticeGiven():
                contacts.notice(desk.connection, desk.contact_id, desk.now, desk.inbound_id)
            case OptOut():
                contacts.stop(desk.connection, desk.contact_id, desk.now, inbound_id=desk.inbound_id)
            case OptIn():
                contacts.start(desk.connection, desk.contact_id, desk.now, inbound_id=desk.inbound_id)
            case SpeakIn(language):
                contacts.speak(desk.connection, desk.contact_id, language)

    def _store(self) -> None:
        """Store the answers that were gathered, before something that must see them."""
        execute(self.desk.connection, *self.pending)
        self.pending.clear()

    def _found(self, speaker: int | None) -> Found:
        families = register.families_of(self.desk.connection, self.desk.contact_id)
        if not families:
            return Found(())
        if register.doubtful(self.desk.connection, [self.desk.contact_id], self.desk.now):
            return Found((), family=True, doubtful=True)
        found = invitations.open_to(self.desk.connection, families)
        shared = bool(found) and len(families) > 1
        names = register.labels(self.desk.connection, self.desk.office.cipher, families) if shared else {}
        own_first = sorted(found, key=lambda each: speaker not in (None, each.subject))
        offered = (
            replace(_offered(each), label=names.get(each.subject or 0, ""), family=each.subject if shared else None)
            for each in own_first
        )
        return Found(tuple(offered), family=True)

    def _redeem(self, typed: str) -> Redeemed:
        code = codes.read(typed)
        if code is None:
            return Redeemed(None, "mistyped")
        invitation = invitations.redeem(self.desk.connection, code, self.code_key)
        return Redeemed(_offered(invitation)) if invitation else Redeemed(None, "spent")

    def _begin(self, invitation: Invitation) -> Begun:
        response_id = uuid4()
        if not responses.start(
            self.desk.connection, response_id, invitation.id, self.desk.channel.value, self.desk.now
        ):
            return Begun(invitation, None)
        conversations.link(self.desk.connection, self.desk.contact_id, response_id)
        silence.watch(self.desk.connection, response_id, self.desk.now)
        return Begun(invitation, response_id, secrets.randbits(SEED_BITS))

    def _ended(self, response_id: UUID) -> Ended:
        """Whoever ended the response has blanked its dialogue, but could not see the message that came just now."""
        outbox.blank(self.desk.connection, response_id)
        inbox.blank(self.desk.connection, self.desk.inbound_id)
        return Ended(response_id)


def _offered(invitation: invitations.Invitation) -> Invitation:
    return Invitation(
        invitation.id,
        invitation.wave_id,
        invitation.form_version_id,
        invitation.anonymous,
        invitation.preset,
    )
