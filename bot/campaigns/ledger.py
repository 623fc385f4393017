"""What became of a campaign, family by family, so that nothing is left over:

    invited = excluded + deferred + failed + delivered + unknown, and for a wave
    delivered = answered + partial + silent.

A family counts once, whatever was sent to it: what was delivered on one of two ways is delivered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, TextClause, text

from bot.campaigns.plans import Planned
from bot.campaigns.script import Kind
from messaging.campaigns import FATE_SQL

EXCLUDED, DEFERRED, FAILED, DELIVERED, UNKNOWN = "excluded", "deferred", "failed", "delivered", "unknown"
STATES: Final = (EXCLUDED, DEFERRED, FAILED, DELIVERED, UNKNOWN)
ANSWERED, PARTIAL, SILENT = "answered", "partial", "silent"
ANSWERS: Final = (ANSWERED, PARTIAL, SILENT)
NOT_REACHED: Final = (EXCLUDED, FAILED)
"""The states of families for a visit: nothing reached them, and nothing will."""

FATES_SQL: Final = f"""
    SELECT DISTINCT ON (contact_id) contact_id, state, coalesce(reason, '') AS reason FROM (
        SELECT messages.contact_id,
               CASE {FATE_SQL} WHEN 'refused' THEN 'excluded' WHEN 'sent' THEN 'unknown' WHEN 'waiting' THEN 'deferred'
                    ELSE {FATE_SQL} END AS state,
               coalesce(queue.reason, messages.reason,
                        CASE WHEN queue.held_at IS NOT NULL THEN 'held' END,
                        CASE WHEN queue.id IS NOT NULL THEN 'waiting' END,
                        CASE WHEN messages.status IN ('undelivered', 'failed')
                             THEN 'error ' || messages.error_code END, messages.status) AS reason
        FROM messages LEFT JOIN outbox_queue AS queue ON queue.message_id = messages.id
        WHERE messages.campaign_id = :campaign_id
    ) AS fates
    ORDER BY contact_id, array_position(ARRAY['delivered', 'unknown', 'deferred', 'failed', 'excluded'], state)
"""
"""What became of each contact of a campaign: the best that happened to any message to it."""

FAMILIES_SQL: Final = f"""
    SELECT recipient.family_id,
           CASE WHEN recipient.reason = 'reached' THEN 'delivered' WHEN recipient.reason IS NOT NULL THEN 'excluded'
                ELSE coalesce(fate.state, 'unknown') END AS state,
           CASE WHEN recipient.reason = 'reached' THEN 'delivered'
                ELSE coalesce(recipient.reason, fate.reason, 'gone') END AS reason
    FROM campaign_recipients AS recipient LEFT JOIN ({FATES_SQL}) AS fate ON fate.contact_id = recipient.contact_id
    WHERE recipient.campaign_id = :campaign_id
"""
"""Every family of a campaign with its state and the reason; no state is missing, so the ledger balances."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Counts of families. `answers` is None where a campaign asks for none."""

    invited: int
    states: Mapping[str, int]
    reasons: Mapping[str, Mapping[str, int]]
    """By state, then by reason."""
    answers: Mapping[str, int] | None

    @property
    def balances(self) -> bool:
        """Whether nothing is left over."""
        answered = self.answers is None or sum(self.answers.values()) == self.states[DELIVERED]
        return self.invited == sum(self.states.values()) and answered


def in_tens(exact: Ledger) -> Ledger:
    """A ledger as it may be shown where an exact count would tell who answered; it balances all the same."""
    reasons = {state: {why: _tens(n) for why, n in found.items()} for state, found in exact.reasons.items()}
    states = {state: sum(found.values()) for state, found in reasons.items()}
    return Ledger(sum(states.values()), states, reasons, _answers_in_tens(exact.answers, states[DELIVERED]))


def _answers_in_tens(exact: Mapping[str, int] | None, delivered: int) -> Mapping[str, int] | None:
    if exact is None:
        return None
    answered = min(_tens(exact[ANSWERED]), delivered)
    partial = min(_tens(exact[PARTIAL]), delivered - answered)
    return {ANSWERED: answered, PARTIAL: partial, SILENT: delivered - answered - partial}


