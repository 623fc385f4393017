"""A gestora of the village with a calendar, for stories about sessions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from bot import alarms, session_scheduling
from bot.turn import BOGOTA
from families import assignments, sessions, slots, staff
from families.sessions import Plan
from families.slots import Slot
from families.staff import Role, Staff
from messaging import claims
from messaging.outbox import Route
from messaging.priority import Priority
from tests.bot.conftest import Village
from tests.families.households import SINCELEJO

NOBODY = UUID(int=0)


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """A moment of 2026 in Bogotá. November 23 is a Monday."""
    return datetime(2026, month, day, hour, minute, tzinfo=BOGOTA)


@dataclass
class Calendar:
    """What the gestora does, and what the families are told of it."""

    village: Village
    gestora: Staff

    def schedule(
        self, starts_at: datetime, *ordinals: int, place: str = "", kind: str = "follow_up", minutes: int = 60
    ) -> tuple[int, UUID]:
        """A session with these families (counted from 1); its id, and what takes it back."""
        plan = Plan(kind, self.gestora.id, SINCELEJO, starts_at, minutes, place)
        families = [self.village.families[ordinal - 1] for ordinal in ordinals or (1,)]
        with self.village.database.transaction() as connection:
            batch = session_scheduling.schedule(
                connection, self.village.office, plan, families, self.gestora.id, self.village.now
            )
            return connection.scalar(text("SELECT max(id) FROM family_sessions")) or 0, batch

    def move(self, session_id: int, starts_at: datetime, place: str = "") -> UUID:
        with self.village.database.transaction() as connection:
            return session_scheduling.move(
                connection, self.village.office, session_id, starts_at, place, 60, self.gestora.id, self.village.now
            )

    def cancel(self, session_id: int) -> UUID:
        with self.village.database.transaction() as connection:
            return session_scheduling.cancel(
                connection, self.village.office, session_id, self.gestora.id, self.village.now
            )

    def push(self, *session_ids: int) -> UUID:
        with self.village.database.transaction() as connection:
            return session_scheduling.push(
                connection, self.village.office, session_ids, self.gestora.id, self.village.now
            )

    def undo(self, batch: UUID) -> None:
        with self.village.database.transaction() as connection:
            session_scheduling.undo(connection, batch, self.gestora.id, self.village.now)

    def open(self, starts_at: datetime, weeks: int = 1, place: str = "") -> int:
        slot = Slot(0, self.gestora.id, SINCELEJO, place, starts_at, 60, NOBODY, None)
        with self.village.database.transaction() as connection:
            return slots.open_slots(connection, slot, weeks, self.village.now)

    def until(self, moment: datetime) -> list[str]:
        """Time passes: timers go off and messages leave as they fall due. What was sent, with its minute."""
        sent: list[str] = []
        while True:
            due = self.village.scalar(
                "SELECT least((SELECT min(due_at) FROM timers), (SELECT min(due_at) FROM outbox_queue))"
            )
            if not isinstance(due, datetime) or due > moment:
                break
            self.village.now = max(self.village.now, due)
            alarms.sound(self.village.database, self.village.office, self.village.now)
            sent += self._deliver()
        self.village.now = moment
        return sent

    def _deliver(self) -> list[str]:
        """Send what is due, as the dispatcher does where the hours are open."""
        with self.village.database.transaction() as connection:
            lease = timedelta(minutes=5)
            claimed = [
                each
                for route in (Route.SMS, Route.WHATSAPP)
                for each in claims.claim(connection, route, [(Priority.REMINDER, 100)], self.village.now, lease)
            ]
            taken = [claims.Sent(each.message_id, 0, f"SM{each.message_id.hex}", "sent", 1) for each in claimed]
            if taken:
                claims.sent(connection, taken, self.village.now)
            minute = self.village.now.astimezone(BOGOTA).strftime("%d %H:%M")
            return [f"{minute} {each.body}" for each in claimed]

    def state(self, session_id: int) -> str:
        with self.village.database.transaction() as connection:
            found = sessions.get(connection, session_id)
            assert found is not None
            return found.state.value


@pytest.fixture
def calendar(village: Village) -> Calendar:
    with village.database.transaction() as connection:
        gestora = staff.add(
            connection,
            login="marta",
            name="Marta Díaz",
            role=Role.GESTOR,
            password="una clave de prueba",
            territories=(SINCELEJO,),
        )
        assignments.assign(connection, village.families, gestora.id, village.now)
        connection.execute(text("DELETE FROM outbox_queue"))  # the invitations to the wave
    for ordinal in (1, 2, 3):
        village.phone(ordinal).texts("HOLA")
        village.phone(ordinal).texts("2")
    return Calendar(village, gestora)
