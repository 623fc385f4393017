"""The queues, one per job in `jobs.py`, and who listens to which."""

DRAIN = ("jobs.drain",)
"""Sending has workers of its own, so that nothing else waits behind a campaign."""
OFTEN = ("jobs.fold", "jobs.alarm", "jobs.expand")
"""What people wait for."""
NOW_AND_THEN = ("jobs.reconcile", "jobs.advance")
"""What bounds how long the fate of a message stays unknown."""
SELDOM = ("jobs.retain", "jobs.follow", "jobs.close_month")
LISTENERS = {"drain": DRAIN, "work": (*OFTEN, *NOW_AND_THEN, *SELDOM)}
"""The kinds of worker."""
