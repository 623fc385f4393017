"""Signals: figures that ask a coordinator for a second look, because they moved more than chance or are out of bounds.

Nothing is stored: each signal is worked out from what staff may see anyway, for the places where they work, and is gone
when its reason is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, text

from families import complaints_board, scope
from families.staff import Staff
from families.territory import contains
from surveys import publications, waves
from surveys.disclosure import PublicCard
from surveys.figures import GRADE

LOW: Final = 2.5
"""A mean grade below this is low: more families are dissatisfied than not."""
QUIET: Final = timedelta(days=30)
"""A gestor with families and without a session for so long."""
SETTLING: Final = timedelta(days=7)
"""For so long after it opened, nothing is said of a wave's response."""
BEHIND: Final = 0.5
"""A place whose response is less than this share of the whole wave's lags behind."""


class Kind(StrEnum):
    """What a signal is about, the most pressing first."""

    OVERDUE_COMPLAINTS = "overdue_complaints"
    FALLEN = "fallen"
    LOW_GRADE = "low_grade"
    LOW_RESPONSE = "low_response"
    QUIET_GESTORES = "quiet_gestores"
    RISEN = "risen"


@dataclass(frozen=True, slots=True)
class Signal:
    """One figure that asks for a look: where (`territory`), about whom (`actor`, empty for nobody) and how much.

    `value` is a number of complaints or gestores, a grade, or points of a share, as the kind says.
    """

    kind: Kind
    territory: str
    value: float
    actor: str = ""
    wave_id: int | None = None


_QUIET = text(
    """
    SELECT f.municipality_code, count(DISTINCT a.gestor_id) AS gestores
    FROM gestor_assignments a JOIN families f ON f.id = a.family_id AND f.status = 'active'
    JOIN staff s ON s.id = a.gestor_id AND s.active
    WHERE a.until IS NULL AND a.since < :since AND f.municipality_code LIKE ANY (CAST(:within AS text[]))
      AND NOT EXISTS (SELECT FROM family_sessions held
                      WHERE held.gestor_id = a.gestor_id AND held.state = 'held' AND held.starts_at >= :since)
    GROUP BY 1
    """
)


def seen_by(connection: Connection, person: Staff, now: datetime) -> list[Signal]:
    """The signals of the places where a person works, the most pressing first."""
    found = [
        *_complaints(connection, person, now),
        *_published(connection, person),
        *_response(connection, person, now),
        *_gestores(connection, person, now),
    ]
    order = list(Kind)
    return sorted(found, key=lambda signal: (order.index(signal.kind), -abs(signal.value), signal.territory))


def of_card(card: PublicCard) -> Iterator[Signal]:
    """What a published report card shows: low grades, and shares that changed more than chance."""
    for actor, figures in card.actors.items():
        figure = figures.get(GRADE)
        if figure is None:
            continue
        if figure.mean is not None and figure.mean < LOW:
            yield Signal(Kind.LOW_GRADE, card.territory, figure.mean, actor, card.wave_id)
        if figure.change is not None and figure.change.stands_out:
            kind = Kind.FALLEN if figure.change.direction < 0 else Kind.RISEN
            yield Signal(kind, card.territory, figure.change.points, actor, card.wave_id)


def lagging(cards: Mapping[str, PublicCard], whole: str) -> Iterator[Signal]:
    """The municipalities whose response lags far behind that of the `whole` wave, as staff may see both."""
    total = cards.get(whole)
    if total is None or total.response_rate is None or total.response_rate.bound:
        return
    for code, card in cards.items():
        rate = card.response_rate
        if code == whole or rate is None or rate.bound == "≥":
            continue
        if rate.value < BEHIND * total.response_rate.value:
            yield Signal(Kind.LOW_RESPONSE, code, rate.value, wave_id=card.wave_id)


def _complaints(connection: Connection, person: Staff, now: datetime) -> Iterator[Signal]:
    for code, overdue in complaints_board.overdue_by_municipality(connection, person, now).items():
        yield Signal(Kind.OVERDUE_COMPLAINTS, code, overdue)


def _published(connection: Connection, person: Staff) -> Iterator[Signal]:
    """Of each of a person's places the last wave that was published there."""
    seen: set[str] = set()
    for wave in waves.listed(connection):
        if wave.published_at is None or not scope.meets(person, wave.territory):
            continue
        codes = publications.territories(connection, wave.id)
        here = [code for code in codes if scope.covers(person, code) and code not in seen]
        for card in publications.compared_for_staff(connection, wave.id, here, GRADE).values():
            yield from of_card(card)
        seen.update(here)
        if all(contains(wave.territory, own) for own in person.territories):
            return


def _response(connection: Connection, person: Staff, now: datetime) -> Iterator[Signal]:
    for wave in waves.listed(connection, waves.OPEN):
        if wave.opens_at is None or now - wave.opens_at < SETTLING or not scope.meets(person, wave.territory):
            continue
        own = [code for code in publications.territories_for_staff(connection, wave.id) if scope.covers(person, code)]
        cards = publications.compared_for_staff(connection, wave.id, [wave.territory, *own], GRADE)
        yield from lagging(cards, wave.territory)


def _gestores(connection: Connection, person: Staff, now: datetime) -> Iterator[Signal]:
    within = [f"{code}%" for code in person.territories]
    for row in connection.execute(_QUIET, {"since": now - QUIET, "within": within}):
        yield Signal(Kind.QUIET_GESTORES, row.municipality_code, row.gestores)


def counted(signals: Sequence[Signal]) -> Mapping[Kind, int]:
    """How many signals there are of each kind that has any."""
    return {kind: n for kind in Kind if (n := sum(signal.kind is kind for signal in signals))}
