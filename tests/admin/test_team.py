"""The team: who accompanies how many, and families that go from one gestor to another."""

import re
from dataclasses import dataclass
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, text

from db import Database
from families import assignments, calendar, enrolment, families, session_changes, staff, territory
from families.families import NewFamily, NewMember, Relation, Zone
from families.sessions import Plan
from families.staff import Role, Staff
from startup import Services
from tests.admin.conftest import PASSWORD, log_in, token

SINCELEJO, COROZAL = "70001", "70215"
TEAM = "/admin/equipo/"


@dataclass(frozen=True, slots=True)
class Town:
    """Ana and Berta of Sincelejo, of whom Ana accompanies three families, Carlos of Corozal, and coordinators."""

    app: Flask
    database: Database
    ana: Staff
    berta: Staff
    carlos: Staff
    family_ids: list[int]

    def client(self, login: str) -> FlaskClient:
        client = self.app.test_client()
        assert log_in(client, login) == 303
        return client

    def hand_over(self, login: str = "zonal", **fields: object) -> str:
        client = self.client(login)
        form = {"csrf_token": token(client, TEAM), "de": str(self.ana.id), "a": str(self.berta.id), **fields}
        answer = client.post(f"{TEAM}asignar", data=form)
        page = client.get(answer.location) if answer.status_code == 303 else answer
        return unescape(page.text)

    def gestores(self) -> list[int | None]:
        with self.database.transaction() as connection:
            current = assignments.current_gestors(connection, self.family_ids)
        return [current.get(family_id) for family_id in self.family_ids]


@pytest.fixture
def town(services: Services, app: Flask) -> Town:
    with services.database.transaction() as connection:
        territory.load(connection)
        ana, berta = (_hire(connection, name, Role.GESTOR, SINCELEJO) for name in ("ana", "berta"))
        carlos = _hire(connection, "carlos", Role.GESTOR, COROZAL)
        _hire(connection, "zonal", Role.ZONAL, SINCELEJO)
        _hire(connection, "vecina", Role.ZONAL, COROZAL)
        _hire(connection, "nacional", Role.NATIONAL, "")
        now = services.database.now()
        new = [
            NewFamily(
                SINCELEJO, Zone.URBAN, (NewMember(f"Luz Pérez {n}", "female", Relation.HEAD, None, f"CC 6455532{n}"),)
            )
            for n in range(3)
        ]
        ids = [record.id for record in families.register(connection, services.cipher, new, now)]
        enrolment.sign(connection, ids, now)
        assignments.assign(connection, ids, ana.id, now)
    return Town(app, services.database, ana, berta, carlos, ids)


def _hire(connection: Connection, login: str, role: Role, place: str) -> Staff:
    return staff.add(connection, login=login, name=login.title(), role=role, password=PASSWORD, territories=(place,))


def way_back(page: str) -> dict[str, str]:
    """What the button «Deshacer» of a page sends."""
    button = page[page.index('class="told') : page.index("Deshacer")]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', button))
    return {name: value for name, value in fields.items() if name != "csrf_token"}


def test_a_coordinator_reads_who_accompanies_how_many(town: Town) -> None:
    page = town.client("zonal").get(TEAM).text
    assert "Ana" in page
    assert "Berta" in page
    assert "Carlos" not in page
    assert "Carlos" in town.client("nacional").get(TEAM).text
    assert town.client("ana").get(TEAM).status_code == 404


def test_families_go_to_another_after_a_second_look_and_come_back(town: Town) -> None:
    some = [str(one) for one in town.family_ids[:2]]
    asked = town.hand_over(familias=some)
    assert "¿Pasar 2 familias a Berta?" in asked
    assert town.gestores() == [town.ana.id] * 3
    done = town.hand_over(familias=some, confirmado="si")
    assert "2 familias pasaron a Berta" in done
    assert "Deshacer" in done
    assert town.gestores() == [town.berta.id, town.berta.id, town.ana.id]
    back = town.hand_over(**way_back(done))
    assert "2 familias pasaron a Ana" in back
    assert town.gestores() == [town.ana.id] * 3
    story = unescape(town.client("zonal").get(f"/admin/familias/{some[0]}/historia").text)
    assert story.count("Ana: desde el") == 2
    assert "Berta: desde el" in story
    with town.database.transaction() as connection:
        written = connection.scalar(text("SELECT count(*) FROM audit_entries WHERE action = 'assigned'"))
    assert written == 4


