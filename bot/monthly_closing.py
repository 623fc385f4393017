"""The monthly closing (*cierre mensual*): a numbered snapshot of what was done in a month, which never changes again.

Counts by municipality are written down once; what is shown of a department or the country is their sum. Whoever opens
the same closing in ten years reads the same figures: the database refuses to change them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import (
    CHAR,
    BigInteger,
    Connection,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from families.territory import within
from messaging.contact_hours import BOGOTA

SETTLED: Final = timedelta(days=5)
"""So long after its end a month is closed by itself, if nobody closed it before."""

FIGURES: Final[Mapping[str, str]] = {
    "families_active": """
        SELECT municipality_code, count(*) FROM families
        WHERE signed_at < :until AND (ended_at IS NULL OR ended_at >= :until) GROUP BY 1""",
    "families_signed": """
        SELECT municipality_code, count(*) FROM families WHERE signed_at >= :since AND signed_at < :until GROUP BY 1""",
    "families_graduated": """
        SELECT municipality_code, count(*) FROM families
        WHERE status = 'graduated' AND ended_at >= :since AND ended_at < :until GROUP BY 1""",
    "sessions_held": """
        SELECT municipality_code, count(*) FROM family_sessions
        WHERE state = 'held' AND starts_at >= :since AND starts_at < :until GROUP BY 1""",
    "families_attended": """
        SELECT s.municipality_code, count(*) FROM session_families a JOIN family_sessions s ON s.id = a.session_id
        WHERE a.attendance = 'attended' AND s.starts_at >= :since AND s.starts_at < :until GROUP BY 1""",
    "achievements_reported": """
        SELECT f.municipality_code, count(*) FROM achievement_claims c JOIN families f ON f.id = c.family_id
        WHERE c.source = 'family' AND c.verdict = 'reached' AND c.at >= :since AND c.at < :until GROUP BY 1""",
    "achievements_verified": """
        SELECT f.municipality_code, count(*) FROM achievement_claims c JOIN families f ON f.id = c.family_id
        WHERE c.source = 'gestor' AND c.verdict = 'reached' AND c.at >= :since AND c.at < :until GROUP BY 1""",
    "referrals_offered": """
        SELECT f.municipality_code, count(*) FROM referrals r JOIN families f ON f.id = r.family_id
        WHERE r.proposed_at >= :since AND r.proposed_at < :until GROUP BY 1""",
    "referrals_accepted": """
        SELECT f.municipality_code, count(DISTINCT r.id) FROM referral_events e
        JOIN referrals r ON r.id = e.referral_id JOIN families f ON f.id = r.family_id
        WHERE e.state = 'accepted' AND e.at >= :since AND e.at < :until GROUP BY 1""",
    "referrals_served": """
        SELECT f.municipality_code, count(DISTINCT r.id) FROM referral_events e
        JOIN referrals r ON r.id = e.referral_id JOIN families f ON f.id = r.family_id
        WHERE e.state = 'served' AND e.at >= :since AND e.at < :until GROUP BY 1""",
    "complaints_filed": """
        SELECT municipality_code, count(*) FROM complaints
        WHERE municipality_code IS NOT NULL AND received_at >= :since AND received_at < :until GROUP BY 1""",
    "complaints_answered": """
        SELECT municipality_code, count(*) FROM complaints
        WHERE municipality_code IS NOT NULL AND answered_at >= :since AND answered_at < :until GROUP BY 1""",
    "complaints_overdue": """
        SELECT municipality_code, count(*) FROM complaints
        WHERE municipality_code IS NOT NULL AND due_at < :until AND (answered_at IS NULL OR answered_at >= :until)
        GROUP BY 1""",
    "libreta_invited": """
        SELECT i.municipality, count(*) FROM invitations i JOIN waves w ON w.id = i.wave_id
        WHERE w.opens_at >= :since AND w.opens_at < :until AND i.subject IS NOT NULL GROUP BY 1""",
    "libreta_answered": """
        SELECT municipality, sum(5 * floor(greatest(0, least(answered, invited - 3)) / 5.0)) FROM (
            SELECT i.municipality, count(*) AS invited,
                   count(*) FILTER (WHERE i.status IN ('finished', 'partial')) AS answered
            FROM invitations i JOIN waves w ON w.id = i.wave_id
            WHERE w.closes_at >= :since AND w.closes_at < :until AND i.subject IS NOT NULL
            GROUP BY i.wave_id, i.municipality
        ) AS places GROUP BY 1""",
}
"""Each figure by the query that counts it, by municipality, from `since` up to `until`.

