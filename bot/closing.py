"""Closing a wave: its responses end as they are, in the figures and in the conversations alike."""

from datetime import datetime

from sqlalchemy import Connection

from bot import silence
from bot.campaigns import plans
from bot.campaigns.script import Kind
from messaging import campaigns
from surveys import waves


def close_wave(connection: Connection, wave_id: int, now: datetime) -> int:
    """Close an open wave and stop its invitations. Returns how many responses ended half way.

    Raises waves.WaveStateError if the wave is not open.
    """
    closed = waves.close(connection, wave_id, now)
    silence.end(connection, closed, now)
    for campaign in plans.of_wave(connection, wave_id):
        if campaign.plan.kind is not Kind.RESULT:
            campaigns.stop(connection, campaign.id, now)
    return len(closed)
