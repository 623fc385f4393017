"""Closing a wave: its responses end as they are, in the figures and in the conversations alike."""

from datetime import datetime

from sqlalchemy import Connection, update

from bot import silence
from bot.inviting import WaveCampaign
from messaging import campaigns
from surveys import waves


def close_wave(connection: Connection, wave_id: int, now: datetime) -> int:
    """Close an open wave and stop its invitations. Returns how many responses ended half way.

    Raises waves.WaveStateError if the wave is not open.
    """
    closed = waves.close(connection, wave_id, now)
    silence.end(connection, closed, now)
    campaign_id = connection.scalar(
        update(WaveCampaign)
        .where(WaveCampaign.wave_id == wave_id)
        .values(finished=True)
        .returning(WaveCampaign.campaign_id)
    )
    if campaign_id is not None:
        campaigns.stop(connection, campaign_id)
    return len(closed)
