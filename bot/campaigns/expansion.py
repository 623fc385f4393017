"""Writing campaigns that have begun: chunk by chunk, with flat memory, from where the last chunk ended.

The cursor moves in the transaction of each chunk, so that a kill at any point loses nothing and doubles nothing; the
plan's row is locked meanwhile, so that two workers write two campaigns and never the same.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from random import SystemRandom
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Row, select, text, update
from sqlalchemy.exc import OperationalError, TimeoutError

from bot import inviting, openings
from bot.campaigns import plans
from bot.campaigns.audience import FACTS, recipients
from bot.campaigns.plans import CampaignPlan, Planned
from bot.campaigns.script import LIFE, Kind, Script, settle
from bot.catalogue import Catalogue
from bot.dialogues import reply
from db import Database
from families.families import Family
from messaging import campaigns, policy
from messaging.campaigns import RUNNING, Campaign, Wording
from messaging.gate import Policy
from surveys import invitations, waves
from surveys.invitations import Subject
from surveys.waves import Wave

log = structlog.get_logger()

CHUNK: Final = 5_000
ANSWERED: Final = frozenset({Kind.ANNOUNCEMENT, Kind.RESULT})
"""Kinds of campaign that people may answer in their own words: that reaches the coordination."""


def expand(database: Database, texts: Catalogue, now: datetime, chunk: int = CHUNK) -> bool:
    """Job: let campaigns begin and end whose time has come, and write the next chunk of one that runs.

    Returns whether there may be more to write.
    """
    with database.transaction() as connection:
        campaigns.start_due(connection, now)
        unwritten = _running(connection, expanded=False)
    written = any(_written(database, campaign_id, texts, now, chunk) for campaign_id in unwritten)
    with database.transaction() as connection:
        campaigns.finish(connection, _running(connection, expanded=True), now)
    return written


def _written(database: Database, campaign_id: int, texts: Catalogue, now: datetime, chunk: int) -> bool:
    """Write the next chunk of a campaign; returns whether it did. One that fails does not hold the others up."""
    try:
        with database.transaction() as connection:
            return _next_chunk(connection, campaign_id, texts, now, chunk)
    except (OperationalError, TimeoutError):
        raise
    except Exception:
        log.exception("campaign not written", campaign=campaign_id)
        return False


def _next_chunk(connection: Connection, campaign_id: int, texts: Catalogue, now: datetime, chunk: int) -> bool:
    mine = connection.scalar(
        select(CampaignPlan.campaign_id)
        .join(Campaign, Campaign.id == CampaignPlan.campaign_id)
        .where(CampaignPlan.campaign_id == campaign_id, ~CampaignPlan.expanded, Campaign.status == RUNNING)
        .with_for_update(of=CampaignPlan.__table__, skip_locked=True)
    )
    if mine is None:
        return False
    planned = plans.get(connection, campaign_id)
    assert planned is not None
    wave = _ready(connection, planned, now)
    if planned.wave is not None and wave is None:
        _move(connection, campaign_id, expanded=True)
        return True
    _write(connection, planned, wave, texts, now, chunk)
    return True


def _ready(connection: Connection, planned: Planned, now: datetime) -> Wave | None:
    """The wave that a campaign is about, opened if its invitation begins; None if it is over, or there is none."""
    wave = planned.wave
    if wave is None:
        return None
    match planned.plan.kind:
        case Kind.INVITATION if wave.status == waves.PLANNED:
            waves.open(connection, wave.id, now)
            if wave.sample_size is not None:
                inviting.draw(connection, wave)
            return waves.get(connection, wave.id)
        case Kind.RESULT:
            return wave
        case _:
            return wave if wave.status == waves.OPEN else None


def _write(
    connection: Connection, planned: Planned, wave: Wave | None, texts: Catalogue, now: datetime, chunk: int
) -> None:
    """The next families of a campaign: settled, drawn for the wave if they are invited to it, and written to."""
    here = (
        plans.families(planned.plan, wave, now, planned.id)
        .where(Family.id > planned.after_id)
        .order_by(Family.id)
        .limit(chunk)
        .subquery()
    )
    rows = connection.execute(recipients(here, now)).all()
    script = plans.script(connection, planned.plan, wave, texts)
    outcomes = settled(rows, script, policy.current(connection), now)
    if planned.plan.kind is Kind.INVITATION and wave is not None:
        begun = set(connection.scalars(_BEGUN, {"wave_id": wave.id, "ids": [row.family_id for row in rows]}))
        outcomes = [(row, plans.REACHED if row.family_id in begun else outcome) for row, outcome in outcomes]
    if planned.plan.kind is Kind.INVITATION and wave is not None and wave.sample_size is None:
        drawn = (
            Subject(row.family_id, row.municipality, row.zone, isinstance(outcome, Wording))
            for row, outcome in outcomes
        )
        invitations.create(connection, wave.id, drawn, SystemRandom(), modules=wave.modules)
    batches = _batches(connection, planned.id, outcomes)
    _note(connection, planned.id, outcomes)
    messages = campaigns.enqueue(connection, planned.id, script.purpose, batches, now, now + LIFE)
    if planned.plan.kind in ANSWERED:
        written = [row.contact_id for row, outcome in outcomes if isinstance(outcome, Wording)]
        openings.note_campaign(connection, planned.id, written, reply.OPENING, now + LIFE)
    _move(
        connection,
        planned.id,
        after_id=rows[-1].family_id if rows else planned.after_id,
        families=CampaignPlan.families + len(rows),
        messages=CampaignPlan.messages + messages,
        expanded=len(rows) < chunk,
    )


def settled(
    rows: Iterable[Row[Any]], script: Script, hours: Policy, now: datetime
) -> list[tuple[Row[Any], Wording | str]]:
    """What becomes of each family; those who are reached alike are settled once."""
    known: dict[tuple[object, ...], Wording | str] = {}
    outcomes = []
    for row in rows:
        alike = row[-len(FACTS) :]
        if alike not in known:
            known[alike] = settle(row, script, hours, now)
        outcomes.append((row, known[alike]))
    return outcomes


def _batches(
    connection: Connection, campaign_id: int, outcomes: Sequence[tuple[Row[Any], Wording | str]]
) -> list[tuple[Wording, list[int]]]:
    """The contacts to write to by wording: each once, also where several families share it."""
    reached = {row.contact_id: outcome for row, outcome in outcomes if isinstance(outcome, Wording)}
    done = set(connection.scalars(_WRITTEN, {"campaign_id": campaign_id, "contact_ids": list(reached)}))
    batches: dict[int, tuple[Wording, list[int]]] = {}
    for contact_id, wording in reached.items():
        if contact_id not in done:
            batches.setdefault(id(wording), (wording, []))[1].append(contact_id)
    return list(batches.values())


_BEGUN = text(
    """
    SELECT subject FROM invitations
    WHERE wave_id = :wave_id AND subject = ANY(CAST(:ids AS bigint[])) AND status NOT IN ('invited', 'unreachable')
    """
)
_WRITTEN = text(
    """
    SELECT contact_id FROM campaign_recipients
    WHERE campaign_id = :campaign_id AND contact_id = ANY(CAST(:contact_ids AS bigint[])) AND reason IS NULL
    """
)
_NOTE = text(
    """
    INSERT INTO campaign_recipients (campaign_id, family_id, contact_id, reason)
    SELECT :campaign_id, family_id, contact_id, reason
    FROM unnest(CAST(:family_ids AS bigint[]), CAST(:contact_ids AS bigint[]), CAST(:reasons AS text[]))
         AS listed (family_id, contact_id, reason)
    """
)


def _note(connection: Connection, campaign_id: int, outcomes: Sequence[tuple[Row[Any], Wording | str]]) -> None:
    listed = {
        "campaign_id": campaign_id,
        "family_ids": [row.family_id for row, _ in outcomes],
        "contact_ids": [row.contact_id for row, _ in outcomes],
        "reasons": [outcome if isinstance(outcome, str) else None for _, outcome in outcomes],
    }
    connection.execute(_NOTE, listed)


def _move(connection: Connection, campaign_id: int, **values: object) -> None:
    connection.execute(update(CampaignPlan).where(CampaignPlan.campaign_id == campaign_id).values(**values))


def _running(connection: Connection, *, expanded: bool) -> Sequence[int]:
    """The running campaigns of which everything is written, or of which something is still to be."""
    return connection.scalars(
        select(CampaignPlan.campaign_id)
        .join(Campaign, Campaign.id == CampaignPlan.campaign_id)
        .where(CampaignPlan.expanded.is_(expanded), Campaign.status == RUNNING)
        .order_by(CampaignPlan.campaign_id)
    ).all()
