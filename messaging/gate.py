"""The one gate every message passes: send, defer until, or refuse because. Pure; asked when planning and when
claiming.

A reply to somebody who just wrote passes stops, quarantine, hours and caps: it is what the person asked for.
"""

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from messaging.address import Channel
from messaging.contact_hours import ContactHours
from messaging.priority import Priority

WHATSAPP_WINDOW = timedelta(hours=24) - timedelta(minutes=1)
"""WhatsApp lets free text through for 24 hours after the person's last message (Twilio error 63016)."""


class Reason(StrEnum):
    """Why a message was deferred or refused."""

    TOO_LATE = "too_late"
    NO_SENDER = "no_sender"
    CAMPAIGN_STOPPED = "campaign_stopped"
    STOPPED = "stopped"
    QUARANTINED = "quarantined"
    UNREACHABLE = "unreachable"
    NO_OPT_IN = "no_opt_in"
    WINDOW_CLOSED = "window_closed"
    NO_TEMPLATE = "no_template"
    BUDGET = "budget"
    HOURS = "hours"
    CAP = "cap"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the recipient, the campaign and the sender when the gate is asked."""

    stops: Set[str] = frozenset()
    quarantined: bool = False
    reachable: bool = True
    """On the channel of the message."""
    whatsapp_inbound_at: datetime | None = None
    whatsapp_opted_in: bool = False
    campaign_stopped: bool = False
    campaign_paused: bool = False
    budget_left: int | None = None
    """Segments; None for no limit."""
    budget_free: int | None = None
    """Of these, how many are not taken up by what is being sent; None for no limit."""
    capped_until: datetime | None = None
    """When the household may get bulk again; None if it may now."""
    has_sender: bool = True
    template_approved: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """What the gate must know of the message."""

    priority: Priority
    channel: Channel
    not_after: datetime
    covering: Set[str] = frozenset()
    """The stops that would forbid it."""
    segments: int = 1
    template: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """What the coordination decided."""

    hours: dict[Priority, ContactHours] = field(
        default_factory=lambda: {Priority.REMINDER: ContactHours(), Priority.BULK: ContactHours()}
    )
    """By priority; without hours a message goes at any time."""
    shortest_life: timedelta = timedelta(seconds=10)
    """A message that could wait at the provider's for less than this is not sent any more."""


@dataclass(frozen=True, slots=True)
class Send:
    """It may go; the provider must drop it if it has not left by `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Defer:
    """Ask again at `until`."""

    until: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class Refuse:
    """It will never go."""

    reason: Reason


Decision = Send | Defer | Refuse

PAUSE_CHECK = timedelta(minutes=1)
BUDGET_CHECK = timedelta(minutes=1)
"""By then it is known what the messages that are being sent have spent."""


def decide(facts: Facts, item: Item, policy: Policy, now: datetime) -> Decision:
    """Whether the message may leave now. A deferral that would end too late is a refusal."""
    if now + policy.shortest_life > item.not_after:
        return Refuse(Reason.TOO_LATE)
    if refusal := _refusal(facts, item, now):
        return Refuse(refusal)
    deferral = _deferral(facts, item, policy, now)
    if deferral is None:
        return Send(_life(item, policy, now))
    if deferral.until + policy.shortest_life > item.not_after:
        return Refuse(deferral.reason if deferral.reason is Reason.CAP else Reason.TOO_LATE)
    return deferral


def _refusal(facts: Facts, item: Item, now: datetime) -> Reason | None:
    if not facts.has_sender:
        return Reason.NO_SENDER
    if item.channel is Channel.WHATSAPP and (reason := _whatsapp_refusal(facts, item, now)):
        return reason
    if item.priority is Priority.REPLY:
        return None
    if facts.campaign_stopped:
        return Reason.CAMPAIGN_STOPPED
    if facts.stops & item.covering:
        return Reason.STOPPED
    if facts.quarantined:
        return Reason.QUARANTINED
    if not facts.reachable:
        return Reason.UNREACHABLE
    if facts.budget_left is not None and facts.budget_left < item.segments:
        return Reason.BUDGET
    return None


def _whatsapp_refusal(facts: Facts, item: Item, now: datetime) -> Reason | None:
    last = facts.whatsapp_inbound_at
    if item.template:
        if not facts.template_approved:
            return Reason.NO_TEMPLATE
        return None if last or facts.whatsapp_opted_in else Reason.NO_OPT_IN
    return None if last and now < last + WHATSAPP_WINDOW else Reason.WINDOW_CLOSED


def _deferral(facts: Facts, item: Item, policy: Policy, now: datetime) -> Defer | None:
    if item.priority is Priority.REPLY:
        return None
    if facts.campaign_paused:
        return Defer(now + PAUSE_CHECK, Reason.PAUSED)
    if item.priority is Priority.BULK and facts.capped_until and facts.capped_until > now:
        return Defer(facts.capped_until, Reason.CAP)
    if facts.budget_free is not None and facts.budget_free < item.segments:
        return Defer(now + BUDGET_CHECK, Reason.BUDGET)
    hours = policy.hours.get(item.priority)
    if hours is None:
        return None
    # Seconds before closing is as good as closed: the provider would drop it, or deliver it after hours.
    opens = hours.next_open(now)
    if opens == now and _life(item, policy, now) < now + policy.shortest_life:
        opens = hours.next_open(now + policy.shortest_life)
    return None if opens == now else Defer(opens, Reason.HOURS)


def _life(item: Item, policy: Policy, now: datetime) -> datetime:
    hours = policy.hours.get(item.priority)
    closing = hours.closing(now) if hours else None
    return min(item.not_after, closing) if closing else item.not_after


def plan(priority: Priority, wanted: datetime, policy: Policy, now: datetime) -> datetime:
    """When a message wanted at `wanted` should be due, so that it falls into the contact hours.

    Bulk goes at the first open minute from then on. A reminder goes at the last open minute before its
    moment, unless that has passed: then at once or at the next opening, and its `not_after` decides whether
    that is too late.
    """
    hours = policy.hours.get(priority)
    if hours is None:
        return wanted
    if priority is Priority.REMINDER:
        before = hours.last_open(wanted)
        if before >= now:
            return before
    return hours.next_open(max(wanted, now))
