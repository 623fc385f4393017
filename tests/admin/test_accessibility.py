"""Every page of every menu in a real browser, on a phone and on a laptop: usable by all, and without a complaint.

axe-core looks for what people with disabilities could not use (WCAG 2.2 AA). A new page of the menu is visited as soon
as it is there, and the first page that its main table leads to.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.admin.test_browser import log_in, look

AXE = Path(__file__).parent / "axe" / "axe-4.12.1.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GRAVE = ("serious", "critical")
MADE_OF = """
    [...new Set([...document.querySelectorAll('*')].map(one => `${one.tagName}.${one.getAttribute('class')}`))]
        .sort().join()
"""
examined: set[tuple[int, str, str]] = set()
"""Widths and kinds of pages with what they are made of: seven roles open much the same, which is looked at once."""
LOGINS = ("nacional", "admin", "auditoria", "ut.sucre", "zonal.sincelejo", "gestor.sincelejo1", "sena")
PUBLIC = ("/", "/admin/entrar", "/simulador?familia=3")

pytestmark = pytest.mark.browser


def findings(page: Page) -> list[str]:
    """What is seriously wrong with the page that is shown, each with the place."""
    page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = page.evaluate("rules => axe.run({runOnly: {type: 'tag', values: rules}})", RULES)
    return [
        f"{one['impact']} {one['id']}: {node['html'][:160]}"
        for one in found["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


def visited(page: Page) -> Iterator[str]:
    """Addresses of the menu, and after each the first one that its main table leads to."""
    menu = page.locator(".side a, .menu a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    for link in dict.fromkeys(one for one in menu if one.startswith("/admin")):
        yield link
        inner = page.locator("main tbody a[href^='/admin']")
        if inner.count():
            yield inner.first.get_attribute("href") or link


def kind(address: str) -> str:
    """An address without what names one thing among many of its kind."""
    return re.sub(r"\d+", "#", urlsplit(address).path)


@pytest.mark.parametrize("login", LOGINS)
def test_every_page_of_the_menu_can_be_used_by_all(page: Page, width: int, demo_app: Flask, login: str) -> None:
    log_in(page, demo_app, login)
    seen: set[str] = set()
    wrong: dict[str, list[str]] = {}
    for address in visited(page):
        if kind(address) in seen:
            continue
        seen.add(kind(address))
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        if (made := (width, kind(address), page.evaluate(MADE_OF))) in examined:
            continue
        examined.add(made)
        look(page, f"{login}{kind(address).replace('/', '-').rstrip('-')}", width)
        if found := findings(page):
            wrong[address] = found
    assert seen
    assert wrong == {}


@pytest.mark.parametrize("public", PUBLIC)
def test_public_pages_can_be_used_by_all(page: Page, width: int, public: str) -> None:
    page.goto(public)
    assert findings(page) == []
