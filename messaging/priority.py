"""What goes first."""

from enum import IntEnum


class Priority(IntEnum):
    """Classes of messages, most urgent first."""

    REPLY = 0
    REMINDER = 1
    BULK = 2
