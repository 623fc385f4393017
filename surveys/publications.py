"""What is published of a wave, frozen once it is closed: public pages, exports, papers and messages read only this.

The list of tables is fixed: the figures of every territory, and those of the whole wave by stratum (`AXES`). What may
be shown of them is decided together, in `disclosure`, so that no table gives away what another withholds.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, Connection, DateTime, ForeignKey, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import options
from db import Base
from surveys import aggregates, disclosure, folding, live, statistics
from surveys.disclosure import PublicCard, PublicFigure
from surveys.figures import GRADE, ReportCard

Pair: TypeAlias = tuple[float, float, float, float]
"""A share before with the effective number of answers behind it, and the same now, for `statistics.difference`."""

METHOD = 1
"""Version of the definitions and rules of docs/aggregates.md under which a wave is published."""

AXES: Mapping[str, Collection[str]] = {
    "zone": ("urban", "rural"),
    "channel": ("sms", "whatsapp"),
    "problem": ("si", "no"),
    "payment": ("si", "no"),
}
"""The strata by which the figures of the whole wave are published; 'zone:rural' names one.

`problem` and `payment` are answers of the same person about the same programme: what goes with low grades.
"""


class Publication(Base):
    """The public report card of one wave and territory. Written once, never changed."""

    __tablename__ = "publications"

    wave_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("waves.id"), primary_key=True)
    territory: Mapped[str] = mapped_column(primary_key=True)
    card: Mapped[dict[str, Any]] = mapped_column(JSONB)
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class StratumPublication(Base):
    """The public figures of a part of all who answered in a wave, such as 'zone:rural'. Written once, never changed."""

    __tablename__ = "stratum_publications"

    wave_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("waves.id"), primary_key=True)
    stratum: Mapped[str] = mapped_column(primary_key=True)
    card: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Definition(Base):
    """What the figures of a wave mean, as it was when they were published: measures, minimum, version of the method."""

    __tablename__ = "wave_definitions"

    wave_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("waves.id"), primary_key=True)
    method: Mapped[int]
    minimum: Mapped[int]
    measures: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


_TERRITORY = text("SELECT territory FROM waves WHERE id = :wave_id")

_LATEST = text(
    """
    SELECT p.card FROM publications p JOIN waves w ON w.id = p.wave_id
    WHERE p.territory = :territory AND NOT w.standing
    ORDER BY w.period_end DESC, p.wave_id DESC LIMIT 1
    """
)

_SERIES = text(
    """
    SELECT p.card FROM publications p JOIN waves w ON w.id = p.wave_id
    WHERE p.territory = :territory AND NOT w.standing ORDER BY w.period_end, p.wave_id
    """
)

# One that was asked of a part only, to try it out, say, is no measure for the whole.
_BEFORE = text(
    """
    SELECT b.id FROM waves b JOIN form_versions f ON f.id = b.form_version_id,
                     waves w JOIN form_versions v ON v.id = w.form_version_id
    WHERE w.id = :wave_id AND f.form_id = v.form_id AND b.published_at IS NOT NULL
      AND starts_with(w.territory, b.territory) AND (b.period_end, b.id) < (w.period_end, w.id)
    ORDER BY b.period_end DESC, b.id DESC LIMIT 1
    """
)

# Without OFFSET the card would be unpacked twice.
_ACTOR = text(
    """
    SELECT territory, figures FROM (
        SELECT territory, card->'actors'->:actor AS figures FROM publications
        WHERE wave_id = :wave_id AND territory = ANY(:territories) OFFSET 0
    ) AS rated
    WHERE figures IS NOT NULL ORDER BY territory
    """
)


# Only one indicator of every card: a page that compares many territories reads a tenth of what there is.
_COMPARED = """
    SELECT territory, rest || jsonb_build_object('actors', coalesce((
        SELECT jsonb_object_agg(rated.key, jsonb_build_object(CAST(:indicator AS text), rated.value -> :indicator))
        FROM jsonb_each(actors) AS rated WHERE rated.value ? :indicator
    ), '{{}}')) AS card
    FROM (
        SELECT territory, card -> 'actors' AS actors, card - 'actors' AS rest FROM {table}
        WHERE wave_id = :wave_id AND territory = ANY(:territories) OFFSET 0
    ) AS cards
    ORDER BY territory