Those of the Libreta count in the month in which their wave opened or closed, so that no figure tells when somebody
answered; how many answered is told in fives, «at least», and never that nearly all of a place did.
"""

_WRITE = """
INSERT INTO closing_figures (closing_id, municipality_code, figure, value)
SELECT :number, place, :figure, n FROM ({query}) AS counted (place, n) WHERE n > 0
"""


class Closing(Base):
    """One closed month; `id` is its number."""

    __tablename__ = "closings"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    month: Mapped[date] = mapped_column(Date, unique=True)
    """Its first day."""
    closed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    closed_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))


class ClosingFigure(Base):
    """A figure of a municipality in a closing. What was nought is not stored."""

    __tablename__ = "closing_figures"

    closing_id: Mapped[int] = mapped_column(Integer, ForeignKey("closings.id"), primary_key=True)
    municipality_code: Mapped[str] = mapped_column(CHAR(5), primary_key=True)
    figure: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class ClosingError(ValueError):
    """A month that cannot be closed. `code` says why: `not_over`, `closed_already`, `gap`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Report:
    """What a closing says of some territories: each figure's sum, and by municipality."""

    closing: Closing
    total: Mapping[str, int]
    by_municipality: Mapping[str, Mapping[str, int]]


def close(connection: Connection, month: date, now: datetime, staff_id: int | None = None) -> int:
    """Close a month, given by its first day; returns the closing's number.

    Months are closed in their order, once each, after they are over. Raises ClosingError.
    """
    connection.execute(text("LOCK TABLE closings IN SHARE ROW EXCLUSIVE MODE"))
    last = connection.execute(select(Closing.id, Closing.month).order_by(Closing.id.desc()).limit(1)).one_or_none()
    since, until = bounds(month)
    if now < until:
        raise ClosingError("not_over")
    if last is not None and month <= last.month:
        raise ClosingError("closed_already")
    if last is not None and month != following(last.month):
        raise ClosingError("gap")
    number = 1 if last is None else last.id + 1
    connection.execute(insert(Closing).values(id=number, month=month, closed_at=now, closed_by=staff_id))
    for figure, query in FIGURES.items():
        moments = {"since": since, "until": until}
        connection.execute(text(_WRITE.format(query=query)), {"number": number, "figure": figure, **moments})
    return number


def close_due(connection: Connection, now: datetime) -> int | None:
    """Close the oldest month that is due to be closed by itself; its number, or None. The first is last month."""
    last = connection.scalar(select(func.max(Closing.month)))
    month = following(last) if last is not None else previous(now.astimezone(BOGOTA).date())
    if now < bounds(month)[1] + SETTLED:
        return None
    return close(connection, month, now)


def listed(connection: Connection) -> Sequence[Closing]:
    """All closings, the last first."""
    rows = connection.execute(select(Closing.__table__).order_by(Closing.id.desc()))
    return [Closing(**row._mapping) for row in rows]


def report(connection: Connection, number: int, territories: Sequence[str]) -> Report | None:
    """What a closing says of the municipalities in these territories; None if there is no such closing."""
    row = connection.execute(select(Closing.__table__).where(Closing.id == number)).one_or_none()
    if row is None:
        return None
    rows = connection.execute(
        select(ClosingFigure.municipality_code, ClosingFigure.figure, ClosingFigure.value)
        .where(ClosingFigure.closing_id == number, within(ClosingFigure.municipality_code, territories))
        .order_by(ClosingFigure.municipality_code)
    )
    total = dict.fromkeys(FIGURES, 0)
    by_municipality: dict[str, dict[str, int]] = {}
    for code, figure, value in rows:
        total[figure] += value
        by_municipality.setdefault(code, dict.fromkeys(FIGURES, 0))[figure] = value
    return Report(Closing(**row._mapping), total, by_municipality)


def bounds(month: date) -> tuple[datetime, datetime]:
    """When a month begins and ends, in Colombia."""
    return _midnight(month), _midnight(following(month))


def following(month: date) -> date:
    """The first day of the next month."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def previous(day: date) -> date:
    """The first day of the month before the one of `day`."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BOGOTA)
