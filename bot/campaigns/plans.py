"""Campaigns as the coordination plans them: what, to whom, when; and how far their writing is.

A draft is shown with its preview. Started, it is planned for a minute from then at the earliest: nothing is written
before, so that undoing it costs nothing. Then `expansion` writes it in chunks, and moves the cursor in the transaction
of each chunk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    ForeignKey,
    Index,
    Select,
    and_,
    exists,
    insert,
    not_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.campaigns import wording_rules
from bot.campaigns.access import may_use
from bot.campaigns.audience import audience
from bot.campaigns.filters import Filter
from bot.campaigns.script import ANNOUNCED, PURPOSES, Kind, Script, text_key
from bot.catalogue import Catalogue
from db import Base
from families import achievements
from families.families import Family
from families.staff import Staff
from families.territory import within
from messaging import campaigns, prices
from messaging.campaigns import DRAFT, RUNNING, Campaign
from messaging.providers import registry
from surveys import waves
from surveys.invitations import InvitationRow
from surveys.waves import Wave

UNDO: Final = timedelta(seconds=60)
"""For so long after it was started, nothing of a campaign is written."""
LONGEST_NAME: Final = 80


class CampaignPlan(Base):
    """What a campaign says to whom. All families up to `after_id` are written; `expanded` once there are no more."""

    __tablename__ = "campaign_plans"
    __table_args__ = (
        Index("ix_campaign_plans_wave_id", "wave_id"),
        Index("ix_campaign_plans_open", "campaign_id", postgresql_where=text("NOT expanded")),
    )

    campaign_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("campaigns.id"), primary_key=True)
    kind: Mapped[str]
    wave_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("waves.id"))
    filter: Mapped[dict[str, Any]] = mapped_column(JSONB)
    written: Mapped[dict[str, str]] = mapped_column(JSONB)
    """The coordination's own text by language; empty where the catalogue's is said."""
    not_before: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    """None for what was made by command."""
    after_id: Mapped[int] = mapped_column(BigInteger, server_default="0")
    families: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Families written down so far, with or without a message."""
    messages: Mapped[int] = mapped_column(BigInteger, server_default="0")
    expected: Mapped[int | None] = mapped_column(BigInteger)
    """How many families there were when it was started, for the progress."""
    expanded: Mapped[bool] = mapped_column(server_default="false")


REACHED: Final = "reached"
"""The reason of a family that needs no invitation, because it has begun to answer. It counts, and is listed, as one
that got it: nobody may see which families of an anonymous wave have answered.
"""


class CampaignRecipient(Base):
    """A family of a campaign's audience: the contact it is written to, or why it is not (`reason`)."""

    __tablename__ = "campaign_recipients"
    __table_args__ = (Index("ix_campaign_recipients_campaign_id_contact_id", "campaign_id", "contact_id"),)

    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """Without a foreign key, which would be looked at for every family; campaigns are never deleted."""
    contact_id: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str | None]


