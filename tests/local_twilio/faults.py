"""How the local Twilio misbehaves. Rates are parts of one; times are seconds."""

from dataclasses import dataclass


@dataclass
class Faults:
    """Set by the tests over HTTP (`POST /control/faults`)."""

    latency: float = 0.0
    accept_then_hang: float = 0.0
    """Takes the message and never answers."""
    accept_then_500: float = 0.0
    too_many: float = 0.0
    """429 with Retry-After, nothing taken."""
    retry_after: int = 1
    unavailable: float = 0.0
    """503, nothing taken."""
    hang_up: float = 0.0
    """Takes the message and closes the connection."""
    list_lag: float = 0.0
    """A message is listed only so long after it was created."""
    callbacks: bool = False
    callback_lost: float = 0.0
    callback_repeated: float = 0.0
    callback_shuffled: bool = False
    undelivered: float = 0.0
    """Part of the messages that end undelivered, with `undelivered_code`."""
    undelivered_code: int = 30003
