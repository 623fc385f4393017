"""The gate: who may be written to, and when, over years of days and holidays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.address import Channel
from messaging.contact_hours import BOGOTA, ContactHours
from messaging.gate import BUDGET_CHECK, Defer, Facts, Item, Policy, Reason, Refuse, Send, decide, plan
from messaging.priority import Priority

HOURS = ContactHours()
POLICY = Policy()
MINUTE = timedelta(minutes=1)


def bogota(text: str) -> datetime:
    """A moment in Bogotá, '2026-11-24 12:00'."""
    return datetime.fromisoformat(text).replace(tzinfo=BOGOTA)


TUESDAY = bogota("2026-11-24 12:00")
BULK = Item(Priority.BULK, Channel.SMS, TUESDAY + timedelta(days=10), frozenset({"*/*", "invitation/*"}))
REMINDER = replace(BULK, priority=Priority.REMINDER)
REPLY = replace(BULK, priority=Priority.REPLY)
WHATSAPP = replace(BULK, channel=Channel.WHATSAPP)
TEMPLATE = replace(WHATSAPP, template=True)

START = datetime(2024, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), timedelta(days=7 * 365)).map(lambda since: START + since)
"""Any moment of seven years."""


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        pytest.param("2026-11-24 12:00", "2026-11-24 12:00", id="Tuesday noon: now"),
        pytest.param("2026-11-24 07:59", "2026-11-24 08:00", id="before opening"),
        pytest.param("2026-11-24 19:00", "2026-11-25 08:00", id="at closing"),
        pytest.param("2026-11-28 15:00", "2026-11-30 08:00", id="Saturday afternoon: Monday"),
        pytest.param("2026-11-29 10:00", "2026-11-30 08:00", id="Sunday"),
        pytest.param("2026-12-08 10:00", "2026-12-09 08:00", id="Inmaculada Concepción"),
        pytest.param("2026-11-14 16:00", "2026-11-17 08:00", id="a holiday moved to Monday"),
        pytest.param("2027-03-24 20:00", "2027-03-27 08:00", id="Holy Thursday and Friday"),
    ],
)
def test_bulk_goes_at_the_first_open_minute(moment: str, opens: str) -> None:
    assert HOURS.next_open(bogota(moment)) == bogota(opens)
    assert plan(Priority.BULK, bogota(moment), POLICY, bogota(moment)) == bogota(opens)


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        pytest.param("2026-11-25 10:00", "2026-11-25 10:00", id="in open hours"),
        pytest.param("2026-11-26 05:00", "2026-11-25 18:59", id="early morning: the evening before"),
        pytest.param("2026-11-29 12:00", "2026-11-28 14:59", id="Sunday: Saturday afternoon"),
        pytest.param("2026-11-24 06:00", "2026-11-24 12:00", id="the last open minute has passed: now"),
    ],
)
def test_a_reminder_goes_at_the_last_open_minute_before_its_moment(wanted: str, goes: str) -> None:
    assert plan(Priority.REMINDER, bogota(wanted), POLICY, TUESDAY) == bogota(goes)


@given(moments)
def test_the_next_open_minute_is_open_and_none_before_it(moment: datetime) -> None:
    opens = HOURS.next_open(moment)
    assert opens >= moment
    assert HOURS.closing(opens) is not None
    assert opens == moment or HOURS.closing(opens - MINUTE) is None


@given(moments)
def test_the_last_open_minute_is_open_and_none_after_it(moment: datetime) -> None:
    last = HOURS.last_open(moment)
    assert last <= moment
    assert HOURS.closing(last) is not None
    assert last == moment or HOURS.closing(last + MINUTE) is None or last + MINUTE > moment


@given(moments)
def test_nobody_is_written_to_on_a_sunday_or_holiday_or_at_night(moment: datetime) -> None:
    item = replace(BULK, not_after=moment + timedelta(days=30))
    match decide(Facts(), item, POLICY, moment):
        case Send(until):
            local, end = moment.astimezone(BOGOTA), until.astimezone(BOGOTA)
            assert local.weekday() < 6
            assert not HOURS.is_holiday(local.date())
            assert 8 <= local.hour < (15 if local.weekday() == 5 else 19)
            assert end.date() == local.date(), "the provider must not deliver it after hours"
            assert end - local >= POLICY.shortest_life
        case Defer(until, reason):
            assert reason is Reason.HOURS
            assert until > moment
            assert isinstance(decide(Facts(), item, POLICY, until), Send), "deferred to when it may go"
        case other:
            pytest.fail(f"{other} for a message with a month to go")


@given(moments, st.timedeltas(timedelta(0), timedelta(days=4)), st.sampled_from(Priority))
def test_nothing_goes_after_its_time_and_every_message_ends(
    moment: datetime, life: timedelta, priority: Priority
) -> None:
    item = replace(BULK, priority=priority, not_after=moment + life)
    for _ in range(10):
        match decide(Facts(), item, POLICY, moment):
            case Send(until):
                assert moment < until <= item.not_after
                return
            case Refuse(reason):
                assert reason is Reason.TOO_LATE
                return
            case Defer(until):
                moment = until
    pytest.fail("deferred for ever")


def test_a_reply_passes_at_any_hour_and_whatever_was_stopped() -> None:
    night = bogota("2026-12-25 03:00")
    left = Facts(stops=frozenset({"*/*"}), quarantined=True, reachable=False, capped_until=night + timedelta(days=3))
    reply = replace(REPLY, not_after=night + timedelta(hours=1))
    assert decide(left, reply, POLICY, night) == Send(reply.not_after)


@pytest.mark.parametrize(
    ("facts", "item", "expected"),
    [
        pytest.param({"stops": frozenset({"*/*"})}, BULK, Refuse(Reason.STOPPED), id="left altogether"),
        pytest.param({"stops": frozenset({"invitation/*"})}, BULK, Refuse(Reason.STOPPED), id="left for a purpose"),
        pytest.param({"stops": frozenset({"*/*"})}, REMINDER, Refuse(Reason.STOPPED), id="a reminder neither"),
        pytest.param({"quarantined": True}, BULK, Refuse(Reason.QUARANTINED), id="wrong number"),
        pytest.param({"reachable": False}, BULK, Refuse(Reason.UNREACHABLE), id="unreachable"),
        pytest.param({"has_sender": False}, REPLY, Refuse(Reason.NO_SENDER), id="no sender"),
        pytest.param({"campaign_stopped": True}, BULK, Refuse(Reason.CAMPAIGN_STOPPED), id="campaign stopped"),
        pytest.param({"budget_left": 0}, BULK, Refuse(Reason.BUDGET), id="budget spent"),
        pytest.param(
            {"budget_left": 1, "budget_free": 0},
            BULK,
            Defer(TUESDAY + BUDGET_CHECK, Reason.BUDGET),
            id="budget taken up by what is being sent",
        ),
        pytest.param({"campaign_paused": True}, BULK, Defer(TUESDAY + MINUTE, Reason.PAUSED), id="paused"),
        pytest.param(
            {"capped_until": TUESDAY + timedelta(days=1)},
            BULK,
            Defer(TUESDAY + timedelta(days=1), Reason.CAP),
            id="the household had enough this week",
        ),
        pytest.param(
            {"capped_until": TUESDAY + timedelta(days=11)}, BULK, Refuse(Reason.CAP), id="enough until it is too late"
        ),
        pytest.param({}, WHATSAPP, Refuse(Reason.WINDOW_CLOSED), id="WhatsApp never opened"),
        pytest.param(
            {"whatsapp_inbound_at": TUESDAY - timedelta(hours=24)},
            WHATSAPP,
            Refuse(Reason.WINDOW_CLOSED),
            id="WhatsApp's window just closed",
        ),
        pytest.param({}, TEMPLATE, Refuse(Reason.NO_TEMPLATE), id="template not approved"),
        pytest.param({"template_approved": True}, TEMPLATE, Refuse(Reason.NO_OPT_IN), id="no opt-in on WhatsApp"),
    ],
)
def test_why_not(facts: dict[str, Any], item: Item, expected: Refuse | Defer) -> None:
    assert decide(Facts(**facts), item, POLICY, TUESDAY) == expected


@pytest.mark.parametrize(
    ("facts", "item"),
    [
        pytest.param({}, BULK, id="bulk at noon"),
        pytest.param({"stops": frozenset({"reminder/*", "*/whatsapp"})}, BULK, id="left for something else"),
        pytest.param({"capped_until": TUESDAY + timedelta(days=1)}, REMINDER, id="the cap is for bulk only"),
        pytest.param({"whatsapp_inbound_at": TUESDAY - timedelta(hours=23)}, WHATSAPP, id="in WhatsApp's window"),
        pytest.param({"template_approved": True, "whatsapp_opted_in": True}, TEMPLATE, id="template and opt-in"),
    ],
)
def test_may_go(facts: dict[str, Any], item: Item) -> None:
    assert isinstance(decide(Facts(**facts), item, POLICY, TUESDAY), Send)
