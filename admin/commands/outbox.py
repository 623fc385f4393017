"""`flask outbox …`: what waits to be sent."""

import json
from uuid import UUID

import click
from flask.cli import AppGroup

from admin.services import services
from messaging import outbox
from messaging.contacts import HANDLE
from messaging.held import Decision, decide, held

outbox_commands = AppGroup("outbox", help="Messages that wait to be sent.")


@outbox_commands.command("status")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of a table.")
def status(as_json: bool) -> None:
    """Print what waits, by route, priority and state."""
    with services().database.transaction() as connection:
        report = outbox.status_report(connection, services().database.now())
    if as_json:
        click.echo(json.dumps(report))
        return
    for row in report:
        click.echo("{route:<10} {priority:<9} {state:<9} {messages:>9}  since {oldest_due_at}".format(**row))
    if not report:
        click.echo("Nothing waits.")


@outbox_commands.command("held")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of a table.")
def list_held(as_json: bool) -> None:
    """Print the messages of which the provider cannot say whether they left: look them up there by number and time."""
    with services().database.transaction() as connection:
        rows = [
            {
                "id": str(each.message_id),
                "to": services().cipher.open(each.handle, HANDLE),
                "channel": each.channel.value,
                "purpose": each.purpose,
                "campaign": each.campaign_id,
                "attempted_at": each.attempted_at.isoformat(timespec="seconds"),
                "held_at": each.held_at.isoformat(timespec="seconds"),
            }
            for each in held(connection)
        ]
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        click.echo("{id}  {to:<16} {channel:<9} {purpose:<20} tried {attempted_at}".format(**row))
    click.echo("Nothing is held." if not rows else "Decide with: flask --app wsgi outbox decide ID sent|resend|drop")


@outbox_commands.command("decide")
@click.argument("message_id", metavar="ID", type=click.UUID)
@click.argument("decision", type=click.Choice([each.value for each in Decision]))
def decide_held(message_id: UUID, decision: str) -> None:
    """Say of a held message that it was sent, is to be sent (again), or is to be dropped."""
    with services().database.transaction() as connection:
        if not decide(connection, message_id, Decision(decision), services().database.now()):
            raise click.ClickException(f"Message {message_id} is not held: see `outbox held`.")
    if Decision(decision) is Decision.RESEND:
        services().bell.ring("jobs.drain")
    click.echo("Done.")
