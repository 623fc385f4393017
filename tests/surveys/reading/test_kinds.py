"""Kinds of answer the labelled replies hold little of: times, places, ranges, ranks, English, packed replies."""

from datetime import date
from decimal import Decimal

import pytest

from surveys.reading import Choice, Expected, Kind, bounds, read, read_packed

TODAY = date(2026, 11, 22)
YES_NO = (Choice("yes", ("Yes", "Sí")), Choice("no", ("No",)))
GRADES = tuple(Choice(str(n), (label,)) for n, label in enumerate(("Very bad", "Bad", "Fair", "Good", "Excellent"), 1))
NEEDS = (Choice("agua", ("Agua",)), Choice("via", ("Vía",)), Choice("luz", ("Luz",)))


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("3 pm", Kind.VALUE, "15:00:00"),
        ("3:30 de la tarde", Kind.VALUE, "15:30:00"),
        ("tres y media de la tarde", Kind.VALUE, "15:30:00"),
        ("un cuarto para las cinco de la tarde", Kind.VALUE, "16:45:00"),
        ("las diez menos cuarto de la mañana", Kind.VALUE, "09:45:00"),
        ("medianoche", Kind.VALUE, "00:00:00"),
        ("12 de la noche", Kind.VALUE, "00:00:00"),
        ("18:05", Kind.VALUE, "18:05:00"),
        ("a las 8", Kind.CONFIRM, "08:00:00"),
        ("por la tarde", Kind.REJECT, None),
        ("25:00", Kind.REJECT, None),
    ],
)
def test_times(text: str, kind: Kind, value: str | None) -> None:
    reading = read(Expected("time", "¿A qué hora abren?"), text, today=TODAY)
    assert (reading.kind, reading.value) == (kind, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ayer a las 3 de la tarde", "2026-11-21T15:00:00"),
        ("15 de octubre 8:30 am", "2026-10-15T08:30:00"),
        ("2026-10-15 18:00", "2026-10-15T18:00:00"),
    ],
)
def test_dates_with_a_time(text: str, value: str) -> None:
    assert read(Expected("dateTime", "¿Cuándo fue?", maximum=TODAY), text, today=TODAY).value == value


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("4.61, -74.08", Kind.VALUE, "4.61 -74.08 0 0"),
        ("4,61; -74,08", Kind.VALUE, "4.61 -74.08 0 0"),
        ("4.61 N 74.08 W", Kind.VALUE, "4.61 -74.08 0 0"),
        ("https://www.google.com/maps/@4.61,-74.08,15z", Kind.VALUE, "4.61 -74.08 0 0"),
        ("-74.08, 4.61", Kind.VALUE, "-74.08 4.61 0 0"),
        ("-104.08, 4.61", Kind.CONFIRM, "4.61 -104.08 0 0"),
        ("4, 74", Kind.REJECT, None),
        ("al lado de la escuela", Kind.REJECT, None),
    ],
)
def test_places(text: str, kind: Kind, value: str | None) -> None:
    reading = read(Expected("geopoint", "¿Dónde queda?"), text, today=TODAY)
    assert (reading.kind, reading.value) == (kind, value)


def test_a_range_keeps_its_step() -> None:
    scale = Expected("range", "¿Qué tan lleno?", minimum=Decimal(0), maximum=Decimal(10), step=Decimal(2))
    assert read(scale, "ocho", today=TODAY).value == "8"
    assert read(scale, "7", today=TODAY).reason == "off_step"


def test_a_rank_is_an_order_of_all() -> None:
    rank = Expected("rank", "Ordene de lo más a lo menos urgente", NEEDS)
    assert read(rank, "2, 3 y 1", today=TODAY).value == "via luz agua"
    assert read(rank, "la luz, la via, el agua", today=TODAY).value == "luz via agua"
    assert read(rank, "2 y 3", today=TODAY).reason == "order_incomplete"


@pytest.mark.parametrize(
    ("expected", "text", "kind", "value"),
    [
        (Expected("select_one", "Were you seen?", YES_NO), "yeah thanks", Kind.VALUE, "yes"),
        (Expected("select_one", "Were you seen?", YES_NO), "si señora", Kind.VALUE, "yes"),
        (Expected("select_one", "Were you seen?", YES_NO), "not yet", Kind.VALUE, "no"),
        (Expected("select_one", "How was it?", GRADES), "it was good", Kind.VALUE, "4"),
        (Expected("select_one", "How was it?", GRADES), "very good", Kind.REJECT, None),
        (Expected("integer", "How many children live with you?"), "three kids", Kind.VALUE, "3"),
        (Expected("integer", "How many months?"), "twenty one", Kind.VALUE, "21"),
        (Expected("date", "When?", maximum=TODAY), "yesterday", Kind.VALUE, "2026-11-21"),
        (Expected("date", "When?", maximum=TODAY), "15 October", Kind.VALUE, "2026-10-15"),
        (Expected("integer", "How many?"), "I don't know", Kind.DONTKNOW, None),
    ],
)
def test_english(expected: Expected, text: str, kind: Kind, value: str | None) -> None:
    reading = read(expected, text, today=TODAY, language="English (en)")
    assert (reading.kind, reading.value) == (kind, value)


def test_packed_answers_fill_consecutive_questions() -> None:
    grade, seen, times = Expected("select_one", "", GRADES), Expected("select_one", "", YES_NO), Expected("integer")
    readings = read_packed([grade, grade, seen, times], "5 4 si 3", today=TODAY)
    assert readings is not None
    assert [reading.value for reading in readings] == ["5", "4", "yes", "3"]
    assert read_packed([grade, grade, seen, times], "5 7 si", today=TODAY) is None
    assert read_packed([times, times], "20 mil", today=TODAY) is None
    assert read_packed([grade], "5 4", today=TODAY) is None


@pytest.mark.parametrize(
    ("constraint", "whole", "limits"),
    [
        (". >= 0 and . <= 20", True, (Decimal(0), Decimal(20))),
        (". > 0 and . < 5", True, (Decimal(1), Decimal(4))),
        (". <= today()", False, (None, TODAY)),
        (". > 5 or . = 0", True, (None, None)),
        ("regex(., '[0-9]+')", True, (None, None)),
        ("", True, (None, None)),
    ],
)
def test_limits_of_a_constraint(constraint: str, whole: bool, limits: tuple[Decimal | date | None, ...]) -> None:
    assert bounds(constraint, whole=whole, today=TODAY) == limits


@pytest.mark.parametrize(
    ("text", "reason"),
    [("no sé", "dont_know"), ("no aplica", "not_applicable"), ("prefiero no decir", "refused")],
)
def test_non_answers_are_told_apart(text: str, reason: str) -> None:
    reading = read(Expected("integer", "¿Cuántos?"), text, today=TODAY)
    assert (reading.kind, reading.reason) == (Kind.DONTKNOW, reason)
    strict = read(Expected("integer", "¿Cuántos?", allow_dont_know=False), text, today=TODAY)
    assert (strict.kind, strict.reason) == (Kind.REJECT, reason)