"""
_PARTICIPATION = text(
    """
    SELECT territory, card || '{"actors": {}}' AS card FROM publications
    WHERE wave_id = :wave_id AND territory = ANY(:territories) ORDER BY territory
    """
)
_COMPARED_PUBLISHED = text(_COMPARED.format(table="publications"))
_COMPARED_LIVE = text(_COMPARED.format(table="live_figures"))


def freeze(connection: Connection, wave_id: int, now: datetime) -> None:
    """Write down the public figures of a wave in all its territories. `waves.publish` says when that may be.

    A wave of one department says nothing of the country that the department lies in, though its answers are counted
    there too.
    """
    minimum = options.value(connection, options.MINIMUM_CELL)
    folding.fold_wave(connection, wave_id)
    whole = connection.execute(_TERRITORY, {"wave_id": wave_id}).scalar_one()
    counted = aggregates.report_cards(connection, wave_id)
    cards = {code: card for code, card in counted.items() if code.startswith(whole)}
    published = _with_changes(connection, wave_id, cards, disclosure.public_table(cards, minimum))
    rows = [
        {"wave_id": wave_id, "territory": card.territory, "card": card.to_json(), "published_at": now}
        for card in published.values()
    ]
    if rows:
        connection.execute(insert(Publication), rows)
    parts = _strata(connection, cards[whole], published[whole], minimum) if whole in cards else {}
    if parts:
        connection.execute(
            insert(StratumPublication),
            [{"wave_id": wave_id, "stratum": name, "card": card.to_json()} for name, card in parts.items()],
        )
    known = [asdict(measure) for measure in aggregates.measured(connection, wave_id).values()]
    connection.execute(insert(Definition).values(wave_id=wave_id, method=METHOD, minimum=minimum, measures=known))
    live.forget(connection, wave_id)


def published(connection: Connection, wave_id: int, territory: str) -> PublicCard | None:
    """The public report card of a wave in a territory; None if there is none."""
    return listed(connection, wave_id, [territory]).get(territory)


def listed(
    connection: Connection, wave_id: int, territories: Collection[str] | None = None
) -> Mapping[str, PublicCard]:
    """The public report cards of a wave in these territories, or in all, by code."""
    query = select(Publication.territory, Publication.card).where(Publication.wave_id == wave_id)
    if territories is not None:
        query = query.where(Publication.territory.in_(territories))
    rows = connection.execute(query.order_by(Publication.territory))
    return {row.territory: PublicCard.from_json(row.card) for row in rows}


def strata(connection: Connection, wave_id: int) -> Mapping[str, PublicCard]:
    """The public figures of a whole wave by stratum: 'zone:rural', 'channel:sms', 'problem:si', …"""
    query = select(StratumPublication.stratum, StratumPublication.card).where(StratumPublication.wave_id == wave_id)
    rows = connection.execute(query.order_by(StratumPublication.stratum))
    return {row.stratum: PublicCard.from_json(row.card) for row in rows}


def of_actor(
    connection: Connection, wave_id: int, actor: str, territories: Collection[str]
) -> Mapping[str, Mapping[str, PublicFigure | None]]:
    """What was published of one who is rated (a programme, say) in these territories, by code and indicator."""
    parameters = {"wave_id": wave_id, "actor": actor, "territories": list(territories)}
    rows = connection.execute(_ACTOR, parameters)
    return {row.territory: disclosure.figures_from_json(row.figures) for row in rows}


def territories(connection: Connection, wave_id: int) -> list[str]:
    """The territories of which a wave has published figures, by code."""
    query = select(Publication.territory).where(Publication.wave_id == wave_id)
    return list(connection.scalars(query.order_by(Publication.territory)))


def for_staff(connection: Connection, wave_id: int, territory: str) -> PublicCard:
    """The card of a wave as staff see it: what is published, or before that what `live` has of it so far."""
    found = all_for_staff(connection, wave_id, [territory])
    return found.get(territory) or PublicCard(wave_id, territory, {})


def all_for_staff(connection: Connection, wave_id: int, territories: Collection[str]) -> Mapping[str, PublicCard]:
    """The same for several territories at once, by code; those without an invitation or an answer are not in it."""
    return listed(connection, wave_id, territories) or live.cards(connection, wave_id, territories)


def compared_for_staff(
    connection: Connection, wave_id: int, territories: Collection[str], indicator: str
) -> Mapping[str, PublicCard]:
    """The cards of several territories as staff see them, with one indicator only, by code."""
    parameters = {"wave_id": wave_id, "territories": list(territories), "indicator": indicator}
    rows = connection.execute(_COMPARED_PUBLISHED, parameters).all()
    rows = rows or connection.execute(_COMPARED_LIVE, parameters).all()
    return {row.territory: PublicCard.from_json(row.card) for row in rows}


def participation(connection: Connection, wave_id: int, territories: Collection[str]) -> Mapping[str, PublicCard]:
    """The public cards of these territories, by code, with who took part and no figures."""
    rows = connection.execute(_PARTICIPATION, {"wave_id": wave_id, "territories": list(territories)})
    return {row.territory: PublicCard.from_json(row.card) for row in rows}


def territories_for_staff(connection: Connection, wave_id: int) -> list[str]:
    """The territories of which staff may see a card of a wave, by code."""
    return territories(connection, wave_id) or live.territories(connection, wave_id)


def latest(connection: Connection, territory: str) -> PublicCard | None:
    """The public report card of the last round that was published for a territory; None before the first."""
    card = connection.scalar(_LATEST, {"territory": territory})
    return None if card is None else PublicCard.from_json(card)


def series(connection: Connection, territory: str) -> list[PublicCard]:
    """The public report cards of a territory, of all published rounds, oldest first: its trend."""
    return [PublicCard.from_json(card) for card in connection.scalars(_SERIES, {"territory": territory})]


def definitions(connection: Connection, wave_id: int) -> Definition | None:
    """What the figures of a published wave mean; None before it is published."""
    row = connection.execute(select(Definition.__table__).where(Definition.wave_id == wave_id)).one_or_none()
    return None if row is None else Definition(**row._mapping)


def minimum_of(connection: Connection, wave_id: int) -> int:
    """The fewest respondents behind a figure of a wave: as it was published, before that as it is set."""
    found = definitions(connection, wave_id)
    return found.minimum if found else options.value(connection, options.MINIMUM_CELL)


def _strata(connection: Connection, total: ReportCard, published: PublicCard, minimum: int) -> Mapping[str, PublicCard]:
    """The public cards of the whole wave by stratum. Each axis is decided by itself; axes are never crossed."""
    found: dict[str, PublicCard] = {}
    for axis, values in AXES.items():
        if axis in ("zone", "channel"):
            by_value = {
                value: aggregates.report_card(connection, total.wave_id, total.territory, **{axis: value})
                for value in values
            }
        else:
            by_value = dict(aggregates.report_cards_by_answer(connection, total.wave_id, axis))
        parts = {f"{axis}:{value}": by_value[value] for value in values if value in by_value}
        found |= disclosure.public_strata(total, published, parts, minimum)
    return found


def _with_changes(
    connection: Connection, wave_id: int, cards: Mapping[str, ReportCard], published: Mapping[str, PublicCard]
) -> Mapping[str, PublicCard]:
    """The same cards, with how much each share changed since the wave that was published before.

    Only between figures that are shown whole in both: what is said of them is then true of groups that may be known.
    """
    before = connection.scalar(_BEFORE, {"wave_id": wave_id})
    if before is None:
        return published
    old = aggregates.report_cards(connection, before)
    shown = listed(connection, before)
    pairs = {
        (code, *table): pair
        for code, card in published.items()
        if code in shown and code in old
        for table, pair in _compared(cards[code], card, old[code], shown[code]).items()
    }
    outstanding = _outstanding(pairs)
    return {
        code: replace(
            card,
            actors={
                actor: {
                    indicator: _changed(figure, before, pairs.get(key), key in outstanding)
                    for indicator, figure in figures.items()
                    for key in [(code, actor, indicator)]
                }
                for actor, figures in card.actors.items()
            },
        )
        for code, card in published.items()
    }


def _compared(
    now: ReportCard, published: PublicCard, before: ReportCard, shown: PublicCard
) -> Mapping[disclosure.Table, Pair]:
    """The figures of one territory that may be compared, as they were and as they are."""
    found = {}
    for actor, figures in published.actors.items():
        for indicator, figure in figures.items():
            earlier, first, second = (
                shown.figure(actor, indicator),
                before.figure(actor, indicator),
                now.figure(actor, indicator),
            )
            if (
                figure is None
                or earlier is None
                or figure.bounded
                or earlier.bounded
                or first is None
                or second is None
            ):
                continue
            if first.kind == second.kind and first.share is not None and second.share is not None:
                found[actor, indicator] = (first.share, first.effective_n, second.share, second.effective_n)
    return found


def _outstanding(pairs: Mapping[tuple[str, str, str], Pair]) -> set[tuple[str, str, str]]:
    """The grades whose change stands out among those of all places and of all who are graded."""
    grades = [key for key in pairs if key[2] == GRADE]
    found = statistics.discoveries([statistics.p_value(*pairs[key]) for key in grades])
    return {key for key, out in zip(grades, found, strict=True) if out}


def _changed(figure: PublicFigure | None, since: int, pair: Pair | None, stands_out: bool) -> PublicFigure | None:
    if figure is None or pair is None:
        return figure
    change = disclosure.public_change(since, statistics.difference(*pair), stands_out=stands_out)
    return replace(figure, change=change)
