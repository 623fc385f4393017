"""Report cards: what the operator, staff and the public read."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

import options
from db import Database
from surveys import aggregates, disclosure, folding, live, publications, waves
from surveys.disclosure import Percent
from surveys.waves import WaveStateError
from tests.surveys.data.conftest import NOW, Field, answer, opinions, say


def test_a_report_card_has_weighted_and_plain_figures(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave(4)
    with database.transaction() as connection:
        for family, (grade, weight) in {1: ("5", 3), 2: ("2", 1), 3: ("1", 1)}.items():
            say(
                connection,
                wave.begin(connection, family),
                answer("nota_programa", grade, "sena", weight),
                answer("problema", "si" if grade == "1" else "no", "sena", weight),
            )
    folding.fold(database)
    with database.transaction() as connection:
        card = aggregates.report_card(connection, wave.wave_id, "11001")
    row = card.row("sena")
    assert row is not None
    assert row.grade is not None
    assert (row.grade.n, row.grade.mean, row.grade.share) == (3, 18 / 5, 3 / 5)
    assert row.grade.unweighted == pytest.approx(8 / 3)
    assert row.grade.effective_n == pytest.approx(25 / 11)
    assert row.grade.distribution == {"1": 1 / 5, "2": 1 / 5, "5": 3 / 5}
    assert row.problems is not None
    assert row.problems.share == 1 / 5
    assert (card.participation.invited, card.participation.started) == (4, 3)
    assert card.participation.response_rate == 3 / 4


def test_a_report_card_may_be_of_one_zone_or_channel(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave(2)
    with database.transaction() as connection:
        say(connection, wave.begin(connection, 1, "sms"), answer("nota_programa", "5", "sena"))
        say(connection, wave.begin(connection, 2, "whatsapp"), answer("nota_programa", "1", "sena"))
    folding.fold(database)
    with database.transaction() as connection:
        rural = aggregates.report_card(connection, wave.wave_id, "11", zone="rural").row("sena")
        whatsapp = aggregates.report_card(connection, wave.wave_id, "", channel="whatsapp")
    assert rural is not None
    assert rural.grade is not None
    assert rural.grade.mean == 5
    assert [row.grade.mean for row in whatsapp.rows if row.grade] == [1]
    assert whatsapp.participation.invited == 2


def test_the_operator_sees_an_answer_under_its_question(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave(1)
    with database.transaction() as connection:
        say(connection, wave.begin(connection, 1), answer("nota_programa", "4", "sena"))
    folding.fold(database)
    with database.transaction() as connection:
        shown = aggregates.show(connection)
    (told,) = shown["waves"]
    figure = told["territories"]["11001"]["actors"]["sena"]["nota_programa"]
    assert (figure["n"], figure["counts"], figure["mean"]) == (1, {"4": 1}, 4)
    assert any("nota_programa: n=1 mean=4.00 4:1" in line for line in aggregates.lines(shown))


def test_a_wave_is_published_once_and_then_never_moves(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave(20, municipalities=("11001", "05001"))
    with database.transaction() as connection:
        opinions(wave, connection, dict.fromkeys(range(1, 21), "4"))
        with pytest.raises(WaveStateError):
            waves.publish(connection, wave.wave_id, NOW)
        waves.close(connection, wave.wave_id, NOW)
        waves.publish(connection, wave.wave_id, NOW)
        with pytest.raises(WaveStateError):
            waves.publish(connection, wave.wave_id, NOW)
        first = publications.latest(connection, "11001")
        connection.execute(text("UPDATE rollups SET n = n + 5"))
        assert publications.latest(connection, "11001") == first
        assert publications.published(connection, wave.wave_id, "76") is None
    assert first is not None
    grade = first.actors["sena"]["grade"]
    assert grade is not None
    assert (grade.n, grade.mean, grade.share, grade.bounded) == (10, None, Percent(75, "≥"), True)
    assert folding.fold(database) == 0


def test_a_wave_with_a_response_under_way_is_not_published(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave(1)
    with database.transaction() as connection:
        response = wave.begin(connection, 1)
    with database.engine.connect() as turn, turn.begin():
        say(turn, response, answer("nota_programa", "4", "sena"))
        with database.transaction() as connection:
            waves.close(connection, wave.wave_id, NOW)
    with database.transaction() as connection, pytest.raises(WaveStateError):
        waves.publish(connection, wave.wave_id, NOW)


def test_staff_see_figures_move_ten_by_ten_and_ten_behind(database: Database, open_wave: Callable[..., Field]) -> None:
    """The first ten are shown when twenty have answered; then ten more, of two minds, when thirty have."""
    wave = open_wave(35)
    seen: list[tuple[int, float | None] | None] = []
    for family in range(1, 36):
        with database.transaction() as connection:
            opinions(wave, connection, {family: "2" if family % 10 in (0, 3, 6) else "5"})
        folding.fold(database)
        live.advance(database)
        with database.transaction() as connection:
            grade = publications.for_staff(connection, wave.wave_id, "11001").figure("sena", "grade")
        seen.append((grade.n, grade.mean) if grade else None)
    assert seen == [None] * 19 + [(10, 4.1)] * 10 + [(20, 4.1)] * 6


@pytest.mark.parametrize(
    ("invited", "began", "told"),
    [
        pytest.param(40, 27, 20, id="in tens"),
        pytest.param(12, 12, 0, id="all of a small place: nobody could say they had not"),
        pytest.param(31, 30, 20, id="all but one"),
        pytest.param(2, 1, 0, id="hardly anybody is asked"),
    ],
)
def test_staff_are_not_told_that_nearly_all_of_a_place_took_part(
    database: Database, open_wave: Callable[..., Field], invited: int, began: int, told: int
) -> None:
    wave = open_wave(invited)
    with database.transaction() as connection:
        for family in range(1, began + 1):
            wave.begin(connection, family)
    folding.fold(database)
    live.advance(database)
    with database.transaction() as connection:
        card = publications.for_staff(connection, wave.wave_id, "11001")
    assert (card.invited, card.started) == (invited, told)


def test_the_minimum_that_is_set_holds_for_what_is_shown_and_for_what_is_published(
    database: Database, open_wave: Callable[..., Field]
) -> None:
    """Twenty-four answered in the capital, forty-eight elsewhere; a figure is to stand on thirty."""
    wave = open_wave(72, municipalities=("11001", "05001", "05001"))
    with database.transaction() as connection:
        options.change(connection, options.MINIMUM_CELL, 30, None, NOW)
        opinions(wave, connection, {family: str(1 + family % 5) for family in range(1, 61)})
    folding.fold(database)
    live.advance(database)
    with database.transaction() as connection:
        opinions(wave, connection, {family: str(1 + family % 5) for family in range(61, 73)})
    folding.fold(database)
    live.advance(database)
    with database.transaction() as connection:
        seen = {code: publications.for_staff(connection, wave.wave_id, code) for code in ("11001", "05001")}
        assert [card.figure("sena", "grade") is not None for card in seen.values()] == [False, False]
        waves.close(connection, wave.wave_id, NOW)
        waves.publish(connection, wave.wave_id, NOW)
        options.change(connection, options.MINIMUM_CELL, 10, None, NOW)
        cards = publications.listed(connection, wave.wave_id)
        assert publications.minimum_of(connection, wave.wave_id) == 30
    shown = {code for code, card in cards.items() if card.figure("sena", "grade")}
    assert shown == {""}, "beside the country, the others would tell of the capital"


def test_staff_see_what_is_published_and_nothing_else(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave(40)
    with database.transaction() as connection:
        opinions(wave, connection, {family: str(1 + family % 5) for family in range(1, 41)})
        waves.close(connection, wave.wave_id, NOW)
        waves.publish(connection, wave.wave_id, NOW)
        card = publications.for_staff(connection, wave.wave_id, "11001")
        assert card == publications.published(connection, wave.wave_id, "11001")
        compared = publications.compared_for_staff(connection, wave.wave_id, ["11", "11001"], "grade")
        assert list(compared) == ["11", "11001"]
        assert compared["11001"].figure("sena", "grade") == card.figure("sena", "grade")
        assert compared["11001"].started == card.started
        assert live.cards(connection, wave.wave_id, ["11001"]) == {}


def test_a_public_card_survives_being_stored(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave(12)
    with database.transaction() as connection:
        opinions(wave, connection, {family: str(family % 5 + 1) for family in range(1, 13)})
    folding.fold(database)
    with database.transaction() as connection:
        card = disclosure.public_table(aggregates.report_cards(connection, wave.wave_id))["11001"]
    assert disclosure.PublicCard.from_json(card.to_json()) == card


def test_a_wave_of_one_municipality_says_nothing_of_what_it_lies_in(
    database: Database, open_wave: Callable[..., Field]
) -> None:
    """Nor is it what the next wave of the country is compared with."""
    country = open_wave(80, month=10)
    trial = open_wave(40, month=11, territory="11001")
    again = open_wave(80, month=12)
    cards = {}
    for wave, satisfied in ((country, 2), (trial, 9), (again, 7)):
        with database.transaction() as connection:
            grades = {family: "5" if family % 10 < satisfied else "1" for family in wave.invited}
            opinions(wave, connection, grades)
            waves.close(connection, wave.wave_id, NOW)
            waves.publish(connection, wave.wave_id, NOW)
            cards[wave.wave_id] = publications.listed(connection, wave.wave_id)
    with database.transaction() as connection:
        assert [card.wave_id for card in publications.series(connection, "")] == [country.wave_id, again.wave_id]
        strata = publications.strata(connection, trial.wave_id)
    assert list(cards[trial.wave_id]) == ["11001"]
    assert {card.territory for card in strata.values()} == {"11001"}
    then, later = (cards[wave.wave_id]["11001"].figure("sena", "grade") for wave in (trial, again))
    assert then is not None
    assert then.change is not None
    assert (then.change.since, then.change.points) == (country.wave_id, 70)
    assert later is not None
    assert later.change is not None
    assert (later.change.since, later.change.points, later.change.stands_out) == (country.wave_id, 50, True)
