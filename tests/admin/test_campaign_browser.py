"""Campaigns and waves in a real browser, on a phone and on a laptop. Screenshots are left in `var/screenshots/`."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.admin.test_browser import log_in, look

pytestmark = pytest.mark.browser


def test_a_coordinator_writes_a_campaign_and_looks_at_it(page: Page, width: int, demo_app: Flask) -> None:
    log_in(page, demo_app, "zonal.sincelejo")
    page.goto("/admin/campanas/")
    look(page, "campaigns", width)
    page.get_by_role("link", name="Nueva campaña").click()
    look(page, "campaign-kinds", width)
    page.get_by_role("link", name="Aviso de la coordinación").click()
    look(page, "campaign-write", width)
    page.get_by_label("Nombre de la campaña").fill("Brigada de salud")
    page.get_by_label("Texto en español").fill(
        "El jueves hay brigada de salud aquí, en el parque. Lleve los papeles de todos."
    )
    page.get_by_role("button", name="Guardar y ver la vista previa").click()
    page.get_by_role("heading", name="Cómo se ve y cuánto cuesta").wait_for()
    expect(page.get_by_text("Sin teléfono")).to_be_visible()
    expect(page.get_by_role("button", name="Empezar")).to_be_visible()
    look(page, "campaign-preview", width)


def test_a_coordinator_follows_a_wave_and_its_campaign(page: Page, width: int, demo_app: Flask) -> None:
    log_in(page, demo_app, "nacional")
    page.goto("/admin/rondas/")
    look(page, "waves", width)
    page.get_by_role("link", name="Libreta de la segunda ronda").click()
    look(page, "wave", width)
    page.get_by_role("link", name="Libreta de la segunda ronda").click()
    expect(page.get_by_role("heading", name="Cuentas")).to_be_visible()
    page.get_by_text("Convocadas", exact=True).wait_for()
    look(page, "campaign", width)
    page.get_by_role("link", name="Familias para visitar").click()
    look(page, "campaign-families", width)


def test_audiences_and_channels(page: Page, width: int, demo_app: Flask) -> None:
    log_in(page, demo_app, "nacional")
    page.goto("/admin/campanas/audiencias/nueva")
    look(page, "audience", width)
    page.goto("/admin/campanas/canales/")
    look(page, "channels", width)
    page.goto("/admin/rondas/nueva")
    look(page, "wave-new", width)
