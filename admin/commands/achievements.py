"""`flask achievements …`: catalogues of achievements, and what outside registers say of families."""

import csv
import io
from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from admin.services import services
from bot.matching import vocabulary
from bot.matching.vocabulary import VocabularyError
from families import achievements, catalogue, claims, families, progress
from families.catalogue import CatalogueError
from families.claims import Claim, Source, Verdict
from messaging.contact_hours import BOGOTA

achievements_commands = AppGroup("achievements", help="Catalogues of achievements, and claims of outside registers.")

COLUMNS = ("folio", "code", "reached", "on")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@achievements_commands.command("load")
@click.argument("file", type=FILE)
@click.option("--words", type=FILE, help="How families speak of them (TOML), for reading their messages.")
def load(file: Path, words: Path | None) -> None:
    """Put a catalogue (CSV) in force. The same file again changes how families speak of it, nothing else."""
    content, spoken = _read(file), _read(words) if words else ""
    try:
        known = catalogue.read(content)
        labels = {each.code: each.label for each in known}
        vocabulary.read(spoken, labels, [each.code for each in known if each.sensitive])
    except (CatalogueError, VocabularyError) as error:
        raise click.ClickException(str(error)) from error
    with services().database.transaction() as connection:
        now = services().database.now()
        catalogue_id = achievements.load(connection, file.stem, content, now, spoken)
    click.echo(f"{file.stem}: {len(known)} achievements in force (catalogue {catalogue_id})")


@achievements_commands.command("register")
@click.argument("file", type=FILE)
def register(file: Path) -> None:
    """Take in what an outside register says (CSV: folio, code, reached yes/no, on 2026-11-23): all or nothing."""
    rows = csv.DictReader(io.StringIO(_read(file)))
    if missing := [column for column in COLUMNS if column not in (rows.fieldnames or ())]:
        raise click.ClickException(f"row 1: the columns {', '.join(missing)} are missing")
    problems: list[str] = []
    taken: dict[tuple[int, str], Claim] = {}
    with services().database.transaction() as connection:
        current = achievements.current(connection)
        if current is None:
            raise click.ClickException("no catalogue is in force: see «achievements load»")
        for number, row in enumerate(rows, start=2):
            family = families.by_folio(connection, row["folio"] or "")
            try:
                at = datetime.fromisoformat(row["on"] or "").replace(tzinfo=BOGOTA)
            except ValueError:
                at = None
            if family is None or at is None or current.get(row["code"]) is None or row["reached"] not in ("yes", "no"):
                problems.append(f"row {number}: unknown folio or code, no yes or no, or no date")
                continue
            verdict = Verdict.REACHED if row["reached"] == "yes" else Verdict.NOT_REACHED
            claim = Claim(family.id, current.id, row["code"], Source.REGISTER, verdict, at)
            taken[family.id, claim.code] = claim
        if problems:
            raise click.ClickException("\n".join(problems))
        claims.record(connection, services().cipher, list(taken.values()))
        today = services().database.now().astimezone(BOGOTA).date()
        progress.work_out(connection, [claim.family_id for claim in taken.values()], today)
    click.echo(f"{len(taken)} claims taken in")


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file.name} is no text in UTF-8") from error
