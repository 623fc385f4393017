"""Charts: drawn once for the same figures, readable, safe."""

import time
from dataclasses import replace

import pytest

from admin import charts
from admin.charts import Bar, Chart, Gallery

CHART = Chart((Bar("Familias en Acción", 3.8), Bar("SENA", 2.4)), decimal=",")


def test_a_chart_shows_names_and_grades_as_people_write_them() -> None:
    picture = charts.draw(CHART).decode()
    assert picture.startswith("<svg")
    for words in ("Familias en Acción", "SENA", "3,8", "2,4"):
        assert words in picture
    assert len(picture) < 20_000


def test_names_are_text_whatever_they_hold() -> None:
    picture = charts.draw(Chart((Bar("<script>alert('1')</script> & \"x\"", 3.0),), ",")).decode()
    assert "<script>" not in picture
    assert "&lt;script&gt;" in picture


def test_a_picture_that_goes_alone_says_what_it_is() -> None:
    picture = charts.draw(
        replace(CHART, title=("Sincelejo, Sucre", "Nota de 1 a 5", "1 jul 2026 a 30 ago 2026"))
    ).decode()
    for words in ("Sincelejo, Sucre", "Nota de 1 a 5", "30 ago 2026"):
        assert words in picture


def test_the_same_figures_are_drawn_once_for_all_processes(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Gallery(redis_url).picture(CHART)
    monkeypatch.setattr(charts, "PROGRAM", "nothing can be drawn any more")
    assert Gallery(redis_url).picture(CHART) == first


def test_without_redis_a_process_remembers_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    gallery = Gallery("redis://127.0.0.1:1/0")
    first = gallery.picture(CHART)
    monkeypatch.setattr(charts, "PROGRAM", "nothing can be drawn any more")
    started = time.monotonic()
    assert gallery.picture(CHART) == first
    assert time.monotonic() - started < 0.1


def test_other_figures_have_another_name() -> None:
    assert CHART.digest == Chart(CHART.bars, CHART.decimal).digest
    assert CHART.digest != Chart(CHART.bars[:1], CHART.decimal).digest
