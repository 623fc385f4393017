"""What the programme's limits ask of a family's calendar: how many sessions of a kind, and until when.

The windows count from the day a family was registered (Manual Operativo v3.0: four baseline sessions within the
first two months, two life-plan sessions in months three and four; the agreement signed by the second session).
They are warnings for the gestor: nothing is refused, and nothing follows for a family.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, and_, func, select, text

from families.deadlines import BOGOTA, is_holiday
from families.families import Family, Status
from families.session_kinds import Kind, agreement_kind, kinds
from families.sessions import FamilySession, SessionFamily, State

SUNDAY = 6
COUNTED = (State.SCHEDULED, State.HELD)
"""Sessions that count towards a number: those to come and those that were held."""


@dataclass(frozen=True, slots=True)
class Due:
    """A family still lacks `missing` sessions of a kind, of which the last is due on `until`."""

    family_id: int
    kind: str
    missing: int
    until: date


class Problem(StrEnum):
    """What is unusual about a session that is being planned."""

    TOO_MANY = "too_many"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    CLASH = "clash"
    DAY_OFF = "day_off"


def due(connection: Connection, family_ids: Collection[int], today: date) -> list[Due]:
    """What these families lack in windows that have begun, the most urgent first.

    Families that did not enter or have left lack nothing; a window that ended is still told, for it is overdue.
    """
    entries = _entries(connection, family_ids)
    counts = _counts(connection, entries)
    found = []
    for family_id, entry in entries.items():
        for kind in kinds().values():
            if kind.count is None or kind.months is None:
                continue
            begins, ends = window(kind, entry)
            missing = kind.count - counts[family_id, kind.code]
            if missing > 0 and begins <= today:
                found.append(Due(family_id, kind.code, missing, ends))
    return sorted(found, key=lambda one: (one.until, one.family_id))


def problems(
    connection: Connection, kind: Kind, family_ids: Collection[int], starts_at: datetime, *, clash: bool
) -> list[Problem]:
    """What a gestor should know before planning this session; `clash`: they have another one at that time."""
    day = starts_at.astimezone(BOGOTA).date()
    found = set()
    if clash:
        found.add(Problem.CLASH)
    if day.weekday() == SUNDAY or is_holiday(day):
        found.add(Problem.DAY_OFF)
    entries = _entries(connection, family_ids)
    counts = _counts(connection, entries)
    for family_id, entry in entries.items():
        if kind.count is not None and counts[family_id, kind.code] >= kind.count:
            found.add(Problem.TOO_MANY)
        if kind.months is not None:
            begins, ends = window(kind, entry)
            if day < begins:
                found.add(Problem.TOO_EARLY)
            if day > ends:
                found.add(Problem.TOO_LATE)
    return sorted(found)


def window(kind: Kind, entry: date) -> tuple[date, date]:
    """First and last day of a kind's window for a family registered on `entry`; the kind has a window."""
    assert kind.months is not None
    first, last = (months_after(entry, months) for months in kind.months)
    return first, last


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or before; the month's last where it has no such day."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


_AGREEMENTS = text(
    """
    WITH welcomed AS (
        SELECT id FROM families WHERE id = ANY(:families) AND status = 'welcomed'
    ), deciding AS (
        SELECT family_id, starts_at, row_number() OVER (PARTITION BY family_id ORDER BY starts_at, session_id) AS place
        FROM session_families JOIN family_sessions ON family_sessions.id = session_id
        WHERE family_id IN (SELECT id FROM welcomed) AND moved_to IS NULL
          AND kind = :kind AND state IN ('scheduled', 'held')
    ), dropped AS (
        DELETE FROM agreement_deadlines WHERE family_id IN (SELECT id FROM welcomed)
          AND family_id NOT IN (SELECT family_id FROM deciding WHERE place = :place)
    )
    INSERT INTO agreement_deadlines (family_id, due_on)
    SELECT family_id, (starts_at AT TIME ZONE 'America/Bogota')::date FROM deciding WHERE place = :place
    ON CONFLICT (family_id) DO UPDATE SET due_on = excluded.due_on
    """
)


def refresh_agreements(connection: Connection, family_ids: Iterable[int]) -> None:
    """Set until when welcomed families may sign: the day of the session in which it is decided, if one is planned."""
    kind = agreement_kind()
    parameters = {"families": sorted(family_ids), "kind": kind.code, "place": kind.agreement_by}
    connection.execute(_AGREEMENTS, parameters)


def _entries(connection: Connection, family_ids: Collection[int]) -> Mapping[int, date]:
    """The day each of these families was registered, for those that are with the programme."""
    rows = connection.execute(
        select(Family.id, Family.registered_at).where(
            Family.id.in_(list(family_ids)), Family.status.in_([Status.WELCOMED, Status.ACTIVE])
        )
    )
    return {row.id: row.registered_at.astimezone(BOGOTA).date() for row in rows}


def _counts(connection: Connection, family_ids: Collection[int]) -> Counter[tuple[int, str]]:
    """Sessions held or to come, by family and kind."""
    rows = connection.execute(
        select(SessionFamily.family_id, FamilySession.kind, func.count().label("n"))
        .join(FamilySession, FamilySession.id == SessionFamily.session_id)
        .where(
            SessionFamily.family_id.in_(list(family_ids)),
            and_(SessionFamily.moved_to.is_(None), FamilySession.state.in_(COUNTED)),
        )
        .group_by(SessionFamily.family_id, FamilySession.kind)
    )
    return Counter({(row.family_id, row.kind): row.n for row in rows})
