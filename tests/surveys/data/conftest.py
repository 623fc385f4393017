"""Waves and families to answer in them, on real PostgreSQL."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection

from db import Database
from surveys import invitations, library, responses, waves
from surveys.answers import Answer, Changes, Counted
from surveys.compile import compile_form
from surveys.form import Form
from surveys.forms.build import WORKBOOK

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def answer(
    question: str,
    value: str,
    actor: str = "",
    weight: int | str = 1,
    counted: Counted = "choice",
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


@pytest.fixture(scope="session")
def libreta() -> Form:
    """The Libreta as families answer it."""
    form = compile_form(WORKBOOK.read_bytes()).form
    assert form is not None
    return form


@pytest.fixture
def form_version(database: Database, libreta: Form) -> int:
    """The published Libreta."""
    with database.transaction() as connection:
        return library.publish(connection, libreta, WORKBOOK.read_bytes(), NOW)


@pytest.fixture
def open_wave(database: Database, form_version: int) -> Callable[..., Field]:
    """Opens a wave and invites families 1…n, in turn urban and rural, in the municipalities given."""

    def open_wave(
        families: int = 1,
        *,
        anonymous: bool = True,
        municipalities: tuple[str, ...] = ("11001",),
        modules: Mapping[str, float] | None = None,
        territory: str = "",
        month: int = 11,
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
                territory=territory,
                period=(date(2026, month, 1), date(2026, month, 28)),
                anonymous=anonymous,
            )
            waves.open(connection, wave_id, NOW)
            invitations.create(connection, wave_id, subjects, Random(7), modules=modules or {})
            asked = invitations.reachable(connection, wave_id, limit=families)
        return Field(wave_id, {i.subject: i.id for i in asked if i.subject is not None})

    return open_wave


def opinions(wave: Field, connection: Connection, grades: Mapping[int, str], actor: str = "sena") -> None:
    """Families give a programme a grade and finish."""
    for family, grade in grades.items():
        response = wave.begin(connection, family)
        say(connection, response, answer("nota_programa", grade, actor))
        responses.finish(connection, response, complete=True)
