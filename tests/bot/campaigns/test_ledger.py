"""The ledger balances, whatever happens."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.campaigns import expansion, ledger
from bot.campaigns.filters import Filter
from bot.campaigns.plans import Plan
from bot.campaigns.script import Kind
from messaging import campaigns, claims, contacts, fallback, receipts
from messaging.outbox import Route
from tests.bot.campaigns.conftest import NOON, TEXTS, District, family

EVENTS = (
    *("chunk", "claim", "send", "fail", "refuse", "defer"),
    *("lose", "report", "fall_back", "stop", "opt_out", "later"),
)


class World:
    """A campaign to which things happen, each drawn at random."""

    def __init__(self, district: District, campaign_id: int, random: Random) -> None:
        self.district, self.campaign_id, self.random = district, campaign_id, random
        self.held: list[claims.Claimed] = []

    def happens(self, event: str) -> None:
        getattr(self, event)()

    def some(self) -> list[claims.Claimed]:
        """Some of what is claimed; the rest stays claimed."""
        self.random.shuffle(self.held)
        taken = self.held[: len(self.held) // 2 + 1]
        self.held = self.held[len(taken) :]
        return taken

    def chunk(self) -> None:
        expansion.expand(self.district.database, TEXTS, self.district.now, 3)

    def claim(self) -> None:
        for route in (Route.SMS, Route.WHATSAPP):
            self.held += self.district.claim(3, route)

    def send(self) -> None:
        self.district.sent(*self.some(), status=self.random.choice(["queued", "sent", "delivered"]))

    def fail(self) -> None:
        self.end("failed", "wrong number", 21211)

    def refuse(self) -> None:
        self.end("refused", "stopped", None)

    def end(self, status: str, reason: str, code: int | None) -> None:
        results = [claims.Ended(one.message_id, one.token, status, reason, code) for one in self.some()]
        with self.district.database.transaction() as connection:
            claims.ended(connection, results)

    def defer(self) -> None:
        until = self.district.now + timedelta(hours=1)
        results = [claims.Deferred(one.message_id, one.token, until, "hours") for one in self.some()]
        with self.district.database.transaction() as connection:
            claims.deferred(connection, results)

    def lose(self) -> None:
        """A worker dies: its leases run out."""
        self.held = []
        self.district.rows("UPDATE outbox_queue SET lease_until = now() WHERE lease_until IS NOT NULL RETURNING 1")

    def report(self) -> None:
        rows = self.district.rows("SELECT id, provider_id FROM messages WHERE provider_id IS NOT NULL")
        for id, provider_id in self.random.sample(rows, k=len(rows) // 2 + len(rows) % 2):
            status = self.random.choice(["sent", "delivered", "undelivered", "read", "failed"])
            code = 30003 if status in ("undelivered", "failed") else None
            with self.district.database.transaction() as connection:
                receipts.apply(connection, id, provider_id, status, code, self.district.now)

    def fall_back(self) -> None:
        fallback.fall_back(self.district.database, self.district.now)

    def stop(self) -> None:
        with self.district.database.transaction() as connection:
            campaigns.stop(connection, self.campaign_id, self.district.now)
        campaigns.sweep(self.district.database)

    def opt_out(self) -> None:
        with self.district.database.transaction() as connection:
            contacts.stop(connection, self.random.choice(list(self.district.phones.values())), self.district.now)

    def later(self) -> None:
        self.district.now += timedelta(hours=self.random.choice([1, 5, 30]))


def people(district: District) -> None:
    """Eight families: a shared phone, one without, one that left, one on WhatsApp now, one that wrote there once."""
    district.settle(*(family() for _ in range(8)), phones=[1, 1, None, 4, 5, 6, 7, 8])
    with district.database.transaction() as connection:
        contacts.stop(connection, district.phones[4], NOON)
    district.rows(
        "UPDATE contacts SET whatsapp_inbound_at = :at WHERE id = :id RETURNING 1", at=NOON, id=district.phones[5]
    )


def reset(district: District) -> None:
    district.now = NOON
    district.rows(
        "WITH a AS (DELETE FROM campaign_recipients RETURNING 1), b AS (DELETE FROM outbox_queue RETURNING 1), "
        "c AS (DELETE FROM messages RETURNING 1), d AS (DELETE FROM message_keys RETURNING 1), "
        "e AS (DELETE FROM campaign_plans RETURNING 1) "
        "UPDATE contacts SET stops = CASE WHEN id = :left THEN stops ELSE '{}' END RETURNING 1",
        left=district.phones[4],
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(st.sampled_from(EVENTS), min_size=3, max_size=25), seed=st.integers(0, 1 << 16))
def test_it_balances_whatever_happens(district: District, events: list[str], seed: int) -> None:
    if not district.families:
        people(district)
    reset(district)
    campaign_id = district.begin(district.news())
    world = World(district, campaign_id, Random(seed))
    for event in ("chunk", *events):
        world.happens(event)
        found = district.ledger(campaign_id)
        assert found.balances, found
        assert found.invited == district.get(campaign_id).families
        assert found.invited == district.scalar("SELECT count(*) FROM campaign_recipients")
        assert {state: sum(why.values()) for state, why in found.reasons.items()} == dict(found.states)


def test_every_family_stands_where_it_should(district: District) -> None:
    people(district)
    campaign_id = district.begin(district.news())
    district.expand()
    sms = {one.contact_id: one for one in district.claim()}
    phones = district.phones
    district.sent(sms[phones[1]], status="delivered")
    district.sent(sms[phones[6]], status="sent")
    with district.database.transaction() as connection:
        wrong = claims.Ended(sms[phones[7]].message_id, sms[phones[7]].token, "failed", "no such", 21211)
        claims.ended(connection, [wrong])
        late = claims.Deferred(sms[phones[8]].message_id, sms[phones[8]].token, NOON + timedelta(days=1), "cap")
        claims.deferred(connection, [late])
    found = district.ledger(campaign_id)
    assert found.states == {"excluded": 2, "deferred": 2, "failed": 1, "delivered": 2, "unknown": 1}
    assert found.reasons["excluded"] == {"no_number": 1, "stopped": 1}
    assert found.reasons["deferred"] == {"cap": 1, "waiting": 1}
    assert found.answers is None


@pytest.mark.parametrize("anonymous", [True, False])
def test_of_a_wave_the_delivered_are_answered_partial_or_silent(district: District, anonymous: bool) -> None:
    finished, begun, *_ = district.settle(*(family() for _ in range(4)), phones=[1, 2, 3, None])
    wave_id = district.wave(anonymous=anonymous)
    campaign_id = district.begin(Plan("Ronda", Kind.INVITATION, Filter(), wave_id))
    district.expand()
    district.sent(*district.claim(), status="delivered")
    for family_id, status in ((finished, "finished"), (begun, "started")):
        district.rows("UPDATE invitations SET status = :s WHERE subject = :f RETURNING 1", s=status, f=family_id)
    found = district.ledger(campaign_id)
    assert found.answers == {"answered": 1, "partial": 1, "silent": 1}
    assert (found.states["delivered"], found.states["excluded"], found.balances) == (3, 1, True)


def test_what_whatsapp_did_not_bring_counts_once(district: District) -> None:
    """Delivered by SMS after WhatsApp failed; and the campaign, which had ended, goes on for it."""
    district.settle(family())
    district.rows("UPDATE contacts SET whatsapp_inbound_at = :at RETURNING 1", at=NOON)
    campaign_id = district.begin(district.news())
    district.expand()
    (one,) = district.claim(route=Route.WHATSAPP)
    district.sent(one)
    district.expand()
    assert district.get(campaign_id).status == campaigns.FINISHED
    with district.database.transaction() as connection:
        receipts.apply(connection, one.message_id, f"SM{one.message_id.hex}", "undelivered", 63024, district.now)
    assert district.ledger(campaign_id).states["failed"] == 1
    assert fallback.fall_back(district.database, district.now) == 1
    assert district.get(campaign_id).status == campaigns.RUNNING
    assert district.ledger(campaign_id).states["deferred"] == 1
    district.sent(*district.claim(), status="delivered")
    assert district.ledger(campaign_id).states["delivered"] == 1


def test_whoever_whatsapp_closed_for_while_they_waited_gets_an_sms(district: District) -> None:
    district.settle(family())
    district.rows("UPDATE contacts SET whatsapp_inbound_at = :at RETURNING 1", at=NOON)
    campaign_id = district.begin(district.news())
    district.expand()
    (one,) = district.claim(route=Route.WHATSAPP)
    with district.database.transaction() as connection:
        claims.ended(connection, [claims.Ended(one.message_id, one.token, "refused", "window_closed")])
    assert district.ledger(campaign_id).reasons["excluded"] == {"window_closed": 1}
    assert fallback.fall_back(district.database, district.now) == 1
    district.sent(*district.claim(), status="delivered")
    assert district.ledger(campaign_id).states["delivered"] == 1


def test_progress_goes_from_nothing_to_all(district: District) -> None:
    district.settle(*(family() for _ in range(4)))
    campaign_id = district.begin(district.news())
    shares = []
    for step in (lambda: None, lambda: expansion.expand(district.database, TEXTS, district.now, 2), district.expand):
        step()
        shares.append(share(district, campaign_id))
    for one in district.claim():
        district.sent(one)
        shares.append(share(district, campaign_id))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def share(district: District, campaign_id: int) -> Any:
    campaign = district.get(campaign_id)
    with district.database.transaction() as connection:
        return ledger.progress(connection, campaign).share
