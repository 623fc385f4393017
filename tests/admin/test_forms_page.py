"""A questionnaire on its way from Excel to the families: uploaded, checked, tried, compared, published."""

import re
from collections.abc import Mapping
from html import unescape
from io import BytesIO
from types import MappingProxyType
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import Workbook

from db import Database
from families import staff
from families.staff import Role
from surveys import library
from surveys.forms.build import WORKBOOK
from tests.admin.conftest import PASSWORD, log_in, token

FORMS = "/admin/formularios/"
Sheets = Mapping[str, list[list[str]]]
SMALL: Sheets = {
    "survey": [
        ["type", "name", "label", "relevant"],
        ["select_one siono", "usa", "¿Usa el programa?", ""],
        ["integer", "nota", "¿Qué nota le pone, de 1 a 5?", "${usa} = 'si'"],
    ],
    "choices": [["list_name", "name", "label"], ["siono", "si", "Sí"], ["siono", "no", "No"]],
    "settings": [["form_title", "form_id", "version"], ["<b>Prueba</b>", "prueba", "1"]],
}


def workbook(replaced: Mapping[str, str] = MappingProxyType({}), sheets: Sheets = SMALL) -> bytes:
    """An XLSForm; `replaced` are cells by their text."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([replaced.get(cell, cell) for cell in row])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.fixture
def author(client: FlaskClient, database: Database) -> FlaskClient:
    with database.transaction() as connection:
        staff.add(connection, login="nacional", name="Camila", role=Role.NATIONAL, password=PASSWORD)
    log_in(client, "nacional")
    return client


def upload(client: FlaskClient, data: bytes, name: str = "prueba.xlsx", **files: Any) -> str:
    """Upload a workbook; returns the address of the draft."""
    form = {"csrf_token": token(client, FORMS), "workbook": (BytesIO(data), name), **files}
    answer = client.post(FORMS, data=form)
    assert answer.status_code == 303, unescape(answer.text)
    return str(answer.headers["Location"])


def send(client: FlaskClient, page: str, **fields: str) -> str:
    form = {"csrf_token": token(client, FORMS), **fields}
    return unescape(client.post(page, data=form, follow_redirects=True).text)


def said(page: str) -> str:
    """What the phone says last."""
    found = re.search(r'class="bubble said">.*?class="text">(.*?)</span>', page, re.DOTALL)
    assert found
    return unescape(found[1])


def test_a_form_is_published_after_a_second_look(author: FlaskClient, database: Database) -> None:
    draft = upload(author, workbook())
    page = unescape(author.get(draft).text)
    assert "&lt;b&gt;Prueba" in author.get(draft).text
    assert "Es un formulario nuevo" in page
    assert "Una versión publicada no se puede cambiar" in send(author, f"{draft}/publicar")
    assert "quedó publicado" in send(author, f"{draft}/publicar", confirmado="si")
    with database.transaction() as connection:
        (version,) = library.listed(connection)
    assert (version.form_id, version.title) == ("prueba", "<b>Prueba</b>")
    assert author.get(draft).status_code == 404


def test_every_problem_is_shown_by_sheet_and_row_and_nothing_is_published(
    author: FlaskClient, database: Database
) -> None:
    draft = upload(author, workbook({"integer": "intger", "siono": "nada"}))
    page = unescape(author.get(draft).text)
    assert len(re.findall(r'<td>survey.*?<td class="figure">[23]</td>', page, re.DOTALL)) >= 1
    assert 'class="state late">error' in page
    assert "Tiene errores" in send(author, f"{draft}/publicar", confirmado="si")
    with database.transaction() as connection:
        assert library.listed(connection) == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"no es un Excel", "no es un libro de Excel", id="no workbook"),
        pytest.param(b"PK\x03\x04" + b"\x00" * 100, "no es un libro de Excel", id="half a workbook"),
        pytest.param(workbook(sheets={"survey": [["type", "name", "label"]]}), "error", id="no questions"),
    ],
)
def test_what_is_no_form_is_said_in_words(author: FlaskClient, data: bytes, words: str) -> None:
    assert words in unescape(author.get(upload(author, data)).text)


def test_nothing_chosen_or_files_of_no_use_are_refused(author: FlaskClient) -> None:
    form = {"csrf_token": token(author, FORMS), "workbook": (BytesIO(b""), "")}
    assert "Escoja el archivo de Excel" in unescape(author.post(FORMS, data=form).text)
    form = {
        "csrf_token": token(author, FORMS),
        "workbook": (BytesIO(workbook()), "a.xlsx"),
        "files": (BytesIO(b"x"), "<b>virus.exe"),
    }
    answer = author.post(FORMS, data=form)
    assert answer.status_code == 422
    assert "No se pueden usar" in answer.text
    assert "<b>virus" not in answer.text


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_a_draft_is_answered_on_a_phone_and_nothing_is_kept(author: FlaskClient, channel: str) -> None:
    draft = upload(author, workbook())
    page = author.get(f"{draft}/probar?canal={channel}").text
    assert "¿Usa el programa?" in said(page)
    for words, answer in (("tal vez", "quiso decir"), ("si", "¿Qué nota")):
        heard = re.search(r'name="antes" value="([^"]*)"', page)
        assert heard
        fields = {"csrf_token": token(author, FORMS), "antes": unescape(heard[1]), "canal": channel, "texto": words}
        page = author.post(f"{draft}/probar", data=fields).text
        assert answer in said(page)
    assert "<dt>usa</dt><dd>si</dd>" in page


@pytest.mark.parametrize("before", ["{", "[1]", '"x"', '[{"text": 5}]', "[" * 3_000, '[{"tap": "<script>"}]'])
def test_a_trial_takes_whatever_comes(author: FlaskClient, before: str) -> None:
    draft = upload(author, workbook())
    fields = {"csrf_token": token(author, FORMS), "antes": before, "texto": "<script>alert(1)</script>"}
    answer = author.post(f"{draft}/probar", data=fields)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_a_newer_form_is_compared_with_the_published_one(author: FlaskClient) -> None:
    send(author, f"{upload(author, workbook())}/publicar", confirmado="si")
    changed = workbook({"¿Usa el programa?": "¿Usa usted el programa?", "1": "2"})
    page = unescape(author.get(upload(author, changed)).text)
    assert "Frente a la versión 1" in page
    assert "¿Usa usted el programa?" in page


def test_a_published_form_is_tried_and_retired(author: FlaskClient, database: Database) -> None:
    send(author, f"{upload(author, WORKBOOK.read_bytes())}/publicar", confirmado="si")
    with database.transaction() as connection:
        (version,) = library.listed(connection)
    assert author.get(f"{FORMS}versiones/{version.id}/probar").status_code == 200
    assert "quedó retirado" in send(author, f"{FORMS}versiones/{version.id}/retirar", confirmado="si")
    assert "Todavía no hay formularios publicados" in unescape(author.get(FORMS).text)
    assert author.get(f"{FORMS}versiones/99999/probar").status_code == 404


def test_a_draft_can_be_dropped(author: FlaskClient) -> None:
    draft = upload(author, workbook())
    assert "quedó borrado" in send(author, f"{draft}/borrar", confirmado="si")
    assert author.get(draft).status_code == 404
