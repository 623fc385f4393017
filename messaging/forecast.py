"""What a campaign would meet at the gate if it were sent now: whom it reaches, who is left out and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, text

from messaging.claims import facts_of
from messaging.gate import Defer, Item, Policy, Refuse, decide

FACTS = text("""
    SELECT id, stops, quarantined_at, sms_ok, whatsapp_ok, whatsapp_inbound_at, whatsapp_opt_in_at
    FROM contacts WHERE id = ANY(CAST(:ids AS bigint[]))
""")


@dataclass
class Forecast:
    """Counts of contacts. Those deferred for the hours alone are counted as recipients."""

    recipients: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    """By the gate's reason."""

    def add(
        self,
        connection: Connection,
        contact_ids: Sequence[int],
        item: Item,
        policy: Policy,
        now: datetime,
        *,
        template_approved: bool = False,
    ) -> list[int]:
        """Ask the gate about some thousand more contacts. Returns those that may be written to."""
        may: list[int] = []
        for contact in connection.execute(FACTS, {"ids": list(contact_ids)}):
            facts = replace(facts_of(contact, item.channel), template_approved=template_approved)
            match decide(facts, item, policy, now):
                case Refuse(reason):
                    self.left_out[reason.value] += 1
                case Defer(_, reason) if reason not in ("hours", "paused"):
                    self.left_out[reason.value] += 1
                case _:
                    may.append(contact.id)
        self.recipients += len(may)
        return may
