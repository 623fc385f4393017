"""Timers that cannot be carried out: told in the log, put off, and no other timer waits for them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

import timers
from bot import alarms
from bot.desk import Office
from tests.bot.conftest import Village

struck: list[str] = []


def strike(_connection: Connection, timer: timers.Due, _office: Office, _now: object) -> None:
    struck.append(timer.key)
    if timer.key == "broken":
        raise ZeroDivisionError


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "KINDS", {"test": strike})
    struck.clear()


def arm(village: Village, kind: str, key: str, minutes: int = 0, payload: Mapping[str, Any] | None = None) -> None:
    with village.database.transaction() as connection:
        timers.arm(connection, kind, key, village.now + timedelta(minutes=minutes), payload)


def sound(village: Village) -> int:
    return alarms.sound(village.database, village.office, village.now)


def test_a_timer_that_fails_holds_no_other_up_and_is_tried_again(village: Village) -> None:
    arm(village, "test", "broken", -2, {"what": 1})
    arm(village, "of a newer release", "unknown", -1)
    arm(village, "test", "sound")
    assert sound(village) == 3
    assert struck == ["broken", "sound"]
    assert sound(village) == 0

    village.later(hours=alarms.TRY_AGAIN / timedelta(hours=1))
    assert sound(village) == 2
    assert struck == ["broken", "sound", "broken"]
    assert village.scalar("SELECT count(*) FROM timers WHERE payload = '{\"what\": 1}'") == 1


def test_a_timer_that_was_set_again_meanwhile_keeps_its_new_moment(village: Village) -> None:
    arm(village, "test", "later")
    with village.database.transaction() as connection:
        (due,) = timers.take_due(connection, village.now)
        connection.rollback()
    arm(village, "test", "later", 60)
    with village.database.transaction() as connection:
        timers.put_off(connection, due, village.now)
    assert village.scalar("SELECT due_at FROM timers WHERE key = 'later'") == village.now + timedelta(hours=1)
