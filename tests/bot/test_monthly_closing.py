"""The monthly closing: counted once, in order, and the same for ever."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from bot import monthly_closing
from bot.monthly_closing import ClosingError
from tests.bot.conftest import Village

OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)
IN_DECEMBER = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
"""Midnight in Bogotá."""


def test_families_that_signed_in_the_month_are_counted(village: Village) -> None:
    with village.database.transaction() as connection:
        number = monthly_closing.close(connection, NOVEMBER, IN_DECEMBER)
        report = monthly_closing.report(connection, number, ("70",))
    assert report is not None
    assert (report.total["families_active"], report.total["families_signed"]) == (3, 3)
    assert report.total["libreta_invited"] == 3
    assert report.total["families_graduated"] == 0
    assert list(report.by_municipality) == ["70001"]


@pytest.mark.parametrize(
    ("invited", "answered", "told"),
    [
        pytest.param(40, 27, 25, id="at least, in fives"),
        pytest.param(13, 13, 10, id="not that all of a place answered"),
        pytest.param(4, 4, 0, id="nor of a place where hardly anybody was asked"),
    ],
)
def test_a_closing_does_not_tell_who_answered(village: Village, invited: int, answered: int, told: int) -> None:
    with village.database.transaction() as connection:
        connection.execute(
            text("UPDATE waves SET closes_at = '2026-11-20T12:00Z', status = 'closed' WHERE id = :id"),
            {"id": village.wave_id},
        )
        connection.execute(text("DELETE FROM invitations WHERE wave_id = :id"), {"id": village.wave_id})
        connection.execute(
            text(
                """
                INSERT INTO invitations (wave_id, municipality, zone, stratum, reachable, preset, status, subject)
                SELECT :id, '70001', 'urban', '{}', true, '{}',
                       CASE WHEN number <= :answered THEN 'finished' ELSE 'expired' END, 900000 + number
                FROM generate_series(1, :invited) AS number
                """
            ),
            {"id": village.wave_id, "invited": invited, "answered": answered},
        )
        number = monthly_closing.close(connection, NOVEMBER, IN_DECEMBER)
        report = monthly_closing.report(connection, number, ("70",))
    assert report is not None
    assert report.total["libreta_answered"] == told


def test_somebody_of_another_department_reads_nothing_of_it(village: Village) -> None:
    with village.database.transaction() as connection:
        number = monthly_closing.close(connection, NOVEMBER, IN_DECEMBER)
        report = monthly_closing.report(connection, number, ("05",))
    assert report is not None
    assert set(report.total.values()) == {0}
    assert report.by_municipality == {}


def test_what_happens_afterwards_does_not_change_a_closing(village: Village) -> None:
    with village.database.transaction() as connection:
        number = monthly_closing.close(connection, NOVEMBER, IN_DECEMBER)
        before = monthly_closing.report(connection, number, ("",))
        connection.execute(text("UPDATE families SET signed_at = signed_at - interval '1 year'"))
        after = monthly_closing.report(connection, number, ("",))
    assert before is not None
    assert after is not None
    assert before.total == after.total


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE closing_figures SET value = 0", id="a figure changed"),
        pytest.param("DELETE FROM closing_figures", id="figures deleted"),
        pytest.param("UPDATE closings SET month = '2020-01-01'", id="another month"),
    ],
)
def test_the_database_refuses_to_change_a_closing(village: Village, statement: str) -> None:
    with village.database.transaction() as connection:
        monthly_closing.close(connection, NOVEMBER, IN_DECEMBER)
    with pytest.raises(ProgrammingError, match="never changes"), village.database.transaction() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("months", "now", "code"),
    [
        pytest.param([NOVEMBER], IN_DECEMBER - timedelta(seconds=1), "not_over", id="before it is over"),
        pytest.param([NOVEMBER, NOVEMBER], IN_DECEMBER, "closed_already", id="twice"),
        pytest.param([NOVEMBER, OCTOBER], IN_DECEMBER, "closed_already", id="backwards"),
        pytest.param([OCTOBER, DECEMBER], IN_DECEMBER + timedelta(days=60), "gap", id="with a gap"),
    ],
)
def test_months_are_closed_in_their_order_once(village: Village, months: list[date], now: datetime, code: str) -> None:
    *before, last = months
    with village.database.transaction() as connection:
        for month in before:
            monthly_closing.close(connection, month, now)
        with pytest.raises(ClosingError) as refused:
            monthly_closing.close(connection, last, now)
    assert refused.value.code == code


def test_a_month_that_nobody_closes_closes_itself_once(village: Village) -> None:
    settled = IN_DECEMBER + monthly_closing.SETTLED
    with village.database.transaction() as connection:
        assert monthly_closing.close_due(connection, settled - timedelta(seconds=1)) is None
        assert monthly_closing.close_due(connection, settled) == 1
        assert monthly_closing.close_due(connection, settled) is None
        assert [each.month for each in monthly_closing.listed(connection)] == [NOVEMBER]
        assert monthly_closing.close_due(connection, settled + timedelta(days=31)) == 2
