"""The page of signals, each with the page where to look."""

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot import demo
from startup import Services
from tests.admin.conftest import log_in


@pytest.fixture
def coordinator(demo_app: Flask) -> FlaskClient:
    services: Services = demo_app.extensions["libreta"]
    client = demo_app.test_client()
    assert log_in(client, "nacional", demo.password(services.settings.secret_key, "nacional")) == 303
    return client


def test_every_signal_of_the_demo_leads_to_a_page_that_opens(coordinator: FlaskClient) -> None:
    page = coordinator.get("/admin/senales/")
    assert page.status_code == 200
    links = set(re.findall(r'<th scope="row"><a href="([^"]+)"', page.text))
    assert links
    for link in links:
        assert coordinator.get(unescape(link)).status_code == 200


def test_low_grades_say_whose_and_how_low(coordinator: FlaskClient) -> None:
    page = unescape(coordinator.get("/admin/senales/").text)
    assert "Notas bajas" in page
    assert re.search(r"<td>[^<]+</td><td class=\"figure\">[12],\d</td>", page)
