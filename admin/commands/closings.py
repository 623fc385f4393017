"""`flask closings …`: the monthly closings without the web."""

from datetime import UTC, date, datetime

import click
from flask.cli import AppGroup

from admin.services import services
from bot import monthly_closing
from bot.monthly_closing import ClosingError

closings_commands = AppGroup("closings", help="Monthly closings: numbered snapshots that never change.")

PROBLEMS = {
    "not_over": "that month is not over yet",
    "closed_already": "that month, or a later one, is closed already",
    "gap": "close the months before it first",
}


@closings_commands.command("close")
@click.option("--month", required=True, type=click.DateTime(["%Y-%m"]), help="The month to close, e.g. 2026-10.")
def close(month: datetime) -> None:
    """Close a month."""
    try:
        with services().database.transaction() as connection:
            number = monthly_closing.close(connection, date(month.year, month.month, 1), datetime.now(UTC))
    except ClosingError as error:
        raise click.ClickException(PROBLEMS[error.code]) from None
    click.echo(f"closing {number}: {month:%Y-%m}")


@closings_commands.command("list")
def listing() -> None:
    """Print the months that are closed."""
    with services().database.transaction() as connection:
        listed = monthly_closing.listed(connection)
    for closing in listed:
        click.echo(f"{closing.id:>4}  {closing.month:%Y-%m}  closed {closing.closed_at:%Y-%m-%d %H:%M}")
    if not listed:
        click.echo("No month is closed yet.")
