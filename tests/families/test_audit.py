"""The audit log: it grows, never changes, and tells nothing of anybody but ids."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import ProgrammingError

from db import Database
from families import audit, staff
from families.audit import AuditEntry, Question
from families.staff import Role

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.fixture
def somebody(database: Database) -> int:
    with database.transaction() as connection:
        made = staff.add(connection, login="nacional", name="Ana", role=Role.NATIONAL, password="una clave larga")
    return made.id


def found(database: Database, question: Question) -> list[tuple[str, str]]:
    with database.transaction() as connection:
        return [(row.action, row.object_id) for row in connection.execute(audit.search(question).order_by("id"))]


def test_what_was_recorded_is_found_by_who_what_and_when(database: Database, somebody: int) -> None:
    with database.transaction() as connection:
        audit.record(connection, somebody, "viewed", "family", 12, NOW)
        audit.record(connection, None, "closed", "wave", 3, NOW + timedelta(days=1), reason="period", responses=40)
        audit.record_many(connection, somebody, "viewed", "family", [13, 14], NOW + timedelta(days=2))
    assert found(database, Question(staff_id=somebody)) == [("viewed", "12"), ("viewed", "13"), ("viewed", "14")]
    assert found(database, Question(object_kind="wave")) == [("closed", "3")]
    assert found(database, Question(object_kind="family", object_id="13")) == [("viewed", "13")]
    assert found(database, Question(since=NOW, until=NOW + timedelta(days=1))) == [("viewed", "12")]
    assert len(found(database, Question())) == 4


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(update(AuditEntry).values(action="nothing"), id="changed"),
        pytest.param(delete(AuditEntry), id="deleted"),
        pytest.param(text("TRUNCATE audit_entries"), id="emptied"),
    ],
)
def test_nothing_can_be_changed_afterwards(database: Database, statement: object) -> None:
    with database.transaction() as connection:
        audit.record(connection, None, "viewed", "family", 12, NOW)
    with pytest.raises(ProgrammingError, match="only added"), database.transaction() as connection:
        connection.execute(statement)  # type: ignore[call-overload]
    assert found(database, Question()) == [("viewed", "12")]


@pytest.mark.parametrize(
    "detail",
    [
        pytest.param("María Pérez", id="a name"),
        pytest.param("no quiere volver", id="what somebody wrote"),
        pytest.param("+573001234567", id="a phone"),
        pytest.param(["70001", "Ana María"], id="a name in a list"),
        pytest.param("x" * 81, id="too long for a code"),
    ],
)
def test_personal_data_are_refused(database: Database, detail: str) -> None:
    with pytest.raises(ValueError, match="must be a code"), database.transaction() as connection:
        audit.record(connection, None, "changed", "family", 12, NOW, detail=detail)


def test_codes_counts_and_days_are_kept(database: Database) -> None:
    with database.transaction() as connection:
        audit.record(connection, None, "moved", "session", 5, NOW, to=date(2026, 12, 1), fields=["day", "place"], n=2)
        kept = connection.execute(audit.search(Question())).one().details
    assert kept == {"to": "2026-12-01", "fields": ["day", "place"], "n": 2}


def test_a_drawn_id_is_no_phone_whatever_its_digits(database: Database) -> None:
    batch = "12345678-9012-4345-8678-901234567890"
    with database.transaction() as connection:
        audit.record(connection, None, "moved", "session", 12, NOW, batch=batch)
    assert found(database, Question()) == [("moved", "12")]
