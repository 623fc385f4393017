"""The gestora's day in a real browser: what is today, a session planned and taken back, hours opened."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from admin.language import BOGOTA
from tests.admin.test_browser import log_in, look

pytestmark = pytest.mark.browser

TODAY = datetime.now(UTC).astimezone(BOGOTA).date()


def test_the_day_of_a_gestora(page: Page, width: int, demo_app: Flask) -> None:
    log_in(page, demo_app, "gestor.sincelejo1")
    page.goto("/admin/hoy")
    look(page, "today", width)
    page.goto("/admin/calendario")
    look(page, "calendar", width)
    page.goto("/admin/calendario?vista=mes")
    look(page, "calendar-month", width)

    page.goto("/admin/sesiones/nueva")
    page.get_by_label("Tipo de sesión").select_option(label="Seguimiento")
    page.locator("input[name=familias]").first.check()
    page.get_by_label("Día").fill((TODAY + timedelta(days=9 if width < 500 else 10)).isoformat())
    page.get_by_label("Hora", exact=True).fill("07:35")
    look(page, "session-new", width)
    page.get_by_role("button", name="Ver el mensaje").click()
    expect(page.get_by_role("heading", name="¿Agendar y avisar?")).to_be_visible()
    look(page, "session-preview", width)
    page.get_by_role("button", name="Agendar y avisar").click()
    expect(page.get_by_text("La sesión quedó en el calendario")).to_be_visible()
    look(page, "session-done", width)
    page.get_by_role("button", name="Deshacer").click()
    expect(page.get_by_text("Se deshizo: nadie recibió mensaje")).to_be_visible()

    page.goto("/admin/horarios")
    look(page, "slots", width)
    page.goto("/admin/sesiones/recordar?dias=9")
    look(page, "remind", width)


def test_a_coordinator_reads_the_calendar_of_the_team(page: Page, width: int, demo_app: Flask) -> None:
    log_in(page, demo_app, "zonal.sincelejo")
    page.goto("/admin/calendario")
    look(page, "calendar-team", width)
    assert page.get_by_role("link", name="Agendar una sesión").count() == 0
