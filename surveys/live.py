"""What staff see of a wave before it is published: the figures of `steps`, moved on in the background.

One row a territory holds where its figures stand and the card that pages read. A closed wave goes on moving until it
is published; from then on staff read what everybody reads, so that nothing can be told from the difference.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, ForeignKey, select, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

import options
from db import Base, Database
from surveys import aggregates, disclosure, steps
from surveys.disclosure import PublicCard
from surveys.figures import Cells, Measure, Participation, Sums
from surveys.steps import Department, Municipality
from surveys.suppression import DEPARTMENT, DISSENT, MUNICIPALITY


class LiveFigures(Base):
    """Where the figures of a wave stand in a territory. `seen` is how much had been counted at the last look."""

    __tablename__ = "live_figures"

    wave_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("waves.id"), primary_key=True)
    territory: Mapped[str] = mapped_column(primary_key=True)
    seen: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[dict[str, Any]] = mapped_column(JSONB)
    card: Mapped[dict[str, Any]] = mapped_column(JSONB)


_UNPUBLISHED = text("SELECT id FROM waves WHERE status IN ('open', 'closed') AND published_at IS NULL ORDER BY id")

_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('live figures'), :wave_id)")

_MOVED = text(
    """
    SELECT r.territory, sum(r.n)::bigint AS seen FROM rollups r
    WHERE r.wave_id = :wave_id AND length(r.territory) = 5
    GROUP BY r.territory
    HAVING sum(r.n) <> coalesce((
        SELECT l.seen FROM live_figures l WHERE l.wave_id = :wave_id AND l.territory = r.territory
    ), 0)
    """
)


def advance(database: Database) -> None:
    """Move on the figures of all waves that are not published. A job: one transaction a wave."""
    with database.transaction() as connection:
        waves = list(connection.scalars(_UNPUBLISHED))
    for wave_id in waves:
        with database.transaction() as connection:
            advance_wave(connection, wave_id)


def advance_wave(connection: Connection, wave_id: int) -> None:
    """Move on the figures of one wave, as far as enough people stand behind the step."""
    minimum = options.value(connection, options.MINIMUM_CELL)
    connection.execute(_ALONE, {"wave_id": wave_id})
    moved = {row.territory: row.seen for row in connection.execute(_MOVED, {"wave_id": wave_id})}
    if not moved:
        return
    known = aggregates.measured(connection, wave_id)
    kept = {
        row.territory: row
        for row in connection.execute(select(LiveFigures.__table__).where(LiveFigures.wave_id == wave_id))
    }
    municipalities = {code: _municipality(row.state) for code, row in kept.items() if len(code) == MUNICIPALITY}
    asked = {code: _asked(row.card) for code, row in kept.items() if len(code) == MUNICIPALITY}
    now = aggregates.cells(connection, wave_id, list(moved))
    for code, participation in aggregates.asked(connection, wave_id, list(moved)).items():
        asked[code] = _in_steps(participation)
    for code in moved:
        before = municipalities.get(code, Municipality())
        municipalities[code] = steps.advance(now.get(code, {}), before, known, minimum)
    writer = _Writer(connection, wave_id, known, minimum)
    for code, seen in moved.items():
        one = municipalities[code]
        writer.write(code, one.shown, {"following": _rows(one.following)}, asked.get(code, Participation()), seen)
    departments: dict[str, Department] = {}
    for code in {code[:DEPARTMENT] for code in municipalities}:
        inside = {each: one for each, one in municipalities.items() if each.startswith(code)}
        before_total = _department(kept[code].state) if code in kept else Department()
        found = steps.total([one.shown for one in inside.values()], before_total, known, minimum)
        departments[code] = found
        writer.write(
            code, found.shown, {"rest": _rows(found.rest)}, _sum([asked.get(each, Participation()) for each in inside])
        )
    pairs = [
        (found, [one.shown for each, one in municipalities.items() if each.startswith(code)])
        for code, found in departments.items()
    ]
    writer.write("", steps.country(pairs, known, minimum), {}, _sum(list(asked.values())))


def cards(connection: Connection, wave_id: int, territories: Collection[str]) -> Mapping[str, PublicCard]:
    """The cards of a wave that is not published, by territory; empty before anybody was invited or answered."""
    query = select(LiveFigures.territory, LiveFigures.card).where(
        LiveFigures.wave_id == wave_id, LiveFigures.territory.in_(territories)
    )
    rows = connection.execute(query.order_by(LiveFigures.territory))
    return {row.territory: PublicCard.from_json(row.card) for row in rows}


def territories(connection: Connection, wave_id: int) -> list[str]:
    """The territories in which families are invited to a wave that is not published, by code."""
    query = select(LiveFigures.territory).where(LiveFigures.wave_id == wave_id).order_by(LiveFigures.territory)
    return list(connection.scalars(query))


def forget(connection: Connection, wave_id: int) -> None:
    """Drop what staff saw of a wave that is published now."""
    connection.execute(text("DELETE FROM live_figures WHERE wave_id = :wave_id"), {"wave_id": wave_id})


class _Writer:
    """Writes rows of one wave."""

    def __init__(self, connection: Connection, wave_id: int, known: Mapping[str, Measure], minimum: int) -> None:
        self.connection, self.wave_id, self.known, self.minimum = connection, wave_id, known, minimum

    def write(
        self, territory: str, shown: Cells, state: Mapping[str, Any], asked: Participation, seen: int = 0
    ) -> None:
        card = PublicCard(
            wave_id=self.wave_id,
            territory=territory,
            actors=steps.actors(shown, self.known, self.minimum),
            invited=asked.invited,
            unreachable=asked.unreachable,
            started=asked.started,
            response_rate=None if asked.response_rate is None else disclosure.percent(asked.response_rate),
        )
        values = {"seen": seen, "state": {"shown": _rows(shown), **state}, "card": card.to_json()}
        statement = insert(LiveFigures).values(wave_id=self.wave_id, territory=territory, **values)
        self.connection.execute(statement.on_conflict_do_update(index_elements=["wave_id", "territory"], set_=values))


def _in_steps(asked: Participation) -> Participation:
    """Who took part, in tens: «at least», and never nearly all. Totals are their sums, so that nothing is left over."""
    told = max(0, min(asked.started, asked.invited - DISSENT))
    return Participation(asked.invited, asked.unreachable, told // steps.STEP * steps.STEP)


def _sum(parts: Sequence[Participation]) -> Participation:
    return Participation(
        sum(one.invited for one in parts), sum(one.unreachable for one in parts), sum(one.started for one in parts)
    )


def _asked(card: Mapping[str, Any]) -> Participation:
    return Participation(card["invited"], card["unreachable"], card["started"])


def _rows(cells: Cells) -> list[list[Any]]:
    return [
        [actor, question, choice, sums.n, sums.weight, sums.weight2, sums.total]
        for (actor, question), by_choice in cells.items()
        for choice, sums in by_choice.items()
    ]


def _cells(rows: Sequence[Sequence[Any]]) -> Cells:
    found: dict[tuple[str, str], dict[str, Sums]] = {}
    for actor, question, choice, *sums in rows:
        found.setdefault((actor, question), {})[choice] = Sums(*sums)
    return found


def _municipality(state: Mapping[str, Any]) -> Municipality:
    return Municipality(_cells(state["shown"]), _cells(state["following"]))


def _department(state: Mapping[str, Any]) -> Department:
    return Department(_cells(state["shown"]), _cells(state["rest"]))
