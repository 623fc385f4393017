"""Asking the person to choose one of a few options of ours (not of a form)."""

import re
from collections.abc import Iterable, Sequence

from bot.dialogues.machine import Context, Heard, Option
from surveys.reading import Choice, Expected, Kind, read
from surveys.reading.text import fold, tokens

_YES = re.compile(r"(?:Sí|Yes), ")

_NOTHING = re.compile(
    r"(?:mejor |ya )?(?:no+|nada|ninguna?|no quiero|(?:dejel|dejemosl)[oa] asi|olvidel[oa]|nothing|never mind)"
    r"(?: (?:nada|mas|gracias|radicar|poner(?:la)?|quejarme|cambiar|corregir))*"
)


def gives_up(text: str) -> bool:
    """Whether somebody has thought better of what they were about to tell us."""
    return bool(_NOTHING.fullmatch(" ".join(token for token in tokens(fold(text)) if token.isalnum())))


def readable(options: Iterable[Option]) -> tuple[Choice, ...]:
    """The options as the reader wants them: «Sí, empezar» is also chosen by «empezar»."""
    return tuple(Choice(each.id, tuple(dict.fromkeys((each.title, _YES.sub("", each.title))))) for each in options)


def chosen(options: Sequence[Option], heard: Heard, context: Context) -> str | None:
    """The id of the option that was tapped or written (its number, its words, or nearly); None if unclear."""
    if heard.tapped in {option.id for option in options}:
        return heard.tapped
    reading = read(
        Expected("select_one", choices=readable(options)), heard.text, today=context.today, language=context.language
    )
    return reading.value if reading.kind is Kind.VALUE else None
