"""Spanish and English, and figures as each writes them."""

import ast
import inspect
from datetime import date
from html import unescape
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages import Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient

from admin import language
from bot import progress_steps, session_scheduling
from families import life_plan, session_changes, sessions, slots, staff

ADMIN = Path(language.__file__).parent


def test_every_text_of_the_pages_has_its_english() -> None:
    found = extract_from_dir(
        ADMIN,
        method_map=[("**.py", "python"), ("**.html", "jinja2")],
        keywords={**DEFAULT_KEYWORDS, "mark": None},
    )
    with (language.FOLDER / "en" / "LC_MESSAGES" / "admin.po").open("rb") as file:
        english = read_po(file)
    texts = {message for _file, _line, message, _comments, _context in found}
    missing = [text for text in texts if not translated(english.get(text if isinstance(text, str) else text[0]))]
    assert texts
    assert missing == []


REASONS = ("StaffError", "SessionError", "StepError", "PlanError")
"""Errors whose Spanish words a page passes through `gettext`."""


@pytest.mark.parametrize(
    "module",
    [staff, sessions, session_changes, slots, life_plan, progress_steps, session_scheduling],
    ids=lambda module: module.__name__,
)
def test_every_reason_that_a_page_gives_has_its_english(module: ModuleType) -> None:
    with (language.FOLDER / "en" / "LC_MESSAGES" / "admin.po").open("rb") as file:
        english = read_po(file)
    tree = ast.parse(inspect.getsource(module))
    raised = [one.exc for one in ast.walk(tree) if isinstance(one, ast.Raise) and isinstance(one.exc, ast.Call)]
    reasons = [
        eval(compile(ast.Expression(each.args[0]), module.__name__, "eval"), vars(module))  # with the module's numbers
        for each in raised
        if isinstance(each.func, ast.Name) and each.func.id in REASONS
    ]
    assert reasons
    assert [reason for reason in reasons if not translated(english.get(reason))] == []


def translated(message: Message | None) -> bool:
    """Whether a text, or each of its plural forms, has a translation."""
    strings = message.string if message else None
    return all([strings] if isinstance(strings, str) else strings or [""])


@pytest.mark.parametrize(
    ("code", "figures"),
    [
        pytest.param("es", ["3,8", "2.147", "85\u00a0%", "23 de noviembre de 2026"], id="Colombian Spanish"),
        pytest.param("en", ["3.8", "2,147", "85%", "November 23, 2026"], id="English"),
    ],
)
def test_figures_are_written_as_readers_write_them(app: Flask, code: str, figures: list[str]) -> None:
    with app.test_request_context(f"/?lang={code}"):
        written = [
            language.decimal(3.84),
            language.number(2147),
            language.percent(0.849),
            language.day(date(2026, 11, 23)),
        ]
    assert written == figures


def test_the_language_is_remembered(client: FlaskClient) -> None:
    assert '<html lang="es">' in client.get("/").text
    assert '<html lang="en">' in client.get("/?lang=en").text
    assert '<html lang="en">' in client.get("/admin/entrar").text
    assert '<html lang="es">' in client.get("/?lang=es").text


def test_the_link_to_the_other_language_keeps_the_page_and_obeys_nobody(client: FlaskClient) -> None:
    page = unescape(client.get("/admin/entrar?next=/admin/&_scheme=javascript&_external=1&endpoint=x").text)
    link = page.split('hreflang="en"')[0].rsplit('href="', 1)[1].split('"')[0]
    assert link == "/admin/entrar?next=%2Fadmin%2F&_scheme=javascript&_external=1&endpoint=x&lang=en"


@pytest.mark.parametrize("asked", ["xx", "../../etc", "en\r\nSet-Cookie: a=b", ""])
def test_an_unknown_language_is_spanish(client: FlaskClient, asked: str) -> None:
    assert '<html lang="es">' in client.get("/", query_string={"lang": asked}).text
