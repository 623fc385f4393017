"""The transport of demo contacts: nothing leaves; the message is seen on the simulator's page."""

from typing import Self
from uuid import uuid4

from messaging.encoding import segments
from messaging.providers.transport import Draft, Receipt


class Simulator:
    """Delivers everything at once."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def send(self, draft: Draft) -> Receipt:
        """«Deliver» the message under a made-up id."""
        return Receipt(f"SIM{uuid4().hex}", "delivered", segments(draft.body).count)
