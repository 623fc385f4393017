"""Inviting the families of a wave: drawing them, then writing to each, in chunks that can be resumed.

`wave_campaigns` holds one row per wave: its campaign, and how far its invitations are. Each chunk moves it on in the
transaction that writes the chunk's messages, so that a kill at any point loses nothing and doubles nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom

from sqlalchemy import BigInteger, Connection, ForeignKey, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from bot.catalogue import SPANISH, Catalogue
from bot.proactive import Letter, send
from bot.register import FamilyContact
from db import Base, Database
from families.audience import Listed, audience
from messaging import campaigns
from messaging.contacts import ContactRow
from messaging.encoding import fold_for_sms, segments
from messaging.outbox import Priority
from surveys import invitations, waves
from surveys.invitations import MODULE, InvitationRow, Subject

PURPOSE = "survey_invitation"
CHUNK = 1_000
INVITATION = {True: "survey.invitation", False: "survey.invitation.named"}
INVITATION_LIFE = timedelta(days=14)


class WaveCampaign(Base):
    """The campaign that invites a wave's families: all invitations up to `after_id` are in the outbox."""

    __tablename__ = "wave_campaigns"

    wave_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("waves.id"), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("campaigns.id"))
    after_id: Mapped[int] = mapped_column(BigInteger)
    finished: Mapped[bool]


def open_wave(connection: Connection, wave_id: int, now: datetime) -> int:
    """Open a planned wave and draw its families; returns how many are invited.

    Their messages are written by the job `invite`; the caller rings for it after its commit. Raises
    waves.WaveStateError if the wave is not planned.
    """
    wave = waves.get(connection, wave_id)
    if wave is None:
        raise waves.WaveStateError(f"there is no wave {wave_id}")
    waves.open(connection, wave_id, now)
    created = invitations.create(
        connection,
        wave_id,
        subjects(connection, wave.territory),
        SystemRandom(),
        modules=wave.modules,
        sample_size=wave.sample_size,
    )
    campaign_id = campaigns.create(connection, wave.name, now)
    connection.execute(
        insert(WaveCampaign).values(wave_id=wave_id, campaign_id=campaign_id, after_id=0, finished=False)
    )
    return created


@dataclass(frozen=True, slots=True)
class Forecast:
    """What inviting a wave's families takes. `modules` has the families by the module drawn for them."""

    invited: int
    unreachable: int
    messages: int
    segments: int
    modules: Mapping[str, int]


def forecast(connection: Connection, wave_id: int, texts: Catalogue) -> Forecast:
    """What the invitations of an opened wave will take; a dry run opens one and rolls back."""
    wave = waves.get(connection, wave_id)
    assert wave is not None
    rows = connection.execute(
        select(InvitationRow.reachable, InvitationRow.preset[MODULE].astext.label("module"), func.count().label("n"))
        .where(InvitationRow.wave_id == wave_id)
        .group_by("reachable", "module")
    ).all()
    modules: dict[str, int] = {}
    for row in rows:
        modules[row.module or ""] = modules.get(row.module or "", 0) + row.n
    messages = sum(row.n for row in rows if row.reachable)
    text = fold_for_sms(texts.text(INVITATION[wave.anonymous], SPANISH))
    return Forecast(
        invited=sum(row.n for row in rows),
        unreachable=sum(row.n for row in rows if not row.reachable),
        messages=messages,
        segments=messages * segments(text).count,
        modules=modules,
    )


def subjects(connection: Connection, territory: str) -> Iterator[Subject]:
    """The signed, active families of a territory; those without a number that may be written to are not reachable."""
    for chunk in audience(connection, territory):
        reached = _contacts(connection, [family.id for family in chunk])
        yield from (_subject(family, family.id in reached) for family in chunk)


def invite(database: Database, texts: Catalogue, now: datetime) -> bool:
    """Write the next chunk of invitations of some wave. Returns whether there may be more to write."""
    with database.transaction() as connection:
        row = connection.execute(
            select(WaveCampaign.__table__).where(~WaveCampaign.finished).limit(1).with_for_update(skip_locked=True)
        ).one_or_none()
        if row is None:
            return False
        wave = waves.get(connection, row.wave_id)
        open_still = wave is not None and wave.status == waves.OPEN
        batch = invitations.reachable(connection, row.wave_id, after=row.after_id, limit=CHUNK) if open_still else []
        if not batch:
            _move(connection, row.wave_id, finished=True)
            return True
        reached = _contacts(connection, [one.subject for one in batch if one.subject is not None])
        letters = [
            Letter(reached[one.subject], INVITATION[one.anonymous], f"invitation:{one.id}")
            for one in batch
            if one.subject is not None and one.subject in reached
        ]
        send(connection, texts, letters, PURPOSE, Priority.BULK, now, now + INVITATION_LIFE, row.campaign_id)
        _move(connection, row.wave_id, after_id=batch[-1].id)
        return True


def _move(connection: Connection, wave_id: int, **values: int) -> None:
    connection.execute(update(WaveCampaign).where(WaveCampaign.wave_id == wave_id).values(**values))


def _contacts(connection: Connection, family_ids: list[int]) -> Mapping[int, int]:
    """One contact per family that may be written to: the one heard from last."""
    rows = connection.execute(
        select(FamilyContact.family_id, FamilyContact.contact_id)
        .join(ContactRow, ContactRow.id == FamilyContact.contact_id)
        .where(
            FamilyContact.family_id.in_(family_ids),
            ContactRow.stopped_at.is_(None),
            ContactRow.quarantined_at.is_(None),
        )
        .order_by(ContactRow.last_inbound_at.asc().nulls_first())
    )
    return {row.family_id: row.contact_id for row in rows}


def _subject(family: Listed, reachable: bool) -> Subject:
    return Subject(family.id, family.municipality, family.zone, reachable)
