"""What can be done without the web: `flask --app wsgi … --help`."""

from flask import Flask

from admin.commands.achievements import achievements_commands
from admin.commands.aggregates import aggregates_commands
from admin.commands.campaigns import campaigns_commands
from admin.commands.closings import closings_commands
from admin.commands.demo import demo_commands
from admin.commands.dialogues import dialogues_commands
from admin.commands.messages import messages_commands
from admin.commands.outbox import outbox_commands
from admin.commands.staff import staff_commands
from admin.commands.surveys import surveys_commands
from admin.commands.waves import waves_commands


def register(app: Flask) -> None:
    """Give the application all its commands."""
    for group in (
        achievements_commands,
        aggregates_commands,
        campaigns_commands,
        closings_commands,
        demo_commands,
        dialogues_commands,
        messages_commands,
        outbox_commands,
        staff_commands,
        surveys_commands,
        waves_commands,
    ):
        app.cli.add_command(group)
