"""The page that shows every text we say, for people who review them: with the SMS it takes and what it costs."""

from bot.catalogue import SPANISH, Catalogue
from messaging.encoding import fold_for_sms, segments

HEAD = """# What the service says

Every text, by key, in every language, as it leaves by SMS: á í ó ú are folded there, since one of them would more than
double the price. Words in braces are filled in. This page is made by `flask --app wsgi messages catalogue --write
docs/messages.md` from `translations/*/LC_MESSAGES/bot.po`, where the texts are changed.

| Key | Language | Text | Characters | SMS |
|---|---|---|---:|---:|
"""
MOST = 2
"""SMS that one text may take."""


def page(texts: Catalogue) -> str:
    """The page, in Markdown."""
    return HEAD + "".join(_row(texts, key, language) for key in texts.texts[SPANISH] for language in texts.languages)


def too_long(texts: Catalogue) -> list[str]:
    """Texts that take more SMS than they may, as «key (language)»."""
    return [
        f"{key} ({language})"
        for language, by_key in texts.texts.items()
        for key, text in by_key.items()
        if segments(fold_for_sms(text)).count > MOST
    ]


def _row(texts: Catalogue, key: str, language: str) -> str:
    text = texts.texts[language].get(key)
    if text is None:
        return f"| `{key}` | {language} | *missing: said in Spanish* | | |\n"
    size = segments(fold_for_sms(text))
    shown = text.replace("|", "\\|").replace("\n", "<br>")
    return f"| `{key}` | {language} | {shown} | {size.units} | {size.count} |\n"
