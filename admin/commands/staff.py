"""`flask staff …`: accounts of the people who work with the families."""

import secrets
from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from admin.services import services
from families import audit, staff, staff_links, staff_second_step

staff_commands = AppGroup("staff", help="Accounts of gestores, coordinators and others.")


@staff_commands.command("add")
@click.argument("login")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", type=click.Choice([str(role) for role in staff.Role]), required=True)
@click.option("--territory", multiple=True, help="11 = department, 11001 = municipality; none = the country.")
@click.option("--entity", default="", help="The institution of an entity delegate.")
@click.option("--password", help="At least 10 characters; one is made and printed if it is not given.")
def add(login: str, name: str, role: str, territory: tuple[str, ...], entity: str, password: str | None) -> None:
    """Make an account."""
    chosen = password or secrets.token_urlsafe(12)
    try:
        with services().database.transaction() as connection:
            member = staff.add(
                connection,
                login=login,
                name=name,
                role=staff.Role(role),
                password=chosen,
                territories=territory or ("",),
                entity=entity,
            )
    except staff.StaffError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{member.login} ({member.role})" + ("" if password else f"  password: {chosen}"))


@staff_commands.command("link")
@click.argument("login")
@click.option("--without-phone", is_flag=True, help="Take the second step away too: phone and recovery codes are lost.")
def link(login: str, without_phone: bool) -> None:
    """Print a one-time link by which somebody chooses a new password."""
    now = datetime.now(UTC)
    with services().database.transaction() as connection:
        member = staff.find(connection, login)
        if member is None:
            raise click.ClickException(f"there is no open account {login}")
        if without_phone:
            staff_second_step.take_away(connection, member.id)
            audit.record(connection, None, "second_step_taken_away", "staff", member.id, now)
        token = staff_links.make(connection, member.id, now)
        audit.record(connection, None, "link_made", "staff", member.id, now)
    click.echo(f"{services().settings.public_url}/admin/clave/{token}")
