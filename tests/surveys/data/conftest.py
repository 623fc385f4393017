"""Waves and families to answer in them, on real PostgreSQL."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, insert

from db import Database
from surveys import invitations, responses, waves
from surveys.answers import Answer, Changes, Counted
from surveys.library import FormVersion

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def answer(
    question: str,
    value: str,
    actor: str = "",
    weight: int | str = 1,
    counted: Counted = "choices",
) -> Answer:
    """An answer as the engine would give it."""
    return Answer(question, "", value, counted, actor, Decimal(weight), f"«{value}»", 1.0, "1")


@dataclass(frozen=True)
class Field:
    """An open wave with its invitations, by family."""

    wave_id: int
    invited: Mapping[int, int] = field(default_factory=dict)

    def begin(self, connection: Connection, family: int, channel: str = "sms") -> UUID:
        """The family begins to answer."""
        response = uuid4()
        assert responses.start(connection, response, self.invited[family], channel, NOW)
        return response


def say(connection: Connection, response: UUID, *answers: Answer) -> None:
    """Answers come in, new or corrected."""
    assert responses.save(connection, response, Changes(answers), NOW)


@pytest.fixture
def form_version(database: Database) -> int:
    """A published questionnaire; what it asks does not matter to tables."""
    values = {
        "form_id": "libreta",
        "version": "1",
        "digest": b"libreta 1",
        "title": "Libreta",
        "definition": {},
        "workbook": b"",
        "published_at": NOW,
    }
    with database.transaction() as connection:
        return connection.execute(insert(FormVersion).values(values).returning(FormVersion.id)).scalar_one()


@pytest.fixture
def open_wave(database: Database, form_version: int) -> Callable[..., Field]:
    """Opens a wave and invites families 1…n, in turn urban and rural, in the municipalities given."""

    def open_wave(
        families: int = 1,
        *,
        anonymous: bool = True,
        municipalities: tuple[str, ...] = ("11001",),
        modules: Mapping[str, float] | None = None,
    ) -> Field:
        subjects = [
            invitations.Subject(
                id=number,
                municipality=municipalities[number % len(municipalities)],
                zone="rural" if number % 2 else "urban",
            )
            for number in range(1, families + 1)
        ]
        with database.transaction() as connection:
            wave_id = waves.plan(
                connection,
                name="Primera ronda",
                form_version_id=form_version,
                territory="",
                period=(date(2026, 11, 1), date(2026, 11, 30)),
                anonymous=anonymous,
            )
            waves.open(connection, wave_id, NOW)
            invitations.create(connection, wave_id, subjects, Random(7), modules=modules or {})
            asked = invitations.reachable(connection, wave_id, limit=families)
        return Field(wave_id, {i.subject: i.id for i in asked if i.subject is not None})

    return open_wave
