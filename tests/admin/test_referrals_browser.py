"""Programmes and referrals in a real browser, on a phone and on a laptop: pictures in `var/screenshots/`."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.admin.test_browser import log_in, look

pytestmark = pytest.mark.browser


def test_a_coordinator_looks_at_programmes_and_offers_one(page: Page, width: int, demo_app: Flask) -> None:
    log_in(page, demo_app, "zonal.sincelejo")
    page.goto("/admin/programas/")
    look(page, "programmes", width)
    page.get_by_role("link", name="Curso de cocina").click()
    expect(page.get_by_role("heading", name="Lo que lee la familia")).to_be_visible()
    look(page, "programme", width)
    page.get_by_role("link", name="Proponer a familias").click()
    for number in range(3):
        page.get_by_role("checkbox").nth(number).check()
    look(page, "propose", width)
    page.get_by_role("button", name="Ver el mensaje").click()
    expect(page.get_by_role("button", name="Enviar la oferta")).to_be_visible()
    look(page, "propose-preview", width)
    page.goto("/admin/programas/?estado=closed")
    page.get_by_role("link", name="Cédulas de octubre").click()
    look(page, "programme-told", width)
    page.goto("/admin/remisiones/")
    look(page, "referrals", width)
    page.goto("/admin/demanda/")
    look(page, "demand", width)


def test_a_delegate_adds_a_programme_and_keeps_what_was_wrong(page: Page, width: int, demo_app: Flask) -> None:
    log_in(page, demo_app, "sena")
    page.goto("/admin/programas/nuevo")
    look(page, "programme-new", width)
    page.get_by_label("Nombre del programa").fill("Taller de costura")
    page.get_by_role("checkbox").first.check()
    page.get_by_label("Lugar que cubre").fill("Macondo")
    page.get_by_label("Cupos").fill("20")
    for label in ("Requisitos", "Qué llevar", "Dirección", "Horario", "Contacto"):
        page.get_by_label(label, exact=True).fill("Por confirmar")
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_text("No hay ningún municipio ni departamento «Macondo»")).to_be_visible()
    expect(page.get_by_label("Nombre del programa")).to_have_value("Taller de costura")
    page.goto("/admin/programas/")
    page.get_by_role("link", name="Curso de cocina").click()
    page.get_by_role("link", name="Familias con cupo").click()
    look(page, "programme-people", width)
