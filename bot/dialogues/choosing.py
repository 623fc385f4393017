"""Asking the person to choose one of a few options of ours (not of a form)."""

from collections.abc import Sequence

from bot.dialogues.machine import Context, Heard, Option
from surveys.reading import Choice, Expected, Kind, read


def chosen(options: Sequence[Option], heard: Heard, context: Context) -> str | None:
    """The id of the option that was tapped or written (its number, its words, or nearly); None if unclear."""
    if heard.tapped in {option.id for option in options}:
        return heard.tapped
    choices = tuple(Choice(option.id, (option.title,)) for option in options)
    reading = read(Expected("select_one", choices=choices), heard.text, today=context.today, language=context.language)
    return reading.value if reading.kind is Kind.VALUE else None
