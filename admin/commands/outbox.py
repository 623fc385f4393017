"""`flask outbox …`: what waits to be sent."""

import json
from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from admin.services import services
from messaging import outbox

outbox_commands = AppGroup("outbox", help="Messages that wait to be sent.")


@outbox_commands.command("status")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of a table.")
def status(as_json: bool) -> None:
    """Print what waits, by route, priority and state."""
    with services().database.transaction() as connection:
        report = outbox.status_report(connection, datetime.now(UTC))
    if as_json:
        click.echo(json.dumps(report))
        return
    for row in report:
        click.echo("{route:<10} {priority:<9} {state:<9} {messages:>9}  since {oldest_due_at}".format(**row))
    if not report:
        click.echo("Nothing waits.")
