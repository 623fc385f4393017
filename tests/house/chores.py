"""Jobs to ring for."""


def fold() -> None:
    """Do nothing."""


def send() -> None:
    """Do nothing."""