def _tens(count: int) -> int:
    return count // 10 * 10


_COUNTS = text(
    f"""
    WITH families AS ({FAMILIES_SQL})
    SELECT families.state, families.reason, coalesce(CASE WHEN state = 'delivered' THEN
             CASE WHEN invitation.status = 'finished' THEN 'answered'
                  WHEN invitation.status IN ('partial', 'started') THEN 'partial' ELSE 'silent' END END, '') AS answer,
           count(*) AS n
    FROM families LEFT JOIN invitations AS invitation
      ON invitation.wave_id = CAST(:wave_id AS bigint) AND invitation.subject = families.family_id
    GROUP BY 1, 2, 3
    """
)
_INVITED = text("SELECT count(*) FROM campaign_recipients WHERE campaign_id = :campaign_id")


def ledger(connection: Connection, campaign: Planned) -> Ledger:
    """The ledger of a campaign as it stands, exact: for the operator. Pages show `shown`."""
    asks = campaign.plan.kind in (Kind.INVITATION, Kind.REMINDER)
    parameters = {"campaign_id": campaign.id, "wave_id": campaign.plan.wave_id if asks else None}
    states, answers = dict.fromkeys(STATES, 0), dict.fromkeys(ANSWERS, 0)
    reasons: dict[str, dict[str, int]] = {state: {} for state in STATES}
    for row in connection.execute(_COUNTS, parameters):
        states[row.state] += row.n
        reasons[row.state][row.reason] = reasons[row.state].get(row.reason, 0) + row.n
        if row.answer:
            answers[row.answer] += row.n
    invited = connection.execute(_INVITED, {"campaign_id": campaign.id}).scalar_one()
    return Ledger(invited, states, reasons, answers if asks else None)


def shown(connection: Connection, campaign: Planned) -> Ledger:
    """The ledger as staff may see it: of an anonymous wave the answers move in tens, as participation does."""
    exact = ledger(connection, campaign)
    if campaign.coarse:
        return in_tens(exact)
    answers = _answers_in_tens(exact.answers, exact.states[DELIVERED]) if campaign.anonymous else exact.answers
    return replace(exact, answers=answers)


def families(campaign_id: int) -> TextClause:
    """A query of a campaign's families: `family_id`, `state`, `reason`. For lists, which narrow it to a scope."""
    return text(FAMILIES_SQL).bindparams(campaign_id=campaign_id)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign is: families written down of those expected, and messages that wait of those written."""

    expected: int
    families: int
    messages: int
    waiting: int
    written: bool
    """Whether all families are written down."""

    @property
    def share(self) -> float:
        """From 0 to 1: writing is a tenth of it, sending the rest."""
        written = 1.0 if self.written else self.families / self.expected if self.expected else 0.0
        sent = 1 - self.waiting / self.messages if self.messages else 1.0
        return written * (0.1 + 0.9 * sent)


_WAITING = text(
    """
    SELECT count(*) FROM outbox_queue
    WHERE route IN ('sms', 'whatsapp', 'demo') AND priority = 2 AND campaign_id = :campaign_id AND lease_until IS NULL
    """
)


def progress(connection: Connection, campaign: Planned) -> Progress:
    """How far a campaign is, quickly: by an index of the queue."""
    waiting = connection.execute(_WAITING, {"campaign_id": campaign.id}).scalar_one()
    expected = campaign.families if campaign.expanded else max(campaign.expected or 0, campaign.families)
    return Progress(expected, campaign.families, campaign.messages, waiting, campaign.expanded)


def as_json(ledger: Ledger) -> dict[str, Any]:
    """The ledger for machines."""
    found: dict[str, Any] = {"invited": ledger.invited, **ledger.states, "reasons": ledger.reasons}
    return {**found, **({"answers": dict(ledger.answers)} if ledger.answers else {}), "balances": ledger.balances}
