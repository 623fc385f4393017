"""What the dispatcher hands to a provider, and what it gets back."""

from dataclasses import dataclass
from typing import Protocol, Self

from messaging.content import Content


@dataclass(frozen=True, slots=True)
class Draft:
    """A message ready to leave. `to` is an address as the provider writes it, `life` in seconds."""

    to: str
    body: str
    content: Content
    status_url: str
    life: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took the message. `segments` is 0 if it does not know yet."""

    provider_id: str
    status: str
    segments: int


class Transport(Protocol):
    """Sends messages one at a time, many of them under way at once in the event loop it was entered in."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def send(self, draft: Draft) -> Receipt:
        """Send it. Raises providers.errors.SendError."""
        ...
