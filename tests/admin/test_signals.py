"""The page of signals, each with the page where to look."""

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot import demo
from startup import Services
from tests.admin.conftest import log_in


def enter(demo_app: Flask, login: str) -> FlaskClient:
    services: Services = demo_app.extensions["libreta"]
    client = demo_app.test_client()
    assert log_in(client, login, demo.password(services.settings.secret_key, login)) == 303
    return client


@pytest.fixture
def coordinator(demo_app: Flask) -> FlaskClient:
    return enter(demo_app, "nacional")


@pytest.mark.parametrize("login", ["nacional", "ut.sucre", "zonal.sincelejo", "auditoria"])
def test_every_signal_and_all_that_waits_leads_to_a_page_that_opens(demo_app: Flask, login: str) -> None:
    reader = enter(demo_app, login)
    page = reader.get("/admin/senales/")
    assert page.status_code == 200
    signals = set(re.findall(r'<th scope="row"><a href="([^"]+)"', page.text))
    waiting = set(re.findall(r'<li><a href="([^"]+)">[^<]+<strong>', page.text))
    assert signals
    assert waiting
    for link in signals | waiting:
        assert reader.get(unescape(link)).status_code == 200


def test_what_waits_is_what_one_decides(demo_app: Flask) -> None:
    assert "Planes por aprobar <strong>2<" in enter(demo_app, "zonal.sincelejo").get("/admin/senales/").text
    assert "Planes por aprobar" not in enter(demo_app, "nacional").get("/admin/senales/").text


def test_low_grades_say_whose_and_how_low(coordinator: FlaskClient) -> None:
    page = unescape(coordinator.get("/admin/senales/").text)
    assert "Notas bajas" in page
    assert re.search(r"<td>[^<]+</td><td class=\"figure\">[12],\d</td>", page)
