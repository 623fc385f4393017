"""Days as people say them. Pure."""

from datetime import date

from babel.dates import format_date

from bot.dialogues.machine import Context

PATTERNS = {"es": "d 'de' MMMM", "en": "d MMMM"}


def said(day: date | None, context: Context) -> str:
    """«15 de diciembre»; empty for no day."""
    language = context.language if context.language in PATTERNS else "es"
    return "" if day is None else format_date(day, PATTERNS[language], language)
