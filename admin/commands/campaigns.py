"""`flask campaigns …`: what the pages of campaigns do, for an operator, with all the figures as they are."""

import csv
import json
import sys
from collections.abc import Callable

import click
from flask.cli import AppGroup
from sqlalchemy import Connection, text

from admin.services import services
from bot.campaigns import ledger, plans
from bot.campaigns.plans import PlanError, Planned
from bot.campaigns.preview import count, pace_of, preview
from messaging import campaigns as sending
from surveys.export import harmless

campaigns_commands = AppGroup("campaigns", help="Campaigns: preview, start, pause, resume, stop, ledger.")
WAKE = ("jobs.expand", "jobs.reconcile", "jobs.drain")

UNREACHED = """
    SELECT families.folio, families.municipality_code, coalesce(populated_places.name, '') AS place, families.zone,
           coalesce(staff.name, '') AS gestor, fate.state, fate.reason
    FROM ({fates}) AS fate JOIN families ON families.id = fate.family_id
    LEFT JOIN populated_places ON populated_places.code = families.place_code
    LEFT JOIN gestor_assignments ON gestor_assignments.family_id = families.id AND gestor_assignments.until IS NULL
    LEFT JOIN staff ON staff.id = gestor_assignments.gestor_id
    WHERE fate.state IN ('excluded', 'failed') ORDER BY municipality_code, folio
"""


@campaigns_commands.command("list")
def list_() -> None:
    """Print all campaigns, newest first."""
    with services().database.transaction() as connection:
        for each in plans.everywhere(connection):
            where = ",".join(code or "country" for code in each.plan.filter.territories)
            click.echo(
                f"{each.id:>5}  {each.status:<8} {each.plan.kind:<12} {each.messages:>9}  {where:<12} {each.plan.name}"
            )


@campaigns_commands.command("preview")
@click.argument("campaign_id", type=int)
def preview_(campaign_id: int) -> None:
    """Print what a campaign would do if it were sent now."""
    now = services().database.now()
    with services().database.transaction() as connection:
        campaign = _get(connection, campaign_id)
        pace = pace_of(services().settings.twilio)
        seen = preview(connection, campaign.plan, campaign.wave, services().texts, pace, now)
    click.echo(f"families: {seen.families}, reached: {seen.reached}, messages: {seen.messages}")
    for reason, families in seen.left_out.items():
        click.echo(f"  left out, {reason}: {families}")
    for line in seen.lines:
        said = f"{line.wording.channel} {line.language}: {line.messages} messages, {line.segments} segments"
        click.echo(f"  {said}, {line.cost} {seen.currency}, {line.saved} saved by folding")
    click.echo(f"waiting for the weekly cap: {seen.capped}; over the budget: {seen.over_budget}")
    click.echo(f"cost: {seen.cost} {seen.currency}; from {seen.first} to {seen.last}")


@campaigns_commands.command("start")
@click.argument("campaign_id", type=int)
def start(campaign_id: int) -> None:
    """Let a draft begin, after a minute in which `stop` undoes it."""
    now = services().database.now()
    with services().database.transaction() as connection:
        campaign = _get(connection, campaign_id)
        try:
            plans.check(connection, campaign.plan, services().texts)
        except PlanError as error:
            raise click.ClickException(f"it cannot begin: {error.code}") from error
        expected = count(connection, plans.families(campaign.plan, campaign.wave, now, campaign_id))
        begins = plans.start(connection, campaign_id, expected, now)
    if begins is None:
        raise click.ClickException(f"campaign {campaign_id} is {campaign.status}, not a draft")
    click.echo(
        f"campaign {campaign_id} begins at {begins:%Y-%m-%d %H:%M:%S} UTC; until then `campaigns stop` undoes it"
    )


@campaigns_commands.command("pause")
@click.argument("campaign_id", type=int)
def pause(campaign_id: int) -> None:
    """Send no more until it goes on."""
    _move(campaign_id, lambda connection: sending.pause(connection, campaign_id))


@campaigns_commands.command("resume")
@click.argument("campaign_id", type=int)
def resume(campaign_id: int) -> None:
    """Go on where it was paused."""
    _move(campaign_id, lambda connection: sending.resume(connection, campaign_id))


@campaigns_commands.command("stop")
@click.argument("campaign_id", type=int)
def stop(campaign_id: int) -> None:
    """Never send the rest; one that has not begun becomes a draft again."""
    now = services().database.now()

    def work(connection: Connection) -> bool:
        return sending.undo(connection, campaign_id, now) or sending.stop(connection, campaign_id, now)

    _move(campaign_id, work)


@campaigns_commands.command("ledger")
@click.argument("campaign_id", type=int)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def ledger_(campaign_id: int, as_json: bool) -> None:
    """Print what became of a campaign, family by family, exactly: for the operator, never over HTTP."""
    with services().database.transaction() as connection:
        found = ledger.ledger(connection, _get(connection, campaign_id))
    if as_json:
        click.echo(json.dumps(ledger.as_json(found)))
        return
    click.echo(f"invited    {found.invited:>9}")
    for state, families in found.states.items():
        why = ", ".join(f"{reason} {n}" for reason, n in found.reasons[state].items())
        click.echo(f"{state:<10} {families:>9}  {why}")
    for answer, families in (found.answers or {}).items():
        click.echo(f"  {answer:<8} {families:>9}")
    click.echo("balances" if found.balances else "DOES NOT BALANCE")


@campaigns_commands.command("unreached")
@click.argument("campaign_id", type=int)
def unreached(campaign_id: int) -> None:
    """Print as CSV the families that nothing reached, with municipality, place and gestor: the list for a visit."""
    with services().database.transaction() as connection:
        campaign = _get(connection, campaign_id)
        if not campaign.listable:
            raise click.ClickException("its families may not be listed: see docs/campaigns.md")
        rows = connection.execute(text(UNREACHED.format(fates=ledger.FAMILIES_SQL)), {"campaign_id": campaign_id})
        writer = csv.writer(sys.stdout)
        writer.writerow(rows.keys())
        writer.writerows([harmless(cell) for cell in row] for row in rows)


def _get(connection: Connection, campaign_id: int) -> Planned:
    campaign = plans.get(connection, campaign_id)
    if campaign is None:
        raise click.ClickException(f"there is no campaign {campaign_id}")
    return campaign


def _move(campaign_id: int, work: Callable[[Connection], bool]) -> None:
    with services().database.transaction() as connection:
        before = _get(connection, campaign_id).status
        moved = work(connection)
        after = _get(connection, campaign_id).status
    if not moved:
        raise click.ClickException(f"campaign {campaign_id} is {before}: nothing was done")
    services().bell.ring(*WAKE)
    click.echo(f"campaign {campaign_id} is {after}")
