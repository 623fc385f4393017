"""Spot checks: «¿vino su gestora este mes?», asked of a random sample, anonymously.

Each is a small wave of its own, with its own form, through the same invitations, gate and figures as the Libreta. Its
figures are about single people at work. So it is a standing wave, which is on no list of rounds; it is never published;
and its figure is shown only merged over its whole territory, where enough gestores work that it is about none of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Connection, select, text

import options
from bot import inviting
from families import scope
from families.staff import Role, Staff
from families.territory import contains
from surveys import aggregates, disclosure, library, waves
from surveys.compile import compile_form
from surveys.disclosure import Percent
from surveys.forms.build import FOLDER
from surveys.library import FormVersion
from surveys.waves import Wave

WORKBOOK: Path = FOLDER / "spot_check.xlsx"
LAUNCHERS = frozenset({Role.ZONAL, Role.UT, Role.NATIONAL})
SMALLEST, LARGEST = 20, 2_000
"""Families of a sample: fewer tell nothing, more is no spot check."""
FEWEST_GESTORES = 3
"""A figure about the work of fewer would point at one of them."""
VISITED = "visit"
"""The indicator of the question."""
GESTOR = "gestor"
"""The actor that it is about."""

_GESTORES = text(
    """
    SELECT count(*) FROM staff
    WHERE role = 'gestor' AND active
      AND EXISTS (SELECT FROM unnest(territories) AS own WHERE starts_with(own, :territory))
    """
)


class SpotCheckError(Exception):
    """A check that cannot be launched: a sample of the wrong size, or a territory of somebody else."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check with its figure over all of its territory.

    `visited` is the share of those who said yes; None before the check is closed, and where too few have answered or
    too few gestores work there. Families are rounded to 5, the share to 5 points.
    """

    wave: Wave
    invited: int
    answered: int
    visited: Percent | None


def launch(
    connection: Connection, staff: Staff, territory: str, size: int, period: tuple[date, date], now: datetime
) -> tuple[int, int]:
    """Open a check; returns the wave's id and how many families are invited.

    The caller rings for the job `expand` after its commit. Raises SpotCheckError.
    """
    if staff.role not in LAUNCHERS or not scope.covers(staff, territory):
        raise SpotCheckError(f"{territory!r} is not for {staff.login} to check")
    return start(connection, territory, size, period, now)


def start(
    connection: Connection, territory: str, size: int, period: tuple[date, date], now: datetime
) -> tuple[int, int]:
    """`launch` without asking who wants it: for the command line. Raises SpotCheckError."""
    if not SMALLEST <= size <= LARGEST:
        raise SpotCheckError(f"a sample has {SMALLEST} to {LARGEST} families")
    if period[1] < period[0]:
        raise SpotCheckError("the period ends before it begins")
    wave_id = waves.plan(
        connection,
        name=f"Control de visitas {period[0]:%Y-%m}",
        form_version_id=_form(connection, now),
        territory=territory,
        period=period,
        sample_size=size,
        standing=True,
    )
    return wave_id, inviting.open_wave(connection, wave_id, now)


def listing(connection: Connection, staff: Staff) -> Sequence[Check]:
    """The checks whose whole territory this person works in, newest first, each with its merged figure."""
    versions = set(connection.scalars(select(FormVersion.id).where(FormVersion.form_id == waves.SPOT_CHECK)))
    found = [
        wave
        for wave in waves.listed(connection, standing=True)
        if wave.form_version_id in versions and any(contains(own, wave.territory) for own in staff.territories)
    ]
    return [merged(connection, wave) for wave in found]


def merged(connection: Connection, wave: Wave) -> Check:
    """A check with one figure over its whole territory, once and for all when it is closed: nothing can be told from
    how it moves.
    """
    card = aggregates.report_card(connection, wave.id, wave.territory)
    row = card.row(GESTOR)
    figure = row.figures.get(VISITED) if row is not None else None
    asked = card.participation
    check = Check(wave, disclosure.rounded(asked.invited), disclosure.rounded(asked.started), None)
    if wave.status != waves.CLOSED or figure is None:
        return check
    shown = disclosure.alone(figure, options.value(connection, options.MINIMUM_CELL))
    team = connection.scalar(_GESTORES, {"territory": wave.territory}) or 0
    return replace(check, visited=shown.share) if shown and team >= FEWEST_GESTORES else check


def _form(connection: Connection, now: datetime) -> int:
    """The form's version, published when first used."""
    content = WORKBOOK.read_bytes()
    form = compile_form(content).form
    if form is None:
        raise ValueError(f"{WORKBOOK.name} has problems: see `surveys check`")
    return library.publish(connection, form, content, now)
