"""Headers and cookies of every page."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from families.staff import Staff
from startup import Services, create_app
from tests.admin.conftest import log_in

PAGES = ("/", "/admin/entrar", "/no-existe", "/assets/libreta.css", "/healthz")


@pytest.mark.parametrize("page", PAGES)
def test_every_answer_carries_the_headers(client: FlaskClient, page: str) -> None:
    headers = client.get(page).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("page", ["/", "/admin/entrar", "/no-existe"])
def test_pages_hold_no_inline_script_or_style(client: FlaskClient, page: str) -> None:
    html = client.get(page).text
    assert "<style" not in html
    assert " style=" not in html
    assert "<script>" not in html
    assert " onclick=" not in html


@pytest.mark.parametrize(
    ("public_url", "host", "secure"),
    [
        pytest.param("https://libreta.example", "libreta.example", True, id="the public address"),
        pytest.param("https://libreta.example", "10.0.0.7:8000", True, id="another name of the same server"),
        pytest.param("https://libreta.example", "127.0.0.1:8000", False, id="tried by hand on the server"),
        pytest.param("http://127.0.0.1:8000", "127.0.0.1:8000", False, id="a demo without HTTPS"),
    ],
)
def test_the_session_cookie(services: Services, zonal: Staff, public_url: str, host: str, secure: bool) -> None:
    services.settings = replace(services.settings, public_url=public_url)
    cookie = create_app(services).test_client().get("/admin/entrar", headers={"Host": host}).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert ("Secure" in cookie) is secure


def test_https_is_remembered_only_where_the_service_has_it(services: Services) -> None:
    assert "Strict-Transport-Security" not in create_app(services).test_client().get("/healthz").headers
    services.settings = replace(services.settings, public_url="https://libreta.example")
    assert "Strict-Transport-Security" in create_app(services).test_client().get("/healthz").headers


def test_log_ins_go_on_without_redis(services: Services, zonal: Staff) -> None:
    services.settings = replace(services.settings, redis_url="redis://127.0.0.1:1/0")
    assert log_in(create_app(services).test_client(), "zonal") == 303


def test_pages_of_the_staff_are_kept_by_no_cache(client: FlaskClient, zonal: Staff) -> None:
    log_in(client, "zonal")
    assert client.get("/admin/calificaciones").headers["Cache-Control"] == "no-store"
