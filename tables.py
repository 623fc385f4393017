"""Every table of the service, for migrations and tests: importing this module declares them all."""

# ruff: noqa: F401
import options
import timers
from bot import (
    complainants,
    conversations,
    correspondence,
    emergency_alerts,
    erasure,
    monthly_closing,
    openings,
    proving,
    register,
    session_reminders,
)
from bot.campaigns import plans, saved_filters, wave_days
from db import Base
from families import (
    achievements,
    assignments,
    audit,
    claims,
    complaints,
    consents,
    demand,
    enrolment,
    families,
    life_plan,
    milestones,
    news,
    notes,
    obstacles,
    programmes,
    progress,
    referrals,
    sessions,
    slots,
    staff,
    staff_links,
    staff_second_step,
    staff_sessions,
    territory,
    yearly_plans,
)
from messaging import campaigns, contacts, inbox, outbox, prices, watermarks
from messaging.providers import registry
from surveys import (
    attachments,
    comments,
    commitments,
    drafts,
    folding,
    invitations,
    library,
    live,
    outcomes,
    publications,
    responses,
    waves,
)

metadata = Base.metadata
