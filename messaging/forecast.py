"""What a message would meet at the gate, asked when a campaign is planned: why it would be left out, or wait."""

from datetime import datetime

from messaging.gate import Defer, Facts, Item, Policy, Reason, Refuse, Send, decide


def left_out(facts: Facts, item: Item, policy: Policy, now: datetime) -> Reason | None:
    """Why the gate would never let it go; None if it would, at once or later."""
    match decide(facts, item, policy, now):
        case Refuse(reason):
            return reason
        case Send() | Defer():
            return None