def test_all_families_of_a_gestora_go_at_once(town: Town) -> None:
    assert "3 familias pasaron a Berta" in town.hand_over(todas="1", confirmado="si")
    assert town.gestores() == [town.berta.id] * 3


def test_a_step_is_taken_back_whole_and_takes_nobody_else_along(town: Town) -> None:
    town.hand_over(familias=[str(town.family_ids[0])], confirmado="si")
    done = town.hand_over(todas="1", confirmado="si")
    assert len(way_back(done)["cuando"]) < 40, "however many families: the button names them by the moment"
    town.hand_over(**way_back(done))
    assert town.gestores() == [town.berta.id, town.ana.id, town.ana.id]
    assert "Marque las familias" in town.hand_over(**way_back(done)), "they are no longer where that step put them"


def test_families_of_who_has_left_are_given_to_somebody(town: Town) -> None:
    with town.database.transaction() as connection:
        staff.deactivate(connection, town.ana.id)
    assert "Ana (ya no acompaña)" in unescape(town.client("zonal").get(TEAM).text)
    done = town.hand_over(todas="1", confirmado="si")
    assert "3 familias pasaron a Berta" in done
    assert "Deshacer" not in done
    assert town.gestores() == [town.berta.id] * 3
    assert "Ana" not in town.client("zonal").get(TEAM).text


def test_families_that_nobody_accompanies_are_shown_and_given(town: Town) -> None:
    with town.database.transaction() as connection:
        connection.execute(text("UPDATE gestor_assignments SET until = now()"))
    assert "3 familias están sin gestor" in unescape(town.client("zonal").get(TEAM).text)
    assert "Luz Pérez 1" in unescape(town.client("zonal").get(f"{TEAM}sin-gestor").text)
    done = town.hand_over(de="nadie", todas="1", confirmado="si")
    assert town.gestores() == [town.berta.id] * 3
    assert "3 familias volvieron a quedar sin gestor" in town.hand_over(**way_back(done))
    assert town.gestores() == [None] * 3


@pytest.mark.parametrize(
    ("login", "fields"),
    [
        pytest.param("vecina", {"todas": "1"}, id="the coordinator of another place"),
        pytest.param("nacional", {"todas": "1"}, id="the national coordination, which only reads"),
        pytest.param("zonal", {"todas": "1", "a": "carlos"}, id="to a gestor of another place"),
        pytest.param("zonal", {"todas": "1", "a": ""}, id="to nobody"),
        pytest.param("zonal", {"todas": "1", "a": "nadie"}, id="to nobody, by name"),
        pytest.param("zonal", {"a": "nadie", "cuando": "2026-11-23T12:00:00+00:00"}, id="what was not given so"),
        pytest.param("zonal", {"cuando": "ayer"}, id="at no moment"),
        pytest.param("zonal", {"todas": "1", "de": "999"}, id="from nobody we know"),
        pytest.param("zonal", {}, id="no family"),
        pytest.param("zonal", {"familias": "uno, ²"}, id="no number"),
        pytest.param("zonal", {"familias": "99999999999999999999"}, id="a number too large"),
    ],
)
def test_what_may_not_be_changes_nothing(town: Town, login: str, fields: dict[str, str]) -> None:
    if fields.get("a") == "carlos":
        fields = fields | {"a": str(town.carlos.id)}
    client = town.client(login)
    form = {"csrf_token": token(client, "/admin/cuenta/"), "de": str(town.ana.id), "a": str(town.berta.id)}
    answer = client.post(f"{TEAM}asignar", data={**form, "confirmado": "si", **fields})
    assert answer.status_code in (303, 400, 404)
    assert town.gestores() == [town.ana.id] * 3


def test_a_visit_goes_along_and_a_meeting_with_others_does_not(town: Town) -> None:
    first, second, third = town.family_ids
    with town.database.transaction() as connection:
        now = town.database.now()
        visit, meeting = (
            session_changes.schedule(
                connection,
                Plan("follow_up", town.ana.id, SINCELEJO, now + timedelta(days=days), 60, "salón comunal"),
                invited,
                now,
            )
            for days, invited in ((2, [first]), (3, [second, third]))
        )
    done = town.hand_over(familias=[str(first), str(second)], confirmado="si")
    assert "Visitas que pasaron: 1" in done
    with town.database.transaction() as connection:
        assert calendar.find(connection, town.berta, visit) is not None
        assert calendar.find(connection, town.ana, visit) is None
        left = calendar.find(connection, town.ana, meeting)
    assert left is not None
    assert [one.family_id for one in left.attendees] == [third]
