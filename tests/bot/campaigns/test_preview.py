"""A preview says what will happen, and then that happens."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from bot.campaigns.filters import Filter
from bot.campaigns.plans import Plan
from bot.campaigns.script import Kind
from families import consents
from families.consents import Entry, Means, Purpose
from messaging import contacts, prices
from messaging.address import Channel
from messaging.contact_hours import BOGOTA
from messaging.cost import Prices
from messaging.providers import registry
from tests.bot.campaigns.conftest import NOON, District, family

WROTE = "UPDATE contacts SET whatsapp_inbound_at = :at WHERE id = :id RETURNING 1"


def crowd(district: District) -> None:
    """A family of every kind: no phone, left, wrong number, landline, said no, on WhatsApp now and once, in English."""
    phones = [None, 2, 3, 4, 5, 6, 7, 8, 9, 9]
    district.settle(*(family() for _ in phones), phones=phones)
    with district.database.transaction() as connection:
        contacts.stop(connection, district.phones[2], NOON)
        contacts.quarantine(connection, district.phones[3], NOON)
        contacts.unreachable(connection, district.phones[4], Channel.SMS)
        contacts.speak(connection, district.phones[8], "en")
        no = Entry(Purpose.INFORMED, False, Means.SPOKEN, "", NOON, None)
        consents.record(connection, district.families[4], no)
    district.rows(WROTE, at=NOON - timedelta(hours=2), id=district.phones[6])
    district.rows(WROTE, at=NOON - timedelta(days=9), id=district.phones[7])


def approve(district: District, *names: str) -> None:
    with district.database.transaction() as connection:
        for name in names:
            registry.remember(connection, name, f"HX{name}", registry.APPROVED, NOON)


@pytest.mark.parametrize("approved", [False, True])
def test_what_it_says_is_what_is_written(district: District, approved: bool) -> None:
    crowd(district)
    if approved:
        approve(district, "campaign_announcement_es", "campaign_announcement_en")
    seen = district.look(district.news())
    campaign_id = district.begin(district.news())
    district.expand()
    written = district.rows("SELECT channel, sum(segments), count(*) FROM messages GROUP BY 1 ORDER BY 1")
    lines: dict[str, tuple[int, int]] = {}
    for line in seen.lines:
        segments, messages = lines.get(line.wording.channel, (0, 0))
        lines[line.wording.channel] = (segments + line.segments, messages + line.messages)
    assert [(channel, *lines[channel]) for channel in sorted(lines)] == [tuple(row) for row in written]
    found = district.ledger(campaign_id)
    assert found.reasons["excluded"] == seen.left_out
    assert (found.invited, found.states["deferred"]) == (seen.families, seen.reached)
    assert seen.left_out == {"no_number": 1, "stopped": 1, "quarantined": 1, "no_consent": 1, "unreachable": 1}
    assert lines["whatsapp"][1] == (2 if approved else 1), "in session, and by the template where it is approved"


def test_a_template_carries_the_text_as_a_variable(district: District) -> None:
    crowd(district)
    approve(district, "campaign_announcement_es")
    district.begin(district.news())
    district.expand()
    rows = district.rows("SELECT content FROM messages WHERE content ? 'template'")
    assert [row[0]["template"] for row in rows] == ["campaign_announcement_es"]
    assert rows[0][0]["variables"] == {"1": "El jueves hay brigada de salud en el parque."}


def test_each_in_its_language(district: District) -> None:
    crowd(district)
    plan = replace(district.news(), written={"es": "Hay brigada.", "en": "Health day."})
    assert {line.language for line in district.look(plan).lines} == {"es", "en"}
    district.begin(plan)
    district.expand()
    body = district.scalar("SELECT body FROM messages WHERE contact_id = :id", id=district.phones[8])
    assert body == "News from JUNTOS: Health day. For no more news reply SALIR."


def test_cost_and_what_folding_spares(district: District) -> None:
    district.settle(family(), family())
    with district.database.transaction() as connection:
        prices.change(connection, Prices(Decimal(30), Decimal(20), Decimal(0), "COP"), NOON, None)
    accented = replace(
        district.news(), written={"es": "Mañana habrá brigada de salud aquí, en el parque de Tolú, a las ocho."}
    )
    seen = district.look(accented)
    (line,) = seen.lines
    assert (line.each.sms.count, line.each.unfolded.count) == (1, 2)
    assert (seen.saved, seen.segments, seen.cost, seen.currency) == (2, 2, Decimal(60), "COP")


@pytest.mark.parametrize(
    ("budget", "over"),
    [pytest.param(None, 0, id="none"), pytest.param(5, 0, id="enough"), pytest.param(3, 2, id="not")],
)
def test_a_budget(district: District, budget: int | None, over: int) -> None:
    district.settle(*(family() for _ in range(5)))
    assert district.look(district.news(budget_segments=budget)).over_budget == over


@pytest.mark.parametrize(
    ("now", "families", "first", "last"),
    [
        pytest.param((24, 12), 20, (24, 12), (24, 12, 0, 2), id="at noon"),
        pytest.param((24, 22), 20, (25, 8), (25, 8, 0, 2), id="at night: in the morning"),
        pytest.param((28, 14, 59, 59), 20, (28, 14, 59, 59), (30, 8, 0, 1), id="saturday afternoon: over the weekend"),
    ],
)
def test_the_first_and_the_last_minute(
    district: District, now: tuple[int, ...], families: int, first: tuple[int, ...], last: tuple[int, ...]
) -> None:
    district.settle(*(family() for _ in range(families)))
    district.now = november(*now)
    seen = district.look(district.news())
    assert seen.first == november(*first)
    assert seen.last == november(*last)


def november(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of November 2026 in Colombia."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=BOGOTA)


def test_those_whose_week_is_full_wait(district: District) -> None:
    district.settle(family(), family())
    for _ in range(2):
        district.begin(district.news())
        district.expand()
        district.sent(*[one for one in district.claim() if one.contact_id == district.phones[1]])
    seen = district.look(district.news())
    assert (seen.messages, seen.capped) == (2, 1)


def test_in_tens_nobody_can_count_who_answered(district: District) -> None:
    district.settle(*(family() for _ in range(13)), phones=[*range(1, 13), None])
    exact = district.look(Plan("Aviso", Kind.ANNOUNCEMENT, Filter(), written={"es": "Hola."}))
    shown = exact.in_tens
    assert (exact.families, exact.messages, exact.left_out) == (13, 12, {"no_number": 1})
    assert (shown.families, shown.messages, shown.left_out) == (10, 10, {"no_number": 0})
