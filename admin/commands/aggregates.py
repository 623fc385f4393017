"""`flask aggregates …`: the operator's figures."""

import json
import sys

import click
from flask.cli import AppGroup

from admin.services import services
from surveys import aggregates, folding

aggregates_commands = AppGroup("aggregates", help="Figures of the Libreta, as the operator sees them.")


@aggregates_commands.command("show")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@click.option("--wave", type=int, help="Only this wave.")
def show(as_json: bool, wave: int | None) -> None:
    """Print all figures, not suppressed: they are for the operator and never go over HTTP."""
    with services().database.transaction() as connection:
        shown = aggregates.show(connection, wave)
    if as_json:
        click.echo(json.dumps(shown, ensure_ascii=False, default=str))
        return
    for row in aggregates.lines(shown):
        click.echo(row)


@aggregates_commands.command("rebuild")
@click.option("--wave", type=int, help="Only this wave.")
def rebuild(wave: int | None) -> None:
    """Count all answers anew and put the result in place of the folded figures."""
    folding.rebuild(services().database, told, None if wave is None else [wave])


@aggregates_commands.command("backfill")
def backfill() -> None:
    """Count the waves that have answers but no figures."""
    click.echo(f"{len(folding.backfill(services().database, told))} waves counted")


@aggregates_commands.command("verify")
def verify() -> None:
    """Compare the folded figures to a recount. Exits with 1 if they differ."""
    differences = folding.verify(services().database, told)
    for difference in differences:
        click.echo(difference)
    click.echo(f"{len(differences)} differences")
    sys.exit(1 if differences else 0)


def told(done: int, of: int) -> None:
    """Progress, on one line of the terminal."""
    click.echo(f"\r{done}/{of} waves", nl=done == of, err=True)
