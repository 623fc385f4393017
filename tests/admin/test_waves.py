"""Waves on the pages: planned, opened by a campaign, followed, reminded, closed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from bot.campaigns import wave_days
from db import Database
from families import territory
from families.staff import Role
from startup import Services
from surveys import folding, live
from tests.admin.test_campaigns import enter, post  # noqa: F401
from tests.bot.campaigns.conftest import District, family
from tests.families.households import COROZAL, SINCELEJO

ASKED = {"nombre": "Ronda de fin de año", "lugar": SINCELEJO, "desde": "2026-11-01", "hasta": "2026-12-31"}


@pytest.fixture
def district(database: Database, services: Services) -> District:
    with database.transaction() as connection:
        territory.load(connection)
    return District(database, services.cipher, datetime.now(UTC))


def invite(district: District, client: FlaskClient, wave_id: int) -> str:
    """Open a wave by a campaign, as its page offers it."""
    page = client.get(f"/admin/rondas/{wave_id}").text
    assert f"/admin/campanas/nueva?tipo=invitation&amp;ronda={wave_id}" in page
    form = client.get(f"/admin/campanas/nueva?tipo=invitation&ronda={wave_id}").text
    assert f'<option value="{wave_id}" selected>' in form
    asked = {"tipo": "invitation", "nombre": "Ronda", "lugar": [SINCELEJO], "ronda": str(wave_id)}
    _, where = post(client, "/admin/campanas/nueva", **asked)
    post(client, f"{where}/empezar")
    district.now += timedelta(minutes=2)
    district.expand()
    return where


def count(district: District) -> None:
    """The figures, as the jobs make them."""
    folding.fold(district.database)
    live.advance(district.database)
    wave_days.note(district.database, district.now)


def test_a_wave_from_its_plan_to_its_end(district: District, enter: Callable[..., FlaskClient]) -> None:  # noqa: F811
    district.settle(*(family() for _ in range(24)))
    made_before = district.wave(COROZAL)
    client = enter(Role.ZONAL, SINCELEJO)
    version = district.scalar("SELECT max(id) FROM form_versions")
    status, where = post(client, "/admin/rondas/nueva", **ASKED, formulario=str(version))
    assert status == 303
    wave_id = int(where.rsplit("/", 1)[1])
    listed = client.get("/admin/rondas/").text
    assert "Ronda de fin de año" in listed
    assert f"/admin/rondas/{made_before}" not in listed, "the municipality next door"

    invite(district, client, wave_id)
    district.rows(
        "WITH begun AS (UPDATE invitations SET status = 'started' WHERE id IN (SELECT id FROM invitations LIMIT 17) "
        "RETURNING wave_id, municipality, zone) INSERT INTO answer_deltas "
        "(wave_id, municipality, zone, channel, actor, question, counted, value, weight, n) "
        "SELECT wave_id, municipality, zone, 'sms', '', '#families', 'event', 'started', 1, count(*) "
        "FROM begun GROUP BY 1, 2, 3 RETURNING 1"
    )
    count(district)
    page = client.get(where).text
    assert "Abierta" in page
    assert "Sincelejo" in page
    assert "Respuesta día a día" in page
    assert '<td class="figure">10</td>' in page, "in tens"
    assert ">17<" not in page

    reminder = {"tipo": "reminder", "nombre": "Faltan", "lugar": [SINCELEJO], "ronda": str(wave_id)}
    status, campaign = post(client, "/admin/campanas/nueva", **reminder)
    post(client, f"{campaign}/empezar")
    district.now += timedelta(minutes=2)
    district.expand()
    assert district.scalar("SELECT count(*) FROM messages WHERE purpose = 'survey_reminder'") == 7

    assert "¿Cerrar la ronda?" in post(client, f"{where}/cerrar")[1]
    post(client, f"{where}/cerrar", confirmado="si")
    assert district.scalar("SELECT status FROM waves WHERE id = :id", id=wave_id) == "closed"
    assert "Parada" in client.get(campaign).text
    assert "no está abierta" in client.get(post(client, f"{where}/cerrar", confirmado="si")[1]).text


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param({"nombre": ""}, "Falta este dato", id="no name"),
        pytest.param({"hasta": "2026-10-01"}, "termina después", id="ends before it begins"),
        pytest.param({"lugar": COROZAL}, "Escoja una de las opciones", id="the municipality next door"),
        pytest.param({"muestra": "0"}, "número entero", id="a sample of nobody"),
    ],
)
def test_what_is_wrong_is_said(
    district: District,
    enter: Callable[..., FlaskClient],  # noqa: F811
    changes: dict[str, str],
    problem: str,
) -> None:
    district.wave(SINCELEJO)
    client = enter(Role.ZONAL, SINCELEJO)
    version = district.scalar("SELECT max(id) FROM form_versions")
    status, page = post(client, "/admin/rondas/nueva", **{**ASKED, "formulario": str(version), **changes})
    assert status == 422
    assert problem in page


def test_nobody_closes_a_wave_that_is_larger_than_their_territory(
    district: District,
    enter: Callable[..., FlaskClient],  # noqa: F811
) -> None:
    wave_id = district.wave("70")
    client = enter(Role.ZONAL, SINCELEJO)
    assert client.get(f"/admin/rondas/{wave_id}").status_code == 200
    assert post(client, f"/admin/rondas/{wave_id}/cerrar", confirmado="si")[0] == 404
