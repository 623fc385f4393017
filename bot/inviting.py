"""Opening a wave: its families are drawn, and a campaign invites them (`bot.campaigns`)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom

from sqlalchemy import Connection, func, select

from bot.campaigns import plans
from bot.campaigns.filters import Filter
from bot.campaigns.plans import Plan
from bot.campaigns.script import Kind, text_key
from bot.catalogue import SPANISH, Catalogue
from bot.register import FamilyContact
from families.audience import Listed, audience
from messaging.contacts import ContactRow
from messaging.encoding import fold_for_sms, segments
from surveys import invitations, waves
from surveys.invitations import MODULE, InvitationRow, Subject
from surveys.waves import Wave


def open_wave(connection: Connection, wave_id: int, now: datetime) -> int:
    """Open a planned wave and draw its families; returns how many are invited.

    Their messages are written by the job `expand`; the caller rings for it after its commit. Raises
    waves.WaveStateError if the wave is not planned.
    """
    waves.open(connection, wave_id, now)
    wave = waves.get(connection, wave_id)
    assert wave is not None
    created = draw(connection, wave)
    about = Plan(wave.name[: plans.LONGEST_NAME], Kind.INVITATION, Filter((wave.territory,)), wave_id)
    plans.begin(connection, about, now)
    return created


def draw(connection: Connection, wave: Wave) -> int:
    """Draw the families of a wave, all or its sample; returns how many are new."""
    everybody = subjects(connection, wave.territory)
    return invitations.create(
        connection, wave.id, everybody, SystemRandom(), modules=wave.modules, sample_size=wave.sample_size
    )


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
    text = fold_for_sms(texts.text(text_key(Kind.INVITATION, wave.anonymous), SPANISH))
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
        reached = _reached(connection, [family.id for family in chunk])
        yield from (_subject(family, family.id in reached) for family in chunk)


def _reached(connection: Connection, family_ids: list[int]) -> set[int]:
    """The families among these that may be written to by some phone."""
    return set(
        connection.scalars(
            select(FamilyContact.family_id)
            .join(ContactRow, ContactRow.id == FamilyContact.contact_id)
            .where(
                FamilyContact.family_id.in_(family_ids),
                ContactRow.stopped_at.is_(None),
                ContactRow.quarantined_at.is_(None),
            )
        )
    )


def _subject(family: Listed, reachable: bool) -> Subject:
    return Subject(family.id, family.municipality, family.zone, reachable)
