"""`flask messages …`: settling what the provider knows better, its registered contents, and the texts we say."""

from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from admin.services import services
from bot import catalogue_page, catching_up, templates
from bot.catalogue import Catalogue
from messaging import billing, reconciliation
from messaging.providers import contents
from messaging.providers.errors import SendError
from settings import TwilioSettings

messages_commands = AppGroup("messages", help="Reconciliation with the provider, registered contents, texts.")


@messages_commands.command("reconcile")
@click.option("--since", type=click.DateTime(), help="Fetch what people wrote since then (UTC); else since last time.")
def reconcile(since: datetime | None) -> None:
    """Settle messages of unknown fate, and fetch what people wrote while we were down."""
    now = services().database.now()
    twilio = services().settings.twilio
    settled = reconciliation.reconcile(services().database, services().cipher, twilio, now)
    click.echo(f"left after all: {settled.sent}, sent again: {settled.again}, held for a person: {settled.held}")
    if twilio is None:
        click.echo("No Twilio account is set: there is nobody to ask what people wrote.")
        return
    try:
        missed = catching_up.catch_up(services(), twilio, now, since and since.replace(tzinfo=UTC))
    except SendError as error:
        raise click.ClickException(f"Twilio: {error}") from error
    click.echo(f"messages that had not reached us: {missed}")


@messages_commands.command("contents")
def register_contents() -> None:
    """Register buttons, lists and our templates (bot/templates.toml) at Twilio, and follow WhatsApp's approval."""
    twilio = _twilio()
    now, texts = services().database.now(), services().texts
    button, ours = texts.text("whatsapp.list", "es"), templates.templates(texts)
    try:
        new = contents.register(services().database, twilio, ours, button, now)
        states = contents.follow(services().database, twilio, now)
    except SendError as error:
        raise click.ClickException(f"Twilio: {error}") from error
    click.echo(f"{new} contents are new; workers use them within half a minute, the web after a restart")
    for name, state in sorted(states.items()):
        click.echo(f"{name}: {state}")


@messages_commands.command("prices")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
def prices(day: datetime) -> None:
    """Fetch what each message sent on DAY (UTC) cost; Twilio knows some hours later. A million takes ten minutes."""
    try:
        stored = billing.fetch(services().database, _twilio(), day.date())
    except SendError as error:
        raise click.ClickException(f"Twilio: {error}") from error
    click.echo(f"messages with their price: {stored}")


@messages_commands.command("catalogue")
@click.option("--write", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file.")
def catalogue(write: Path | None) -> None:
    """Print every text we say in all languages, with the SMS it takes: what docs/messages.md is made of."""
    page = catalogue_page.page(Catalogue.read())
    if write is None:
        click.echo(page)
    else:
        write.write_text(page, "utf-8")


def _twilio() -> TwilioSettings:
    twilio = services().settings.twilio
    if twilio is None:
        raise click.ClickException("No Twilio account is set: see TWILIO_ACCOUNT_SID in the README.")
    return twilio
