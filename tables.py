"""Every table of the service, for migrations and tests: importing this module declares them all."""

# ruff: noqa: F401
import timers
from bot import conversations, inviting, openings, register
from db import Base
from families import achievements, assignments, audit, consents, enrolment, families, staff, territory
from messaging import campaigns, contacts, inbox, outbox, reconciliation
from messaging.providers import contents
from surveys import attachments, folding, invitations, library, publications, responses, waves

metadata = Base.metadata
