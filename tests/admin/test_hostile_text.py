"""What people may type anywhere, typed everywhere: quotes, HTML, formulas, emoji, ten thousand characters.

Every form of every page is filled in with it, by every role, on things of every kind. Nothing falls over; pages show it
as text, files hold no formula.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import StringIO

import pytest
from flask.testing import FlaskClient

from admin import permission
from families.staff import Role
from tests.admin.country import Country, address, methods, routes, settled
from tests.admin.neighbours import MAKERS

MARKUP = "zqx\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}%(name)s{0}\u202e😀"
FORMULA = '=HYPERLINK("http://example.com","zqx")'
LONG = "zqx <b>" + "ñ" * 10_000
TYPED = {"markup": MARKUP, "formula": FORMULA, "long": LONG}

RAW = re.compile(r"zqx[\"']|<script>alert|<img src=x|zqx <b>|zqx.{0,80}49")
"""Traces of what was typed that only markup, or a template run over it, would leave."""

WRITTEN = {"text", "search", "email", "tel", "textarea", "password", "hidden-text"}
LEAVES = ("/admin/salir", "/admin/cuenta/clave")
"""Forms that end the session of whoever sends them."""


@dataclass(slots=True)
class Sendable:
    """A form of a page: where it goes, and its fields with a value each."""

    action: str
    method: str
    fields: list[tuple[str, str, str]] = field(default_factory=list)

    def filled(self, typed: str) -> dict[str, str]:
        """The fields, with what is typed in those that take writing."""
        return {name: typed if kind in WRITTEN else value for name, kind, value in self.fields}


class Forms(HTMLParser):
    """Finds the forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.found: list[Sendable] = []
        self._select: str | None = None

    def handle_starttag(self, tag: str, attributes: Sequence[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.found.append(Sendable(given.get("action") or self.page, given.get("method", "get").lower()))
        elif not self.found:
            return
        elif tag == "input" and "name" in given and given.get("type") != "file":
            kind = given.get("type", "text")
            self.found[-1].fields.append((given["name"], kind, given.get("value", "")))
        elif tag == "textarea" and "name" in given:
            self.found[-1].fields.append((given["name"], "textarea", ""))
        elif tag == "select" and "name" in given:
            self._select = given["name"]
        elif tag == "option" and self._select and given.get("value"):
            self.found[-1].fields.append((self._select, "select", given["value"]))
            self._select = None
        elif tag == "button" and "name" in given:
            self.found[-1].fields.append((given["name"], "button", given.get("value", "")))


@pytest.fixture(scope="module")
def country(servers: dict[str, str], template: str) -> Iterator[Country]:
    yield from settled(servers, template)


def pages(country: Country, role: Role) -> Iterator[str]:
    """Addresses of all pages that a role may open, with things of its own municipality where they name one."""
    things = country.things("70001")
    for route in routes(country.app):
        named = route.arguments <= set(MAKERS)
        permitted = permission.rule(country.app, route.endpoint)
        if "GET" in methods(route) and named and role in permitted:
            yield address(country.app, route, **{name: things[name] for name in route.arguments})


def forms(client: FlaskClient, page: str) -> list[Sendable]:
    answer = client.get(page)
    if answer.status_code != 200 or answer.mimetype != "text/html":
        return []
    parser = Forms(page)
    parser.feed(answer.text)
    return [one for one in parser.found if not one.action.startswith(LEAVES) and one.action.startswith(("/", "?"))]


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED)
@pytest.mark.parametrize("role", list(Role))
def test_every_form_takes_it_and_shows_it_as_text(country: Country, role: Role, typed: str) -> None:
    client = country.clients[role]
    sent = 0
    shown = list(pages(country, role))
    for page in shown:
        for one in forms(client, page):
            target = page.partition("?")[0] if one.action.startswith("?") else one.action
            if one.method == "post":
                answer = client.post(target, data=one.filled(typed))
            else:
                answer = client.get(target, query_string=one.filled(typed))
            sent += 1
            assert answer.status_code < 500, f"{one.method} {target} as {role}"
            assert not RAW.search(answer.text), f"{one.method} {target} as {role}"
    for page in shown:
        answer = client.get(page)
        assert answer.status_code < 500, f"{page} as {role}"
        assert answer.mimetype != "text/html" or not RAW.search(answer.text), f"{page} as {role}"
    assert sent or role in (Role.GESTOR, Role.ENTITY)


@pytest.mark.parametrize("role", list(Role))
def test_no_file_holds_a_formula(country: Country, role: Role) -> None:
    """After all that was typed above."""
    client = country.clients[role]
    for page in pages(country, role):
        answer = client.get(page, query_string={"formato": "csv"})
        assert answer.status_code < 500, f"{page} as {role}"
        if answer.mimetype == "text/csv":
            cells = [cell for row in csv.reader(StringIO(answer.get_data().decode("utf-8-sig"))) for cell in row]
            assert [cell for cell in cells if cell[:1] in ("=", "@", "\t", "\r")] == [], f"{page} as {role}"
