"""Every route says who may use it, and one place applies it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin import permission
from admin.permission import MissingRuleError, anyone, permits
from families.staff import Role, Staff
from tests.admin.conftest import log_in


def test_a_route_without_a_rule_is_an_error_when_the_application_is_made(app: Flask) -> None:
    permission.complete(app)
    app.add_url_rule("/admin/olvidada", "forgotten", lambda: "secrets")
    with pytest.raises(MissingRuleError, match="forgotten"):
        permission.complete(app)


def test_a_route_without_a_rule_shows_nothing(app: Flask) -> None:
    app.add_url_rule("/admin/olvidada", "forgotten", lambda: "secrets")
    answer = app.test_client().get("/admin/olvidada")
    assert answer.status_code == 500
    assert "secrets" not in answer.text


@pytest.fixture
def desk(app: Flask) -> FlaskClient:
    """A client of an application with a page for zonal coordinators, one for national ones and one for all."""
    app.add_url_rule("/admin/zonal", "zonal", permits(Role.ZONAL)(lambda: "zonal page"), methods=["GET", "POST"])
    app.add_url_rule("/admin/nacional", "national", permits(Role.NATIONAL)(lambda: "national page"))
    app.add_url_rule("/abierta", "open", anyone(lambda: "open page"))
    return app.test_client()


def test_the_right_role_comes_in(desk: FlaskClient, zonal: Staff) -> None:
    log_in(desk, "zonal")
    assert desk.get("/admin/zonal").text == "zonal page"


def test_another_role_is_not_told_that_the_page_exists(desk: FlaskClient, zonal: Staff) -> None:
    log_in(desk, "zonal")
    refused, unknown = desk.get("/admin/nacional"), desk.get("/admin/no-existe")
    assert (refused.status_code, unknown.status_code) == (404, 404)
    assert refused.text.replace("nacional", "") == unknown.text.replace("no-existe", "")


def test_whoever_is_not_logged_in_is_asked_to_and_led_back(desk: FlaskClient) -> None:
    answer = desk.get("/admin/zonal?filtro=a")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/entrar?next=/admin/zonal?filtro%3Da")


def test_a_form_of_nobody_is_asked_to_log_in_before_its_token_is_looked_at(desk: FlaskClient) -> None:
    assert "/admin/entrar" in desk.post("/admin/zonal").headers["Location"]


def test_open_pages_ask_for_nothing(desk: FlaskClient) -> None:
    assert desk.get("/abierta").text == "open page"


def test_permits_names_at_least_one_role() -> None:
    with pytest.raises(ValueError, match="which roles"):
        permits()
