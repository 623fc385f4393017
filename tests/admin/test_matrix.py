"""Every route with every role; and of what lies next door nothing is seen: no page, no name, no count, no file.

A new route is tried as soon as it exists. A route with an argument needs a line in `neighbours.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, Rule
from werkzeug.test import TestResponse

from admin import permission
from admin.permission import ANYONE
from bot import demo
from families.staff import Role
from startup import Services
from surveys import drafts
from surveys.forms.build import WORKBOOK
from tests.admin.conftest import log_in, statements, token
from tests.admin.country import NEIGHBOURS, NOBODY, Country, address, methods, routes, settled
from tests.admin.neighbours import MAKERS, MARK, OF_NO_PLACE

MOST_STATEMENTS = 15
"""A page asks the database no oftener."""


@pytest.fixture(scope="module")
def country(servers: dict[str, str], template: str) -> Iterator[Country]:
    yield from settled(servers, template)


# --- who ---------------------------------------------------------------------------------------------------------


def test_there_are_routes_of_every_kind(country: Country) -> None:
    rules = [permission.rule(country.app, route.endpoint) for route in routes(country.app)]
    assert ANYONE in rules
    assert {role for found in rules for role in found} == set(Role)


def test_no_address_belongs_to_two_routes(country: Country) -> None:
    """Otherwise the rule of one would hide the other."""
    taken = [
        (re.sub(r"<[^>]+>", "<>", str(route)), method) for route in routes(country.app) for method in methods(route)
    ]
    assert [one for one in taken if taken.count(one) > 1] == []


@pytest.mark.parametrize("who", [*Role, NOBODY])
def test_every_route_opens_to_whom_it_says_and_to_nobody_else(country: Country, who: str) -> None:
    """Without a token no form does anything: that it is missed (400) says that its sender was let in."""
    client = country.clients[who]
    for route in routes(country.app):
        permitted = permission.rule(country.app, route.endpoint)
        for method in methods(route):
            answer = client.open(address(country.app, route), method=method)
            where = f"{method} {route} as {who}: {answer.status_code}"
            assert answer.status_code < 500, where
            led_to_log_in = answer.headers.get("Location", "").startswith("/admin/entrar")
            if permitted is ANYONE:
                assert not led_to_log_in or route.endpoint == "access.enter_code", where
            elif who == NOBODY:
                assert led_to_log_in, where
            elif who not in permitted:
                assert answer.status_code == 404, where
            elif method == "POST":
                assert answer.status_code == 400, where
            else:
                assert not led_to_log_in, where
                assert route.arguments or answer.status_code in (200, 302, 303, 404), where


@pytest.mark.parametrize("who", list(Role))
def test_every_page_of_the_menu_opens(country: Country, who: str) -> None:
    home = country.clients[who].get("/admin/", follow_redirects=True)
    assert home.status_code == 200
    for link in set(re.findall(r'<li><a href="(/admin[^"]*)"', home.text)):
        assert country.clients[who].get(link).status_code == 200, f"{link} as {who}"


# --- where -------------------------------------------------------------------------------------------------------


def test_every_argument_of_a_route_has_a_maker(country: Country) -> None:
    kept = [route for route in routes(country.app) if permission.rule(country.app, route.endpoint) is not ANYONE]
    named = {name for route in kept for name in route.arguments}
    assert named - set(MAKERS) - set(OF_NO_PLACE) == set(), "add a line to tests/admin/neighbours.py"


def test_what_the_makers_make_is_seen_by_somebody(country: Country) -> None:
    """Otherwise nothing would be shown by its being hidden from neighbours."""
    things = country.things()
    watching = (*country.owners, country.clients[Role.NATIONAL], country.clients[Role.ADMIN])
    with statements(country.database) as asked:
        for route in routes(country.app):
            if not _made(country.app, route):
                continue
            page, seen = address(country.app, route, **things), False
            for client in watching:
                asked.clear()
                seen |= client.get(page).status_code < 400
                assert len(asked) <= MOST_STATEMENTS, page
            assert seen, f"nobody sees {page}"


def _made(app: Flask, route: Rule) -> bool:
    """Whether a page of the staff is about something that a maker makes."""
    kept = permission.rule(app, route.endpoint) is not ANYONE
    return kept and "GET" in methods(route) and bool(route.arguments) and route.arguments <= set(MAKERS)


@pytest.mark.parametrize("who", NEIGHBOURS)
def test_what_lies_next_door_is_not_there(country: Country, who: str) -> None:
    """A thing of the neighbours and one that does not exist are answered alike, to readers and to writers."""
    client, things = country.clients[who], country.things()
    form = {"csrf_token": token(client, "/admin/cuenta/")}
    for route in routes(country.app):
        if who not in permission.rule(country.app, route.endpoint) or not route.arguments & set(MAKERS):
            continue
        theirs, nothing = address(country.app, route, **things), address(country.app, route)
        for method in methods(route):
            data = form if method == "POST" else None
            found = client.open(theirs, method=method, data=data)
            missing = client.open(nothing, method=method, data=data)
            where = f"{method} {route} as {who}"
            assert found.status_code == missing.status_code, where
            assert method == "POST" or found.status_code == 404, where
            assert _bare(found, theirs) == _bare(missing, nothing), where


@pytest.mark.parametrize("who", NEIGHBOURS)
@pytest.mark.parametrize("query", [{}, {"formato": "csv"}], ids=["page", "file"])
def test_no_page_changes_with_what_happens_next_door(country: Country, who: str, query: dict[str, str]) -> None:
    """Neither names nor counts: pages and files are the same before and after things are made elsewhere."""
    client = country.clients[who]
    client.get("/admin/cuenta/")  # takes the notices of what was done before
    before = {page: client.get(page, query_string=query) for page in _pages(country, who)}
    country.things()
    for page, answer in before.items():
        after = client.get(page, query_string=query)
        assert _bare(after, page) == _bare(answer, page), f"{page} as {who}"
        assert MARK not in after.text, f"{page} as {who}"


def _pages(country: Country, who: str) -> list[str]:
    """Addresses of pages that this role may open and that need no argument."""
    return [
        address(country.app, route)
        for route in routes(country.app)
        if "GET" in methods(route) and not route.arguments and who in permission.rule(country.app, route.endpoint)
    ]


def _bare(answer: TestResponse, page: str) -> str:
    """What an answer says, without what differs each time: tokens, times, and the address itself."""
    without = re.sub(r'name="csrf_token" value="[^"]+"|X-CSRFToken[^}]+|\d{1,2}:\d\d(:\d\d)?', "", answer.text)
    return re.sub(r'href="[^"]*lang=[^"]*"', "", without).replace(page, "")


# --- the demo, as its staff see it --------------------------------------------------------------------------------


REVIEWED = ("comments.listing",)
"""Where a person reads comments, without names or anything that leads to one, before anybody else may."""

LINK = re.compile(r'(?:href|src|hx-get)="(/admin[^"#]*)')
DEMO_LOGINS = ("nacional", "auditoria", "admin", "ut.sucre", "zonal.sincelejo", "gestor.sincelejo1", "sena")


@dataclass(frozen=True, slots=True)
class Visit:
    """A page or file that somebody opened, and what was asked of the database for it."""

    login: str
    endpoint: str
    address: str
    statements: tuple[str, ...]


@pytest.fixture(scope="module")
def visits(demo_app: Flask) -> list[Visit]:
    """Every page that each of the demo's staff reaches by its address or by a link, as a page and as a file."""
    services: Services = demo_app.extensions["libreta"]
    with services.database.transaction() as connection:
        assert connection.scalar(text("SELECT count(*) FROM anonymous_answers"))
        draft = drafts.keep(connection, "libreta.xlsx", WORKBOOK.read_bytes(), {}, None, datetime.now(UTC))
    with statements(services.database) as asked:
        found = [visit for login in DEMO_LOGINS for visit in _walk(demo_app, login, asked)]
    with services.database.transaction() as connection:
        drafts.drop(connection, draft)
    return found


