"""What families tell of a referral: whether they were served, and in secret why not, or how well.

One wave per quarter, anonymous and of the whole country, takes these answers; it is opened when the first one comes.
Its invitations belong to nobody, so nothing leads from an answer back to a referral or a family; the programme is the
`actor` that the figures are about. The questionnaire is `forms/remision.md`.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import BigInteger, Connection, Date, ForeignKey, bindparam, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from surveys import library, publications, waves
from surveys.compile import compile_form
from surveys.disclosure import PublicFigure
from surveys.forms.build import FOLDER
from surveys.invitations import Invitation, require_municipality
from surveys.waves import Wave

WORKBOOK = FOLDER / "remision.xlsx"
PROGRAMME = "programa"
"""The hidden question that says which programme an answer is about."""
SERVED, YES, NO = "atendido", "si", "no"
"""The question whether the family was served, which is asked before, and its choices."""
REASON = "motivo"
MONTHS_PER_WAVE = 3
QUARTERS_SHOWN = 4
"""How far back a programme's card looks for a quarter with enough answers."""


class OutcomeWave(Base):
    """The wave of one quarter, by its first day."""

    __tablename__ = "outcome_waves"

    period_start: Mapped[date] = mapped_column(Date, primary_key=True)
    wave_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("waves.id"), unique=True)


_INVITE = text(
    """
    WITH created AS (
        INSERT INTO invitations (wave_id, municipality, zone, stratum, reachable, preset, status)
        VALUES (:wave_id, :municipality, '', '{}', true, :preset, 'invited')
        RETURNING id, wave_id, municipality
    ), told AS (
        INSERT INTO answer_deltas
            (wave_id, municipality, zone, channel, actor, question, counted, value, weight, n)
        SELECT wave_id, municipality, '', '', '', '#codes', 'event', 'invited', 1, 1 FROM created
    )
    SELECT created.id, w.form_version_id FROM created JOIN waves w ON w.id = created.wave_id
    """
).bindparams(bindparam("preset", type_=JSONB))

_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('outcome_waves'))")


def period(day: date) -> tuple[date, date]:
    """The first and the last day of the quarter of a day."""
    month = day.month - (day.month - 1) % MONTHS_PER_WAVE
    start = day.replace(month=month, day=1)
    following = (start + timedelta(days=31 * MONTHS_PER_WAVE)).replace(day=1)
    return start, following - timedelta(days=1)


def current(connection: Connection, day: date) -> int | None:
    """The id of the wave that takes what is told on this day; None while nobody has told anything in its quarter."""
    return connection.scalar(select(OutcomeWave.wave_id).where(OutcomeWave.period_start == period(day)[0]))


def begin(connection: Connection, day: date, now: datetime) -> int:
    """Open the wave of the quarter of a day, unless somebody has meanwhile; returns its id."""
    connection.execute(_ALONE)
    if (found := current(connection, day)) is not None:
        return found
    start, end = period(day)
    wave_id = waves.plan(
        connection,
        name=f"Remisiones {start:%Y}-{(start.month - 1) // MONTHS_PER_WAVE + 1}",
        form_version_id=_form_version(connection, now),
        territory="",
        period=(start, end),
        standing=True,
    )
    waves.open(connection, wave_id, now)
    connection.execute(insert(OutcomeWave).values(period_start=start, wave_id=wave_id))
    return wave_id


def invite(connection: Connection, wave_id: int, municipality: str, programme: str) -> Invitation:
    """An invitation, linked to nobody, to tell of a programme (its key) in a municipality (its code)."""
    require_municipality(municipality)
    preset = {PROGRAMME: programme}
    row = connection.execute(_INVITE, {"wave_id": wave_id, "municipality": municipality, "preset": preset}).one()
    return Invitation(row.id, wave_id, row.form_version_id, anonymous=True, subject=None, preset=preset)


def card(connection: Connection, programme: str, territory: str) -> tuple[str, Mapping[str, PublicFigure]] | None:
    """What families told of a programme in its territory in the latest quarter with enough answers: its name, figures.

    The figures are those that staff may see. None while no quarter has enough answers.
    """
    query = select(Wave.id, Wave.name).join(OutcomeWave, OutcomeWave.wave_id == Wave.id)
    for one in connection.execute(query.order_by(OutcomeWave.period_start.desc()).limit(QUARTERS_SHOWN)).all():
        row = publications.for_staff(connection, one.id, territory).actors.get(programme, {})
        shown = {indicator: figure for indicator, figure in row.items() if figure is not None}
        if shown:
            return one.name, shown
    return None


def _form_version(connection: Connection, now: datetime) -> int:
    workbook = WORKBOOK.read_bytes()
    form = compile_form(workbook).form
    if form is None:
        raise ValueError(f"{WORKBOOK.name} has problems: see `surveys check`")
    return library.publish(connection, form, workbook, now)
