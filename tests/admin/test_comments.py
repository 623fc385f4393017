"""The page where comments are looked at: who may, what is on it, and what becomes of a decision."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot import demo
from bot.catalogue import Catalogue
from startup import Services
from surveys import comments
from tests.admin.conftest import log_in


@pytest.mark.parametrize(
    ("login", "status"),
    [
        pytest.param("nacional", 200, id="national coordination"),
        pytest.param("ut.sucre", 200, id="UT"),
        pytest.param("zonal.sincelejo", 404, id="zonal, who works with those who are graded"),
        pytest.param("gestor.sincelejo1", 404, id="gestor"),
    ],
)
def test_only_the_coordinations_above_look_at_comments(demo_app: Flask, login: str, status: int) -> None:
    services: Services = demo_app.extensions["libreta"]
    client = demo_app.test_client()
    log_in(client, login, demo.password(services.settings.secret_key, login))
    assert client.get("/admin/comentarios/").status_code == status


def test_a_comment_is_let_out_as_it_was_written_into_the_form(
    app: Flask, client: FlaskClient, services: Services
) -> None:
    demo.load(services.database, services.cipher, Catalogue.read(), services.settings.secret_key, datetime.now(UTC))
    log_in(client, "nacional", demo.password(services.settings.secret_key, "nacional"))
    page = unescape(client.get("/admin/comentarios/").text)
    address = re.findall(r'action="(/admin/comentarios/[^"]+)"', page)[0]
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    form = {"csrf_token": token[1], "decision": "released", "texto": " Mucha fila en la mañana "}
    assert client.post(address, data={**form, "texto": "  "}).status_code == 303
    assert "El texto está vacío." in unescape(client.get("/admin/comentarios/").text)
    assert client.post(address, data=form).status_code == 303
    page = unescape(client.get("/admin/comentarios/").text)
    assert "El comentario se publicó." in page
    assert f'action="{address}"' not in page
    client.post(address, data=form)
    assert "El comentario ya estaba revisado." in unescape(client.get("/admin/comentarios/").text)
    with services.database.transaction() as connection:
        assert comments.released(connection, 1, "") == ["Mucha fila en la mañana"]
    assert "«Mucha fila en la mañana»" in unescape(client.get("/admin/comentarios/").text)
    elsewhere = app.test_client()
    log_in(elsewhere, "ut.cundinamarca", demo.password(services.settings.secret_key, "ut.cundinamarca"))
    theirs = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', elsewhere.get("/admin/cuenta/").text)
    assert theirs
    sucre = re.findall(r'action="(/admin/comentarios/[^"/]+/[^"/]+)"', page)
    mine = set(re.findall(r'action="(/admin/comentarios/[^"/]+/[^"/]+)"', elsewhere.get("/admin/comentarios/").text))
    assert client.post(f"{address}/retirar", data=form).status_code == 303
    page = unescape(client.get("/admin/comentarios/").text)
    assert "El comentario ya no se ve" in page
    assert f'action="{address}"' in page, "it waits to be looked at again"
    with services.database.transaction() as connection:
        assert comments.released(connection, 1, "") == []
    away = next(one for one in sucre if one != address and one not in mine)
    client.post(away, data=form)
    elsewhere.post(f"{away}/retirar", data={"csrf_token": theirs[1]})
    assert "Ese comentario ya estaba por revisar" in unescape(elsewhere.get("/admin/comentarios/").text)
    with services.database.transaction() as connection:
        assert len(comments.released(connection, 1, "")) == 1, "another department's coordination takes nothing back"