class PlanError(ValueError):
    """A campaign that cannot be planned so. `code` says why, as the pages know it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Plan:
    """What a campaign is to be. `written` is the coordination's own text by language, for announcements and results."""

    name: str
    kind: Kind
    filter: Filter
    wave_id: int | None = None
    written: Mapping[str, str] = field(default_factory=dict)
    not_before: datetime | None = None
    budget_segments: int | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A campaign as it stands."""

    id: int
    plan: Plan
    status: str
    segments: int
    after_id: int
    families: int
    messages: int
    expected: int | None
    expanded: bool
    created_at: datetime
    created_by: int | None
    starts_at: datetime | None
    ended_at: datetime | None
    wave: Wave | None

    @property
    def anonymous(self) -> bool:
        """Whether nobody may be told which of its families answered."""
        return self.wave is not None and self.wave.anonymous

    @property
    def listable(self) -> bool:
        """Whether its families may be listed by name: not those who are reminded of an anonymous wave, who have not
        answered, and not those whom a filter of the national coordination means.
        """
        return not (self.coarse or self.plan.filter.guarded)

    @property
    def coarse(self) -> bool:
        """Whether its counts are shown in tens: how many are reminded of an anonymous wave tells how many answered."""
        return self.plan.filter.unanswered_wave is not None or (self.anonymous and self.plan.kind is Kind.REMINDER)


def draft(connection: Connection, plan: Plan, texts: Catalogue, now: datetime, by: int | None = None) -> int:
    """Make a campaign that does nothing yet; returns its id. Raises PlanError."""
    check(connection, plan, texts)
    return _store(connection, plan, DRAFT, now, by)


def begin(connection: Connection, plan: Plan, now: datetime) -> int:
    """A campaign that runs from now on, for whoever has looked at it already; returns its id."""
    return _store(connection, plan, RUNNING, now, None)


def _store(connection: Connection, plan: Plan, status: str, now: datetime, by: int | None) -> int:
    campaign_id = campaigns.create(connection, plan.name, now, status=status, budget_segments=plan.budget_segments)
    connection.execute(insert(CampaignPlan).values(campaign_id=campaign_id, created_by=by, **_columns(plan)))
    return campaign_id


def change(connection: Connection, campaign_id: int, plan: Plan, texts: Catalogue) -> None:
    """Write a draft anew. Raises PlanError; one that is no draft any more is left as it is, with the code `begun`."""
    check(connection, plan, texts)
    named = {"name": plan.name, "budget_segments": plan.budget_segments}
    found = connection.execute(
        update(Campaign).where(Campaign.id == campaign_id, Campaign.status == DRAFT).values(**named)
    )
    if found.rowcount == 0:
        raise PlanError("begun")
    connection.execute(update(CampaignPlan).where(CampaignPlan.campaign_id == campaign_id).values(**_columns(plan)))


def _columns(plan: Plan) -> dict[str, object]:
    return {
        "kind": plan.kind.value,
        "wave_id": plan.wave_id,
        "filter": plan.filter.to_json(),
        "written": dict(plan.written),
        "not_before": plan.not_before,
    }


def check(connection: Connection, plan: Plan, texts: Catalogue) -> None:
    """Raises PlanError for what cannot be: a missing text, a wave in another state, a filter that would tell who has
    not answered.
    """
    if not 0 < len(plan.name.strip()) <= LONGEST_NAME:
        raise PlanError("name")
    if plan.budget_segments is not None and plan.budget_segments < 1:
        raise PlanError("budget")
    wave = waves.get(connection, plan.wave_id) if plan.wave_id is not None else None
    _check_wave(plan.kind, wave)
    for about in filter(None, (wave, _unanswered(connection, plan.filter))):
        if about.anonymous and not plan.filter.territorial:
            raise PlanError("anonymous_filter")
    if plan.filter.achievement and plan.filter.achievement not in _tellable(connection):
        raise PlanError("achievement")
    if text_key(plan.kind, anonymous=False) == ANNOUNCED:
        if problem := wording_rules.problem(plan.written, texts):
            raise PlanError(problem)
    elif plan.written:
        raise PlanError("no_own_text")


def _check_wave(kind: Kind, wave: Wave | None) -> None:
    states = {
        Kind.INVITATION: (waves.PLANNED, waves.OPEN),
        Kind.REMINDER: (waves.OPEN,),
        Kind.RESULT: (waves.CLOSED,),
    }.get(kind)
    if states is None:
        if wave is not None:
            raise PlanError("wave")
    elif wave is None or wave.standing or wave.status not in states:
        raise PlanError(f"wave_{kind}")
    elif kind is Kind.RESULT and wave.published_at is None:
        raise PlanError("wave_result")


def _tellable(connection: Connection) -> set[str]:
    """The achievements that a message may be about: who gets one about a sensitive one could give the family away."""
    return {achievement.code for achievement in achievements.tellable(achievements.in_force(connection))}


def _unanswered(connection: Connection, asked: Filter) -> Wave | None:
    if asked.unanswered_wave is None:
        return None
    wave = waves.get(connection, asked.unanswered_wave)
    if wave is None:
        raise PlanError("wave")
    return wave


def start(connection: Connection, campaign_id: int, expected: int, now: datetime) -> datetime | None:
    """Let a draft begin after the time to undo, or at its `not_before`; returns when, or None if it is no draft."""
    planned = get(connection, campaign_id)
    if planned is None:
        return None
    begins = max(now + UNDO, planned.plan.not_before or now)
    if not campaigns.plan(connection, campaign_id, begins):
        return None
    connection.execute(update(CampaignPlan).where(CampaignPlan.campaign_id == campaign_id).values(expected=expected))
    return begins


_LISTED = select(Campaign, CampaignPlan).join_from(CampaignPlan, Campaign, Campaign.id == CampaignPlan.campaign_id)


def get(connection: Connection, campaign_id: int) -> Planned | None:
    """One campaign, or None."""
    row = connection.execute(_LISTED.where(Campaign.id == campaign_id)).one_or_none()
    return None if row is None else _planned(row, _waves(connection, [row]))


def listed(connection: Connection, person: Staff, limit: int = 200) -> list[Planned]:
    """The campaigns that a person may see, newest first."""
    rows = connection.execute(_LISTED.order_by(Campaign.id.desc()).limit(5 * limit)).all()
    seen = [row for row in rows if may_use(person, Filter.from_json(row.filter))][:limit]
    about = _waves(connection, seen)
    return [_planned(row, about) for row in seen]


def everywhere(connection: Connection) -> list[Planned]:
    """All campaigns, newest first: for the operator."""
    rows = connection.execute(_LISTED.order_by(Campaign.id.desc())).all()
    about = _waves(connection, rows)
    return [_planned(row, about) for row in rows]


def of_wave(connection: Connection, wave_id: int) -> list[Planned]:
    """The campaigns about a wave, newest first."""
    rows = connection.execute(_LISTED.where(CampaignPlan.wave_id == wave_id).order_by(Campaign.id.desc())).all()
    about = _waves(connection, rows)
    return [_planned(row, about) for row in rows]


def _waves(connection: Connection, rows: Sequence[Any]) -> Mapping[int, Wave]:
    ids = {row.wave_id for row in rows if row.wave_id is not None}
    if not ids:
        return {}
    found = connection.execute(select(Wave.__table__).where(Wave.id.in_(ids)))
    return {row.id: Wave(**row._mapping) for row in found}


def _planned(row: Any, about: Mapping[int, Wave]) -> Planned:
    return Planned(
        id=row.id,
        plan=Plan(
            name=row.name,
            kind=Kind(row.kind),
            filter=Filter.from_json(row.filter),
            wave_id=row.wave_id,
            written=row.written,
            not_before=row.not_before,
            budget_segments=row.budget_segments,
        ),
        status=row.status,
        segments=row.segments,
        after_id=row.after_id,
        families=row.families,
        messages=row.messages,
        expected=row.expected,
        expanded=row.expanded,
        created_at=row.created_at,
        created_by=row.created_by,
        starts_at=row.starts_at,
        ended_at=row.ended_at,
        wave=about.get(row.wave_id),
    )


def script(connection: Connection, plan: Plan, wave: Wave | None, texts: Catalogue) -> Script:
    """The words of a campaign, with the prices and the approved templates of now."""
    return Script(
        texts,
        text_key(plan.kind, wave is not None and wave.anonymous),
        PURPOSES[plan.kind],
        prices.current(connection),
        plan.written,
        registry.usable(connection),
    )


def families(plan: Plan, wave: Wave | None, now: datetime, campaign_id: int | None = None) -> Select[int, str, str]:
    """The families of a campaign: what its filter means, narrowed to those whom its kind concerns."""
    return audience(plan.filter, now).where(_concerned(plan.kind, wave, campaign_id))


def _concerned(kind: Kind, wave: Wave | None, campaign_id: int | None) -> ColumnElement[bool]:
    if wave is None:
        return true()
    mine = and_(InvitationRow.wave_id == wave.id, InvitationRow.subject == Family.id)
    waiting = InvitationRow.status.in_(("invited", "unreachable"))
    match kind:
        case Kind.INVITATION:
            here = and_(
                within(Family.municipality_code, [wave.territory]),
                not_(_invited_before(wave.id, campaign_id)),
            )
            return here if wave.sample_size is None else and_(here, exists().where(mine))
        case Kind.REMINDER:
            return exists().where(mine, waiting)
        case _ if wave.anonymous:
            # That somebody was told the result must not tell that they answered.
            return exists().where(mine)
        case _:
            return exists().where(mine, InvitationRow.status.in_(("finished", "partial")))


def _invited_before(wave_id: int, campaign_id: int | None) -> ColumnElement[bool]:
    """Whether another campaign has written an invitation to this wave to the family."""
    return exists().where(
        CampaignRecipient.family_id == Family.id,
        CampaignRecipient.reason.is_(None),
        CampaignPlan.campaign_id == CampaignRecipient.campaign_id,
        CampaignPlan.wave_id == wave_id,
        CampaignPlan.kind == Kind.INVITATION.value,
        CampaignPlan.campaign_id != (campaign_id or 0),
    )
