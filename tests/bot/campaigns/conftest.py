"""A district: families with and without phones, as a campaign meets them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text

from bot.campaigns import expansion, ledger, plans
from bot.campaigns.filters import Filter
from bot.campaigns.ledger import Ledger
from bot.campaigns.plans import Plan, Planned
from bot.campaigns.preview import Preview, preview
from bot.campaigns.script import Kind
from bot.catalogue import Catalogue
from bot.register import FamilyContact
from db import Database
from encryption import Cipher
from families import enrolment, territory
from families.families import NewFamily
from messaging import claims, contacts
from messaging.address import Channel
from messaging.outbox import Route
from messaging.priority import Priority
from settings import Settings
from surveys import library, waves
from surveys.compile import compile_form
from surveys.forms.build import WORKBOOK
from surveys.waves import Wave
from tests.families.households import SINCELEJO, family, register

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
"""Tuesday noon in Bogotá: the contact hours are open."""
TEXTS = Catalogue.read()
PACE = {Channel.SMS: 10.0, Channel.WHATSAPP: 80.0}
NEWS = {"es": "El jueves hay brigada de salud en el parque."}


@dataclass
class District:
    """Families 1, 2, …, each with the phone of its number unless told otherwise."""

    database: Database
    cipher: Cipher
    now: datetime = NOON
    families: list[int] = field(default_factory=list)
    phones: dict[int, int] = field(default_factory=dict)
    """Contact ids by the number of the phone."""

    def settle(self, *new: NewFamily, phones: Sequence[int | None] | None = None) -> list[int]:
        """Families that have signed half a year ago. `phones` numbers the phone of each; None for none."""
        with self.database.transaction() as connection:
            records = register(connection, self.cipher, *new)
            ids = [record.id for record in records]
            enrolment.sign(connection, ids, self.now - timedelta(days=180))
            first = len(self.families) + 1
            self.families += ids
            for family_id, phone in zip(ids, phones or range(first, first + len(ids)), strict=True):
                if phone is not None:
                    self.link(connection, family_id, phone)
        return ids

    def link(self, connection: Connection, family_id: int, phone: int) -> int:
        handle = f"+57310555{phone:04}"
        contact_id = contacts.ensure_many(connection, self.cipher, [handle], self.now)[handle]
        self.phones[phone] = contact_id
        connection.execute(insert(FamilyContact), [{"family_id": family_id, "contact_id": contact_id}])
        return contact_id

    def wave(self, territory_code: str = SINCELEJO, *, anonymous: bool = True, **details: Any) -> int:
        """A planned wave of the Libreta."""
        form = compile_form(WORKBOOK.read_bytes()).form
        assert form is not None
        with self.database.transaction() as connection:
            return waves.plan(
                connection,
                name="Ronda",
                form_version_id=library.publish(connection, form, WORKBOOK.read_bytes(), self.now),
                territory=territory_code,
                period=(date(2026, 11, 1), date(2026, 12, 31)),
                anonymous=anonymous,
                **details,
            )

    def news(self, filter: Filter | None = None, **details: Any) -> Plan:
        """An announcement to everybody."""
        return Plan("Brigada de salud", Kind.ANNOUNCEMENT, filter or Filter(), written=NEWS, **details)

    def draft(self, plan: Plan) -> int:
        with self.database.transaction() as connection:
            return plans.draft(connection, plan, TEXTS, self.now)

    def begin(self, plan: Plan) -> int:
        """Draft, start and wait until the time to undo is over."""
        campaign_id = self.draft(plan)
        with self.database.transaction() as connection:
            assert plans.start(connection, campaign_id, 0, self.now)
        self.now += plans.UNDO
        return campaign_id

    def expand(self, chunk: int = 2) -> None:
        """The job, until nothing is left to write."""
        while expansion.expand(self.database, TEXTS, self.now, chunk):
            continue

    def look(self, plan: Plan) -> Preview:
        with self.database.transaction() as connection:
            return preview(connection, plan, self.about(connection, plan), TEXTS, PACE, self.now)

    def about(self, connection: Connection, plan: Plan) -> Wave | None:
        return None if plan.wave_id is None else waves.get(connection, plan.wave_id)

    def get(self, campaign_id: int) -> Planned:
        with self.database.transaction() as connection:
            found = plans.get(connection, campaign_id)
        assert found is not None
        return found

    def ledger(self, campaign_id: int) -> Ledger:
        campaign = self.get(campaign_id)
        with self.database.transaction() as connection:
            return ledger.ledger(connection, campaign)

    def claim(self, limit: int = 100, route: Route = Route.SMS) -> list[claims.Claimed]:
        with self.database.transaction() as connection:
            return claims.claim(connection, route, [(Priority.BULK, limit)], self.now, timedelta(minutes=1))

    def sent(self, *claimed: claims.Claimed, status: str = "sent") -> None:
        with self.database.transaction() as connection:
            results = [
                claims.Sent(one.message_id, one.campaign_id, f"SM{one.message_id.hex}", status, 1) for one in claimed
            ]
            claims.sent(connection, results, self.now)

    def rows(self, sql: str, **parameters: object) -> list[Any]:
        with self.database.transaction() as connection:
            return list(connection.execute(text(sql), parameters))

    def scalar(self, sql: str, **parameters: object) -> Any:
        return self.rows(sql, **parameters)[0][0]


@pytest.fixture
def district(database: Database, settings: Settings) -> District:
    with database.transaction() as connection:
        territory.load(connection)
    return District(database, Cipher(settings.data_key))


__all__ = ["SINCELEJO", "District", "family"]
