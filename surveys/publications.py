"""What is shown of a wave: to anybody, frozen once it is closed; to staff while it is under way, in steps."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, DateTime, ForeignKey, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from surveys import aggregates, disclosure, folding
from surveys.disclosure import PublicCard
from surveys.figures import Actor, Figure, Participation, ReportCard
from surveys.statistics import Interval


class Publication(Base):
    """The public report card of one wave and territory. Written once; public pages read nothing else."""

    __tablename__ = "publications"

    wave_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("waves.id"), primary_key=True)
    territory: Mapped[str] = mapped_column(primary_key=True)
    card: Mapped[dict[str, Any]] = mapped_column(JSONB)
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class StaffView(Base):
    """The figures that staff were last shown of a wave in a territory: the next ones move from here in steps."""

    __tablename__ = "staff_views"

    wave_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("waves.id"), primary_key=True)
    territory: Mapped[str] = mapped_column(primary_key=True)
    card: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


_LATEST = text(
    """
    SELECT p.card FROM publications p JOIN waves w ON w.id = p.wave_id
    WHERE p.territory = :territory ORDER BY w.period_end DESC, p.wave_id DESC LIMIT 1
    """
)


def freeze(connection: Connection, wave_id: int, now: datetime, minimum: int = disclosure.MINIMUM) -> None:
    """Write down the public figures of a wave in all its territories. `waves.publish` says when that may be."""
    folding.fold_wave(connection, wave_id)
    cards = disclosure.public_table(aggregates.report_cards(connection, wave_id), minimum)
    rows = [
        {"wave_id": wave_id, "territory": territory, "card": card.to_json(), "published_at": now}
        for territory, card in cards.items()
    ]
    if rows:
        connection.execute(insert(Publication), rows)


def published(connection: Connection, wave_id: int, territory: str) -> PublicCard | None:
    """The public report card of a wave in a territory; None if there is none."""
    query = select(Publication.card).where(Publication.wave_id == wave_id, Publication.territory == territory)
    card = connection.scalar(query)
    return None if card is None else PublicCard.from_json(card)


def latest(connection: Connection, territory: str) -> PublicCard | None:
    """The public report card of the last wave that was published for a territory; None before the first."""
    card = connection.scalar(_LATEST, {"territory": territory})
    return None if card is None else PublicCard.from_json(card)


def for_staff(connection: Connection, wave_id: int, territory: str, minimum: int = disclosure.MINIMUM) -> ReportCard:
    """The report card as staff see it, of a wave under way or over.

    Figures move only in steps of respondents, also between two people who look at the same time: the row of
    the last view is locked. Figures of fewer than `minimum` respondents are not in it.
    """
    shown = _last_shown(connection, wave_id, [territory])
    current = aggregates.report_card(connection, wave_id, territory)
    return _show(connection, {territory: current}, shown, minimum)[territory]


def all_for_staff(
    connection: Connection, wave_id: int, territories: Collection[str], minimum: int = disclosure.MINIMUM
) -> Mapping[str, ReportCard]:
    """The same for several territories at once, by code; those without an invitation or an answer are not in it."""
    shown = _last_shown(connection, wave_id, territories)
    return _show(connection, aggregates.report_cards(connection, wave_id, territories), shown, minimum)


def _last_shown(connection: Connection, wave_id: int, territories: Collection[str]) -> Mapping[str, ReportCard]:
    """What staff saw last, by territory; locked, so that whoever looks at the same time waits and sees no other."""
    places = [{"wave_id": wave_id, "territory": territory} for territory in sorted(territories)]
    if not places:
        return {}
    connection.execute(insert(StaffView).values(places).on_conflict_do_nothing())
    query = (
        select(StaffView.territory, StaffView.card)
        .where(StaffView.wave_id == wave_id, StaffView.territory.in_(territories))
        .order_by(StaffView.territory)
        .with_for_update()
    )
    return {row.territory: _from_json(row.card) for row in connection.execute(query) if row.card is not None}


def _show(
    connection: Connection, current: Mapping[str, ReportCard], shown: Mapping[str, ReportCard], minimum: int
) -> Mapping[str, ReportCard]:
    """The current figures as far as staff may see them, and a note of what they saw where that is new."""
    cards = {place: disclosure.staff(card, shown.get(place), minimum) for place, card in current.items()}
    for place, card in cards.items():
        if place not in shown or card.rows != shown[place].rows:
            mine = (StaffView.wave_id == card.wave_id, StaffView.territory == place)
            connection.execute(update(StaffView).where(*mine).values(card=asdict(card)))
    return cards


def _from_json(data: Mapping[str, Any]) -> ReportCard:
    rows = (
        Actor(row["actor"], {name: _figure(found) for name, found in row["figures"].items()}) for row in data["rows"]
    )
    participation = Participation(**data["participation"])
    return ReportCard(data["wave_id"], data["territory"], tuple(rows), participation)


def _figure(data: Mapping[str, Any]) -> Figure:
    interval = data["interval"]
    return Figure(**{**data, "interval": None if interval is None else Interval(**interval)})
