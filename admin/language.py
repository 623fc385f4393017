"""The language of a page, and numbers, dates and texts in it.

Texts are written in Spanish in the templates and marked with `_()`; `translations/<language>/LC_MESSAGES/admin.po`
holds them in other languages and is read as it is, without a compiled copy.
"""

from datetime import date, datetime
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations
from flask import Flask, Response, request

FOLDER: Final = Path(__file__).parent.parent / "translations"
SPANISH: Final = "es"
LOCALES: Final = {SPANISH: Locale("es", "CO"), "en": Locale("en", "US")}
NAMES: Final = {SPANISH: "Español", "en": "English"}
COOKIE: Final = "idioma"
COOKIE_SECONDS: Final = 365 * 24 * 60 * 60
BOGOTA: Final = ZoneInfo("America/Bogota")


def speak(app: Flask) -> None:
    """Give an application its languages: `?lang=en` chooses one and a cookie remembers it."""
    environment = app.jinja_env
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        gettext, ngettext, newstyle=True
    )
    environment.globals.update(language=language, languages=NAMES, lang_url=lang_url)
    environment.filters.update(number=number, decimal=decimal, percent=percent, day=day, clock=clock)
    environment.filters.update(short_day=short_day, moment=moment, cell=cell)

    @app.after_request
    def remember(response: Response) -> Response:
        chosen = request.args.get("lang")
        if chosen in LOCALES:
            response.set_cookie(COOKIE, chosen, max_age=COOKIE_SECONDS, samesite="Lax", httponly=True)
        if response.mimetype == "text/html":
            response.vary.add("Cookie")
        return response


def language() -> str:
    """The language of the current request: asked for in the address, else remembered, else Spanish."""
    asked = request.args.get("lang")
    if asked in LOCALES:
        return asked
    remembered = request.cookies.get(COOKIE)
    return remembered if remembered in LOCALES else SPANISH


def lang_url(code: str) -> str:
    """The current page in another language."""
    return f"{request.root_path}{quote(request.path)}?{urlencode({**request.args, 'lang': code})}"


@cache
def translations(code: str) -> NullTranslations:
    """The texts of one language, read once for a process."""
    path = FOLDER / code / "LC_MESSAGES" / "admin.po"
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return Translations(compiled)


def gettext(text: str) -> str:
    """A text in the language of the request."""
    return translations(language()).gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """A text whose form depends on a number, in the language of the request."""
    return translations(language()).ngettext(one, many, count)


def mark(text: str) -> str:
    """Mark a text for the catalogue where it is defined; it is translated where it is shown."""
    return text


def number(value: int) -> str:
    """A whole number: «2.147»."""
    return format_decimal(value, locale=_locale())


def decimal(value: float) -> str:
    """A grade or another figure with one decimal: «3,8»."""
    return format_decimal(value, "0.0", locale=_locale())


def percent(share: float) -> str:
    """A share from 0 to 1 in whole percent: «85 %»."""
    return whole_percent(round(100 * share))


def whole_percent(value: int) -> str:
    """A whole percentage: «85 %» with a space that does not break, or "85%" in English."""
    return f"{value}%" if language() == "en" else f"{value}\u00a0%"


def day(value: date) -> str:
    """A date without its hour: «23 de noviembre de 2026»."""
    return format_date(value, "long", locale=_locale())


def period(start: date, end: date) -> str:
    """«1 jul 2026 a 30 ago 2026»."""
    return gettext("%(start)s a %(end)s") % {"start": short_day(start), "end": short_day(end)}


def month_name(value: date) -> str:
    """A month: «noviembre de 2026»."""
    pattern = "MMMM y" if language() == "en" else "MMMM 'de' y"
    return format_date(value, pattern, locale=_locale())


def local_day(value: datetime) -> date:
    """The day in Colombia at a moment."""
    return value.astimezone(BOGOTA).date()


def clock(value: datetime) -> str:
    """An hour in Colombia: «14:05»."""
    return format_time(value.astimezone(BOGOTA), "H:mm", locale=_locale())


def short_day(value: date) -> str:
    """A date for a table: «23 nov 2026»."""
    return format_date(value, "d MMM y", locale=_locale())


def moment(value: datetime) -> str:
    """A date with its hour in Colombia: «23 nov 2026, 14:05»."""
    return format_datetime(value.astimezone(BOGOTA), "d MMM y, H:mm", locale=_locale())


def cell(value: object) -> object:
    """Any value as a table shows it; «–» for none."""
    match value:
        case None:
            return "–"
        case bool():
            return gettext("sí") if value else gettext("no")
        case int():
            return number(value)
        case float():
            return decimal(value)
        case datetime():
            return moment(value)
        case date():
            return short_day(value)
        case _:
            return value


def _locale() -> Locale:
    return LOCALES[language()]
