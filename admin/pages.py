"""What every page has: addresses of assets that change with their content, where the reader is, and where to begin."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from flask import Blueprint, Flask, Response, redirect, render_template, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from admin import navigation, tables
from admin.permission import anyone, permits
from admin.sessions import member
from families.staff import Role

HOMES: Final = ("today.overview", "reports.grades")
"""The page where one begins: the first of these that one may open, else the first of one's menu."""

STATIC: Final = Path(__file__).parent / "static"
ASSET_SECONDS: Final = 365 * 24 * 60 * 60

files = Blueprint("pages", __name__, template_folder="templates")


def furnish(app: Flask) -> None:
    """Give the templates of an application their helpers, and let browsers keep assets for a year."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = ASSET_SECONDS
    app.jinja_env.globals.update(asset=asset, current=current, kept=tables.kept)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


@files.get("/assets/<path:filename>")
@anyone
def static(filename: str) -> Response:
    """A file of `static/`."""
    return send_from_directory(STATIC, filename)


@files.get("/admin/")
@permits(*Role)
def home() -> ResponseReturnValue:
    """Where a person's work begins: a gestor's with the day, a coordinator's with what the families say."""
    items = [item for listed in navigation.menu(member()).values() for item in listed]
    if not items:
        return render_template("welcome.html")
    first = next((item for home in HOMES for item in items if item.endpoint == home), items[0])
    return redirect(url_for(first.endpoint))


def asset(name: str) -> str:
    """The address of a file in `static/`; it changes when the file does, so that no browser shows an old one."""
    return url_for("pages.static", filename=name, v=_version(name))


@cache
def _version(name: str) -> str:
    return sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def current(endpoint: str) -> Markup:
    """The attribute that tells screen readers and the style which link is the page one is on."""
    return Markup('aria-current="page"') if request.endpoint == endpoint else Markup()
