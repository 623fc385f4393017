"""Stored values and texts of forms, as a person says them. Pure."""

import html
import re
from dataclasses import replace
from datetime import date, datetime, time

from babel.dates import format_date, format_time
from babel.localedata import exists
from babel.numbers import get_decimal_symbol

from bot.dialogues.machine import Context
from surveys.engine import Ask, Offered

OTHER = Offered("other", "Other")
"""The choice that `or_other` adds, in the words of XLSForm, whatever the form's language."""
MARKED = frozenset("*_<#[&")
LONGEST = 80
"""Characters of a person's own words that are said back."""

TAG = re.compile(r"</?(?:b|big|center|div|em|font|h[1-6]|i|p|small|span|strong|sub|sup|u)\b[^<>]*>", re.IGNORECASE)
LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
EMPHASIS = re.compile(r"(?<![\w*])(\*\*|__|\*|_)(?=\S)(.+?)(?<=\S)\1(?![\w*])")
HEADING = re.compile(r"^#{1,6}\s+", re.MULTILINE)
LINK = re.compile(r"\[([^\[\]]+)\]\((https?://[^\s()]+)\)")


def plain(text: str) -> str:
    """A form's text without Markdown and HTML, which no phone shows (XLSForm, «Styling prompts»)."""
    if not MARKED.intersection(text):
        return text
    text = LINK.sub(r"\1: \2", HEADING.sub("", TAG.sub("", LINE_BREAK.sub("\n", text))))
    return html.unescape(EMPHASIS.sub(r"\2", text)).replace("\u00a0", " ").strip()


def spoken(ask: Ask, value: str, context: Context) -> str:
    """A value as a person says it: labels for choices, dates in words, the language's decimal sign."""
    if ask.kind == "repeat":
        return context.text(f"survey.confirm.{value}")
    if labels := {choice.name: choice.label for choice in ask.choices}:
        return ", ".join(labels.get(name, name) for name in value.split())
    locale = _locale(context.language)
    try:
        match ask.question.type:
            case "date":
                return format_date(date.fromisoformat(value), "long", locale)
            case "time":
                return format_time(time.fromisoformat(value), "short", locale=locale)
            case "dateTime":
                moment = datetime.fromisoformat(value)
                return f"{format_date(moment, 'long', locale)}, {format_time(moment.time(), 'short', locale=locale)}"
            case "decimal" | "range":
                return value.replace(".", get_decimal_symbol(locale))
            case "geopoint":
                return ", ".join(value.split()[:2])
    except ValueError:  # what the form itself put there may be written otherwise
        pass
    return value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"


def _locale(language: str) -> str:
    """Where Unicode's data lack a language, its neighbours write as in Colombia."""
    return language if language != "es" and exists(language) else "es_CO"


def in_language(ask: Ask, context: Context) -> Ask:
    """The question as it is said: without markup, and what XLSForm adds in English in the person's language."""
    if ask.kind == "repeat":
        title = ask.text or next(reversed(ask.groups), "")
        return replace(ask, text=_another(plain(title), first=ask.instance[-1] == 1, context=context))
    if ask.question.generated and ask.question.specify:
        return replace(ask, text=context.text("survey.other.which"))
    choices = tuple(_offered(choice, context) for choice in ask.choices)
    return replace(ask, text=plain(ask.text), hint=plain(ask.hint), choices=choices)


def _offered(choice: Offered, context: Context) -> Offered:
    label = context.text("survey.other") if choice == OTHER else plain(choice.label)
    return choice if label == choice.label else replace(choice, label=label)


def _another(title: str, *, first: bool, context: Context) -> str:
    """«Hijos. ¿Hay otro?»; the first time, a title that is itself a question is enough."""
    if first and title.endswith("?"):
        return title
    asked = context.text("survey.repeat.first" if first else "survey.repeat.another")
    if title.endswith("?"):
        return f"{asked} {title}"
    return f"{title.rstrip('.: ')}. {asked}" if title else asked
