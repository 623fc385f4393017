"""Requests, conversations, notices, obstacles and codes in a real browser; pictures in `var/screenshots/`."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.admin.test_browser import log_in, look

pytestmark = pytest.mark.browser

PAGES = {
    "pqr": "/admin/pqr/",
    "rights": "/admin/derechos/",
    "conversations": "/admin/conversaciones/?todo=1",
    "quick-replies": "/admin/conversaciones/respuestas",
    "notices": "/admin/avisos/",
    "recipients": "/admin/avisos/personas",
    "obstacles": "/admin/nudos/",
    "obstacle-new": "/admin/nudos/nuevo",
    "codes": "/admin/codigos/",
    "spot-checks": "/admin/control-visitas/",
    "spot-check-new": "/admin/control-visitas/nuevo",
}


def test_a_coordinator_looks_at_everything_that_families_say(page: Page, width: int, demo_app: Flask) -> None:
    log_in(page, demo_app, "zonal.sincelejo")
    for name, address in PAGES.items():
        page.goto(address)
        assert page.locator("h1").count() == 1, address
        look(page, f"voice-{name}", width)


@pytest.mark.parametrize(
    ("listing", "link"),
    [
        pytest.param("/admin/pqr/", r"^\d{3}-\d{3}-\d{3}$", id="request"),
        pytest.param("/admin/conversaciones/?todo=1", r".", id="conversation"),
        pytest.param("/admin/nudos/", r"Registraduría|transporte", id="obstacle"),
    ],
)
def test_a_coordinator_opens_one(page: Page, width: int, demo_app: Flask, listing: str, link: str) -> None:
    log_in(page, demo_app, "zonal.sincelejo")
    page.goto(listing)
    page.locator("main").get_by_role("link", name=re.compile(link)).last.click()
    look(page, f"voice-one{listing.split('/')[2]}", width)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