def _walk(app: Flask, login: str, asked: list[str]) -> Iterator[Visit]:
    services: Services = app.extensions["libreta"]
    client, urls = app.test_client(), app.url_map.bind("localhost")
    assert log_in(client, login, demo.password(services.settings.secret_key, login)) == 303
    waiting = [address(app, route) for route in routes(app) if "GET" in methods(route) and not route.arguments]
    seen = {_page_of(urls, page) for page in waiting}
    for page in waiting:  # grows by what the pages lead to, one of each kind
        for query in ("", "formato=csv"):
            asked.clear()
            answer = client.get(page + ("&" if "?" in page else "?") + query)
            assert answer.status_code < 500, f"{page} as {login}"
            if answer.status_code < 400:
                yield Visit(login, str(_page_of(urls, page)), page, tuple(asked))
            linked = LINK.findall(answer.text) if answer.mimetype == "text/html" else []
            for link in map(unescape, linked):
                if (led_to := _page_of(urls, link)) not in {*seen, None}:
                    seen.add(led_to)
                    waiting.append(link)


def _page_of(urls: MapAdapter, link: str) -> str | None:
    """The endpoint that a link opens."""
    try:
        return str(urls.match(link.partition("?")[0])[0])
    except HTTPException:
        return None


def test_every_page_of_the_staff_is_opened_by_somebody(demo_app: Flask, visits: list[Visit]) -> None:
    """Otherwise what is said below of every page would be said of some."""
    opened = {visit.endpoint for visit in visits}
    kept = [one for one in routes(demo_app) if permission.rule(demo_app, one.endpoint) is not ANYONE]
    others = {one.endpoint for one in kept if "GET" in methods(one) and not _made(demo_app, one)}
    assert others - opened == set()


def test_no_page_reads_anonymous_answers(visits: list[Visit]) -> None:
    """Whoever asks for whatever page or file: no statement names the table of anonymous answers."""
    others = [visit for visit in visits if visit.endpoint not in REVIEWED]
    assert [visit for visit in others if any("anonymous_answers" in one for one in visit.statements)] == []


def test_no_page_asks_the_database_more_than_fifteen_times(visits: list[Visit]) -> None:
    many = [visit for visit in visits if len(visit.statements) > MOST_STATEMENTS]
    assert [f"{visit.address} as {visit.login}: {len(visit.statements)}" for visit in many] == []
