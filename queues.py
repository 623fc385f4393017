"""The queues, one per job in `jobs.py`, and who listens to which."""

DRAIN = ("jobs.drain",)
"""Sending has workers of its own, so that nothing else waits behind a campaign."""
OFTEN = ("jobs.fold", "jobs.alarm", "jobs.invite")
"""What people wait for."""
SELDOM = ("jobs.reconcile", "jobs.retain")
LISTENERS = {"drain": DRAIN, "work": (*OFTEN, *SELDOM)}
"""The kinds of worker."""
