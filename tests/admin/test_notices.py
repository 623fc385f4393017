"""What pages say after something was done, and what they ask before it is."""

import pytest
from flask import Flask, redirect
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue

from admin import confirming, notices
from admin.notices import Undo
from admin.permission import permits
from families.staff import Role, Staff
from tests.admin.conftest import log_in, token

PAGE = "/admin/calificaciones"


@pytest.fixture
def desk(app: Flask, zonal: Staff) -> FlaskClient:
    """Somebody logged in where things can be done at once, or after a second look."""
    done: list[str] = []

    def close() -> ResponseReturnValue:
        if not confirming.confirmed():
            return confirming.ask("¿Cerrar <b>la ronda</b>?", "Nadie más podrá responder.", "Cerrar", PAGE)
        done.append("closed")
        notices.done("La ronda está cerrada.", Undo("/admin/reabrir", {"ronda": '"3"'}))
        notices.problem("Una familia no tiene teléfono.")
        return redirect(PAGE, 303)

    app.add_url_rule("/admin/cerrar", "close", permits(Role.ZONAL)(close), methods=["POST"])
    app.extensions["done"] = done
    client = app.test_client()
    log_in(client, "zonal")
    return client


def test_a_notice_is_shown_once_with_a_way_back(desk: FlaskClient) -> None:
    form = {"csrf_token": token(desk, PAGE), "confirmado": "si"}
    page = desk.post("/admin/cerrar", data=form, follow_redirects=True).text
    assert "La ronda está cerrada." in page
    assert "Una familia no tiene teléfono." in page
    assert 'action="/admin/reabrir"' in page
    assert 'name="ronda" value="&#34;3&#34;"' in page
    assert "La ronda está cerrada." not in desk.get(PAGE).text


def test_a_risky_form_is_asked_once_more_with_all_its_fields(desk: FlaskClient, app: Flask) -> None:
    form = {"csrf_token": token(desk, PAGE), "ronda": ["3", "<4>"], "nota": '"sí"'}
    page = desk.post("/admin/cerrar?de=aqui", data=form).text
    assert app.extensions["done"] == []
    assert "¿Cerrar &lt;b&gt;la ronda&lt;/b&gt;?" in page
    for part in (
        'action="/admin/cerrar?de=aqui"',
        'value="3"',
        'value="&lt;4&gt;"',
        'value="&#34;sí&#34;"',
        "No, volver",
    ):
        assert part in page
    assert page.count('name="csrf_token"') == 2  # that of the form and that of logging out
    desk.post("/admin/cerrar", data={**form, "confirmado": "si"})
    assert app.extensions["done"] == ["closed"]
