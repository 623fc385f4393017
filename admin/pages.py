"""What every page has: addresses of assets that change with their content, and where the reader is."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from flask import Flask, request, url_for
from markupsafe import Markup

STATIC: Final = Path(__file__).parent / "static"
ASSET_SECONDS: Final = 365 * 24 * 60 * 60


def furnish(app: Flask) -> None:
    """Give the templates of an application their helpers, and let browsers keep assets for a year."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = ASSET_SECONDS
    app.jinja_env.globals.update(asset=asset, current=current)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def asset(name: str) -> str:
    """The address of a file in `static/`; it changes when the file does, so that no browser shows an old one."""
    return url_for("pages.static", filename=name, v=_version(name))


@cache
def _version(name: str) -> str:
    return sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def current(endpoint: str) -> Markup:
    """The attribute that tells screen readers and the style which link is the page one is on."""
    return Markup('aria-current="page"') if request.endpoint == endpoint else Markup()
