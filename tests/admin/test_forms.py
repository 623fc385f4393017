"""Reading forms: values of the right type, every problem at once, nothing lost."""

from datetime import date, time
from typing import Any

import pytest
from flask import Flask, get_template_attribute
from werkzeug.datastructures import MultiDict

from admin.forms import LONG, Form


def test_what_is_right_comes_out_with_its_type(app: Flask) -> None:
    fields: dict[str, Any] = {"name": "  Ana \r\n María ", "places": "12", "day": "2026-12-01", "hour": "14:30"}
    form = Form(MultiDict({**fields, "kind": "b", "several": ["a", "c"], "yes": "1"}))
    with app.test_request_context():
        assert form.text("name") == "Ana \n María"
        assert form.whole("places", 1, 20) == 12
        assert form.day("day") == date(2026, 12, 1)
        assert form.hour("hour") == time(14, 30)
        assert form.choice("kind", ["a", "b"]) == "b"
        assert form.choices("several", ["a", "b", "c"], least=1) == ["a", "c"]
        assert form.ticked("yes")
        assert not form.ticked("no")
        assert form.valid


@pytest.mark.parametrize(
    ("reader", "value", "problem"),
    [
        pytest.param("text", "   ", "Falta este dato", id="nothing but blanks"),
        pytest.param("text", "x" * 201, "caben 200 caracteres", id="too long"),
        pytest.param("whole", "doce", "de 1 a 20", id="no number"),
        pytest.param("whole", "21", "de 1 a 20", id="too many"),
        pytest.param("whole", "9" * 100, "de 1 a 20", id="a hundred digits"),
        pytest.param("whole", "٣", "de 1 a 20", id="digits that int would take"),
        pytest.param("day", "31/12/2026", "Escoja una fecha", id="a day written otherwise"),
        pytest.param("day", "2026-02-30", "Escoja una fecha", id="a day that is none"),
        pytest.param("day", "2026-11-01", "ya pasó", id="a day gone by"),
        pytest.param("hour", "25:00", "Escriba una hora", id="an hour that is none"),
        pytest.param("choice", "z", "una de las opciones", id="what was not offered"),
        pytest.param("choice", "", "una de las opciones", id="nothing chosen"),
    ],
)
def test_what_is_wrong_is_said_and_kept(app: Flask, reader: str, value: str, problem: str) -> None:
    arguments: dict[str, dict[str, Any]] = {
        "text": {},
        "whole": {"least": 1, "most": 20},
        "day": {"earliest": date(2026, 11, 23)},
        "hour": {},
        "choice": {"offered": ["a"]},
    }
    form = Form(MultiDict({"field": value}))
    with app.test_request_context():
        getattr(form, reader)("field", **arguments[reader])
    assert problem in form.problems["field"]
    assert form.value("field") == value
    assert not form.valid


def test_what_may_be_missing_is_none(app: Flask) -> None:
    form = Form(MultiDict())
    with app.test_request_context():
        assert form.text("a", required=False) == ""
        assert form.whole("b", 1, 2, required=False) is None
        assert form.day("c", required=False) is None
        assert form.hour("d", required=False) is None
        assert form.choice("e", ["x"], required=False) == ""
    assert form.valid


def test_a_form_shown_for_the_first_time_holds_what_there_was() -> None:
    form = Form(initial={"name": "Ana", "places": 0, "several": ["a"]})
    assert (form.value("name"), form.value("places"), form.value("other")) == ("Ana", "0", "")
    assert form.values("several") == ["a"]
    assert not form.valid


@pytest.mark.parametrize("macro", ["line", "text"])
def test_a_field_shows_what_was_written_and_its_problem_as_text(app: Flask, macro: str) -> None:
    wrong = "<script>alert('1')</script> \" = 😀 " + "ñ" * LONG
    form = Form(MultiDict({"note": wrong}))
    with app.test_request_context():
        form.text("note", longest=LONG)
        html = get_template_attribute("macros/forms.html", macro)(form, "note", "Nota")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert 'aria-invalid="true"' in html
    assert "caben 10.000 caracteres" in html


def test_a_password_is_never_shown_again(app: Flask) -> None:
    with app.test_request_context():
        html = get_template_attribute("macros/forms.html", "line")(
            Form(MultiDict({"password": "muy secreta"})), "password", "Contraseña", type="password"
        )
    assert "muy secreta" not in html
