"""`flask dialogues …`: drawing every dialogue from what it does."""

import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from bot.catalogue import Catalogue
from bot.conversation import DIALOGUES
from bot.spot_check import WORKBOOK
from bot.walking import drawing, walk
from bot.walking_scripts import SCRIPTS, context
from surveys.compile import compile_form

dialogues_commands = AppGroup("dialogues", help="The dialogues as state machines.")

INDEX = """# Dialogues

Each exchange with a family is a state machine in `bot/dialogues/`. These pages are drawn from what the dialogues do
when they are walked (`bot/walking.py`), by `flask --app wsgi dialogues draw --write docs/dialogues`; a test compares
them. `[*]` is the beginning and the end, `to_…` another dialogue that goes on top. In every state SALIR, ALTA, MENU,
AYUDA, IDIOMA and ASESOR act as `docs/conversation.md` says, and words of danger come before everything.

"""


def pages() -> dict[str, str]:
    """Every page by its file name. Raises ValueError for a dialogue that has no script."""
    form = compile_form(WORKBOOK.read_bytes()).form
    if form is None:
        raise ValueError(f"{WORKBOOK.name} has problems: see `surveys check`")
    around = context(Catalogue.read(), form)
    if unknown := set(DIALOGUES) - set(SCRIPTS):
        raise ValueError(f"bot/walking_scripts.py does not say how to walk {', '.join(sorted(unknown))}")
    drawn = {
        f"{name}.md": drawing(walk(dialogue, SCRIPTS[name], around), SCRIPTS[name])
        for name, dialogue in DIALOGUES.items()
    }
    listed = "".join(f"- [{name}]({name}.md)\n" for name in DIALOGUES)
    return {"README.md": INDEX + listed, **drawn}


@dialogues_commands.command("draw")
@click.option("--write", type=click.Path(file_okay=False, path_type=Path), help="Write the pages into this folder.")
def draw(write: Path | None) -> None:
    """Walk every dialogue and draw it as a state diagram (Mermaid, in Markdown)."""
    try:
        drawn = pages()
    except ValueError as error:
        sys.exit(str(error))
    if write is None:
        click.echo("\n".join(drawn.values()))
        return
    write.mkdir(parents=True, exist_ok=True)
    for name, page in drawn.items():
        (write / name).write_text(page, "utf-8")
    click.echo(f"{len(drawn)} pages in {write}")
