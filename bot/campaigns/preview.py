"""What a campaign would do if it were sent now, before anything is done: by sets, so that it takes seconds for all
families there are.

PostgreSQL counts how many contacts are reached alike; each such group is settled once, by the same rules that settle
every family when the campaign is written.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select, text

from bot.campaigns import household_cap, plans
from bot.campaigns.audience import FACTS, recipients
from bot.campaigns.plans import Plan
from bot.campaigns.script import Script, settle
from bot.catalogue import Catalogue
from messaging import cost, policy
from messaging.address import Channel
from messaging.campaigns import Wording
from messaging.contact_hours import ContactHours
from messaging.cost import end_of_sending
from messaging.priority import Priority
from settings import TwilioSettings
from surveys.waves import Wave

BUDGET: Final = "budget"
WORK_MEMORY: Final = "256MB"
"""What PostgreSQL may take to sort and hash, for this one transaction."""


UNLIMITED: Final = 100.0
"""A second; for demo contacts, to whom nothing leaves."""
Pace: TypeAlias = Mapping[Channel, float]
"""How fast each sender may send: SMS segments, or WhatsApp messages, a second."""


def pace_of(twilio: TwilioSettings | None) -> Pace:
    """What the senders are allowed."""
    if twilio is None:
        return dict.fromkeys(Channel, UNLIMITED)
    return {Channel.SMS: twilio.sms_rate, Channel.WHATSAPP: twilio.whatsapp_rate}


@dataclass(frozen=True, slots=True)
class Line:
    """Everything that goes by one channel in one language, in or out of a session."""

    wording: Wording
    language: str
    messages: int
    each: cost.Preview
    price: Decimal
    """Of one message."""

    @property
    def segments(self) -> int:
        return self.messages * self.wording.segments

    @property
    def cost(self) -> Decimal:
        return self.messages * self.price

    @property
    def saved(self) -> int:
        """SMS segments that folding of accents spares."""
        return self.messages * self.each.saved if self.wording.channel is Channel.SMS else 0


@dataclass(frozen=True, slots=True)
class Preview:
    """What a campaign would do. Families behind one phone get one message: there may be fewer of them."""

    families: int
    reached: int
    """Families to whom a message goes, one that waits for the weekly cap included."""
    left_out: Mapping[str, int]
    """Families by reason."""
    capped: int
    """Messages that wait until the household's week is over."""
    lines: Sequence[Line]
    over_budget: int
    """Messages that the budget does not pay."""
    currency: str
    first: datetime | None
    last: datetime | None
    """When the first and the last message leave, within the contact hours; None without messages."""

    @property
    def messages(self) -> int:
        return sum(line.messages for line in self.lines)

    @property
    def segments(self) -> int:
        return sum(line.segments for line in self.lines)

    @property
    def cost(self) -> Decimal:
        return sum((line.cost for line in self.lines), Decimal(0))

    @property
    def saved(self) -> int:
        return sum(line.saved for line in self.lines)

    @property
    def hours(self) -> float:
        """From the first message to the last, nights included."""
        return 0.0 if self.first is None or self.last is None else (self.last - self.first).total_seconds() / 3600

    @property
    def in_tens(self) -> "Preview":
        """The same as it may be shown where an exact count would tell how many answered."""
        lines = [replace(line, messages=line.messages // 10 * 10) for line in self.lines]
        left_out = {reason: n // 10 * 10 for reason, n in self.left_out.items()}
        reached = self.reached // 10 * 10
        families = reached + sum(left_out.values())
        return replace(self, families=families, reached=reached, left_out=left_out, lines=lines, capped=0)


@dataclass
class _Tally:
    left_out: Counter[str] = field(default_factory=Counter)
    messages: Counter[tuple[int, str]] = field(default_factory=Counter)
    wordings: dict[int, Wording] = field(default_factory=dict)
    reached: int = 0
    capped: int = 0


def preview(
    connection: Connection, plan: Plan, wave: Wave | None, texts: Catalogue, pace: Pace, now: datetime
) -> Preview:
    """Look at a campaign as if it began at its moment. Takes seconds for a million families."""
    begins = max(now, plan.not_before or now)
    connection.execute(text(f"SET LOCAL work_mem = '{WORK_MEMORY}'"))
    script = plans.script(connection, plan, wave, texts)
    tally = _tally(connection, plans.families(plan, wave, now), script, begins)
    lines = [
        Line(
            wording,
            language,
            messages,
            cost.preview(script.say(language), script.prices),
            _price(wording, script.prices),
        )
        for (key, language), messages in tally.messages.items()
        for wording in [tally.wordings[key]]
    ]
    lines.sort(key=lambda line: (line.wording.channel, line.language))
    first, last = _span(lines, pace, begins, policy.hours(connection, Priority.BULK))
    return Preview(
        families=tally.reached + tally.left_out.total(),
        reached=tally.reached,
        left_out=dict(tally.left_out.most_common()),
        capped=tally.capped,
        lines=lines,
        over_budget=_over_budget(lines, plan.budget_segments),
        currency=script.prices.currency,
        first=first,
        last=last,
    )


def count(connection: Connection, families: Select[int, str, str]) -> int:
    """How many families a query means."""
    return connection.scalar(select(func.count()).select_from(families.subquery())) or 0


def _tally(connection: Connection, people: Select[int, str, str], script: Script, now: datetime) -> _Tally:
    tally, hours = _Tally(), policy.current(connection)
    for group in connection.execute(_groups(connection, people, now)):
        outcome = settle(group, script, hours, now)
        if isinstance(outcome, str):
            tally.left_out[str(outcome)] += int(group.families)
            continue
        tally.wordings[id(outcome)] = outcome
        tally.messages[id(outcome), group.language] += group.contacts
        tally.reached += int(group.families)
        tally.capped += group.contacts if group.capped else 0
    return tally


def _groups(connection: Connection, families: Select[int, str, str], now: datetime) -> Select[Any]:
    """How many families and contacts share the facts by which they are settled, each such group one row."""
    people = recipients(families.subquery(), now).subquery()
    shared: list[ColumnElement[Any]] = [people.c[name] for name in FACTS]
    by_contact = select(people.c.contact_id, *shared, func.count().label("families")).group_by(
        people.c.contact_id, *shared
    )
    each = by_contact.subquery()
    sql, parameters = household_cap.full(connection, now)
    full = (
        text(sql)
        .bindparams(*(bindparam(name, value) for name, value in parameters.items()))
        .columns(contact_id=people.c.contact_id.type)
        .subquery("full_contacts")
    )
    alike = [each.c[column.name] for column in shared]
    return (
        select(
            func.min(each.c.contact_id).label("contact_id"),
            *alike,
            full.c.contact_id.is_not(None).label("capped"),
            func.sum(each.c.families).label("families"),
            func.count(each.c.contact_id).label("contacts"),
        )
        .select_from(each.outerjoin(full, full.c.contact_id == each.c.contact_id))
        .group_by(*alike, full.c.contact_id.is_not(None))
    )


def _price(wording: Wording, prices: cost.Prices) -> Decimal:
    if wording.channel is Channel.SMS:
        return wording.segments * prices.segment
    return prices.template if wording.content.template else prices.in_session


def _span(
    lines: Sequence[Line], pace: Pace, begins: datetime, hours: ContactHours
) -> tuple[datetime | None, datetime | None]:
    """The first and the last moment of sending: the channels work side by side, each at its sender's rate."""
    if not lines:
        return None, None
    totals: Counter[Channel] = Counter()
    for line in lines:
        totals[line.wording.channel] += line.segments
    ends = (end_of_sending(begins, total, pace[channel], hours) for channel, total in totals.items())
    return hours.next_open(begins), max(ends)


def _over_budget(lines: Sequence[Line], budget: int | None) -> int:
    """Messages that are refused because what went before has used the budget up; taken in their mean size."""
    segments = sum(line.segments for line in lines)
    if budget is None or segments <= budget:
        return 0
    messages = sum(line.messages for line in lines)
    return messages - budget * messages // segments
