"""The results go back to the families: a draft of a campaign for each municipality chosen."""

from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot import demo
from bot.campaigns import plans
from bot.campaigns.script import Kind
from startup import Services
from tests.admin.conftest import log_in, token


@pytest.fixture
def coordinator(demo_app: Flask) -> FlaskClient:
    services: Services = demo_app.extensions["libreta"]
    client = demo_app.test_client()
    assert log_in(client, "zonal.sincelejo", demo.password(services.settings.secret_key, "zonal.sincelejo")) == 303
    return client


def test_a_municipality_is_told_once_and_nothing_leaves_before_it_is_looked_at(
    coordinator: FlaskClient, demo_app: Flask
) -> None:
    services: Services = demo_app.extensions["libreta"]
    page = unescape(coordinator.get("/admin/contar/").text)
    wave = page.split('name="ronda" value="')[1].split('"')[0]
    assert "así calificaron las familias de Sincelejo" in page
    assert "Soacha" not in page
    sent = {"csrf_token": token(coordinator, "/admin/contar/"), "ronda": wave, "lugar": ["70001", "25754"]}
    answer = coordinator.post("/admin/contar/", data=sent)
    assert answer.status_code == 303
    draft = coordinator.get(answer.location)
    assert "así calificaron las familias de Sincelejo" in unescape(draft.text)
    with services.database.transaction() as connection:
        made = [campaign for campaign in plans.of_wave(connection, int(wave)) if campaign.plan.kind is Kind.RESULT]
    assert [(campaign.plan.filter.territories, campaign.status) for campaign in made] == [(("70001",), "draft")]
    assert "ya tiene campaña" in coordinator.get("/admin/contar/").text
    again = coordinator.post("/admin/contar/", data=sent, follow_redirects=True)
    assert "Escoja al menos un municipio" in again.text
