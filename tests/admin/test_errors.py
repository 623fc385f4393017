"""Error pages that a person can use."""

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

from admin.permission import anyone


@pytest.fixture
def failing(app: Flask) -> FlaskClient:
    """A client of an application in which anything can be made to fail."""
    app.add_url_rule("/fail/<int:code>", "fail", anyone(lambda code: abort(code)))
    app.add_url_rule("/fail", "crash", anyone(lambda: str(1 / 0)))
    return app.test_client()


@pytest.mark.parametrize(
    ("page", "code", "words"),
    [
        pytest.param("/fail/400", 400, "No entendimos lo que envió", id="bad request"),
        pytest.param("/fail/403", 403, "hable con su coordinación", id="forbidden"),
        pytest.param("/nada", 404, "Esta página no existe", id="not found"),
        pytest.param("/fail/418", 418, "No entendimos lo que envió", id="an odd one"),
        pytest.param("/fail/429", 429, "Espere unos minutos", id="too many"),
        pytest.param("/fail", 500, "Algo falló de nuestro lado", id="our fault"),
        pytest.param("/fail/503", 503, "recargue la página", id="unavailable"),
    ],
)
def test_every_error_says_what_to_do(failing: FlaskClient, page: str, code: int, words: str) -> None:
    answer = failing.get(page)
    assert (answer.status_code, answer.mimetype) == (code, "text/html")
    assert words in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_errors_speak_english_too(client: FlaskClient) -> None:
    assert "This page does not exist" in client.get("/nada?lang=en").text


def test_an_address_with_markup_is_not_shown(client: FlaskClient) -> None:
    assert "<script>" not in client.get("/<script>alert(1)</script>?lang=<script>").text
