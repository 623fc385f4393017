"""What people leave: everything, a purpose, a channel, or a purpose on a channel."""

ANY = "*"
"""Every purpose, or every channel."""


def scope(purpose: str = ANY, channel: str = ANY) -> str:
    """What a stop covers, as kept in `stops`: 'invitation/*', '*/whatsapp', '*/*'."""
    return f"{purpose}/{channel}"


def covering(purpose: str, channel: str) -> frozenset[str]:
    """The stops that forbid a message of this purpose on this channel."""
    return frozenset({scope(), scope(purpose), scope(channel=channel), scope(purpose, channel)})
