"""Waves (*rondas*): one questionnaire, frozen, asked in one territory during one period."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import BigInteger, Connection, Date, DateTime, ForeignKey, Identity, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from surveys import invitations, library, publications, responses
from surveys.form import Form

PLANNED, OPEN, CLOSED = "planned", "open", "closed"

SPOT_CHECK = "control_visitas"
"""The form whose figures are about single gestores at work: they are never published."""

ENOUGH_PER_MODULE = 300
"""Fewest answered questionnaires a module must be able to expect before families are split among modules."""


class Wave(Base):
    """One wave. `territory` is '' for the country, '11' for a department, '11001' for a municipality.

    `sample_size` is the number of families drawn at random, or None for all of them. `modules` maps each
    module that is drawn to its probability; it is empty where everybody gets the short form. A `standing` wave is no
    round of the Libreta: it runs by itself behind another dialogue, as `outcomes` does, and is shown where that is.
    """

    __tablename__ = "waves"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    form_version_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("form_versions.id"))
    territory: Mapped[str]
    period_start: Mapped[date] = mapped_column(Date)
    period_end: Mapped[date] = mapped_column(Date)
    anonymous: Mapped[bool]
    status: Mapped[str]
    sample_size: Mapped[int | None]
    expected_responses: Mapped[int | None]
    modules: Mapped[dict[str, float]] = mapped_column(JSONB)
    standing: Mapped[bool] = mapped_column(server_default="false")
    opens_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closes_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class WaveStateError(Exception):
    """The wave is not in the state that the command needs."""


def offered(form: Form) -> tuple[str, ...]:
    """The modules that a form offers, by the column `modules` of its question `modulo`; empty if it has none."""
    listed = (question.extra.get("modules", "") for question in form.questions if question.name == invitations.MODULE)
    return tuple(next(listed, "").split())


def split(modules: Sequence[str], expected_responses: int | None) -> Mapping[str, float]:
    """The probability of each module, equal for all; empty if the wave expects too few answers."""
    if not modules or (expected_responses or 0) < ENOUGH_PER_MODULE * len(modules):
        return {}
    return {module: 1 / len(modules) for module in modules}


def plan(
    connection: Connection,
    *,
    name: str,
    form_version_id: int,
    territory: str,
    period: tuple[date, date],
    anonymous: bool = True,
    modules: Sequence[str] = (),
    expected_responses: int | None = None,
    sample_size: int | None = None,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    standing: bool = False,
) -> int:
    """Plan a wave and return its id.

    `modules` are those to be drawn if the wave expects enough answers (see `split`), all that the form offers unless
    given. Raises ValueError for one that the form does not offer.
    """
    there = offered(library.load(connection, form_version_id))
    if unknown := set(modules) - set(there):
        raise ValueError(f"the form offers no module {', '.join(sorted(unknown))}")
    statement = insert(Wave).values(
        name=name,
        form_version_id=form_version_id,
        territory=territory,
        period_start=period[0],
        period_end=period[1],
        anonymous=anonymous,
        status=PLANNED,
        sample_size=sample_size,
        expected_responses=expected_responses,
        modules=dict(split(modules or there, expected_responses)),
        standing=standing,
        opens_at=opens_at,
        closes_at=closes_at,
    )
    return connection.execute(statement.returning(Wave.id)).scalar_one()


def get(connection: Connection, wave_id: int) -> Wave | None:
    """One wave, or None."""
    row = connection.execute(select(Wave.__table__).where(Wave.id == wave_id)).one_or_none()
    return None if row is None else Wave(**row._mapping)


def listed(connection: Connection, status: str | None = None, *, standing: bool = False) -> list[Wave]:
    """All rounds (or all standing waves), or those in one status, newest period first."""
    query = select(Wave.__table__).where(Wave.standing.is_(standing)).order_by(Wave.period_start.desc(), Wave.id.desc())
    if status is not None:
        query = query.where(Wave.status == status)
    return [Wave(**row._mapping) for row in connection.execute(query)]


def open(connection: Connection, wave_id: int, now: datetime) -> None:
    """Open a planned wave: from here on its families may answer. Raises WaveStateError otherwise."""
    _move(connection, wave_id, PLANNED, status=OPEN, opens_at=now)


def close(connection: Connection, wave_id: int, now: datetime) -> list[responses.Closed]:
    """Close an open wave: responses under way end as they are, other invitations expire.

    A response that somebody is writing to at this very moment is left to `responses.finish_silent`, which
    also ends what is still open in a closed wave. Returns the responses that were ended. Raises
    WaveStateError if not open.
    """
    _move(connection, wave_id, OPEN, status=CLOSED, closes_at=now)
    invitations.expire(connection, wave_id)
    closed = responses.finish_wave(connection, wave_id)
    responses.shuffle(connection, wave_id)
    return closed


def publish(connection: Connection, wave_id: int, now: datetime) -> None:
    """Freeze the public figures of a closed wave, once and for all.

    Raises WaveStateError if it is not closed, is published already, has responses that have not ended yet, or is a
    spot check.
    """
    wave = get(connection, wave_id)
    if wave is None or wave.status != CLOSED:
        raise WaveStateError(f"wave {wave_id} is not {CLOSED}")
    if library.load(connection, wave.form_version_id).name == SPOT_CHECK:
        raise WaveStateError(f"wave {wave_id} is a spot check, which is never published")
    if responses.any_open(connection, wave_id):
        raise WaveStateError(f"wave {wave_id} has responses that have not ended yet")
    statement = update(Wave).where(Wave.id == wave_id, Wave.published_at.is_(None)).values(published_at=now)
    if connection.execute(statement).rowcount == 0:
        raise WaveStateError(f"wave {wave_id} is published already")
    responses.shuffle(connection, wave_id)  # those that ended after the wave was closed, too
    publications.freeze(connection, wave_id, now)


def _move(connection: Connection, wave_id: int, before: str, **after: object) -> None:
    statement = update(Wave).where(Wave.id == wave_id, Wave.status == before).values(**after)
    if connection.execute(statement).rowcount == 0:
        raise WaveStateError(f"wave {wave_id} is not {before}")
