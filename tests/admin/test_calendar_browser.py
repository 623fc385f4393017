"""The calendar of a team in a real browser."""

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.admin.test_browser import log_in, look

pytestmark = pytest.mark.browser


def test_a_coordinator_reads_the_calendar_of_the_team(page: Page, width: int, demo_app: Flask) -> None:
    log_in(page, demo_app, "zonal.sincelejo")
    page.goto("/admin/calendario")
    look(page, "calendar-team", width)
    assert page.get_by_role("link", name="Agendar una sesión").count() == 0
