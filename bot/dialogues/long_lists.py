"""Choices that do not fit one message: by pages, or those that begin with some letters. Pure."""

from dataclasses import replace
from functools import lru_cache

from bot.dialogues.machine import Context, Prompt
from surveys.engine import Ask
from surveys.reading.text import fold

PAGE = 8
"""Choices shown at once: a screen of an old phone, two SMS."""
LONG = 10
"""More choices than this are shown by pages: WhatsApp's lists hold no more."""
MORE = frozenset({"mas", "ver mas", "mas opciones", "siguientes", "more", "see more"})


def page(prompt: Prompt, number: int, context: Context) -> Prompt:
    """The prompt with only one page of its options; after the last comes the first again."""
    total = len(prompt.options)
    start = number * PAGE % (-(-total // PAGE) * PAGE)
    shown = prompt.options[start : start + PAGE]
    key = "survey.choices.more" if start + len(shown) < total else "survey.choices.last"
    more = context.text(key, shown=start + len(shown), total=total)
    return replace(prompt, options=shown, more=more)


def beginning(prompt: Prompt, text: str, context: Context) -> Prompt | None:
    """The prompt with the options that begin with these letters; None unless there are several."""
    letters = _letters(text)
    options = prompt.options
    found = tuple(option for option in options if _letters(option.title).startswith(letters)) or tuple(
        option for option in options if any(word.startswith(letters) for word in _letters(option.title).split())
    )
    if not letters or len(found) < 2 or letters in map(_letters, (option.title for option in found)):
        return None
    more = context.text("survey.choices.letters", shown=PAGE, total=len(found)) if len(found) > PAGE else ""
    return replace(prompt, options=found[:PAGE], more=more)


def only(ask: Ask, text: str) -> str | None:
    """The name of the one choice that begins with these letters, if there is one."""
    letters = _letters(text)
    found = [choice.name for choice in ask.choices if letters and _letters(choice.label).startswith(letters)]
    return found[0] if len(found) == 1 else None


def is_long(ask: Ask) -> bool:
    """Whether the choices do not fit one message. Bare numbers always do."""
    return len(ask.choices) > LONG and not all(choice.label.isdecimal() for choice in ask.choices)


def wants_more(text: str) -> bool:
    """«MAS»: the next page."""
    return _letters(text) in MORE


@lru_cache(maxsize=10_000)
def _letters(text: str) -> str:
    return " ".join("".join(character if character.isalpha() else " " for character in fold(text)).split())
