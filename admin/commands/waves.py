"""`flask waves …`: planning, opening and closing waves, and their one-time codes."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from random import SystemRandom

import click
from flask.cli import AppGroup

from admin.services import services
from bot import closing, code_sheets, inviting, spot_check
from surveys import codes, invitations, waves

waves_commands = AppGroup("waves", help="Waves (rondas) of the Libreta.")

EXPAND = "jobs.expand"
FOLD = "jobs.fold"


@waves_commands.command("list")
def list_() -> None:
    """Print all waves, newest first."""
    with services().database.transaction() as connection:
        for wave in (*waves.listed(connection), *waves.listed(connection, standing=True)):
            where = wave.territory or "country"
            click.echo(f"{wave.id:>4}  {wave.status:<8} {where:<8} {wave.period_start}–{wave.period_end}  {wave.name}")


@waves_commands.command("open")
@click.argument("name")
@click.option("--form", "form_version_id", type=int, required=True, help="Form version, see `surveys list`.")
@click.option("--territory", default="", help="11 = department, 11001 = municipality; none = the country.")
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), help="First day of the period; today if not given.")
@click.option("--to", "end", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day of the period.")
@click.option("--sample", type=int, help="Draw so many families at random instead of inviting all.")
@click.option("--expected", type=int, help="Answered questionnaires expected; decides whether modules are drawn.")
@click.option("--module", "modules", multiple=True, help="A module of the form that may be drawn; repeat for each.")
@click.option("--dry-run", is_flag=True, help="Only tell how many would be invited and what that costs in SMS.")
@click.option("--named", is_flag=True, help="Answers are kept with the family. Without it the wave is anonymous.")
def open_(
    name: str,
    form_version_id: int,
    territory: str,
    start: datetime | None,
    end: datetime,
    sample: int | None,
    expected: int | None,
    modules: tuple[str, ...],
    dry_run: bool,
    named: bool,
) -> None:
    """Open a wave: draw its families and invite them."""
    now = datetime.now(UTC)
    first: date = start.date() if start else now.date()
    if end.date() < first:
        raise click.BadParameter("the period ends before it begins", param_hint="--to")
    with services().database.transaction() as connection:
        wave_id = waves.plan(
            connection,
            name=name,
            form_version_id=form_version_id,
            territory=territory,
            period=(first, end.date()),
            anonymous=not named,
            modules=modules,
            expected_responses=expected,
            sample_size=sample,
        )
        invited = inviting.open_wave(connection, wave_id, now)
        if dry_run:
            preview(inviting.forecast(connection, wave_id, services().texts))
            connection.rollback()
            return
    services().bell.ring(EXPAND)
    click.echo(f"wave {wave_id} is open: {invited} families invited")


def preview(forecast: inviting.Forecast) -> None:
    """Print what opening a wave would do. Nothing of it has happened."""
    click.echo(f"families invited:     {forecast.invited}")
    click.echo(f"  without a number:   {forecast.unreachable} (to be visited, or given a one-time code)")
    click.echo(f"invitations by SMS:   {forecast.messages}, {forecast.segments} segments")
    for module, families in forecast.modules.items():
        click.echo(f"module {module or 'corto'}: {families} families")
    click.echo("Nothing was sent or stored.")


@waves_commands.command("close")
@click.argument("wave_id", type=int)
def close(wave_id: int) -> None:
    """Close a wave: what was begun counts as it is."""
    try:
        with services().database.transaction() as connection:
            ended = closing.close_wave(connection, wave_id, datetime.now(UTC))
    except waves.WaveStateError as error:
        sys.exit(str(error))
    services().bell.ring(FOLD)
    click.echo(f"wave {wave_id} is closed: {ended} responses ended half way")


@waves_commands.command("publish")
@click.argument("wave_id", type=int)
def publish(wave_id: int) -> None:
    """Publish the figures of a closed wave, once and for all."""
    try:
        with services().database.transaction() as connection:
            waves.publish(connection, wave_id, datetime.now(UTC))
    except waves.WaveStateError as error:
        sys.exit(str(error))
    click.echo(f"wave {wave_id} is published")


@waves_commands.command("codes")
@click.argument("wave_id", type=int)
@click.argument("municipality", required=False)
@click.argument("count", type=click.IntRange(1, 20_000), required=False)
@click.option("--municipality", "of", help="The municipality of the sheets.")
@click.option("--sheets", type=click.IntRange(1, code_sheets.MOST_SHEETS), help="So many sheets of codes, as PDF.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where the PDF goes.")
def print_codes(
    wave_id: int,
    municipality: str | None,
    count: int | None,
    of: str | None,
    sheets: int | None,
    out: Path | None,
) -> None:
    """Draw one-time codes for a municipality: printed here (MUNICIPALITY COUNT), or on sheets to be cut apart.

    They cannot be printed again.
    """
    if sheets is not None and out is not None and of is not None:
        _write_sheets(wave_id, of, sheets, out)
    elif municipality is not None and count is not None:
        _print_codes(wave_id, municipality, count)
    else:
        raise click.UsageError("give MUNICIPALITY and COUNT, or --municipality, --sheets and --out")


def _print_codes(wave_id: int, municipality: str, count: int) -> None:
    with services().database.transaction() as connection:
        wave = waves.get(connection, wave_id)
        if wave is None:
            raise click.ClickException(f"there is no wave {wave_id}")
        drawn = invitations.create_codes(
            connection,
            wave_id,
            municipality,
            count,
            services().code_key,
            SystemRandom(),
            modules=wave.modules,
        )
    for code in drawn:
        click.echo(f"LIBRETA {codes.display(code)}")


def _write_sheets(wave_id: int, municipality: str, sheets: int, out: Path) -> None:
    twilio = services().settings.twilio
    number = (twilio.sms_from if twilio else None) or ""
    try:
        with services().database.transaction() as connection:
            made = code_sheets.draw(connection, wave_id, municipality, sheets, services().code_key, number)
            out.write_bytes(made.pdf)
    except code_sheets.CodeSheetError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{out}: {made.codes} codes on {sheets} sheets")


@waves_commands.command("spot-check")
@click.option("--territory", default="", help="11 = department, 11001 = municipality; none = the country.")
@click.option("--sample", type=int, required=True, help="Families drawn at random.")
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), help="First day of the period; today if not given.")
@click.option("--to", "end", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day of the period.")
def spot_check_(territory: str, sample: int, start: datetime | None, end: datetime) -> None:
    """Ask a random sample whether their gestor came this month."""
    now = datetime.now(UTC)
    try:
        with services().database.transaction() as connection:
            period = (start.date() if start else now.date(), end.date())
            wave_id, invited = spot_check.start(connection, territory, sample, period, now)
    except spot_check.SpotCheckError as error:
        raise click.ClickException(str(error)) from error
    services().bell.ring(EXPAND)
    click.echo(f"spot check {wave_id} is open: {invited} families invited")
