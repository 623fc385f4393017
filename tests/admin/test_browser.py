"""The pages in a real browser, on a phone and on a laptop. Screenshots are left in `var/screenshots/`."""

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from bot import demo
from startup import Services

SHOTS = Path(__file__).parents[2] / "var" / "screenshots"
HEAVIEST = 150_000
"""Bytes of a page with all it loads: much of it travels over a weak signal."""

PICTURES = """Promise.all(
    [...document.images].map(one => one.complete || new Promise(seen => { one.onload = one.onerror = seen; }))
)"""
"""Settles once every picture is there or failed; to wait for a silent network would take half a second a page."""

pytestmark = pytest.mark.browser


def look(page: Page, name: str, width: int) -> None:
    """Leave a picture of the page, and check what holds for every page."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    for picture in page.locator("main img").all():
        picture.scroll_into_view_if_needed()
    page.wait_for_load_state("load")
    page.evaluate(PICTURES)
    expect(page.locator(".htmx-request")).to_have_count(0)  # parts of the page that come by themselves
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=SHOTS / f"{name}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"
    broken = page.locator("img").evaluate_all("all => all.filter(one => !one.naturalWidth).map(one => one.src)")
    assert broken == []
    loaded = page.evaluate(
        "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))"
        ".reduce((sum, one) => sum + one.encodedBodySize, 0)"
    )
    assert loaded < HEAVIEST


def log_in(page: Page, demo_app: Flask, login: str) -> None:
    services: Services = demo_app.extensions["libreta"]
    enter(page, login, services.settings.secret_key)


def enter(page: Page, login: str, secret_key: str) -> None:
    """Log in with an account of the demo."""
    page.goto("/admin/")
    page.get_by_label("Usuario").fill(login)
    page.get_by_label("Contraseña").fill(demo.password(secret_key, login))
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_role("button", name="Salir")).to_be_visible()


def test_a_citizen_reads_the_report_card(page: Page, width: int) -> None:
    page.goto("/")
    look(page, "public", width)
    page.get_by_label("Lugar").select_option(label="Corozal, Sucre")
    page.get_by_role("button", name="Ver").click()
    expect(page.get_by_role("heading", name="Corozal, Sucre")).to_be_visible()
    look(page, "public-municipality", width)
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="How families grade their programmes")).to_be_visible()
    look(page, "public-english", width)


def test_a_coordinator_reads_the_grades(page: Page, width: int, demo_app: Flask) -> None:
    page.goto("/admin/")
    look(page, "login", width)
    page.get_by_label("Usuario").fill("nacional")
    page.get_by_label("Contraseña").fill("no es esta")
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look(page, "login-wrong", width)
    log_in(page, demo_app, "nacional")
    expect(page.get_by_role("heading", name="Calificaciones")).to_be_visible()
    look(page, "grades", width)
    page.get_by_role("link", name="San Onofre, Sucre").click()
    expect(page.get_by_role("heading", name="San Onofre, Sucre")).to_be_visible()
    page.get_by_role("button", name="Salir").click()
    expect(page.get_by_role("button", name="Salir")).to_have_count(0)
    page.goto("/admin/")
    expect(page.get_by_role("button", name="Entrar")).to_be_visible()


def test_a_gestor_begins_with_today(page: Page, width: int, demo_app: Flask) -> None:
    log_in(page, demo_app, "gestor.sincelejo1")
    expect(page.get_by_role("heading", name="Hoy").first).to_be_visible()


def test_a_family_answers_on_the_simulator(page: Page, width: int) -> None:
    page.goto(f"/simulador?familia={1 if width > 500 else 2}")
    thread = page.get_by_role("log")
    for words in ("HOLA", "1"):
        heard = thread.locator(".heard").count()
        page.get_by_label("Mensaje").fill(words)
        page.get_by_role("button", name="Enviar").click()
        thread.locator(".heard").nth(heard).wait_for()
    assert thread.locator(".said").count() >= 2
    assert "SMS" in thread.locator(".said .meta").first.inner_text()
    look(page, "simulator", width)


def test_pages_can_be_used_by_keyboard(page: Page, width: int) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenido"


def test_an_error_page_leads_home(chromium: Browser, address: str, width: int) -> None:
    context = chromium.new_context(base_url=address, viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto("/no-existe")
    look(page, "not-found", width)
    page.get_by_role("link", name="Ir a la página de inicio").click()
    expect(page.get_by_role("heading", name="Así califican las familias")).to_be_visible()
    context.close()
