"""Headers and cookies of every page."""

import gzip
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin.security import csrf
from db import Database
from families import staff
from families.staff import Role, Staff
from startup import Services, create_app
from tests.admin.conftest import PASSWORD, log_in, token

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


@pytest.mark.parametrize("page", ["/", "/assets/libreta.css"])
def test_what_is_large_travels_compressed_to_who_takes_it(client: FlaskClient, page: str) -> None:
    plain, packed = client.get(page), client.get(page, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data)
    assert "Accept-Encoding" in packed.headers["Vary"]
    again = client.get(page, headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers.get("ETag", '"x"')})
    assert again.status_code == (304 if "ETag" in packed.headers else 200)


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


@pytest.mark.parametrize(
    ("proxies", "limited"),
    [pytest.param(0, True, id="anybody's word"), pytest.param(1, False, id="the word of a proxy of ours")],
)
def test_who_asks_is_believed_of_proxies_of_ours_only(services: Services, proxies: int, limited: bool) -> None:
    """Whoever writes another address each time is still one for the limits, unless a proxy wrote it."""
    services.settings = replace(services.settings, trusted_proxies=proxies)
    client = create_app(services).test_client()
    form = {"csrf_token": token(client), "password": "no es esta"}

    def refused(n: int) -> bool:
        fields, headers = {**form, "login": f"nadie{n}"}, {"X-Forwarded-For": f"10.0.0.{n}"}
        return client.post("/admin/entrar", data=fields, headers=headers).status_code == 429

    # Twice over: where Redis is slow for a moment, counting begins anew in the process.
    assert any(refused(n) for n in range(104 if limited else 52)) is limited


@pytest.mark.parametrize("page", [*PAGES, "/admin/", "/simulador"])
def test_a_host_header_of_somebody_elses_leads_nobody_astray(client: FlaskClient, page: str) -> None:
    answer = client.get(page, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    assert "evil.example" not in answer.get_data(as_text=True)
    assert "evil.example" not in str(answer.headers)


def test_one_time_links_name_our_own_address_whatever_host_was_asked(services: Services, database: Database) -> None:
    with database.transaction() as connection:
        admin = staff.add(connection, login="admin", name="Paula", role=Role.ADMIN, password=PASSWORD)
    client = create_app(services).test_client()
    log_in(client, "admin")
    form = {"csrf_token": token(client, "/admin/cuenta/")}
    page = client.post(f"/admin/personas/{admin.id}/enlace", data=form, headers={"Host": "evil.example"})
    assert page.status_code in (200, 302)
    assert "evil.example" not in page.text


def test_every_form_that_changes_something_needs_its_token(app: Flask) -> None:
    """Nothing is left out of the protection: no route, no blueprint."""
    assert csrf._exempt_views == set()
    assert csrf._exempt_blueprints == set()
    assert app.config.get("WTF_CSRF_ENABLED", True)
    assert app.config.get("WTF_CSRF_CHECK_DEFAULT", True)


def test_what_is_too_large_is_refused_before_it_is_read(client: FlaskClient) -> None:
    answer = client.post("/admin/entrar", data={"csrf_token": token(client), "login": "x" * 3_000_000})
    assert answer.status_code == 413
    assert "demasiado grande" in answer.text
