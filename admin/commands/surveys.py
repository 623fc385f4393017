"""`flask surveys …`: checking, trying, reading, replaying and publishing forms. The first four need no servers."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from flask.cli import AppGroup

from admin.services import services
from bot.catalogue import Catalogue
from bot.dialogues import asking
from bot.dialogues.machine import Context, Heard
from bot.dialogues.survey import language_code
from bot.trial import Heeded, Trial
from bot.turn import BOGOTA
from messaging.address import Channel
from messaging.encoding import fold_for_sms, segments
from surveys import attachments as kept
from surveys import engine, export, kobo, library, waves
from surveys.check import check as check_workbook
from surveys.compile import compile_form, draft_form
from surveys.diff import diff as diff_forms
from surveys.form import Form
from surveys.problems import has_errors
from surveys.reading import Kind
from surveys.replay import replay as replay_answers

surveys_commands = AppGroup("surveys", help="Forms: check, try, read, replay, publish.")

WORKBOOK = click.argument("workbook", metavar="FORM.xlsx", type=click.Path(exists=True, dir_okay=False, path_type=Path))
TODAY = click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The date in Bogotá, if not today's.")
OUTCOMES = {Kind.VALUE: "accepted", Kind.REJECT: "rejected"}
READ_OUTCOMES = {**{kind: str(kind) for kind in Kind}, **OUTCOMES}


@surveys_commands.command("check")
@WORKBOOK
@click.option("--language", default="es", help="Language of the report: es or en.")
def check(workbook: Path, language: str) -> None:
    """Print every problem of a workbook with its sheet and row. Exits with 1 if there is any error."""
    problems = check_workbook(workbook.read_bytes(), attachments(workbook), parts=sms_parts)
    for problem in problems:
        click.echo(problem.line(language))
    if not problems:
        click.echo("No problems." if language.startswith("en") else "Sin problemas.")
    sys.exit(1 if has_errors(problems) else 0)


@surveys_commands.command("try")
@WORKBOOK
@click.option("--json", "as_json", is_flag=True, help="One JSON object per message, and one with the answers.")
@click.option("--language", help="A language of the form; its own default if not given.")
@click.option("--channel", type=click.Choice([str(channel) for channel in Channel]), default="sms")
@click.option("--seed", type=int, default=1, help="What random choices of the form follow from.")
@TODAY
def try_(workbook: Path, as_json: bool, language: str | None, channel: str, seed: int, today: datetime | None) -> None:
    """Have the conversation that a family would have: interactive, or one reply a line on standard input."""
    form = compiled(workbook)
    trial = Trial(
        form=form,
        texts=Catalogue.read(),
        channel=Channel(channel),
        language=language or form.default_language,
        now=noon(today),
        seed=seed,
    )
    _show(None, trial.begin(), as_json)
    for line in replies():
        if trial.finished:
            break
        _show(line, trial.hear(line), as_json)
    if as_json:
        click.echo(json.dumps({"answers": trial.answers, "finished": trial.finished}, ensure_ascii=False))


@surveys_commands.command("read")
@WORKBOOK
@click.argument("question")
@TODAY
def read(workbook: Path, question: str, today: datetime | None) -> None:
    """How replies to one question are understood: one reply a line on standard input, one JSON object a line out."""
    form = compiled(workbook)
    now = noon(today)
    language = language_code(form.default_language)
    context = Context(now, BOGOTA, Channel.SMS, language, Catalogue.read(), lambda version: form)
    try:
        asked = engine.preview(form, question, now=now, tz=BOGOTA)
    except KeyError:
        raise click.BadParameter(f"the form has no question {question}", param_hint="QUESTION") from None
    for line in replies():
        reading = asking.read_reply(asked, Heard(line), context)
        value = reading.command if reading.kind is Kind.COMMAND else reading.value
        result = {"heard": line, "outcome": READ_OUTCOMES[reading.kind], "value": value}
        click.echo(json.dumps(result, ensure_ascii=False))


@surveys_commands.command("replay")
@WORKBOOK
@click.argument("answers", metavar="ANSWERS.json", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--now", help="The moment of the replay, ISO 8601; now if not given.")
@click.option("--tz", default="America/Bogota", help="The time zone of the form.")
@click.option("--media", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Attached files.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (there is no other form).")
def replay(workbook: Path, answers: Path, now: str | None, tz: str, media: Path | None, as_json: bool) -> None:
    """Give typed answers to a form and print what the engine does: for comparing with other engines."""
    try:
        zone = ZoneInfo(tz)
        moment = datetime.fromisoformat(now) if now else datetime.now(UTC)
        given = json.loads(answers.read_text("utf-8"))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    form, problems = draft_form(workbook.read_bytes(), attachments(workbook, media))
    if form is None:
        raise click.ClickException("; ".join(problem.line("en") for problem in problems))
    click.echo(json.dumps(replay_answers(form, given, now=moment, tz=zone), ensure_ascii=False))


@surveys_commands.command("publish")
@WORKBOOK
def publish(workbook: Path) -> None:
    """Publish a workbook as an immutable version, and print its number.

    Pictures and sounds of its questions are taken from the folder FORM-media beside it.
    """
    data = workbook.read_bytes()
    form = compiled(workbook)
    with services().database.transaction() as connection:
        version_id = library.publish(connection, form, data, datetime.now(UTC))
        try:
            kept.keep(connection, version_id, pictures(workbook))
        except kept.AttachmentError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"form version {version_id}: {form.title} ({form.name} {form.version})")


@surveys_commands.command("list")
def list_() -> None:
    """Print the published versions."""
    with services().database.transaction() as connection:
        for version in library.listed(connection):
            retired = "retired" if version.retired_at else ""
            click.echo(f"{version.id:>4}  {version.form_id} {version.version}  {version.title}  {retired}")


@surveys_commands.command("diff")
@WORKBOOK
@click.argument("newer", metavar="NEWER.xlsx", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--language", default="es", help="Language of the report: es or en.")
def diff(workbook: Path, newer: Path, language: str) -> None:
    """What changed from one workbook to a newer one, line by line."""
    for change in diff_forms(compiled(workbook), compiled(newer)):
        click.echo(change.text(language))


@surveys_commands.command("retire")
@click.argument("version_id", type=int)
def retire(version_id: int) -> None:
    """Offer a version for new waves no more; waves that use it go on."""
    with services().database.transaction() as connection:
        library.retire(connection, version_id, datetime.now(UTC))
    click.echo(f"form version {version_id} is retired")


@surveys_commands.command("export")
@click.argument("wave_id", metavar="WAVE", type=int)
@click.option("--format", "as_format", type=click.Choice(["csv", "xlsx"]), default="csv")
@click.option("--output", type=click.File("wb"), default="-", help="A file; standard output if not given.")
@click.option("--labels", is_flag=True, help="Labels of questions and choices instead of their names.")
@click.option("--language", help="The language of the labels, as the form calls it.")
@click.option("--repeat", "name", help="With csv: the table of this repeat instead of that of the responses.")
def export_(
    wave_id: int, as_format: str, output: BinaryIO, labels: bool, language: str | None, name: str | None
) -> None:
    """Export the answers of a named wave as KoboToolbox would. Anonymous waves have no rows to export."""
    with services().database.transaction() as connection:
        wave = waves.get(connection, wave_id)
        if wave is None:
            raise click.ClickException(f"there is no wave {wave_id}")
        form = library.load(connection, wave.form_version_id)
        try:
            tables = kobo.tables(form, kobo.responses(connection, wave_id), labels=labels, language=language)
        except export.AnonymousWaveError as error:
            raise click.ClickException(f"{error}: only its published figures leave") from None
    if as_format == "xlsx":
        kobo.write_xlsx(tables, output)
        return
    table = next((table for table in tables if table.name == (name or form.name)), None)
    if table is None:
        raise click.BadParameter(f"the form has no repeat {name}", param_hint="--repeat")
    for line in export.csv_lines(table.header, table.rows):
        output.write(line.encode())


def compiled(workbook: Path, media: Path | None = None) -> Form:
    """The form in a workbook. Prints its errors and ends the command if it has any."""
    result = compile_form(workbook.read_bytes(), attachments(workbook, media))
    if result.form is None:
        for problem in result.problems:
            click.echo(problem.line(), err=True)
        sys.exit(1)
    return result.form


def attachments(workbook: Path, media: Path | None = None) -> dict[str, bytes]:
    """The CSV files that go with a workbook: those of `media`, or of the folder FORM-media beside it."""
    folder = media or workbook.with_name(f"{workbook.stem}-media")
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.csv"))} if folder.is_dir() else {}


def sms_parts(text: str) -> int:
    """How many SMS a text takes as it is sent."""
    return segments(fold_for_sms(text)).count


def pictures(workbook: Path) -> dict[str, bytes]:
    """The files of the folder FORM-media that are not choices."""
    folder = workbook.with_name(f"{workbook.stem}-media")
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return {path.name: path.read_bytes() for path in files if path.is_file() and path.suffix.lower() != ".csv"}


def noon(day: datetime | None) -> datetime:
    """Noon in Bogotá on `day`, a date as click reads it; this moment if not given."""
    return datetime.now(UTC) if day is None else datetime.combine(day.date(), time(12), BOGOTA)


def replies() -> Iterator[str]:
    """The lines of standard input without their ends; an empty line is an empty reply. Any bytes are taken."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace").rstrip("\r\n")


def _show(heard: str | None, heeded: Heeded, as_json: bool) -> None:
    if as_json:
        shown: dict[str, Any] = {
            "heard": heard,
            "outcome": heeded.outcome,
            "question": heeded.question,
            "value": heeded.value,
            "said": [heeded.said.text],
        }
        click.echo(json.dumps(shown, ensure_ascii=False))
    else:
        click.echo(heeded.said.text + "\n")
