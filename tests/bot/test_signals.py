"""Signals: what moved more than chance or is out of bounds, and nothing else."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, text, update

from bot import signals
from bot.signals import Kind
from families import assignments, staff
from families.staff import Role, Staff
from surveys import waves
from surveys.disclosure import Percent, PublicCard, PublicChange, PublicFigure
from surveys.publications import Publication
from surveys.waves import Wave
from tests.bot.conftest import Village

NOW = datetime(2026, 12, 20, 15, tzinfo=UTC)


def card(mean: float | None, change: PublicChange | None = None) -> PublicCard:
    grade = PublicFigure(40, mean, Percent(50), (Percent(35), Percent(65)), change=change)
    return PublicCard(1, "70001", {"salud": {"grade": grade}, "sena": {"grade": None}})


@pytest.mark.parametrize(
    ("mean", "change", "kinds"),
    [
        pytest.param(3.8, None, [], id="a fair grade"),
        pytest.param(2.4, None, [Kind.LOW_GRADE], id="a low grade"),
        pytest.param(3.8, PublicChange(0, -15, -25, -5, True, True), [Kind.FALLEN], id="fell by more than chance"),
        pytest.param(3.8, PublicChange(0, 0, -5, 0, True, True), [Kind.FALLEN], id="fell by two points of a country"),
        pytest.param(3.8, PublicChange(0, -15, -25, -5, True), [], id="fell, as some of so many places do"),
        pytest.param(3.8, PublicChange(0, -15, -35, 5, False), [], id="fell, but it may be chance"),
        pytest.param(3.8, PublicChange(0, 20, 10, 30, True, True), [Kind.RISEN], id="rose by more than chance"),
        pytest.param(None, None, [], id="withheld"),
    ],
)
def test_a_report_card_signals_what_moved(mean: float | None, change: PublicChange | None, kinds: list[Kind]) -> None:
    assert [signal.kind for signal in signals.of_card(card(mean, change))] == kinds


def response(code: str, rate: Percent | None) -> PublicCard:
    return PublicCard(1, code, {}, response_rate=rate)


@pytest.mark.parametrize(
    ("rate", "lags"),
    [
        pytest.param(Percent(15), True, id="less than half"),
        pytest.param(Percent(20), False, id="half"),
        pytest.param(Percent(5, "≤"), True, id="nearly none"),
        pytest.param(None, False, id="withheld"),
    ],
)
def test_a_municipality_lags_behind_its_wave(rate: Percent | None, lags: bool) -> None:
    cards = {"70": response("70", Percent(40)), "70001": response("70001", rate)}
    assert [signal.territory for signal in signals.lagging(cards, "70")] == (["70001"] if lags else [])


@pytest.fixture
def people(village: Village) -> tuple[Staff, Staff]:
    """A gestor with a family, and the zonal coordinator."""
    with village.database.transaction() as connection:
        add = staff.add
        password = "una clave de prueba"
        where = ("70001",)
        gestor = add(connection, login="luz", name="Luz", role=Role.GESTOR, password=password, territories=where)
        zonal = add(connection, login="zonal", name="Marta", role=Role.ZONAL, password=password, territories=where)
        assignments.assign(connection, village.families[:1], gestor.id, NOW - timedelta(days=60))
    return gestor, zonal


def test_a_gestor_without_sessions_is_noticed_until_one_is_held(village: Village, people: tuple[Staff, Staff]) -> None:
    gestor, zonal = people
    with village.database.transaction() as connection:
        assert [signal.kind for signal in signals.seen_by(connection, zonal, NOW)] == [Kind.QUIET_GESTORES]
        connection.execute(
            text(
                "INSERT INTO family_sessions"
                " (kind, gestor_id, municipality_code, starts_at, minutes, state, created_at)"
                " VALUES ('follow_up', :gestor, '70001', :at, 60, 'held', :at)"
            ),
            {"gestor": gestor.id, "at": NOW - timedelta(days=3)},
        )
        assert signals.seen_by(connection, zonal, NOW) == []


def test_a_trial_in_one_place_does_not_hide_what_was_published_elsewhere(village: Village) -> None:
    with village.database.transaction() as connection:
        person = staff.add(
            connection, login="nacional", name="Luisa", role=Role.NATIONAL, password="una clave de prueba"
        )
        version = connection.scalar(text("SELECT form_version_id FROM waves WHERE id = :id"), {"id": village.wave_id})
        for month, territory, means in ((8, "", {"05001": 2.1, "70001": 2.2}), (10, "70001", {"70001": 3.9})):
            wave_id = waves.plan(
                connection,
                name="Ronda",
                form_version_id=version or 0,
                territory=territory,
                period=(date(2026, month, 1), date(2026, month, 28)),
            )
            connection.execute(
                update(Wave).where(Wave.id == wave_id).values(status=waves.CLOSED, published_at=NOW, closes_at=NOW)
            )
            for code, mean in means.items():
                grade = PublicFigure(40, mean, Percent(50), (Percent(35), Percent(65)))
                shown = PublicCard(wave_id, code, {"salud": {"grade": grade}}).to_json()
                connection.execute(
                    insert(Publication).values(wave_id=wave_id, territory=code, card=shown, published_at=NOW)
                )
        found = [signal for signal in signals.seen_by(connection, person, NOW) if signal.kind is Kind.LOW_GRADE]
    assert [(signal.territory, signal.value) for signal in found] == [("05001", 2.1)]


def test_what_lies_elsewhere_is_not_signalled(village: Village, people: tuple[Staff, Staff]) -> None:
    with village.database.transaction() as connection:
        other = staff.add(
            connection,
            login="otra",
            name="Ana",
            role=Role.ZONAL,
            password="una clave de prueba",
            territories=("05001",),
        )
        assert signals.seen_by(connection, other, NOW) == []
